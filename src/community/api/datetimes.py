"""The scalars `DateTime`, with an offset and converted to UTC, and `Date`."""

from __future__ import annotations

from datetime import UTC, date, datetime

import strawberry
from graphql import GraphQLError


def _parse_datetime(given: object) -> datetime:
    """Return the time in UTC. Raises GraphQLError without an offset, because its meaning would depend on the reader."""
    try:
        moment = datetime.fromisoformat(given) if isinstance(given, str) else None
        if moment is not None and moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise GraphQLError("Write a time in ISO 8601 with an offset, such as 2026-11-24T08:00:00+08:00.")


def _parse_date(given: object) -> date:
    """Return the day. Raises GraphQLError unless it is written as YYYY-MM-DD."""
    try:
        day = date.fromisoformat(given) if isinstance(given, str) else None
    except ValueError:
        day = None
    if day is None or day.isoformat() != given:
        raise GraphQLError("Write a day as YYYY-MM-DD, such as 2026-11-24.")
    return day


_SPECIFICATION = "https://www.rfc-editor.org/rfc/rfc3339"

DATETIME_SCALAR = strawberry.scalar(
    name="DateTime",
    description="Time in ISO 8601 with an offset, such as `2026-11-24T08:00:00+08:00`. The offset is required.",
    specified_by_url=_SPECIFICATION,
    serialize=datetime.isoformat,
    parse_value=_parse_datetime,
)
DATE_SCALAR = strawberry.scalar(
    name="Date",
    description="Day of the calendar as `YYYY-MM-DD`, such as `2026-11-24`.",
    specified_by_url=_SPECIFICATION,
    serialize=date.isoformat,
    parse_value=_parse_date,
)
