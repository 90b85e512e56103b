"""Points as clients send and get them: whole numbers that every client can read exactly, wider than GraphQL's Int."""

from __future__ import annotations

from typing import NewType

import strawberry
from graphql import GraphQLError

MAX_SAFE_INTEGER = 2**53 - 1
"""The largest whole number up to which a JSON number is exact wherever it is read."""


def _validate_points(given: object) -> int:
    """The number itself. As with Int, 20.0 is one and true is not."""
    whole = int(given) if isinstance(given, float) and given.is_integer() else given
    if isinstance(whole, int) and not isinstance(whole, bool) and abs(whole) <= MAX_SAFE_INTEGER:
        return whole
    raise GraphQLError(f"Points are a whole number, from -{MAX_SAFE_INTEGER} to {MAX_SAFE_INTEGER}.")


Points = NewType("Points", int)
POINTS_SCALAR = strawberry.scalar(
    name="Points",
    description="A whole number of points, of less than 2^53 in size: a JSON number that every client reads exactly.",
    serialize=_validate_points,
    parse_value=_validate_points,
)


def to_points_or_none(number: int | None) -> Points | None:
    """The number as points, where there is one."""
    return None if number is None else Points(number)
