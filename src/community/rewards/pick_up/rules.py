"""Rules about pick-up points. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from community.kernel import mistakes
from community.kernel.texts import normalise_multiline_text, normalise_text

MAX_NAME_LENGTH = 40
MAX_ADDRESS_LENGTH = 120
MAX_OPENING_HOURS_LENGTH = 200
MAX_HELPERS = 20
"""Present helpers of one pick-up point."""
MAX_POINTS = 50
"""Open pick-up points of a community."""


@dataclass(frozen=True, slots=True)
class PointContent:
    """The words of a pick-up point, in their stored form."""

    name: str
    address: str
    opening_hours: str


def normalise_point(name: str, address: str, opening_hours: str) -> PointContent:
    """Return the words of a pick-up point. Raises InvalidInput with all mistakes."""
    with mistakes.collect() as check:
        name = check(normalise_text, name, max_length=MAX_NAME_LENGTH, path=("name",))
        address = check(normalise_text, address, max_length=MAX_ADDRESS_LENGTH, path=("address",))
        opening_hours = check(
            normalise_multiline_text, opening_hours, max_length=MAX_OPENING_HOURS_LENGTH, path=("openingHours",)
        )
    return PointContent(name, address, opening_hours)
