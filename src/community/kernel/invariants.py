"""Invariants of tables, checked in one pass over each table.

A pass examines a stretch of rows at a time. Memory and the time of each statement are bounded, also where ids are far
apart. Each statement sees one snapshot of the database, so that the check is correct while other transactions write. A
pass can be stopped after each stretch and continued later.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from community.kernel import db

STRETCH_ROWS = 5_000
MAX_VIOLATIONS = 20
CONCURRENT_STATEMENTS = 2
"""Number of statements that run at the same time. They take most of the time, and this process the rest."""
STATEMENT_TIMEOUT_MS = 600_000
"""The time limit of one statement of a check. The limit of a request is too short for a large stretch."""

_BY_KEYS = (
    "SELECT "
    + ", ".join(
        f"set_config('{name}', 'off', TRUE)"
        for name in ("enable_hashjoin", "enable_mergejoin", "enable_seqscan", "enable_material")
    )
    + ", set_config('max_parallel_workers_per_gather', '0', TRUE)"
)

Check = Callable[[Any], bool]
"""Returns True for a row that meets the condition."""


@dataclass(frozen=True, slots=True)
class Invariant:
    """A condition on every row of `table`, with a description for the operator.

    `sql` selects ids of rows that violate it, for `$1 < id <= $2`. With `load_check` it selects rows of the class
    `row`, each with an id, and the loaded function decides. For conditions that need a calendar or a rule of earning.
    `stretch_rows` is smaller where many rows of other tables belong to each row.
    """

    description: str
    table: str
    sql: str
    row: type[Any] = db.Id
    load_check: Callable[[], Awaitable[Check]] | None = None
    stretch_rows: int = STRETCH_ROWS

    def select_violations(self) -> db.Select[Any]:
        """Return the statement for a stretch."""
        limit = f" LIMIT {MAX_VIOLATIONS}" if self.load_check is None else ""
        return db.Select(f"{self.sql} ORDER BY 1{limit}", self.row)


def forbid_rows(description: str, source: str, violation: str, *, stretch_rows: int = STRETCH_ROWS) -> Invariant:
    """Return the invariant that no row meets the condition `violation`.

    `source` is the table with its alias, as in FROM. Joined tables may follow it.
    """
    table, alias, *_ = source.split()
    sql = f"SELECT {alias}.id FROM {source} WHERE {alias}.id > $1 AND {alias}.id <= $2 AND {violation}"
    return Invariant(description, table, sql, stretch_rows=stretch_rows)


@dataclass(slots=True)
class Position:
    """The last examined id of a table, and what was found there."""

    table: str = ""
    after_id: int = 0
    rows_examined: int = 0
    violations: dict[str, list[int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class InvariantResult:
    """The number of rows examined, and the first ids with a violation."""

    invariant: Invariant
    rows_examined: int
    violations: Sequence[int]


@dataclass(slots=True)
class _Stretch:
    last_id: int
    count: int


def build_number_sql(text: str) -> str:
    """Return SQL for the number in a text, or NULL.

    A text that is no number must be found by the check and must not abort it.
    """
    return (
        f"CASE WHEN trim({text}, '0123456789') = '' AND length({text}) BETWEEN 1 AND 18 THEN CAST({text} AS BIGINT) END"
    )


def build_near_sql(time: str, other: str = "e.created_at") -> str:
    """Return the condition that two times are less than a minute apart."""
    return f"abs(extract(epoch FROM {time}) - extract(epoch FROM {other})) < 60"


def build_event_sql(row: str, subject: str, *actions: str, community: str | None = None) -> str:
    """Return SQL from FROM on, for the events `e` about a row. `community` is that of the row, unless it is given."""
    named = ", ".join(f"'{action}'" for action in actions)
    return (
        f"FROM audit_event e WHERE e.community_id = {community or f'{row}.community_id'} AND e.subject = '{subject}'"
        f" AND e.subject_id = {row}.id AND e.action IN ({named})"
    )


def follow_trail(
    description: str, table: str, agrees: Mapping[str, str], *, otherwise: str = "FALSE", community: str | None = None
) -> Invariant:
    """Return the invariant that rows `t` agree with their newest event `e`.

    `agrees` has the condition for each action. `otherwise` is the condition on a row without any of these events.
    """
    cases = " ".join(f"WHEN '{action}' THEN {condition}" for action, condition in agrees.items())
    newest = f"(SELECT max(e.id) {build_event_sql('t', table, *agrees, community=community)})"
    source = f"{table} t LEFT JOIN audit_event e ON e.id = {newest}"
    return forbid_rows(description, source, f"NOT COALESCE(CASE e.action {cases} ELSE {otherwise} END, FALSE)")


async def check_invariants(
    invariants: Sequence[Invariant],
    *,
    position: Position | None = None,
    is_stopped: Callable[[Position], bool] = lambda _: False,
) -> AsyncIterator[InvariantResult]:
    """Check every invariant from `position` on, and yield the results by table.

    `is_stopped` receives the position after each stretch. If it returns True, the check ends without further results.
    """
    at = position or Position()
    for table, group in groupby(sorted(invariants, key=lambda one: one.table), key=lambda one: one.table):
        if table < at.table:
            continue
        of_table = list(group)
        if table != at.table:
            at.table, at.after_id, at.rows_examined, at.violations = table, 0, 0, {}
        if await _check_table(of_table, at, is_stopped):
            return
        for invariant in of_table:
            yield InvariantResult(invariant, at.rows_examined, at.violations.get(invariant.description, []))


async def _select_by_keys(statement: db.Select[Any], after_id: int, last_id: int) -> list[Any]:
    if db.dialect() is db.Dialect.SQLITE:
        return await statement.all(after_id, last_id)  # A transaction would keep writers waiting.
    return await _select_by_keys_on_postgres(statement, after_id, last_id)


@db.transactional
async def _select_by_keys_on_postgres(statement: db.Select[Any], after_id: int, last_id: int) -> list[Any]:
    # The planner prefers to read whole tables for a stretch of this size. A pass would read them once per stretch.
    await db.execute(_BY_KEYS)
    return await statement.all(after_id, last_id)


async def _check_table(of_table: Sequence[Invariant], at: Position, is_stopped: Callable[[Position], bool]) -> bool:
    """Check a table from the position to its end. Return True if the check was stopped."""
    rows = min(invariant.stretch_rows for invariant in of_table)
    stretches = db.Select(
        "SELECT COALESCE(max(id), 0) AS last_id, count(*) AS count FROM"
        f" (SELECT id FROM {at.table} WHERE id > $1 ORDER BY id LIMIT {rows}) AS stretch",
        _Stretch,
    )
    checks = [
        (invariant, invariant.select_violations(), await invariant.load_check() if invariant.load_check else None)
        for invariant in of_table
    ]
    free = asyncio.Semaphore(CONCURRENT_STATEMENTS)

    async def find(statement: db.Select[Any], check: Check | None, found: list[int], last_id: int) -> None:
        async with free:
            rows_found = await _select_by_keys(statement, at.after_id, last_id)
        found += [row.id for row in rows_found if check is None or not check(row)]
        del found[MAX_VIOLATIONS:]

    while (stretch := await stretches.one(at.after_id)).count:
        finding = []
        for invariant, statement, check in checks:
            found = at.violations.setdefault(invariant.description, [])
            if len(found) < MAX_VIOLATIONS:
                finding.append(find(statement, check, found, stretch.last_id))
        await asyncio.gather(*finding)
        at.after_id, at.rows_examined = stretch.last_id, at.rows_examined + stretch.count
        if is_stopped(at):
            return True
    return False
