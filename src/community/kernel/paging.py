"""Keyset pages.

A cursor names the last row seen, so that a list that changes meanwhile skips and repeats no row.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

import orjson

from community.kernel import db
from community.kernel.errors import InvalidInput

R = TypeVar("R")

DEFAULT_PAGE = 20
MAX_PAGE = 100
"""The limits of a page, in rows. The cost rule, the schema and the command line use the same numbers."""

MAX_COUNT = 1_000
"""The largest count of a list. A longer list is known to have at least this many rows."""

# Limits are literals, because a LIMIT parameter prevents PostgreSQL's generic plan (measured: 0.69 instead of 0.48 ms).
# There are only four sizes, so that the statement cache holds them all. Screens of phones have pages of ten.
LIMIT_SIZES = (11, DEFAULT_PAGE + 1, 51, MAX_PAGE + 1)


class InvalidCursor(InvalidInput):
    """A cursor that this service did not issue for this list."""


@dataclass(frozen=True, slots=True)
class Page(Generic[R]):
    """Consecutive rows of a list. `has_next` is True if more rows follow.

    `count` counts the rows of the whole list, and stops after MAX_COUNT + 1.
    """

    rows: list[R]
    has_next: bool
    cursor_of: Callable[[R], str]
    count: Callable[[], Awaitable[db.Count]]


@dataclass(frozen=True, slots=True)
class PageRequest:
    """The next `first` rows after the cursor `after`."""

    first: int = DEFAULT_PAGE
    after: str | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.first <= MAX_PAGE:
            raise InvalidInput("page", min=1, max=MAX_PAGE, actual=self.first, path=("first",))

    @property
    def limit(self) -> int:
        """The LIMIT of the statement, a literal larger than the page."""
        return next(size for size in LIMIT_SIZES if size > self.first)

    def key(self, *kinds: type) -> tuple[Any, ...] | None:
        """Return the key in the cursor, or None on the first page.

        `kinds` are the types of its values. Raises InvalidCursor.
        """
        return None if self.after is None else decode_cursor(self.after, kinds)

    def page(
        self, rows: list[R], key_of: Callable[[R], Sequence[Any]], *, count: Callable[[], Awaitable[db.Count]]
    ) -> Page[R]:
        """Return the requested page of the rows found with `limit`."""
        return Page(rows[: self.first], len(rows) > self.first, lambda row: encode_cursor(key_of(row)), count)


def encode_cursor(key: Sequence[Any]) -> str:
    """Return a sort key as an opaque cursor."""
    return base64.urlsafe_b64encode(orjson.dumps(key)).decode().rstrip("=")


def decode_cursor(cursor: str, kinds: Sequence[type]) -> tuple[Any, ...]:
    """Return the sort key of a cursor. Raises InvalidCursor if it is not of this list."""
    try:
        parts = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(parts, list) or len(parts) != len(kinds):
            raise InvalidCursor(path=("after",))
        return tuple(_parse_part(part, kind) for part, kind in zip(parts, kinds, strict=True))
    except (ValueError, OverflowError, binascii.Error, RecursionError) as error:
        raise InvalidCursor(path=("after",)) from error


def _parse_part(part: Any, kind: type) -> Any:
    if kind is datetime and isinstance(part, str):
        moment = datetime.fromisoformat(part)
        if moment.tzinfo is None:
            raise ValueError(part)
        return moment.astimezone(UTC)
    if kind is bool and type(part) is bool:
        return part
    if kind is int and type(part) is int and abs(part) < 2**63:
        return part
    raise ValueError(part)
