"""Several API processes, relays and workers on PostgreSQL and Redis."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from community.settings import PREFIX, Settings
from community.system.supervisor import listen
from tests.support.backends import ENCRYPTION_KEY, SECRET
from workers.registry import QUEUES


class Fleet:
    """The running processes. `urls` are the addresses of the API processes."""

    def __init__(self, settings: Settings, folder: Path, *, apis: int, workers: int, relays: int) -> None:
        self._folder = folder
        self._sockets = [listen("127.0.0.1", 0) for _ in range(apis)]
        self.urls = tuple(f"http://127.0.0.1:{one.getsockname()[1]}" for one in self._sockets)
        self._commands = [["serve", "--fd", str(one.fileno())] for one in self._sockets]
        self._commands += [["relay"]] * relays + [["worker", queue] for queue in QUEUES for _ in range(workers)]
        self._environment = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)} | {
            f"{PREFIX}DATABASE_URL": settings.database_url,
            f"{PREFIX}REDIS_URL": settings.redis_url,
            f"{PREFIX}TOKEN_SECRET": SECRET,
            f"{PREFIX}ENCRYPTION_KEY": ENCRYPTION_KEY,
            f"{PREFIX}DATABASE_POOL": "8",
            f"{PREFIX}OUTBOX_REOFFER_S": str(settings.outbox_reoffer_s),
        }
        self.processes = [self._start(number) for number in range(len(self._commands))]

    def _start(self, number: int) -> subprocess.Popen[bytes]:
        command = self._commands[number]
        with (self._folder / f"{number}-{command[0]}.log").open("ab") as output:
            return subprocess.Popen(
                [sys.executable, "-m", "community", *command],
                env=self._environment,
                stdout=output,
                stderr=output,
                pass_fds=[one.fileno() for one in self._sockets],
            )

    def restart(self, number: int, how: signal.Signals = signal.SIGKILL) -> float:
        """End a process and start it again. Its address stays open. Return the seconds until it ended."""
        began = time.monotonic()
        self.processes[number].send_signal(how)
        self.processes[number].wait()
        took = time.monotonic() - began
        self.processes[number] = self._start(number)
        return took

    def find(self, *command: str) -> int:
        """Return the number of the first process with this command."""
        return self._commands.index([*command])

    def stop(self) -> None:
        """Stop all processes in order."""
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.wait(60)
        for one in self._sockets:
            one.close()


@contextmanager
def run_fleet(settings: Settings, folder: Path, *, apis: int, workers: int, relays: int) -> Iterator[Fleet]:
    """Run the processes until the block ends."""
    fleet = Fleet(settings, folder, apis=apis, workers=workers, relays=relays)
    try:
        yield fleet
        assert [process.poll() for process in fleet.processes] == [None] * len(fleet.processes)
    finally:
        fleet.stop()
