"""A PostgreSQL database whose planner sees a million rows in every table, and the plans of statements there.

A thousand rows of each table are made from one of `tests/kernel/schema.py`. Then the planner's counts are multiplied.
All of it is one transaction that never commits, so that no vacuum corrects the counts.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from itertools import groupby
from typing import Any

from community.kernel import db
from tests.kernel.schema import HISTORY, populate

ROWS = 1_000
TIMES = 1_000

COPIED = {"outbox_effect": 2, "account": 2}
"""The ids of the rows that are copied. Default: the first of the table."""
WITHOUT_ID = {"picture_fingerprint_key"}
"""The tables with another primary key. They have one row to copy."""
SETTLED = {
    "points_hold": {"state": "'RELEASED'", "resolved_at": "created_at"},
    "adjustment": {"state": "'DECLINED'", "decided_at": "created_at"},
    "lot": {"remaining": "0"},
    "data_export": {"state": "'EXPIRED'", "archive": "'a' || n"},
    "erasure": {"done_at": "due_at"},
    "membership_role": {"role": "'EXPERT'"},
    "redemption": {"state": "'FULFILLED'", "fulfilled_quantity": "quantity", "ended_at": "created_at"},
    "coupon_code": {"redemption_id": "n"},
    "trial_promise": {"state": "'BROKEN'", "resolved_at": "created_at"},
    "project": {"state": "'FAILED'", "resolved_at": "now()", "settled_at": "now()"},
    "pick_up_helper": {"ended_at": "appointed_at"},
    "platform_identity": {"subject_sealed": "subject"},
    "platform_check": {"subject": "subject || n", "trace_id": "trace_id || n"},
    "posting": {"from_account_id": "1"},  # Most points come from the issuance.
}
"""The values of most rows where the row that is copied is a rare one, as SQL."""

_COLUMNS = """
WITH marked AS (
    SELECT i.indrelid AS table, unnest(i.indkey) AS number, 'unique' AS mark FROM pg_index i WHERE i.indisunique
    UNION ALL SELECT k.conrelid, unnest(k.conkey), 'checked' FROM pg_constraint k WHERE k.contype = 'c'
    UNION ALL SELECT k.conrelid, unnest(k.conkey), 'refers' FROM pg_constraint k WHERE k.contype = 'f'
)
SELECT r.relname AS table, a.attname AS column, format_type(a.atttypid, NULL) AS type,
    ARRAY(SELECT m.mark FROM marked m WHERE m.table = r.oid AND m.number = a.attnum) AS marks
FROM pg_class r JOIN pg_attribute a ON a.attrelid = r.oid
WHERE r.relnamespace = 'public'::regnamespace AND r.relkind = 'r' AND r.relname <> $1 AND a.attnum > 0
    AND a.attname <> 'id' AND NOT a.attisdropped
ORDER BY r.relname, a.attnum"""


def _vary(name: str, kind: str, marks: list[str]) -> str:
    """Return the value of a column in the copy number `n` of a row, as SQL."""
    if name == "community_id":
        return name  # The worst case: one community has every row.
    match kind:
        case "bigint" if "unique" in marks or "refers" in marks or name.endswith("_id"):
            return f"{name} + n + 9"
        case "text" if "checked" not in marks:
            return f"{name} || n"
        case "timestamp with time zone":
            return f"{name} - n * INTERVAL '1 minute'"
        case _:
            return name


async def _copy_rows(connection: Any, small: Collection[str]) -> None:
    columns = await connection.fetch(_COLUMNS, HISTORY)
    for table, found in groupby(columns, key=lambda column: column["table"]):
        if table in small:
            continue
        values = {column["column"]: _vary(column["column"], column["type"], column["marks"]) for column in found}
        values |= SETTLED.get(table, {})
        await connection.execute(
            f"INSERT INTO {table} ({', '.join(values)}) SELECT {', '.join(values.values())}"
            f" FROM {table}, generate_series(1, {ROWS}) AS n"
            + (f" WHERE id = {COPIED.get(table, 1)}" if table not in WITHOUT_ID else "")
        )
    await connection.execute("ANALYZE")
    await connection.execute(
        f"UPDATE pg_class SET reltuples = reltuples * {TIMES} WHERE oid IN (SELECT unnest(ARRAY[indrelid, indexrelid])"
        " FROM pg_index JOIN pg_class r ON r.oid = indrelid WHERE r.relnamespace = 'public'::regnamespace"
        " AND r.relname <> ALL($1))",
        list(small),
    )


class _RollBack(Exception):  # noqa: N818 - not an error: it empties the tables again
    pass


async def explain_filled(statements: Iterable[str], *, small: Collection[str]) -> dict[str, dict[str, Any]]:
    """Return the plan of each statement in a filled database. Small tables keep the rows that they have."""
    plans: dict[str, dict[str, Any]] = {}

    async def explain() -> None:
        await db.execute("SET LOCAL statement_timeout = 0")
        await db.execute("SET LOCAL session_replication_role = replica")
        await db.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        await populate()
        async with db.client().acquire_connection() as connection:
            await _copy_rows(connection, small)
            for sql in statements:
                plans[sql] = await _explain(connection, sql)
        raise _RollBack

    with suppress(_RollBack):
        await db.transaction(explain)
    return plans


async def _explain(connection: Any, sql: str) -> dict[str, Any]:
    """Return the plan for any values, which the service's own connections use as well."""
    await connection.execute(f"PREPARE explained AS {sql}")
    count = await connection.fetchval(
        "SELECT cardinality(parameter_types) FROM pg_prepared_statements WHERE name = 'explained'"
    )
    values = f" ({', '.join(['NULL'] * count)})" if count else ""
    (plan,) = json.loads(await connection.fetchval(f"EXPLAIN (FORMAT JSON) EXECUTE explained{values}"))
    await connection.execute("DEALLOCATE explained")
    return plan["Plan"]


def walk_plan(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield every node of a plan."""
    yield plan
    for inner in plan.get("Plans", ()):
        yield from walk_plan(inner)
