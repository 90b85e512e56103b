"""Long jobs over many rows, page after page.

A row that fails does not stop the others.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, TypeAlias, TypeVar

from community.kernel import db
from community.kernel.errors import TryAgain
from community.kernel.tables import HasId

log = logging.getLogger(__name__)

R = TypeVar("R", bound=HasId)
Rows: TypeAlias = Sequence[R] | AsyncIterator[R]

BEGINNING = datetime.min.replace(tzinfo=UTC)
"""The time before all rows, for a walk in the order of time."""

MAX_BUSY_ROWS = 20
"""Locked rows of a job, each of which may take the time limit of a lock. The next one ends the job."""


class RowsFailed(Exception):  # noqa: N818 - the name states the condition
    """Rows of a job failed, and the others were done. The log has each of them."""


class RowFailures:
    """The number of rows that failed so far."""

    def __init__(self) -> None:
        self.count = 0
        self._busy = 0

    @contextmanager
    def skip(self, row: str) -> Iterator[None]:
        """Log an error of the block and continue after it. A failure of the database itself is raised."""
        try:
            yield
        except db.UNAVAILABLE_ERRORS:
            raise
        except TryAgain as error:
            self._busy += 1
            if error.reason not in {None, "locked"} or self._busy > MAX_BUSY_ROWS:
                raise
            log.warning("row is busy: row=%s", row)
            self.count += 1
        except Exception:
            log.exception("row failed: row=%s", row)
            self.count += 1

    async def run_each(self, name: str, rows: Rows[R], work: Callable[[R], Awaitable[int | None]]) -> int:
        """Run `work` for each row and return the sum of its results.

        A row that fails does not stop the others.
        """
        count = 0
        async for row in _iterate(rows) if isinstance(rows, Sequence) else rows:
            with self.skip(f"{name} {row.id}"):
                count += await work(row) or 0
        return count

    def raise_if_any(self) -> None:
        """Raise RowsFailed if a row failed, so that the job counts as failed."""
        if self.count:
            raise RowsFailed(f"{self.count} rows failed")


async def _iterate(rows: Sequence[R]) -> AsyncIterator[R]:
    for row in rows:
        yield row


async def run_each(name: str, rows: Rows[R], work: Callable[[R], Awaitable[int | None]]) -> int:
    """Run `work` for each row and return the sum of what it returned.

    A row that fails is logged by its name and id, and the others follow. Raises RowsFailed at the end.
    """
    failures = RowFailures()
    count = await failures.run_each(name, rows, work)
    failures.raise_if_any()
    return count


async def walk(read: Callable[..., Awaitable[Sequence[R]]], *start: Any, by: str = "id") -> AsyncIterator[R]:
    """Yield the rows of page after page.

    `read` gets the columns `by` of the last row before the page, and `start` for the first page.
    """
    columns, last = by.split(), start
    while page := await read(*last):
        for row in page:
            yield row
        last = tuple(getattr(page[-1], column) for column in columns)
