"""Limits of seasons: the operator's and the leaders'. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from community.kernel import mistakes
from community.kernel.errors import InvalidInput
from community.kernel.texts import normalise_text
from community.points.earning.models import Trigger
from community.points.earning.rules import NO_SEASON_PERCENT
from community.points.errors import SeasonsUsedUp

MAX_SEASON_LENGTH = timedelta(days=366)
MAX_PERCENT = 1_000
MAX_LEADER_SEASON_LENGTH = timedelta(days=31)
MAX_LEADER_PERCENT = 300
LEADER_WINDOW = timedelta(days=365)
MAX_NAME_LENGTH = 40
MAX_LEADER_TOTAL = timedelta(days=93)
"""Longest total time of the leaders' seasons of a community in any `LEADER_WINDOW`."""


class SeasonSpan(NamedTuple):
    """A period from `start` up to but not including `end`."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class SeasonPlan:
    """A season that a leader or the operator wants to open. No triggers are all triggers."""

    name: str
    percent: int
    starts_at: datetime
    ends_at: datetime
    triggers: Sequence[Trigger] = ()

    @property
    def span(self) -> SeasonSpan:
        """The period of the season."""
        return SeasonSpan(self.starts_at, self.ends_at)


def normalise_season_name(text: str) -> str:
    """Return the name of a season, 1 to 40 characters. Raises InvalidInput."""
    return normalise_text(text, max_length=MAX_NAME_LENGTH, path=("name",))


def check_season(plan: SeasonPlan, *, now: datetime) -> None:
    """Check the operator's limits of a season. Raises InvalidInput with every wrong part."""
    least = NO_SEASON_PERCENT + 1
    with mistakes.collect() as check:
        check(normalise_season_name, plan.name)
        if not least <= plan.percent <= MAX_PERCENT:
            check.add(
                InvalidInput("season_percent", min=least, max=MAX_PERCENT, actual=plan.percent, path=("percent",))
            )
        if plan.starts_at >= plan.ends_at or plan.ends_at <= now:
            check.add(InvalidInput("season_end", path=("endsAt",)))
        if plan.ends_at - plan.starts_at > MAX_SEASON_LENGTH:
            check.add(InvalidInput("season_length", max=MAX_SEASON_LENGTH.days, path=("endsAt",)))


def check_leader_season(plan: SeasonPlan) -> None:
    """Check the leaders' limits of a single season. Raises InvalidInput with every wrong part."""
    with mistakes.collect() as check:
        if plan.percent > MAX_LEADER_PERCENT:
            check.add(
                InvalidInput("leader_season_percent", max=MAX_LEADER_PERCENT, actual=plan.percent, path=("percent",))
            )
        if plan.ends_at - plan.starts_at > MAX_LEADER_SEASON_LENGTH:
            check.add(InvalidInput("leader_season_length", max=MAX_LEADER_SEASON_LENGTH.days, path=("endsAt",)))


def check_leader_window(span: SeasonSpan, others: Sequence[SeasonSpan]) -> None:
    """Check the leaders' limit for all their seasons in a year. Raises SeasonsUsedUp."""
    if compute_fullest_window(span, others) > MAX_LEADER_TOTAL:
        raise SeasonsUsedUp(path=("endsAt",))


def compute_fullest_window(span: SeasonSpan, others: Sequence[SeasonSpan]) -> timedelta:
    """Return the largest total length of seasons in any window.

    A window is 365 days long and overlaps `span`. Concurrent seasons each count. A window with the largest total begins
    with a season or ends with one, so only those windows are examined.
    """
    every = [span, *others]
    begins = {one.start for one in every} | {one.end - LEADER_WINDOW for one in every}
    return max(
        sum((_measure_overlap(one, begin) for one in every), timedelta())
        for begin in begins
        if _measure_overlap(span, begin) > timedelta()
    )


def _measure_overlap(span: SeasonSpan, begin: datetime) -> timedelta:
    """Return the length of a season's part in the window from `begin`."""
    # Differences from the beginning, because the end of the window may lie beyond the largest datetime.
    return max(timedelta(), min(span.end - begin, LEADER_WINDOW) - max(span.start - begin, timedelta()))
