"""Decision about the next trial of a member. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol

from community.kernel.errors import Refusal
from community.rewards.errors import TrialPromiseBroken, TrialPromiseOpen

TRIAL_PAUSE_DAYS = 90
"""Days after a broken promise in which the member gets no trial."""


class Trier(Protocol):
    """Facts about a member's trials."""

    @property
    def has_open_trial(self) -> bool:
        """True if a trial waits to be collected or reviewed."""

    @property
    def broke_promise_at(self) -> datetime | None:
        """Time of the last broken promise."""


def decide(trier: Trier, now: datetime) -> Refusal | None:
    """Return the refusal of another trial, or None."""
    if trier.has_open_trial:
        return TrialPromiseOpen()
    if trier.broke_promise_at is not None:
        retry_at = trier.broke_promise_at + timedelta(days=TRIAL_PAUSE_DAYS)
        if now < retry_at:
            return TrialPromiseBroken("days", max=TRIAL_PAUSE_DAYS, retry_at=retry_at)
    return None
