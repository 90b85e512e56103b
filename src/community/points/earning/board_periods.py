"""The periods that migration 0021 sums. The periods of today are in `scores/periods.py`."""

from __future__ import annotations

from enum import StrEnum

from community.scores.periods import compute_period

__all__ = ["PeriodKind", "compute_period"]


class PeriodKind(StrEnum):
    """Length of a period of version 0.2."""

    WEEK = "WEEK"
    MONTH = "MONTH"
    EVER = "EVER"
