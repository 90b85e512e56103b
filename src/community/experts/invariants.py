"""Invariants of endorsements."""

from __future__ import annotations

from community.kernel.invariants import forbid_rows

INVARIANTS = (
    forbid_rows(
        "an endorsement is by another member, with an own credential, about a revision of the submission",
        "endorsement e JOIN submission s ON s.id = e.submission_id JOIN submission_revision r"
        " ON r.id = e.revision_id JOIN credential c ON c.id = e.credential_id",
        "(s.author_id = e.membership_id OR r.submission_id <> e.submission_id OR c.membership_id <> e.membership_id)",
    ),
    forbid_rows(
        "an endorsement is withdrawn if its record says so",
        "endorsement e",
        "(e.withdrawn_at IS NOT NULL) <> (e.recorded = 'WITHDRAWN')",
    ),
    forbid_rows(
        "an open case about an endorsement is about the note that waits",
        "review_case c LEFT JOIN endorsement e ON e.id = c.thing_id",
        "c.kind = 'ENDORSEMENT' AND c.state = 'OPEN' AND NOT COALESCE(e.note_state = 'WAITING'"
        " AND e.note_number = c.thing_revision AND e.membership_id = c.author_id AND e.withdrawn_at IS NULL, FALSE)",
    ),
)
