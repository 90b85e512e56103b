"""Invariants of endorsements."""

from __future__ import annotations

from community.kernel.invariants import Invariant

INVARIANTS = (
    Invariant(
        "an endorsement is by another member, with an own credential, about a revision of the submission",
        "endorsement",
        "SELECT e.id FROM endorsement e JOIN submission s ON s.id = e.submission_id"
        " JOIN submission_revision r ON r.id = e.revision_id JOIN credential c ON c.id = e.credential_id"
        " WHERE e.id > $1 AND e.id <= $2 AND (s.author_id = e.membership_id OR r.submission_id <> e.submission_id"
        " OR c.membership_id <> e.membership_id)",
    ),
    Invariant(
        "an endorsement is withdrawn if its record says so",
        "endorsement",
        "SELECT e.id FROM endorsement e WHERE e.id > $1 AND e.id <= $2"
        " AND (e.withdrawn_at IS NOT NULL) <> (e.recorded = 'WITHDRAWN')",
    ),
    Invariant(
        "an open case about an endorsement is about the note that waits",
        "review_case",
        "SELECT c.id FROM review_case c LEFT JOIN endorsement e ON e.id = c.thing_id WHERE c.id > $1 AND c.id <= $2"
        " AND c.kind = 'ENDORSEMENT' AND c.state = 'OPEN' AND NOT COALESCE(e.note_state = 'WAITING'"
        " AND e.note_number = c.thing_revision AND e.membership_id = c.author_id AND e.withdrawn_at IS NULL, FALSE)",
    ),
)
