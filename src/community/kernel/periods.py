"""Days, weeks, months and years of a community.

They are half-open intervals in UTC, cut in the time zone of the community.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
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


def local_date(moment: datetime, time_zone: str) -> date:
    """Return the calendar day of the moment in the time zone."""
    return moment.astimezone(ZoneInfo(time_zone)).date()


def midnight(of: date, time_zone: str) -> datetime:
    """Return the first moment, in UTC, of a local day."""
    return datetime.combine(of, time.min, ZoneInfo(time_zone)).astimezone(UTC)


def _build_period(first: date, following: date, time_zone: str) -> CalendarPeriod:
    return CalendarPeriod(first, midnight(first, time_zone), midnight(following, time_zone))
