"""Whole numbers as GraphQL reads them."""

from __future__ import annotations

MAX_SAFE_INTEGER = 2**53 - 1
"""Largest whole number that every JSON reader represents exactly."""


def is_whole_number(value: object) -> bool:
    """Return True for a whole number: 20.0 is one, True is not."""
    if isinstance(value, float):
        return value.is_integer()
    return isinstance(value, int) and not isinstance(value, bool)
