"""Rules of topics: texts and days. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from community.kernel import periods
from community.kernel.errors import InvalidInput
from community.kernel.texts import normalise_multiline_text

MAX_DESCRIPTION_LENGTH = 500
MAX_DAYS = 366
MAX_CURRENT = 50
"""Largest number of topics of a community that have not ended."""


@dataclass(frozen=True, slots=True)
class TopicContent:
    """Words, picture and last day of a topic. Days are those of the community, the last one included."""

    description: str
    last_day: date
    media_id: int | None = None


@dataclass(frozen=True, slots=True)
class TopicPlan:
    """A topic to open. Without a first day it starts immediately."""

    tag: str
    content: TopicContent
    first_day: date | None = None


def normalise_description(text: str) -> str:
    """Return a description, which may be empty. Raises InvalidInput."""
    if not text.strip():
        return ""
    return normalise_multiline_text(text, max_length=MAX_DESCRIPTION_LENGTH, path=("description",))


def compute_start(first_day: date | None, *, time_zone: str, now: datetime) -> datetime:
    """Return the start of a topic. Raises InvalidInput for a day in the past or too far ahead."""
    today = periods.local_date(now, time_zone)
    if first_day is None or first_day == today:
        return now
    if first_day < today:
        raise InvalidInput("topic_start", path=("firstDay",))
    if first_day > today + timedelta(days=MAX_DAYS):
        raise InvalidInput("topic_start_late", max=MAX_DAYS, path=("firstDay",))
    return periods.midnight(first_day, time_zone)


def compute_end(last_day: date, *, start: datetime, time_zone: str, now: datetime) -> datetime:
    """Return the end of a topic, which is in the future. Raises InvalidInput."""
    first = periods.local_date(start, time_zone)
    days = (last_day - first).days + 1
    if days > MAX_DAYS:
        raise InvalidInput("topic_length", max=MAX_DAYS, actual=days, path=("lastDay",))
    if days < 1 or last_day < periods.local_date(now, time_zone):
        raise InvalidInput("topic_end", path=("lastDay",))
    return periods.midnight(last_day + timedelta(days=1), time_zone)
