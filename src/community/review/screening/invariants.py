"""Invariants of screenings."""

from __future__ import annotations

from community.kernel.invariants import Invariant, build_number_sql, forbid_rows

INVARIANTS = (
    forbid_rows(
        "a screening is about its author's submission",
        "screening g",
        "NOT EXISTS (SELECT 1 FROM submission s JOIN submission_revision r ON r.submission_id = s.id"
        " WHERE s.id = g.submission_id AND s.author_id = g.author_id AND r.id = g.revision_id)",
    ),
    forbid_rows(
        "a revision is reviewed only after its screening",
        "screening g JOIN submission s ON s.id = g.submission_id JOIN submission_revision r ON r.id = g.revision_id",
        "g.state = 'RUNNING' AND r.number = s.latest_revision AND s.state IN ('IN_REVIEW', 'PUBLISHED', 'REJECTED')",
    ),
    Invariant(
        "personal data in a publication is masked as its screening says",
        "screening",
        "SELECT g.id FROM screening g JOIN submission s ON s.id = g.submission_id JOIN submission_revision r"
        " ON r.id = g.revision_id WHERE g.id > $1 AND g.id <= $2 AND g.state = 'DONE'"
        " AND r.number = s.published_revision"
        ' AND (s.masks IS NULL) = (CAST(g.findings AS TEXT) LIKE \'%"level": "MASK"%\')'
        # An erasure deletes the findings, and the stars stay.
        " AND CAST(g.findings AS TEXT) <> '[]'",
    ),
    forbid_rows(
        "a platform check of a revision is about its author's",
        "platform_check p",
        "p.subject LIKE 'revision:%' AND NOT EXISTS (SELECT 1 FROM submission_revision r JOIN submission s"
        " ON s.id = r.submission_id JOIN membership m ON m.id = s.author_id"
        f" WHERE r.id = {build_number_sql('substr(p.subject, 10)')} AND s.community_id = p.community_id"
        " AND m.person_id = p.person_id)",
    ),
    forbid_rows(
        "a screening ends after its beginning",
        "screening g",
        "(g.deadline_at <= g.started_at OR g.checked_at < g.started_at OR g.done_at < g.started_at)",
    ),
)
"""The invariants of screenings, which `community audit` checks."""
