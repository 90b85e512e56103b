"""Rules about pick-up points, their helpers and verification. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from community.kernel import codes, mistakes
from community.kernel.texts import normalise_multiline_text, normalise_text

MAX_NAME_LENGTH = 40
MAX_ADDRESS_LENGTH = 120
MAX_OPENING_HOURS_LENGTH = 200
MAX_HELPERS = 20
"""Present helpers of one pick-up point."""
MAX_POINTS = 50
"""Open pick-up points of a community."""
UNDO_WINDOW = timedelta(minutes=15)
QR_PREFIX = "HX"


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


def build_qr_text(community_id: int, code: str) -> str:
    """Return the text of a QR code, at most 32 characters. Its alphabet makes the picture small."""
    return f"{QR_PREFIX}:{community_id}:{code}"


def read_typed_code(text: str, *, community_id: int) -> str | None:
    """Return the verification code in a typed, pasted or scanned text.

    None if it is no such code, has a mistake, or the scanned code belongs to another community.
    """
    *scanned, code = codes.normalise_code(text).split(":")
    if scanned not in ([], [QR_PREFIX, str(community_id)]):
        return None
    return code if codes.is_checked_code(code) else None
