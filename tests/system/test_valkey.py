"""The embedded Valkey is started again when it has ended, and not when it is slow."""

from __future__ import annotations

import os
import signal
import time
from contextlib import contextmanager

import pytest
from redis import Redis

from community.system import valkey
from community.system.valkey import EmbeddedValkey


@pytest.fixture
def start(tmp_path):
    """Return a function that starts a server, which is stopped after the test."""
    started = []

    def start_server(**given):
        server = EmbeddedValkey(tmp_path / "installation", **given)
        started.append(server)
        server.start()
        return server

    yield start_server
    for server in started:
        server.stop()


def get_pid(server):
    return int(server.pid_file.read_text())


@contextmanager
def pause(pid):
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def test_late_ping_does_not_end_a_server(start):
    server = start()
    with pause(get_pid(server)):
        assert not server.is_running()
        assert not server.has_ended()
    assert server.is_running()
    assert not server.has_ended()


def test_single_ping_after_long_work_does_not_end_server(start):
    server = start(max_silence_s=0)
    with pause(get_pid(server)):
        assert [server.has_ended() for _ in range(valkey.MIN_MISSED_PINGS - 1)] == [False] * 4
    assert not server.has_ended()


def test_server_that_stays_silent_is_replaced(start):
    server = start(max_silence_s=0)
    pid = get_pid(server)
    os.kill(pid, signal.SIGSTOP)
    assert [server.has_ended() for _ in range(valkey.MIN_MISSED_PINGS)][-1]
    server.start()
    assert server.is_running()
    assert get_pid(server) != pid


def test_killed_server_has_ended_immediately(start):
    server = start()
    os.kill(get_pid(server), signal.SIGKILL)
    deadline = time.monotonic() + 5
    while not server.has_ended():
        assert time.monotonic() < deadline
    server.start()
    with Redis.from_url(server.url) as client:
        assert client.ping()
