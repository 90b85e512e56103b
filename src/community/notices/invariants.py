"""Invariants of subscription messages."""

from __future__ import annotations

from community.kernel.invariants import forbid_rows

INVARIANTS = (
    forbid_rows(
        "the entries of a quota of messages sum to what remains",
        "message_quota q",
        "q.remaining <> (SELECT COALESCE(sum(e.amount), 0) FROM message_entry e WHERE e.person_id = q.person_id"
        " AND e.template = q.template)",
    ),
)
