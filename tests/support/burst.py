"""A worker on pictures that works its queue off and ends: `python -m tests.support.burst WAY`, told by its environment.

In a process of its own, as workers are: neither the store nor the database of a test survives a fork. WAY says what
becomes of its children: `well`, or one of the deaths below; `measured` prints the most memory that one of them held.
"""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

from community import settings as configuration
from community.media import images, rules
from community.settings import PREFIX, Settings
from tests.support.backends import SECRET
from workers import forking, process

make = images.make


def killed_once(data: bytes):
    """The first child is killed from outside, as by the system when memory is short."""
    marker = Path(os.environ["MARKER"])
    if not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return make(data)


def memory(_data: bytes):
    held = []
    while True:
        held.append(bytearray(b"x") * 50_000_000)


def processor(_data: bytes):
    return sum(range(10**11))


def clock(_data: bytes):
    time.sleep(3_600)


def crash(_data: bytes):
    os.kill(os.getpid(), signal.SIGSEGV)


def measured(data: bytes):
    try:
        return make(data)
    finally:
        with Path(os.environ["MARKER"]).open("a") as file:
            file.write(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}\n")


CHILD_BEHAVIOURS = {way.__name__: way for way in (killed_once, memory, processor, clock, crash, measured)} | {
    "well": make
}


def run_burst(settings: Settings, way: str = "well", *, marker: Path | None = None, limit_s: float = 120) -> None:
    """Have such a worker work its queue off; it must end well itself, whatever its children do."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)} | {
        f"{PREFIX}DATABASE_URL": settings.database_url,
        f"{PREFIX}REDIS_URL": settings.redis_url,
        f"{PREFIX}MEDIA_STORE": settings.media_store,
        f"{PREFIX}TOKEN_SECRET": SECRET,
        "MARKER": str(marker),
    }
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.burst", way],
        env=environment, timeout=limit_s, capture_output=True, text=True, check=False,
        cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


class Burst(forking.ForkingWorker):
    def work(self, *args, **kwargs):
        return super().work(*args, **kwargs | {"burst": True})


def main() -> None:
    images.make = CHILD_BEHAVIOURS[sys.argv[1]]
    forking.ForkingWorker = Burst
    if sys.argv[1] == "processor":
        forking.MAX_CPU_S = 1
    if sys.argv[1] == "crash":
        rules.MAX_ATTEMPTS = 1
    process.work(configuration.get_settings(), "images")


if __name__ == "__main__":
    main()
