"""Only a stop signal ends a worker, and then within ten seconds."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import redis
from rq.exceptions import StopRequested

from community.database import use_database
from community.kernel import db, outbox
from community.settings import PREFIX
from tests.support.waiting import wait_until
from workers import guarded_worker
from workers.guarded_worker import GuardedWorker, run_until_stopped
from workers.queues import connect, enqueue

MAX_STOP_S = 10


class FailingWorker:
    """A worker that ends as the library's does when Redis fails."""

    def __init__(self, ends):
        self._ends = ends

    def work(self, **_):
        end = self._ends.pop(0)
        if end == "signal":
            GuardedWorker.is_stopping = True
        elif end is not None:
            raise end


@pytest.mark.parametrize(
    "error",
    [redis.ConnectionError(), redis.TimeoutError(), redis.exceptions.OutOfMemoryError("OOM"), ValueError(), None],
)
@pytest.mark.parametrize("end", ["signal", StopRequested()])
def test_worker_that_ends_early_is_followed_by_another(monkeypatch, error, end):
    monkeypatch.setattr(guarded_worker, "RESTART_PAUSE_S", 0)
    ends = [error, error, end]
    run_until_stopped(lambda: FailingWorker(ends))
    assert ends == []


def start_worker(settings):
    """Start a worker whose job does not end by itself."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    given = {name: getattr(settings, name) for name in ("database_url", "redis_url", "media_store")}
    return subprocess.Popen(
        [sys.executable, "-m", "tests.support.long_job"],
        env=kept | {PREFIX + name.upper(): value for name, value in given.items()},
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
    )


@pytest.mark.processes
async def test_long_job_is_interrupted_by_stop(settings):
    connection = connect(settings)
    async with use_database(settings):
        await db.transaction(lambda: outbox.put("effects.sweep"))
        enqueue(await outbox.lease(lease_s=600), connection)
        with start_worker(settings) as worker:
            assert worker.stdout.readline() == b"started\n"
            worker.send_signal(signal.SIGTERM)
            await wait_until(lambda: worker.poll() is not None, within_s=MAX_STOP_S)
        assert worker.returncode == 0
        (effect,) = await outbox.lease(lease_s=0)
        assert (effect.name, await db.scalar("SELECT failures FROM outbox_effect")) == ("effects.sweep", 0)
    connection.close()
