"""How long and how strong a season may be: the operator's, and a leader's. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from community.kernel.errors import InvalidInput
from community.points.errors import SeasonsUsedUp

MAX_SEASON_LENGTH = timedelta(days=366)
MAX_PERCENT = 1_000
MAX_LEADER_SEASON_LENGTH = timedelta(days=31)
MAX_LEADER_PERCENT = 300
LEADER_WINDOW = timedelta(days=365)
MAX_LEADER_TOTAL = timedelta(days=93)
"""The seasons that a community's leaders open last together at most so long, of any 365 days."""

SeasonSpan = tuple[datetime, datetime]
"""From a moment on, and before another."""


def check_season(span: SeasonSpan, percent: int, *, now: datetime) -> None:
    """Check that this can be a season. Raises InvalidInput with the path of what cannot be."""
    if not 100 < percent <= MAX_PERCENT:  # noqa: PLR2004 - a season pays more
        raise InvalidInput(f"A season pays 101 to {MAX_PERCENT} percent.", path=("percent",))
    if span[0] >= span[1] or span[1] <= now:
        raise InvalidInput("A season ends after it begins, and in the future.", path=("endsAt",))
    if span[1] - span[0] > MAX_SEASON_LENGTH:
        raise InvalidInput(f"A season lasts at most {MAX_SEASON_LENGTH.days} days.", path=("endsAt",))


def check_leader_season(span: SeasonSpan, percent: int) -> None:
    """Check that a leader may open this season, the others left aside. Raises InvalidInput."""
    if percent > MAX_LEADER_PERCENT:
        raise InvalidInput(f"A leader's season pays at most {MAX_LEADER_PERCENT} percent.", path=("percent",))
    if span[1] - span[0] > MAX_LEADER_SEASON_LENGTH:
        raise InvalidInput(f"A leader's season lasts at most {MAX_LEADER_SEASON_LENGTH.days} days.", path=("endsAt",))


def check_leader_window(span: SeasonSpan, others: Sequence[SeasonSpan]) -> None:
    """Check that a leader may open this season beside the others of the community's leaders. Raises SeasonsUsedUp."""
    if compute_fullest_window(span, others) > MAX_LEADER_TOTAL:
        raise SeasonsUsedUp(path=("endsAt",))


def compute_fullest_window(span: SeasonSpan, others: Sequence[SeasonSpan]) -> timedelta:
    """How long all these seasons last together, within the fullest of the 365 days that hold a part of `span`.

    Seasons at the same time count each. Of all years, one that holds the most begins with a season or ends with one:
    only those are looked at.
    """
    every = [span, *others]
    begins = {start for start, _ in every} | {end - LEADER_WINDOW for _, end in every}
    return max(
        sum((_measure_overlap(one, begin) for one in every), timedelta())
        for begin in begins
        if _measure_overlap(span, begin) > timedelta()
    )


def _measure_overlap(span: SeasonSpan, begin: datetime) -> timedelta:
    """How much of a season lies in the 365 days from a moment on."""
    # Reckoned from the beginning: its year's end may lie beyond the last moment that there is.
    return max(timedelta(), min(span[1] - begin, LEADER_WINDOW) - max(span[0] - begin, timedelta()))
