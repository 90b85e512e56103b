"""The scalar `DateTime`: ISO 8601 with an offset, converted to UTC."""

from __future__ import annotations

from datetime import UTC, datetime

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


DATETIME_SCALAR = strawberry.scalar(
    name="DateTime",
    description="Time in ISO 8601 with an offset, such as `2026-11-24T08:00:00+08:00`. The offset is required.",
    serialize=datetime.isoformat,
    parse_value=_parse_datetime,
)
