"""Global ids: `Type:number` in URL-safe base64 without padding, opaque to clients."""

from __future__ import annotations

import binascii
import functools
import re
from collections.abc import Mapping

import strawberry

from community.kernel.errors import InvalidInput

_ID_PATTERN = re.compile(r"([A-Z][A-Za-z]{1,40}):([1-9][0-9]{0,18})")
_MAX_NUMBER = 2**63 - 1
_MAX_LENGTH = 84
"""Number of characters of the longest id."""
MAX_KEPT = 4_096
"""Number of encoded ids of a type that are kept, 0.8 MB, and of parsed ids.

A feed has 140, most of them again at the next request.
"""
_RENAMED = {"Movement": "PointsMovement"}
"""Types of ids that clients may have stored, and the present types."""


class _Encoded(dict[int, strawberry.ID]):
    def __init__(self, kind: str) -> None:
        super().__init__()
        self._kind = kind

    def __missing__(self, number: int) -> strawberry.ID:
        if len(self) >= MAX_KEPT:
            self.clear()
        made = self[number] = encode(self._kind, number)
        return made


@functools.cache
def list_encoded(kind: str) -> Mapping[int, strawberry.ID]:
    """Return the global ids of a type of the schema, by number. A missing one is made."""
    return _Encoded(kind)


def encode(kind: str, number: int) -> strawberry.ID:
    """Return the global id of a type and a number."""
    # Letters, digits and the colon never give `+` or `/`, so that it is URL-safe.
    return strawberry.ID(binascii.b2a_base64(f"{kind}:{number}".encode(), newline=False).rstrip(b"=").decode())


def split(given: str, *, path: str) -> tuple[str, int]:
    """Return the type and the number of an id.

    `path` is the field of the input, as names with dots between them. Raises InvalidInput if the id is not of this
    service.
    """
    found = _parse(given) if len(given) <= _MAX_LENGTH else None
    if found is None:
        raise InvalidInput("id", path=tuple(path.split(".")))
    return found


@functools.lru_cache(maxsize=MAX_KEPT)
def _parse(given: str) -> tuple[str, int] | None:
    try:
        text = binascii.a2b_base64(given + "=" * (-len(given) % 4)).decode("ascii")
    except ValueError:
        text = ""
    match = _ID_PATTERN.fullmatch(text)
    if match is None:
        return None
    kind, number = match[1], int(match[2])
    if number > _MAX_NUMBER or encode(kind, number) != given:
        return None
    return _RENAMED.get(kind, kind), number


def decode(kind: str, given: str, *, path: str) -> int:
    """Return the number of an id of this type. Raises InvalidInput for any other id."""
    found, number = split(given, path=path)
    if found != kind:
        raise InvalidInput("id_of_another_type", found=found, expected=kind, path=tuple(path.split(".")))
    return number
