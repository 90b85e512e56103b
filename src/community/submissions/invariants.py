"""Invariants of submissions and likes."""

from __future__ import annotations

from community.kernel.invariants import Invariant

INVARIANTS = (
    Invariant(
        "a like count is the number of likes",
        "submission",
        "SELECT s.id FROM submission s WHERE s.id > $1 AND s.id <= $2 AND (s.like_count <>"
        " (SELECT count(*) FROM submission_like l WHERE l.submission_id = s.id)"
        " OR (s.liked_week IS NULL AND s.week_likes <> 0))",
    ),
    Invariant(
        "what is public or in review has a title and a text",
        "submission",
        "SELECT s.id FROM submission s WHERE s.id > $1 AND s.id <= $2 AND EXISTS (SELECT 1 FROM submission_revision r"
        " WHERE r.submission_id = s.id AND (r.title = '' OR r.text = '') AND"
        " (r.number = s.published_revision OR"
        " (r.number = s.latest_revision AND s.state IN ('PENDING_SCREENING', 'IN_REVIEW', 'PUBLISHED'))))",
    ),
    Invariant(
        "the revisions of a submission are numbered up to its latest",
        "submission",
        "SELECT s.id FROM submission s WHERE s.id > $1 AND s.id <= $2 AND (s.sent_revision > s.latest_revision"
        " OR s.published_revision > s.sent_revision OR s.latest_revision <>"
        " (SELECT max(r.number) FROM submission_revision r WHERE r.submission_id = s.id) OR s.latest_revision <>"
        " (SELECT count(*) FROM submission_revision r WHERE r.submission_id = s.id))",
    ),
)
"""The invariants of submissions, which `community audit` checks."""
