"""No statement reads a whole table that grows: the plans of PostgreSQL for tables of a million rows."""

from __future__ import annotations

import re
from typing import Any

import pytest

from community.kernel import db
from community.system.invariants import INVARIANTS
from tests.support.filled import explain_filled, walk_plan
from tests.support.raw_statements import list_raw_statements
from tests.test_statements import PRELOADED, is_for, list_statements

SMALL = {
    "community": "one community per neighbourhood",
    "schedule": "one row per scheduled job",
    "encryption_key": "one row per key",
    "tortoise_migrations": "one row per migration",
    "consent_document": "one row per version of a text",
    "retention_run": "one row per retention rule",
    "platform_token": "one row per platform",
    "points_policy": "one row per community",
    "earning_rule": "one row per version of a rule",
    "season": "a few per community and year",
    "word_list": "one row per edition of a list",
    "service_token": "a few per community",
    "media_volume": "one row per community",
    "trusted_document": "one row per document of a client",
    "pick_up_point": "at most 50 open ones per community",
    "reason_template": "at most 50 in use per community",
    "two_person_kind": "at most one row per kind and community",
}
"""The tables that do not grow with the members, and why. They stay as small as they are."""

EXCEPTIONS = {
    r"WITH relation AS \(\s+SELECT c.oid": "the drift check reads the whole catalogue of the database",
    r"FROM review_case .* p.banned_at IS NOT NULL\)\) ORDER BY queue_rank": "never run: the queue is read by state",
    r"SELECT count\(\*\) .* FROM review_case .* LIMIT 1001": "a count looks at 1,001 cases and their submissions",
    r"^SELECT (count\(\*\) AS total|x.reason), .* FROM review_case .* LIMIT 1000": "counts of 1,000 cases of a queue",
    r"^SELECT done_by AS membership_id": "figures look at the granted appeals of a community",
    r"^WITH decided AS .* LIMIT 100000": "figures look at 100,000 decisions of a period",
    r"SELECT .* FROM membership m WHERE m.community_id = c.id AND m.left_at": "only the operator counts all members",
    r"FROM membership_role r JOIN membership m .*LEADER' AND m.left_at IS NULL ORDER": "a check compares all leaders",
    r"FROM search_document WHERE .*SELECT c.id FROM comment c": "each match that is a comment is compared with its row",
    r"INSERT INTO leaderboard_score .* AND \(SELECT 1 FROM \(": "a recount looks for events of many members",
    r"^SELECT community_id, count\(\*\) .* FROM review_case": "the operator counts overdue cases",
    r"FROM review_case WHERE state = 'OPEN' .* ORDER BY community_id, due_at": "the operator lists stuck cases",
    r"NOT EXISTS .* FROM search_document d": "the daily job compares all publications of a community",
}
"""Patterns of statements that read more, and why."""

MAX_COST = 5_000
"""In the planner's units. To read every row of a table or an index costs at least 7,500, a row by its key 8."""


SKEWED = {"posting"}
"""Tables of which one account has most rows. A search in the order of their ids may find nothing for long."""


def reads_any_row(node: dict[str, Any]) -> bool:
    """Return True if a node reads any number of rows, until enough of them pass its filter."""
    if node.get("Relation Name") in SKEWED and "Index Cond" not in node and "Filter" in node:
        return True
    return node["Node Type"] == "Seq Scan"


@pytest.mark.on_servers
async def test_no_statement_reads_a_growing_table(database):
    audits = {invariant.select_violations().sql for invariant in INVARIANTS}  # They read everything, in stretches.
    statements = [*list_statements(), *PRELOADED]
    wanted = {statement.sql for statement in statements if is_for(statement, db.dialect())} - audits
    wanted |= list_raw_statements()
    plans = await explain_filled(sorted(wanted), small=SMALL)
    faults, needed = [], set()
    for sql, plan in plans.items():
        scanned = [node["Relation Name"] for node in walk_plan(plan) if reads_any_row(node)]
        growing = [table for table in scanned if table not in SMALL and not table.startswith("pg_")]
        if growing or plan["Total Cost"] > MAX_COST:
            excepted = {part for part in EXCEPTIONS if re.search(part, sql)}
            needed |= excepted
            if not excepted:
                faults.append(f"cost {plan['Total Cost']}, scanned {growing}: {sql}")
    assert not faults, "\n".join(faults)
    assert needed == EXCEPTIONS.keys()
