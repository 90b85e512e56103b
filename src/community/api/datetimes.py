"""Moments as clients send and get them: ISO 8601 with an offset, in UTC on our side."""

from __future__ import annotations

from datetime import UTC, datetime

import strawberry
from graphql import GraphQLError


def _parse_datetime(given: object) -> datetime:
    """The moment in UTC. One without an offset would mean another time to everybody who reads it."""
    try:
        moment = datetime.fromisoformat(given) if isinstance(given, str) else None
        if moment is not None and moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise GraphQLError("A moment is written as 2026-11-24T08:00:00+08:00: ISO 8601 with an offset.")


DATETIME_SCALAR = strawberry.scalar(
    name="DateTime",
    description="A moment in ISO 8601 with an offset: `2026-11-24T08:00:00+08:00`. One without an offset is refused.",
    serialize=datetime.isoformat,
    parse_value=_parse_datetime,
)
