"""Limit of concurrent requests, from the rate at which the process completes them.

A request that would wait longer than a few seconds is refused immediately. So a client learns early when to call again,
and a stopping process can answer all requests that it accepted.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from datetime import timedelta

from community.kernel import clock, logs
from community.kernel.errors import TryAgain

log = logging.getLogger(__name__)

MAX_WAIT_S = 3.0
MIN_RUNNING = 64
"""Requests that are always accepted, for a process whose rate is unknown or that waits for its database."""
MAX_RUNNING = 500
RETRY_AFTER_S = (2.0, 6.0)
"""Limits of the random time until the next attempt, so that the clients do not return together."""
_FIRST_RATE = 50.0
_WINDOW_S = 1.0
_MIN_BUSY = 16
"""Requests at the same time from which the rate says how fast the process can be."""


class Load:
    """The running requests of a process, and its rate of completed requests per second.

    `with load:` surrounds each request.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._running = 0
        self._peak = 0
        self._completed = 0
        self._rate = _FIRST_RATE
        self.limit = self._compute_limit()
        """The number of requests that may run at present."""
        self._window_began = now()

    def __enter__(self) -> None:
        """Count a request inside the block. Raises TryAgain if it would wait too long."""
        elapsed_s = self._now() - self._window_began
        if elapsed_s >= _WINDOW_S:
            self._measure(elapsed_s)
        if self._running >= self.limit:
            retry_after = timedelta(seconds=random.uniform(*RETRY_AFTER_S))  # noqa: S311 - jitter, not a secret
            refusal = TryAgain("overloaded", retry_at=clock.now() + retry_after)
            logs.warn_by_cause(log, "requests refused", "overloaded", refusal)
            raise refusal
        self._running += 1
        self._peak = max(self._peak, self._running)

    def __exit__(self, *error: object) -> None:
        """End the count of a request."""
        self._running -= 1
        self._completed += 1

    def _compute_limit(self) -> int:
        return min(MAX_RUNNING, max(MIN_RUNNING, int(MAX_WAIT_S * self._rate)))

    def _measure(self, elapsed_s: float) -> None:
        rate = self._completed / elapsed_s
        if self._peak >= _MIN_BUSY or rate > self._rate:
            self._rate = (self._rate + rate) / 2
            self.limit = self._compute_limit()
        self._completed, self._peak = 0, self._running
        self._window_began = self._now()
