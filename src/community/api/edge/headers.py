"""The headers of a request."""

from __future__ import annotations

from starlette.types import Scope

_READ = "community.headers"


def read_headers(scope: Scope) -> dict[bytes, str]:
    """Return each header by its lower-case name. Commas join its lines.

    They are read once per request.
    """
    found: dict[bytes, str] | None = scope.get(_READ)
    if found is None:
        found = scope[_READ] = {}
        for name, line in scope["headers"]:
            value = line.decode("latin-1")
            found[name] = value if name not in found else f"{found[name]},{value}"
    return found
