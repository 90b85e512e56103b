"""A Redis that answers and refuses to write: the service continues, and no effect is lost."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis
from redis.exceptions import NoPermissionError, ReadOnlyError, ResponseError

from community.kernel import cache, db, logs, outbox
from community.settings import PREFIX
from community.system import checks
from community.system.valkey import EmbeddedValkey
from tests.support.api import run_api
from tests.support.backends import ENCRYPTION_KEY, SECRET
from tests.support.waiting import wait_until
from workers import relay
from workers.queues import connect


@pytest.fixture(scope="module")
def operator(tmp_path_factory):
    """The connection of an operator to a Valkey of this file."""
    server = EmbeddedValkey(tmp_path_factory.mktemp("refusing"))
    server.start()
    with redis.Redis.from_url(server.url, decode_responses=True) as connection:
        yield server.url, connection
    server.stop()


def fail_to_save(operator):
    """Let Valkey fail to save, because a folder has the name of its file. It then refuses all writes."""
    (Path(operator.config_get("dir")["dir"]) / "dump.rdb" / "full").mkdir(parents=True, exist_ok=True)
    operator.config_set("save", "3600 1")
    operator.bgsave()


CAUSES = {
    "redis_misconf": (fail_to_save, ("save", "")),
    "redis_oom": (lambda operator: operator.config_set("maxmemory", 1), ("maxmemory", 0)),
}
"""How a Valkey is made to refuse writes, and the configuration that ends it."""


def is_refused(operator, cause):
    """Return True if a write is refused for this cause."""
    try:
        operator.set("tried", 1)
    except ResponseError as error:
        return cache.find_cause(error) == cause
    return False


@contextmanager
def run_worker(settings, path):
    """Run a worker process that logs to a file."""
    given = {
        "database_url": settings.database_url,
        "redis_url": settings.redis_url,
        "media_store": settings.media_store,
    }
    given |= {"token_secret": SECRET, "encryption_key": ENCRYPTION_KEY}
    kept = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    with path.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "community", "worker", "effects"],
            env=kept | {PREFIX + name.upper(): value for name, value in given.items()},
            stdout=output, stderr=output,
        )  # fmt: skip
        try:
            yield
            assert process.poll() is None, path.read_text()
        finally:
            process.terminate()
            process.wait(20)


async def wait_until_done():
    """Wait until the worker has run every effect of its queue."""
    pending = "SELECT count(*) FROM outbox_effect WHERE name = 'effects.sweep' AND done_at IS NULL"
    async with asyncio.timeout(30):
        while True:
            if not await db.scalar(pending):
                return
            await asyncio.sleep(0.02)


def list_blocked(operator):
    """Return the ids of workers that wait for a job."""
    return [one["id"] for one in operator.client_list() if one["cmd"] == "blmove"]


@pytest.mark.processes
@pytest.mark.on_embedded
async def test_service_survives_redis_without_writes(settings, operator, tmp_path, caplog, monkeypatch):
    monkeypatch.setattr(logs, "_warned", {})
    monkeypatch.setattr(relay, "RETRY_PAUSE_S", 0.05)
    url, server = operator
    settings = settings.model_copy(update={"redis_url": url})
    log = tmp_path / "worker.log"
    stop, connection = asyncio.Event(), connect(settings)
    started = time.monotonic()
    with run_worker(settings, log):
        async with run_api(settings) as place:
            relaying = asyncio.create_task(relay._run_until(stop, settings, connection))
            await wait_until(lambda: list_blocked(server))
            for cause, (refuse, repair) in CAUSES.items():
                refuse(server)
                await wait_until(lambda cause=cause: is_refused(server, cause))
                await db.transaction(lambda: outbox.put("effects.sweep"))
                for worker in list_blocked(server):
                    server.client_unblock(worker)
                await wait_until(lambda cause=cause: f"relay waits: for={cause}" in caplog.text)
                await wait_until(lambda cause=cause: f"worker waits: cause={cause}" in log.read_text())
                for _ in range(2):
                    assert (await place.client.get("/readyz")).json()["redis"] is False
                finding = await checks._run_check("redis", checks.CHECKS["redis"], settings)
                assert not finding.is_ok
                await place.log_in(cause[-4:])
                server.config_set(*repair)
                await wait_until_done()
                assert (await place.client.get("/readyz")).json()["redis"] is True
            stop.set()
            await relaying
            assert await db.scalar("SELECT sum(failures) FROM outbox_effect") == 0
    connection.close()
    assert "not readable" not in log.read_text() + caplog.text
    intervals = 1 + int((time.monotonic() - started) / logs.WARNING_INTERVAL_S)
    for cause in CAUSES:
        assert 1 <= log.read_text().count(f"worker waits: cause={cause}") <= intervals
        assert caplog.text.count(f"relay waits: for={cause}") == 1
        assert 1 <= caplog.text.count(f"redis cannot be used: cause={cause}") <= intervals


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (ResponseError("NOREPLICAS Not enough good replicas to write."), "redis_noreplicas"),
        (ResponseError("Command # 1 (SET a) of pipeline caused error: MISCONF Errors writing"), "redis_misconf"),
        (ReadOnlyError("You can't write against a read only replica."), "redis_readonly"),
        (NoPermissionError("this user has no permissions"), "redis_noperm"),
        (redis.ConnectionError("Error 111"), "redis"),
        (ResponseError("WRONGTYPE Operation against a key of MISCONF "), None),
        (ValueError("MISCONF "), None),
    ],
)
def test_cause_of_error_is_found(error, cause):
    assert cache.find_cause(error) == cause
