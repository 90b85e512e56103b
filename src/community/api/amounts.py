"""Points as clients send and get them: whole numbers that every client can read exactly, wider than GraphQL's Int."""

from __future__ import annotations

from typing import NewType

import strawberry
from graphql import GraphQLError

MOST = 2**53 - 1
"""The largest whole number up to which a JSON number is exact wherever it is read."""


def _whole(given: object) -> int:
    """The number itself. As with Int, 20.0 is one and true is not."""
    whole = int(given) if isinstance(given, float) and given.is_integer() else given
    if isinstance(whole, int) and not isinstance(whole, bool) and abs(whole) <= MOST:
        return whole
    raise GraphQLError(f"Points are a whole number, from -{MOST} to {MOST}.")


Points = NewType("Points", int)
POINTS = strawberry.scalar(
    name="Points",
    description="A whole number of points, of less than 2^53 in size: a JSON number that every client reads exactly.",
    serialize=_whole,
    parse_value=_whole,
)


def some_points(number: int | None) -> Points | None:
    """The number as points, where there is one."""
    return None if number is None else Points(number)
