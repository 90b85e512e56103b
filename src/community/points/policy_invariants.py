"""Invariants of policies, adjustments and stored answers."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from community.kernel.invariants import (
    Check,
    Invariant,
    build_event_sql,
    build_near_sql,
    build_number_sql,
    follow_trail,
    forbid_rows,
)
from community.points.adjustments import SOLO_LIMIT_WINDOW
from community.points.policy import DEFAULT_ADJUSTMENT_LIMIT

_DECIDED = "extract(epoch FROM j.decided_at)"
_POLICIES = (
    "FROM audit_event e WHERE e.community_id = j.community_id AND e.subject = 'community'"
    " AND e.subject_id = j.community_id AND e.action = 'points.policy'"
)
_LIMIT = "CAST(e.detail->>'adjustment_limit' AS BIGINT)"
# A policy that was set in the last minute may not have been seen, or may have been replaced since.
_EARLIER_LIMIT = (
    f"COALESCE((SELECT {_LIMIT} {_POLICIES} AND extract(epoch FROM e.created_at) < {_DECIDED} - 60"
    f" ORDER BY e.id DESC LIMIT 1), {DEFAULT_ADJUSTMENT_LIMIT})"
)
_LATEST_LIMIT = (
    f"COALESCE((SELECT max({_LIMIT}) {_POLICIES} AND extract(epoch FROM e.created_at) BETWEEN {_DECIDED} - 60"
    f" AND {_DECIDED}), 0)"
)
_REQUESTED = (
    f"EXISTS (SELECT 1 {build_event_sql('t', 'adjustment', 'adjustment.request')} AND COALESCE(e.actor_id, 0) ="
    " COALESCE(t.requested_by, 0) AND CAST(e.detail->>'amount' AS BIGINT) = t.amount)"
)
_DECIDED_SO = (
    f"COALESCE(e.actor_id, 0) = COALESCE(t.decided_by, 0) AND {build_near_sql('t.decided_at')} AND {_REQUESTED}"
)


@dataclass(slots=True)
class _AnswerRow:
    id: int
    key: str
    answer: dict[str, Any]
    source_key: str | None
    kind: str | None
    amount: int | None
    hold_id: int | None
    balance: int | None


_ANSWERED_ENTRY = build_number_sql("CAST(r.answer->'answer'->>'entry_id' AS TEXT)")
_ANSWERED_HOLD = build_number_sql("CAST(r.answer->'answer'->>'id' AS TEXT)")
# The balance of an answer is that after the entry, and after an expiry or repayment in the same call.
_ANSWERS_SQL = (
    "SELECT r.id, r.key, r.answer, e.source_key, e.kind, p.amount, h.id AS hold_id,"
    " COALESCE(b.from_balance, b.to_balance) AS balance FROM idempotency_record r"
    f" LEFT JOIN points_hold h ON h.id = {_ANSWERED_HOLD} AND h.community_id = r.community_id"
    f" LEFT JOIN journal_entry e ON e.id = COALESCE(h.entry_id, {_ANSWERED_ENTRY})"
    " AND e.community_id = r.community_id LEFT JOIN posting p ON p.entry_id = e.id"
    " LEFT JOIN posting b ON b.id = (SELECT max(q.id) FROM journal_entry x JOIN posting q ON q.entry_id = x.id"
    " WHERE (x.id = e.id OR (x.about_id = e.id AND x.kind IN ('EXPIRY', 'REPAYMENT')))"
    " AND COALESCE(q.from_balance, q.to_balance) IS NOT NULL)"
    " WHERE r.id > $1 AND r.id <= $2 AND r.operation = 'points'"
)


async def _load_answer_check() -> Check:
    return _is_right_answer


def _is_right_answer(row: _AnswerRow) -> bool:
    """Return True if the answer is that of the entry with the record's key."""
    answer = row.answer.get("answer")
    if answer is None:
        return not row.answer or "refusal" in row.answer
    if row.source_key is None or hashlib.sha256(row.source_key.encode()).hexdigest() != row.key:
        return False
    if row.hold_id is not None:
        return bool(row.kind == "HOLD" and answer == {"id": row.hold_id})
    return bool(
        row.kind in {"SPEND", "REFUND"} and (answer.get("amount"), answer.get("balance")) == (row.amount, row.balance)
    )


INVARIANTS = (
    forbid_rows(
        "a policy is the last one of the audit trail",
        "points_policy j",
        f"NOT EXISTS (SELECT 1 {_POLICIES} AND e.id = (SELECT max(e.id) {_POLICIES})"
        f" AND e.detail->>'expiry' = j.expiry AND {_LIMIT} = j.adjustment_limit"
        " AND COALESCE(CAST(e.detail->>'rolling_days' AS BIGINT), 0) = COALESCE(j.rolling_days, 0))",
    ),
    forbid_rows(
        "an adjustment moved its amount for its member, and no member decided on their own account",
        "adjustment j",
        "j.state = 'MADE' AND (j.decided_by = j.membership_id OR NOT EXISTS (SELECT 1 FROM posting p"
        " JOIN account a ON a.id = CASE WHEN j.amount > 0 THEN p.to_account_id ELSE p.from_account_id END"
        " WHERE p.entry_id = j.entry_id AND p.amount = abs(j.amount) AND a.membership_id = j.membership_id))",
    ),
    forbid_rows(
        "an adjustment above the limit was decided by a second person",
        "adjustment j",
        "j.state = 'MADE' AND COALESCE(j.requested_by, 0) = COALESCE(j.decided_by, 0) AND"
        " (SELECT sum(abs(o.amount)) FROM adjustment o WHERE o.membership_id = j.membership_id AND o.state = 'MADE'"
        " AND o.id <= j.id AND COALESCE(o.requested_by, 0) = COALESCE(j.requested_by, 0)"
        " AND COALESCE(o.decided_by, 0) = COALESCE(o.requested_by, 0) AND o.decided_at <= j.decided_at"
        f" AND extract(epoch FROM o.decided_at) > {_DECIDED} - {int(SOLO_LIMIT_WINDOW.total_seconds()) - 60}) > CASE"
        f" WHEN {_EARLIER_LIMIT} > {_LATEST_LIMIT} THEN {_EARLIER_LIMIT} ELSE {_LATEST_LIMIT} END",
    ),
    follow_trail(
        "an adjustment was requested and decided as the audit trail says",
        "adjustment",
        {
            "adjustment.request": f"t.state = 'PENDING' AND t.decided_at IS NULL AND {_REQUESTED}",
            "adjustment.made": f"t.state = 'MADE' AND {_DECIDED_SO}",
            "adjustment.declined": f"t.state = 'DECLINED' AND {_DECIDED_SO}",
        },
    ),
    Invariant(
        "a stored answer of a service's call is that of its entry",
        "idempotency_record",
        _ANSWERS_SQL,
        _AnswerRow,
        _load_answer_check,
    ),
)
"""Invariants that need the audit trail or the stored answers, which `community audit` checks."""
