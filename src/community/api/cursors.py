"""A cursor belongs to one list: a field with everything it was asked with but the page itself, its order included.

Rooms make cursors of sort keys. On its way out each gets a short mark of its list in front, and on its way in one
without that mark is refused: a sort key of another list may well have the same shape, and would skip or repeat.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import inspect
from collections.abc import Callable, Coroutine
from typing import Any

from community.kernel.paging import InvalidCursor

_PAGE_PARAMETERS = frozenset({"self", "info", "first", "after"})
_FINGERPRINT_LENGTH = 6


def is_paged(resolver: Callable[..., Any]) -> bool:
    """Whether a field's resolver takes a cursor."""
    return "after" in inspect.signature(resolver).parameters


def bind_cursors(resolver: Callable[..., Coroutine[Any, Any, Any]]) -> Callable[..., Coroutine[Any, Any, Any]]:
    """The resolver of a connection whose cursors are good for this very list. Raises InvalidCursor for any other."""

    @functools.wraps(resolver)
    async def listed(*args: Any, **given: Any) -> Any:
        mark = _fingerprint_list(
            resolver.__name__, {name: value for name, value in given.items() if name not in _PAGE_PARAMETERS}
        )
        after = given.get("after")
        if after is not None:
            if not after.startswith(mark):
                raise InvalidCursor(path=("after",))
            given["after"] = after[_FINGERPRINT_LENGTH:]
        connection = await resolver(*args, **given)
        for edge in connection.edges:
            edge.cursor = mark + edge.cursor
        if connection.edges:
            connection.page_info.start_cursor = connection.edges[0].cursor
            connection.page_info.end_cursor = connection.edges[-1].cursor
        return connection

    return listed


def _fingerprint_list(name: str, asked: dict[str, Any]) -> str:
    told = ";".join(f"{argument}={value}" for argument, value in sorted(asked.items()) if value is not None)
    digest = hashlib.sha256(f"{name}({told})".encode("utf-8", "replace")).digest()
    return base64.urlsafe_b64encode(digest).decode()[:_FINGERPRINT_LENGTH]
