"""How long and how strong a season may be: the operator's, and a leader's. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from community.kernel.errors import InvalidInput
from community.points.errors import SeasonsUsedUp

LONGEST = timedelta(days=366)
MOST_PERCENT = 1_000
LEADERS_LONGEST = timedelta(days=31)
LEADERS_MOST_PERCENT = 300
LEADERS_YEAR = timedelta(days=365)
LEADERS_MOST = timedelta(days=93)
"""The seasons that a community's leaders open last together at most so long, of any 365 days."""

Span = tuple[datetime, datetime]
"""From a moment on, and before another."""


def check_season(span: Span, percent: int, *, now: datetime) -> None:
    """Check that this can be a season. Raises InvalidInput with the path of what cannot be."""
    if not 100 < percent <= MOST_PERCENT:  # noqa: PLR2004 - a season pays more
        raise InvalidInput(f"A season pays 101 to {MOST_PERCENT} percent.", path=("percent",))
    if span[0] >= span[1] or span[1] <= now:
        raise InvalidInput("A season ends after it begins, and in the future.", path=("endsAt",))
    if span[1] - span[0] > LONGEST:
        raise InvalidInput(f"A season lasts at most {LONGEST.days} days.", path=("endsAt",))


def within_leaders_season(span: Span, percent: int) -> None:
    """Check that a leader may open this season, the others left aside. Raises InvalidInput."""
    if percent > LEADERS_MOST_PERCENT:
        raise InvalidInput(f"A leader's season pays at most {LEADERS_MOST_PERCENT} percent.", path=("percent",))
    if span[1] - span[0] > LEADERS_LONGEST:
        raise InvalidInput(f"A leader's season lasts at most {LEADERS_LONGEST.days} days.", path=("endsAt",))


def within_leaders_year(span: Span, others: Sequence[Span]) -> None:
    """Check that a leader may open this season beside the others of the community's leaders. Raises SeasonsUsedUp."""
    if most_of_a_year(span, others) > LEADERS_MOST:
        raise SeasonsUsedUp(path=("endsAt",))


def most_of_a_year(span: Span, others: Sequence[Span]) -> timedelta:
    """How long all these seasons last together, within the fullest of the 365 days that hold a part of `span`.

    Seasons at the same time count each. Of all years, one that holds the most begins with a season or ends with one:
    only those are looked at.
    """
    every = [span, *others]
    begins = {start for start, _ in every} | {end - LEADERS_YEAR for _, end in every}
    return max(
        sum((_part(one, begin) for one in every), timedelta()) for begin in begins if _part(span, begin) > timedelta()
    )


def _part(span: Span, begin: datetime) -> timedelta:
    """How much of a season lies in the 365 days from a moment on."""
    # Reckoned from the beginning: its year's end may lie beyond the last moment that there is.
    return max(timedelta(), min(span[1] - begin, LEADERS_YEAR) - max(span[0] - begin, timedelta()))
