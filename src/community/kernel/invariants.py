"""Proving what a table says, a stretch of ids at a time: bounded in memory and in the time of each statement.

A proof is one SELECT of what is wrong between two ids. Every statement sees one moment of the database, so that a proof
holds while others write.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from community.kernel import db

ID_BATCH_SIZE = 5_000
MAX_VIOLATIONS = 20
STATEMENT_TIMEOUT_MS = 600_000
"""How long one statement of a proof may take: the limit of a request would end it where a stretch holds much."""


@dataclass(frozen=True, slots=True)
class Invariant:
    """What must hold of every row of `table`, and a SELECT of the ids (`$1 < id <= $2`) for which it does not.

    `promise` says what holds, for the operator. `stretch` is how many ids one statement looks through: fewer where many
    rows of other tables belong to each.
    """

    description: str
    table: str
    violations_sql: str
    batch_size: int = ID_BATCH_SIZE

    def select_wrong(self) -> db.Select[db.Id]:
        """Return the statement that finds the first wrong rows between two ids."""
        return db.Select(f"{self.violations_sql} ORDER BY 1 LIMIT {MAX_VIOLATIONS}", db.Id)


@dataclass(frozen=True, slots=True)
class InvariantResult:
    """What a proof came to: how many rows were looked at, and the first ids for which it does not hold."""

    invariant: Invariant
    rows_examined: int
    violations: Sequence[int]


@dataclass(slots=True)
class _ExtentRow:
    count: int
    last: int


def build_number_sql(text: str) -> str:
    """SQL for the number that a text is, NULL where it is none: a wrong text must be found, and not end the proof."""
    return (
        f"CASE WHEN trim({text}, '0123456789') = '' AND length({text}) BETWEEN 1 AND 18 THEN CAST({text} AS BIGINT) END"
    )


async def check_invariants(proofs: Sequence[Invariant]) -> AsyncIterator[InvariantResult]:
    """Carry out each proof over its whole table, in order."""
    for proof in proofs:
        yield await _check_invariant(proof)


async def _check_invariant(proof: Invariant) -> InvariantResult:
    extent = await db.Select(
        f"SELECT count(*) AS count, COALESCE(max(id), 0) AS last FROM {proof.table}", _ExtentRow
    ).one()
    statement = proof.select_wrong()
    wrong: list[int] = []
    for low in range(0, extent.last, proof.batch_size):
        wrong += [row.id for row in await statement.all(low, low + proof.batch_size)]
        if len(wrong) >= MAX_VIOLATIONS:
            break
    return InvariantResult(proof, extent.count, wrong[:MAX_VIOLATIONS])
