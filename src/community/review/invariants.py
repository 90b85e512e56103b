"""Invariants between decisions and the points awarded for them."""

from __future__ import annotations

from community.kernel.invariants import Invariant, build_number_sql

INVARIANTS = (
    Invariant(
        "each award for a submission has an approval by a leader who did not write it",
        "award",
        "SELECT w.id FROM award w WHERE w.id > $1 AND w.id <= $2"
        " AND w.trigger IN ('SUBMISSION_APPROVED', 'SUBMISSION_RECOMMENDED', 'INVITATION')"
        " AND NOT EXISTS (SELECT 1 FROM review_case c JOIN review_decision d ON d.case_id = c.id"
        " WHERE c.community_id = w.community_id AND w.cause LIKE 'submission:%'"
        f" AND c.submission_id = {build_number_sql('substr(w.cause, 12)')}"
        " AND d.verdict = 'APPROVED' AND d.decided_by <> c.author_id"
        " AND (c.author_id = w.membership_id OR w.trigger = 'INVITATION'))",
    ),
    Invariant(
        "what is public or in review has a title and a text",
        "submission",
        "SELECT s.id FROM submission s WHERE s.id > $1 AND s.id <= $2 AND EXISTS (SELECT 1 FROM submission_revision r"
        " WHERE r.community_id = s.community_id AND r.submission_id = s.id AND (r.title = '' OR r.text = '') AND"
        " (r.number = s.published_revision OR"
        " (r.number = s.latest_revision AND s.state IN ('PENDING_SCREENING', 'IN_REVIEW', 'PUBLISHED'))))",
    ),
    Invariant(
        "awards for withdrawn and removed submissions are clawed back",
        "submission",
        "SELECT s.id FROM submission s WHERE s.id > $1 AND s.id <= $2 AND s.state IN ('REMOVED', 'WITHDRAWN')"
        " AND EXISTS (SELECT 1 FROM award w WHERE w.community_id = s.community_id AND w.cause = 'submission:' || s.id"
        " AND w.amount > 0 AND NOT EXISTS (SELECT 1 FROM award r WHERE r.community_id = w.community_id"
        " AND r.reverses_id = w.id))",
    ),
)
"""The invariants of the review, which `community audit` checks."""
