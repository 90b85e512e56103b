"""What a child of the supervisor holds on to: it ends when the supervisor has ended, even by a kill -9."""

from __future__ import annotations

import os
import signal
import threading

from community.system.supervisor import LIFELINE_VARIABLE


def watch_parent() -> None:
    """End this process, as if told to stop, when the supervisor that started it is gone. Nothing without one."""
    descriptor = os.environ.get(LIFELINE_VARIABLE)
    if descriptor is not None:
        threading.Thread(target=_wait_for_parent, args=(int(descriptor),), daemon=True, name="lifeline").start()


def _wait_for_parent(descriptor: int) -> None:
    os.read(descriptor, 1)  # nobody writes: it returns when the other end is closed
    os.kill(os.getpid(), signal.SIGTERM)
