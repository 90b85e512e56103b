"""The suite uses only the servers that it was given, and shares them with other runs."""

from __future__ import annotations

import time
from pathlib import Path
from types import SimpleNamespace

import pytest
import redis

from community.system.valkey import EmbeddedValkey
from tests.support import redis_claims
from tests.support.backends import DATABASE_VARIABLE, REDIS_VARIABLE, ServersUnusable, check_servers, list_backends
from tests.support.redis_claims import LEASE, LeaseLost, NoDatabaseFree, RedisClaim, with_number

NOWHERE = {DATABASE_VARIABLE: "postgresql://nobody@127.0.0.1:1/none", REDIS_VARIABLE: "redis://127.0.0.1:1/0"}


@pytest.fixture(scope="module")
def valkey(tmp_path_factory):
    server = EmbeddedValkey(tmp_path_factory.mktemp("shared"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def url(valkey):
    with redis.Redis.from_url(valkey.url) as client:
        client.flushall()
    return f"{valkey.url}?db=0"


@pytest.fixture
def claim(url):
    made = []

    def make():
        made.append(RedisClaim(url))
        return made[-1]

    yield make
    for one in made:
        one.release()


def wait_until(holds):
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def connect(url, number):
    return redis.Redis.from_url(with_number(url, number), decode_responses=True)


def let_die(claim, url):
    """End a claim as if its process had died. Its lease expires without a renewal."""
    claim._released.set()
    claim._renewing.join()
    with connect(url, 0) as client:
        client.delete(*client.keys(LEASE.format(number="*")))


def test_claims_of_two_processes_are_apart(claim):
    one, other = claim(), claim()
    assert one.url != other.url
    with redis.Redis.from_url(one.url) as client:
        client.set("kept", 1)
        other.empty()
        assert client.get("kept") == b"1"
        one.empty()
        assert client.get("kept") is None


def test_claims_leave_foreign_keys_alone(claim, url):
    for number in (0, 1, 2):
        with connect(url, number) as client:
            client.set("foreign", number)
    assert claim().url == with_number(url, 3)
    for number in (0, 1, 2):
        with connect(url, number) as client:
            assert client.get("foreign") == str(number)


def test_claims_of_dead_runs_are_taken_over(claim, url):
    dead = claim()
    with redis.Redis.from_url(dead.url) as client:
        client.set("left", 1)
        let_die(dead, url)
        assert claim().url == dead.url
        assert client.get("left") is None


def test_claims_that_were_lost_empty_nothing(claim, url):
    lost = claim()
    let_die(lost, url)
    assert claim().url == lost.url
    with redis.Redis.from_url(lost.url) as client:
        client.set("of the other run", 1)
        with pytest.raises(LeaseLost):
            lost.empty()
        lost.release()
        assert client.exists("of the other run")


def test_claims_are_renewed_while_tests_flush(claim, url, monkeypatch):
    monkeypatch.setattr(redis_claims, "RENEW_EVERY_S", 0.01)
    monkeypatch.setattr(redis_claims, "LEASE_MS", 2_000)
    held = claim()
    with redis.Redis.from_url(held.url) as client:
        client.flushdb()
        wait_until(lambda: client.exists(redis_claims.MARKER))
    with connect(url, 0) as client:
        client.pexpire(LEASE.format(number=1), 1_000)
        wait_until(lambda: client.pttl(LEASE.format(number=1)) > 1_000)


def test_released_claims_leave_nothing_behind(claim, url):
    claim().release()
    for number in (0, 1):
        with connect(url, number) as client:
            assert client.keys() == []


def test_claims_without_a_free_database_raise(claim, url):
    with redis.Redis.from_url(url) as client:
        databases = int(client.config_get("databases")["databases"])
    for _ in range(databases - 1):
        claim()
    with pytest.raises(NoDatabaseFree):
        claim()


@pytest.fixture
def given(monkeypatch):
    for name in NOWHERE:
        monkeypatch.delenv(name, raising=False)
    return monkeypatch.setenv


def test_suite_without_servers_uses_the_embedded_backend(given):
    assert list_backends() == ["embedded"]


@pytest.mark.parametrize("name", NOWHERE)
def test_suite_with_half_the_servers_stops(given, name):
    given(name, NOWHERE[name])
    with pytest.raises(ServersUnusable, match="set both"):
        check_servers()


def test_suite_with_silent_servers_stops(given, pytestconfig):
    for name, url in NOWHERE.items():
        given(name, url)
    conftest = pytestconfig.pluginmanager.get_plugin(str(Path(__file__).with_name("conftest.py")))
    with pytest.raises(pytest.UsageError, match=f"{DATABASE_VARIABLE} is set, and no PostgreSQL answers"):
        conftest.pytest_configure(SimpleNamespace())
