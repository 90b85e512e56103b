"""Cursors that are bound to one list.

A list is a field with all its arguments except `first` and `after`.

Domains create cursors from sort keys. Here each outgoing cursor gets a short fingerprint of its list as a prefix. An
incoming cursor without that prefix is refused. A sort key of another list can have the same shape, and would skip or
repeat items.
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
    """Return True if a resolver has the argument `after`."""
    return "after" in inspect.signature(resolver).parameters


def bind_cursors(resolver: Callable[..., Coroutine[Any, Any, Any]]) -> Callable[..., Coroutine[Any, Any, Any]]:
    """Return a resolver whose cursors are valid only for its own list.

    It raises InvalidCursor for any other cursor.
    """

    @functools.wraps(resolver)
    async def resolve(*args: Any, **arguments: Any) -> Any:
        prefix = _fingerprint_list(
            resolver.__name__,
            # The parent of the list is named by its id, because its other values may change.
            {name: getattr(value, "id", value) for name, value in arguments.items() if name not in _PAGE_PARAMETERS},
        )
        after = arguments.get("after")
        if after is not None:
            if not after.startswith(prefix):
                raise InvalidCursor(path=("after",))
            arguments["after"] = after[_FINGERPRINT_LENGTH:]
        connection = await resolver(*args, **arguments)
        if connection is None:
            return None
        connection.list_name = prefix
        ends = connection.page_info
        if ends.start_cursor is not None:
            ends.start_cursor, ends.end_cursor = prefix + ends.start_cursor, prefix + ends.end_cursor
        return connection

    return resolve


def _fingerprint_list(name: str, arguments: dict[str, Any]) -> str:
    text = ";".join(f"{argument}={value}" for argument, value in sorted(arguments.items()) if value is not None)
    digest = hashlib.sha256(f"{name}({text})".encode("utf-8", "replace")).digest()
    return base64.urlsafe_b64encode(digest).decode()[:_FINGERPRINT_LENGTH]
