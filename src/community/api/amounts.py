"""The scalar `Points`: whole numbers beyond GraphQL's Int that every client can read exactly."""

from __future__ import annotations

from typing import NewType

import strawberry
from graphql import GraphQLError

from community.api.edge.numbers import MAX_SAFE_INTEGER, is_whole_number


def _validate_points(given: object) -> int:
    """Return the number. Raises GraphQLError if it is not a whole number within the limit."""
    if isinstance(given, int | float) and is_whole_number(given) and abs(given) <= MAX_SAFE_INTEGER:
        return int(given)
    raise GraphQLError(f"Points are a whole number from -{MAX_SAFE_INTEGER} to {MAX_SAFE_INTEGER}.")


Points = NewType("Points", int)
POINTS_SCALAR = strawberry.scalar(
    name="Points",
    description="Whole number of points, from -(2^53 - 1) to 2^53 - 1, as a JSON number.",
    # I-JSON: the whole numbers that every JSON reader represents exactly.
    specified_by_url="https://www.rfc-editor.org/rfc/rfc7493",
    serialize=_validate_points,
    parse_value=_validate_points,
)
