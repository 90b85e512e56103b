"""Invariants of submissions and likes."""

from __future__ import annotations

from community.kernel.invariants import Invariant, build_event_sql

_APPROVED = build_event_sql("s", "submission", "review.approved")
_SHOWN = build_event_sql("s", "submission", "review.approved", "submission.make_public")

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
    Invariant(
        "a publication has the readers and the time of the audit trail",
        "submission",
        # Events from before readers were recorded have none.
        "SELECT s.id FROM submission s WHERE s.id > $1 AND s.id <= $2 AND s.published_at IS NOT NULL AND ("
        f"(SELECT e.detail->>'readers' {_SHOWN} ORDER BY e.id DESC LIMIT 1) <> s.published_for"
        " OR COALESCE(abs(extract(epoch FROM s.published_at) - (SELECT extract(epoch FROM e.created_at)"
        f" {_APPROVED} ORDER BY e.id LIMIT 1)), 60) >= 60)",
    ),
)
"""The invariants of submissions, which `community audit` checks."""
