"""What a child of the supervisor holds on to: it ends when the supervisor has ended, even by a kill -9."""

from __future__ import annotations

import os
import signal
import threading

from community.system.supervisor import LIFELINE


def hold_on() -> None:
    """End this process, as if told to stop, when the supervisor that started it is gone. Nothing without one."""
    descriptor = os.environ.get(LIFELINE)
    if descriptor is not None:
        threading.Thread(target=_watch, args=(int(descriptor),), daemon=True, name="lifeline").start()


def _watch(descriptor: int) -> None:
    os.read(descriptor, 1)  # nobody writes: it returns when the other end is closed
    os.kill(os.getpid(), signal.SIGTERM)
