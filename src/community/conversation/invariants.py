"""Invariants of comments, threads and likes of comments."""

from __future__ import annotations

from community.kernel.invariants import forbid_rows

_PUBLISHED = "FROM comment c WHERE c.state = 'PUBLISHED' AND c.{} = t.{}"
_PUBLIC = f"{_PUBLISHED} AND c.published_for = 'PUBLIC'"

INVARIANTS = (
    forbid_rows(
        "a thread counts its published comments",
        "comment_thread t",
        f"(t.comment_count <> (SELECT count(*) {_PUBLISHED.format('submission_id', 'submission_id')})"
        f" OR t.public_count <> (SELECT count(*) {_PUBLIC.format('submission_id', 'submission_id')}))",
    ),
    forbid_rows(
        "a published comment has a thread",
        "comment t",
        "NOT EXISTS (SELECT 1 FROM comment_thread h WHERE h.community_id = t.community_id"
        " AND h.submission_id = t.submission_id)",
    ),
    forbid_rows(
        "a comment counts its published replies and its likes",
        "comment t",
        f"(t.reply_count <> (SELECT count(*) {_PUBLISHED.format('parent_id', 'id')}) OR t.public_reply_count <>"
        f" (SELECT count(*) {_PUBLIC.format('parent_id', 'id')}) OR t.like_count <> (SELECT count(*)"
        " FROM comment_like l WHERE l.comment_id = t.id))",
    ),
    forbid_rows(
        "a reply answers a comment of the same thread",
        "comment t JOIN comment p ON p.id = t.parent_id",
        "(p.submission_id <> t.submission_id OR p.parent_id IS NOT NULL)",
    ),
    forbid_rows(
        "a comment can be found by its public words while it is published",
        "comment t",
        "(t.state = 'PUBLISHED') <> EXISTS (SELECT 1 FROM search_document d WHERE d.kind = 'COMMENT'"
        " AND d.subject_id = t.id AND d.number = t.published_revision)",
    ),
    forbid_rows(
        "a picture of a comment is visible to the readers of the comment that shows it",
        "media_use u LEFT JOIN comment c ON c.id = u.subject_id",
        "u.subject = 'COMMENT' AND (u.for_everyone <> (u.published AND COALESCE(c.published_for, '') = 'PUBLIC')"
        " OR u.published <> (c.id IS NOT NULL AND c.state = 'PUBLISHED' AND EXISTS (SELECT 1 FROM comment_revision r"
        " WHERE r.comment_id = c.id AND r.number = c.published_revision AND r.media_id = u.media_id)))",
    ),
    forbid_rows(
        "a comment is hidden while it has a hiding",
        "comment t",
        "t.state <> 'DELETED' AND (t.state = 'HIDDEN') <> EXISTS (SELECT 1 FROM comment_hiding h"
        " WHERE h.comment_id = t.id AND h.restored_at IS NULL)",
    ),
)
