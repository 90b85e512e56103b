"""Tortoise's two database clients, extended.

They release the connection after a failed BEGIN, and return the rows of every statement with the names of its columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

__all__ = ["RowClient"]


class RowClient(Protocol):
    """A connection that returns rows, with values in column order."""

    async def fetch_rows(self, query: str, values: list[Any]) -> Sequence[Any]:
        """Run a statement and return its rows."""

    async def fetch_named_rows(self, query: str, values: list[Any]) -> tuple[tuple[str, ...], Sequence[Any]]:
        """Run a statement and return its column names and rows. Slower than `fetch_rows`."""
