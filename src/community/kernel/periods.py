"""Days, weeks, months and years of a community.

They are half-open intervals in UTC, cut in the time zone of the community.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import lru_cache
from zoneinfo import ZoneInfo

CHINA = timezone(timedelta(hours=8))
"""Time of China, for days that the law or a platform counts."""


@dataclass(frozen=True, slots=True)
class CalendarPeriod:
    """The interval from `start` up to but not including `end`, in UTC.

    `first` is its first day in the time zone of the community.
    """

    first: date
    start: datetime
    end: datetime


def day(moment: datetime, time_zone: str) -> CalendarPeriod:
    """Return the day that contains the moment."""
    today = local_date(moment, time_zone)
    return _build_period(today, today + timedelta(days=1), time_zone)


def week(moment: datetime, time_zone: str) -> CalendarPeriod:
    """Return the week that contains the moment, from Monday."""
    today = local_date(moment, time_zone)
    first = today - timedelta(days=today.weekday())
    return _build_period(first, first + timedelta(days=7), time_zone)


def month(moment: datetime, time_zone: str) -> CalendarPeriod:
    """Return the month that contains the moment."""
    first = local_date(moment, time_zone).replace(day=1)
    return _build_period(first, (first + timedelta(days=31)).replace(day=1), time_zone)


def year(moment: datetime, time_zone: str) -> CalendarPeriod:
    """Return the year that contains the moment."""
    first = local_date(moment, time_zone).replace(month=1, day=1)
    return _build_period(first, first.replace(year=first.year + 1), time_zone)


def find_daily_span(moment: datetime, time_zone: str, *, from_hour: int, until_hour: int) -> CalendarPeriod | None:
    """Return the span between two hours that contains the moment, or None.

    It ends on the next day if `until_hour` is the earlier one. There is none if both are equal.
    """
    today = local_date(moment, time_zone)
    # The day before yesterday counts where a zone has skipped a day.
    for first in (today - timedelta(days=days) for days in (2, 1, 0)):
        last = first + timedelta(days=until_hour < from_hour)
        start, end = (_at_hour(first, from_hour, time_zone), _at_hour(last, until_hour, time_zone))
        if start <= moment < end:
            return CalendarPeriod(first, start, end)
    return None


def local_date(moment: datetime, time_zone: str) -> date:
    """Return the calendar day of the moment in the time zone."""
    return moment.astimezone(ZoneInfo(time_zone)).date()


def midnight(of: date, time_zone: str) -> datetime:
    """Return the first moment, in UTC, of a local day."""
    return _at_hour(of, 0, time_zone)


def _at_hour(of: date, hour: int, time_zone: str) -> datetime:
    return datetime.combine(of, time(hour), ZoneInfo(time_zone)).astimezone(UTC)


@lru_cache(maxsize=256)
def _build_period(first: date, following: date, time_zone: str) -> CalendarPeriod:
    return CalendarPeriod(first, midnight(first, time_zone), midnight(following, time_zone))
