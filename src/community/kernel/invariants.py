"""Invariants of tables, checked one batch of ids at a time.

Memory and the time of each statement are bounded. Each statement sees one snapshot of the database, so that the check
is correct while other transactions write.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from community.kernel import db

ID_BATCH_SIZE = 5_000
MAX_VIOLATIONS = 20
STATEMENT_TIMEOUT_MS = 600_000
"""The time limit of one statement of a check. The limit of a request is too short for a large batch."""


@dataclass(frozen=True, slots=True)
class Invariant:
    """A condition on every row of `table`.

    `violations_sql` selects the ids that violate it, for `$1 < id <= $2`. `description` states the condition for the
    operator. `batch_size` is the number of ids that one statement examines. It is smaller where many rows of other
    tables belong to each row.
    """

    description: str
    table: str
    violations_sql: str
    batch_size: int = ID_BATCH_SIZE

    def select_violations(self) -> db.Select[db.Id]:
        """Return the statement that finds the first violations between two ids."""
        return db.Select(f"{self.violations_sql} ORDER BY 1 LIMIT {MAX_VIOLATIONS}", db.Id)


@dataclass(frozen=True, slots=True)
class InvariantResult:
    """The number of rows examined, and the first ids with a violation."""

    invariant: Invariant
    rows_examined: int
    violations: Sequence[int]


@dataclass(slots=True)
class _ExtentRow:
    count: int
    last: int


def build_number_sql(text: str) -> str:
    """Return SQL for the number in a text, or NULL.

    A text that is no number must be found by the check and must not abort it.
    """
    return (
        f"CASE WHEN trim({text}, '0123456789') = '' AND length({text}) BETWEEN 1 AND 18 THEN CAST({text} AS BIGINT) END"
    )


async def check_invariants(invariants: Sequence[Invariant]) -> AsyncIterator[InvariantResult]:
    """Check each invariant on its whole table and yield the results."""
    for invariant in invariants:
        yield await _check_invariant(invariant)


async def _check_invariant(invariant: Invariant) -> InvariantResult:
    extent = await db.Select(
        f"SELECT count(*) AS count, COALESCE(max(id), 0) AS last FROM {invariant.table}", _ExtentRow
    ).one()
    statement = invariant.select_violations()
    violations: list[int] = []
    for low in range(0, extent.last, invariant.batch_size):
        violations += [row.id for row in await statement.all(low, low + invariant.batch_size)]
        if len(violations) >= MAX_VIOLATIONS:
            break
    return InvariantResult(invariant, extent.count, violations[:MAX_VIOLATIONS])
