"""The headers of a request, as bytes."""

from __future__ import annotations

from collections.abc import Iterable


def join_headers(lines: Iterable[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """Return each header by its lower-case name. Commas join its lines."""
    found: dict[bytes, bytes] = {}
    for name, value in lines:
        found[name] = value if name not in found else b"%b,%b" % (found[name], value)
    return found
