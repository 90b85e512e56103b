"""Invariants of submissions and likes."""

from __future__ import annotations

from community.kernel.invariants import build_event_sql, build_near_sql, follow_trail, forbid_rows

_APPROVED = build_event_sql("s", "submission", "review.approved", "review.ahead")
_SHOWN = build_event_sql("s", "submission", "review.approved", "review.ahead", "submission.make_public")
# An erasure ends a submission without an event.
_IS_ERASED = (
    "(t.state IN ('PUBLISHED', 'WITHDRAWN') AND (t.state = 'PUBLISHED') = (t.published_revision IS NOT NULL) AND EXISTS"
    " (SELECT 1 FROM membership m JOIN person p ON p.id = m.person_id WHERE m.id = t.author_id"
    " AND p.erased_at IS NOT NULL))"
)
_STATES = dict.fromkeys(
    (
        "submission.create",
        "submission.drop_edit",
        "submission.edit",
        "submission.remove",
        "submission.reopen",
        "submission.restore",
        "submission.send_back",
        "submission.submit",
        "submission.withdraw",
    ),
    "(t.state = e.detail->>'state' OR (t.state = 'IN_REVIEW' AND e.detail->>'state' = 'PENDING_SCREENING')"
    f" OR {_IS_ERASED})",
) | {
    "review.ahead": f"((t.state = 'IN_REVIEW' AND t.published_ahead) OR {_IS_ERASED})",
    "review.approved": f"(t.state = 'PUBLISHED' OR {_IS_ERASED})",
    "review.returned": f"(t.state = 'RETURNED' OR {_IS_ERASED})",
    "review.rejected": f"(t.state = 'REJECTED' OR {_IS_ERASED})",
}

INVARIANTS = (
    forbid_rows(
        "a like count is the number of likes",
        "submission s",
        "(s.like_count <> (SELECT count(*) FROM submission_like l WHERE l.submission_id = s.id) OR s.week_likes <>"
        " (SELECT count(*) FROM submission_like l WHERE l.submission_id = s.id AND l.created_at >= s.liked_week))",
    ),
    forbid_rows(
        "what is public can be found by the words of its public revision",
        "submission s",
        "s.published_revision IS NOT NULL AND NOT EXISTS (SELECT 1 FROM search_document d"
        " WHERE d.kind = 'SUBMISSION' AND d.subject_id = s.id AND d.community_id = s.community_id"
        " AND d.number = s.published_revision)",
    ),
    forbid_rows(
        "only what is public can be found",
        "search_document d",
        "d.kind = 'SUBMISSION' AND NOT EXISTS (SELECT 1 FROM submission s WHERE s.id = d.subject_id"
        " AND s.published_revision IS NOT NULL)",
    ),
    follow_trail(
        "a submission has the state of its newest event",
        "submission",
        _STATES,
    ),
    forbid_rows(
        "a submission is removed while its newest removal is not restored",
        "submission s JOIN submission_removal r ON r.submission_id = s.id",
        "r.id = (SELECT max(x.id) FROM submission_removal x WHERE x.submission_id = s.id)"
        " AND (s.state = 'REMOVED') <> (r.restored_at IS NULL)",
    ),
    forbid_rows(
        "a removal and its restoration are those of the audit trail",
        "submission_removal r JOIN submission s ON s.id = r.submission_id",
        "(r.author_id <> s.author_id OR NOT EXISTS (SELECT 1"
        f" {build_event_sql('s', 'submission', 'submission.remove')}"
        " AND COALESCE(e.actor_id, 0) = COALESCE(r.removed_by, 0)"
        f" AND {build_near_sql('r.removed_at')}) OR (r.restored_at IS NOT NULL AND NOT EXISTS"
        f" (SELECT 1 {build_event_sql('s', 'submission', 'submission.restore')}"
        f" AND {build_near_sql('r.restored_at')} AND COALESCE(e.actor_id, 0) = COALESCE(r.restored_by, 0))))",
    ),
    forbid_rows(
        "what is public or in review has a title and a text",
        "submission s",
        "EXISTS (SELECT 1 FROM submission_revision r WHERE r.submission_id = s.id AND (r.title = '' OR r.text = '')"
        " AND (r.number = s.published_revision OR (r.number = s.latest_revision"
        " AND s.state IN ('PENDING_SCREENING', 'IN_REVIEW', 'PUBLISHED'))))",
    ),
    forbid_rows(
        "the revisions of a submission are numbered up to its latest",
        "submission s",
        "(s.sent_revision > s.latest_revision OR s.published_revision > s.sent_revision OR s.latest_revision <>"
        " (SELECT max(r.number) FROM submission_revision r WHERE r.submission_id = s.id) OR s.latest_revision <>"
        " (SELECT count(*) FROM submission_revision r WHERE r.submission_id = s.id))",
    ),
    forbid_rows(
        "a publication has the readers and the time of the audit trail",
        "submission s",
        # Events from before readers were recorded have none.
        f"s.published_at IS NOT NULL AND ((SELECT e.detail->>'readers' {_SHOWN}"
        f" ORDER BY e.id DESC LIMIT 1) <> s.published_for OR NOT EXISTS (SELECT 1 {_APPROVED} AND e.id ="
        f" (SELECT min(e.id) {_APPROVED}) AND {build_near_sql('s.published_at')}))",
    ),
    forbid_rows(
        "a picture is visible to the readers of the publication that shows it",
        "media_use u LEFT JOIN submission s ON u.subject = 'SUBMISSION' AND s.id = u.subject_id",
        # Other things that show pictures have rules of their own.
        "u.subject IN ('SUBMISSION', 'AVATAR', 'COMPLAINT') AND (u.for_everyone <> (u.published"
        " AND s.published_for = 'PUBLIC') OR u.published <> (s.id IS NOT NULL AND EXISTS (SELECT 1"
        " FROM submission_revision r JOIN revision_media v ON v.revision_id = r.id WHERE r.submission_id = s.id"
        " AND r.number = s.published_revision AND v.media_id = u.media_id)))",
    ),
)
"""The invariants of submissions, which `community audit` checks."""
