"""Times of service slots as leaders write them, as pure rules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from community.kernel import mistakes
from community.kernel.errors import InvalidInput

MAX_CAPACITY = 10_000
MAX_LENGTH_HOURS = 24 * 7
MAX_DAYS_AHEAD = 366


@dataclass(frozen=True, slots=True)
class SlotTimes:
    """Start and end of a slot, in UTC. The end does not belong to it."""

    starts_at: datetime
    ends_at: datetime


def read_times(starts_at: str, ends_at: str, *, time_zone: str, now: datetime) -> SlotTimes:
    """Return the times of a slot to come.

    Each is a local time such as `2027-03-01T09:00`, or an instant with an offset. Raises InvalidInput for a malformed
    time, for one that the change to or from summer time skips or repeats, and for times beyond the limits.
    """
    with mistakes.collect() as check:
        start = check(_read_time, starts_at, time_zone, path="startsAt")
        end = check(_read_time, ends_at, time_zone, path="endsAt")
    if start <= now:
        raise InvalidInput("slot_past", path=("startsAt",))
    if start > now + timedelta(days=MAX_DAYS_AHEAD):
        raise InvalidInput("slot_far", max=MAX_DAYS_AHEAD, path=("startsAt",))
    if not start < end <= start + timedelta(hours=MAX_LENGTH_HOURS):
        raise InvalidInput("slot_end", max=MAX_LENGTH_HOURS, path=("endsAt",))
    return SlotTimes(start, end)


def _read_time(text: str, time_zone: str, *, path: str) -> datetime:
    try:
        given = datetime.fromisoformat(text).replace(microsecond=0)
        if given.tzinfo is not None:
            return given.astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidInput("slot_time", path=(path,)) from None
    if len(text) < len("2027-03-01T09"):  # a day without a time
        raise InvalidInput("slot_time", path=(path,))
    zone = ZoneInfo(time_zone)
    try:
        first, second = (given.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    except OverflowError:
        raise InvalidInput("slot_time", path=(path,)) from None
    if first.astimezone(zone).replace(tzinfo=None) != given:
        raise InvalidInput("slot_time_skipped", path=(path,))
    if first != second:
        raise InvalidInput("slot_time_twice", path=(path,))
    return first


def validate_capacity(capacity: int, *, least: int = 1) -> None:
    """Raise InvalidInput unless a slot may have so many places. `least` is at least the places that are taken."""
    if not least <= capacity <= MAX_CAPACITY:
        raise InvalidInput("slot_capacity", min=least, max=MAX_CAPACITY, actual=capacity, path=("capacity",))
