"""Several API processes, relays and workers on PostgreSQL and Redis."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from community.settings import PREFIX, Settings
from community.system.supervisor import listen
from tests.support.backends import ENCRYPTION_KEY, SECRET
from workers.registry import QUEUES


@contextmanager
def run_fleet(settings: Settings, folder: Path, *, apis: int, workers: int, relays: int) -> Iterator[tuple[str, ...]]:
    """Run the processes and yield the addresses of the API processes."""
    sockets = [listen("127.0.0.1", 0) for _ in range(apis)]
    commands = [["serve", "--fd", str(one.fileno())] for one in sockets]
    commands += [["relay"]] * relays + [["worker", queue] for queue in QUEUES for _ in range(workers)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)} | {
        f"{PREFIX}DATABASE_URL": settings.database_url,
        f"{PREFIX}REDIS_URL": settings.redis_url,
        f"{PREFIX}TOKEN_SECRET": SECRET,
        f"{PREFIX}ENCRYPTION_KEY": ENCRYPTION_KEY,
        f"{PREFIX}DATABASE_POOL": "8",
        f"{PREFIX}OUTBOX_REOFFER_S": str(settings.outbox_reoffer_s),
    }
    processes = []
    for number, command in enumerate(commands):
        with (folder / f"{number}-{command[0]}.log").open("wb") as output:
            processes.append(
                subprocess.Popen(
                    [sys.executable, "-m", "community", *command],
                    env=environment,
                    stdout=output,
                    stderr=output,
                    pass_fds=[one.fileno() for one in sockets],
                )
            )
    try:
        yield tuple(f"http://127.0.0.1:{one.getsockname()[1]}" for one in sockets)
        assert [process.poll() for process in processes] == [None] * len(processes)
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(60)
        for one in sockets:
            one.close()
