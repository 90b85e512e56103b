"""What a signal to end does to a process that has begun other processes: nothing of them may be left behind."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)


def exit_on_sigterm() -> None:
    """Have a SIGTERM end this process as an exit does from now on: what was begun by then is ended and tidied up."""

    def leave(number: int, frame: object) -> None:
        del frame
        signal.signal(number, signal.SIG_IGN)
        raise SystemExit(128 + number)

    signal.signal(signal.SIGTERM, leave)


def ignore_stop_signals() -> None:
    """Let no further signal break off the end that has begun."""
    for number in _STOP_SIGNALS:
        signal.signal(number, signal.SIG_IGN)


@contextmanager
def defer_stop_signals() -> Iterator[None]:
    """Let a signal to end wait until the block is done: a process that is just being begun would be known to nobody.

    Signals come to the main thread alone; in others this does nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    waiting: list[int] = []
    before = {number: signal.signal(number, lambda number, _frame: waiting.append(number)) for number in _STOP_SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if waiting:
            signal.raise_signal(waiting[0])
