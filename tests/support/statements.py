"""Records of the statements that a piece of work sends to the database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import pytest

from community.kernel.db import statements
from tests.support.shadow import compares_executors


class Sent(NamedTuple):
    """A statement, its values, and its answer."""

    sql: str
    values: list[Any]
    columns: tuple[str, ...]
    rows: Sequence[Any]


@contextmanager
def record_answers() -> Iterator[list[Sent]]:
    """Yield the list of the statements run inside the block, in order. They run as usual."""
    find_client, sent = statements._row_client, []

    class Recording:
        async def fetch_named_rows(self, query: str, values: list[Any]) -> tuple[tuple[str, ...], Sequence[Any]]:
            columns, rows = await find_client().fetch_named_rows(query, values)
            sent.append(Sent(query, values, columns, rows))
            return columns, rows

        async def fetch_rows(self, query: str, values: list[Any]) -> Sequence[Any]:
            return (await self.fetch_named_rows(query, values))[1]

    statements._row_client = Recording
    try:
        yield sent
    finally:
        statements._row_client = find_client


@contextmanager
def record_statements() -> Iterator[list[str]]:
    """Yield the list of the statements sent inside the block, in order, also of those that fail.

    Skips the test where both executors answer, because both send statements.
    """
    if compares_executors():
        pytest.skip("both executors send statements")
    find_client, sent = statements._row_client, []

    class Counting:
        def fetch_named_rows(self, query: str, values: list[Any]) -> Any:
            sent.append(query)
            return find_client().fetch_named_rows(query, values)

        def fetch_rows(self, query: str, values: list[Any]) -> Any:
            sent.append(query)
            return find_client().fetch_rows(query, values)

    statements._row_client = Counting
    try:
        yield sent
    finally:
        statements._row_client = find_client
