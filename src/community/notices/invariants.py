"""Invariants of subscription messages."""

from __future__ import annotations

from community.kernel.invariants import Invariant

INVARIANTS = (
    Invariant(
        "the entries of a quota of messages sum to what remains",
        "message_quota",
        "SELECT q.id FROM message_quota q WHERE q.id > $1 AND q.id <= $2 AND q.remaining <> (SELECT COALESCE("
        "sum(e.amount), 0) FROM message_entry e WHERE e.person_id = q.person_id AND e.template = q.template)",
    ),
)
