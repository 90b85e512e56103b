"""A watch on the supervisor that ends a child, even after `kill -9`."""

from __future__ import annotations

import os
import signal
import threading

LIFELINE_VARIABLE = "COMMUNITY_LIFELINE_FD"
"""Environment variable with a pipe's file descriptor. The pipe closes when the supervisor ends, however it ends."""


def watch_parent() -> None:
    """Send SIGTERM to this process when its supervisor is gone. Do nothing without a supervisor."""
    descriptor = os.environ.get(LIFELINE_VARIABLE)
    if descriptor is not None:
        threading.Thread(target=_wait_for_parent, args=(int(descriptor),), daemon=True, name="parent-watch").start()


def _wait_for_parent(descriptor: int) -> None:
    os.read(descriptor, 1)  # The supervisor never writes: the call returns when the pipe is closed.
    os.kill(os.getpid(), signal.SIGTERM)
