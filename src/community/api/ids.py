"""Global ids: opaque to clients, `Type:number` to us, in URL-safe base64 without padding."""

from __future__ import annotations

import base64
import binascii
import re

import strawberry

from community.kernel.errors import InvalidInput

_ID_PATTERN = re.compile(r"([A-Z][A-Za-z]{1,40}):([1-9][0-9]{0,18})")
_MAX_NUMBER = 2**63 - 1


def encode(kind: str, number: int) -> strawberry.ID:
    """The id of the thing of that kind with that number."""
    return strawberry.ID(base64.urlsafe_b64encode(f"{kind}:{number}".encode()).decode().rstrip("="))


def split(given: str, *, path: str) -> tuple[str, int]:
    """The kind and the number in an id. Raises InvalidInput when it is not an id of this service.

    `path` is where in the mutation's input it was given: names with dots between them.
    """
    try:
        text = base64.urlsafe_b64decode(given.encode("ascii") + b"=" * (-len(given) % 4)).decode("ascii")
    except (ValueError, binascii.Error):
        text = ""
    form = _ID_PATTERN.fullmatch(text)
    if form is None or int(form[2]) > _MAX_NUMBER or encode(form[1], int(form[2])) != given:
        raise InvalidInput("This is not an id of this service.", path=tuple(path.split(".")))
    return form[1], int(form[2])


def decode(kind: str, given: str, *, path: str) -> int:
    """The number in an id of that kind. Raises InvalidInput for any other."""
    found, number = split(given, path=path)
    if found != kind:
        raise InvalidInput(f"This is the id of a {found}, not of a {kind}.", path=tuple(path.split(".")))
    return number
