"""An images worker that empties its queue and ends.

python -m tests.support.burst BEHAVIOUR      BEHAVIOUR is a key of `CHILD_BEHAVIOURS`

The worker needs its own process, because a test's store and database do not survive a fork. The environment holds its
settings. With `measured` each child appends its peak memory in MB to the file MARKER.
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
from workers.guarded_worker import GuardedWorker

make = images.make


def kill_first_child(data: bytes):
    """Kill the first child, as the system does when memory is short."""
    marker = Path(os.environ["MARKER"])
    if not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return make(data)


def exhaust_memory(_data: bytes):
    held = []
    while True:
        held.append(bytearray(b"x") * 50_000_000)


def exhaust_processor_time(_data: bytes):
    return sum(range(10**11))


def exhaust_wall_time(_data: bytes):
    time.sleep(3_600)


def crash(_data: bytes):
    os.kill(os.getpid(), signal.SIGSEGV)


def measure_memory(data: bytes):
    try:
        return make(data)
    finally:
        with Path(os.environ["MARKER"]).open("a") as file:
            file.write(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}\n")


CHILD_BEHAVIOURS = {
    "well": make,
    "killed_once": kill_first_child,
    "memory": exhaust_memory,
    "processor": exhaust_processor_time,
    "clock": exhaust_wall_time,
    "crash": crash,
    "measured": measure_memory,
}


def run_burst(settings: Settings, behaviour: str = "well", *, marker: Path | None = None, limit_s: float = 120) -> None:
    """Run the worker until its queue is empty.

    The worker itself must end with status 0, also if its children die.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)} | {
        f"{PREFIX}DATABASE_URL": settings.database_url,
        f"{PREFIX}REDIS_URL": settings.redis_url,
        f"{PREFIX}MEDIA_STORE": settings.media_store,
        f"{PREFIX}TOKEN_SECRET": SECRET,
        "MARKER": str(marker),
    }
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.burst", behaviour],
        env=environment, timeout=limit_s, capture_output=True, text=True, check=False,
        cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


class Burst(forking.ForkingWorker):
    """A worker that ends when its queue is empty."""

    def work(self, *args, **kwargs):
        try:
            return super().work(*args, **kwargs | {"burst": True})
        finally:
            GuardedWorker.is_stopping = True


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
