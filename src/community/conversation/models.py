"""Tables of comments, their revisions, mentions, likes and hidings, and of threads."""

from __future__ import annotations

from enum import StrEnum

from community.communities.models import Community, Membership
from community.communities.settings import Visibility
from community.kernel.ddl import REDACTED
from community.kernel.tables import Check, Index, PartialIndex, Table, Unique, declare_redactions, fields, one_of
from community.media.models import Media
from community.safety.facts import Verdict
from community.submissions.models import Submission


class CommentState(StrEnum):
    """The state of a comment. Only PUBLISHED is visible to others than its author and the leaders."""

    WAITING = "WAITING"
    PUBLISHED = "PUBLISHED"
    HIDDEN = "HIDDEN"
    REFUSED = "REFUSED"
    DELETED = "DELETED"


class CommentThread(Table):
    """The comments of one submission. The row is made with the first comment or closing.

    `comment_count` counts the published comments and replies, `public_count` those of them that everyone may read.
    Every verb that changes the state of a comment locks this row first.
    """

    fixed = ("community_id", "submission_id")

    community = Community.foreign_key()
    submission = Submission.foreign_key()
    comment_count = fields.BigIntField()
    public_count = fields.BigIntField()
    closed_at = fields.DatetimeField(null=True)
    closed_by = Membership.foreign_key(null=True)
    close_reason = fields.TextField(null=True)

    constraints = (
        Unique(("community_id", "submission_id"), "comment_thread_once"),
        Check("public_count >= 0 AND comment_count >= public_count", "comment_thread_counts"),
        Check("(closed_at IS NULL) = (close_reason IS NULL)", "comment_thread_reason"),
        Check("closed_by IS NULL OR closed_at IS NOT NULL", "comment_thread_closer"),
    )
    indexes = (
        Index(fields=("submission_id",), name="comment_thread_submission"),
        PartialIndex(fields=("closed_by", "id"), name="comment_thread_closed", condition="closed_by IS NOT NULL"),
    )


class Comment(Table):
    """A comment of a member under a submission, or a reply to a comment.

    Its words are revisions. Readers see `published_revision`. `pending_revision` has not passed the checks. Its
    `verdict` is null while an answer is awaited, and REVIEW while a leader must look. `findings` are those of the
    checks about it. `published_for` has the readers that the community and the submission had when it was sent.
    `note` is a leader's reason for a refusal. `reply_count` and `public_reply_count` count the published replies.
    """

    fixed = ("community_id", "submission_id", "parent_id", "author_id", "published_for", "created_at")

    community = Community.foreign_key()
    submission = Submission.foreign_key()
    parent = Table.foreign_key(to="Comment", null=True)
    author = Membership.foreign_key()
    state = fields.TextField()
    version = fields.BigIntField()
    latest_revision = fields.BigIntField()
    published_revision = fields.BigIntField(null=True)
    pending_revision = fields.BigIntField(null=True)
    verdict = fields.TextField(null=True)
    findings: fields.Field[list[dict[str, object]]] = fields.JSONField(null=True)
    published_for = fields.TextField()
    like_count = fields.BigIntField()
    reply_count = fields.BigIntField()
    public_reply_count = fields.BigIntField()
    note = fields.TextField(null=True)
    created_at = fields.DatetimeField()
    sent_at = fields.DatetimeField()
    published_at = fields.DatetimeField(null=True)
    edited_at = fields.DatetimeField(null=True)

    constraints = (
        Check(one_of("state", CommentState), "comment_state"),
        Check(one_of("verdict", Verdict), "comment_verdict"),
        Check(one_of("published_for", Visibility), "comment_readers"),
        Check("state NOT IN ('PUBLISHED', 'HIDDEN') OR published_revision IS NOT NULL", "comment_published"),
        Check("published_revision IS NULL OR published_at IS NOT NULL", "comment_published_at"),
        Check("state <> 'WAITING' OR (pending_revision IS NOT NULL AND published_revision IS NULL)", "comment_waiting"),
        Check(
            "pending_revision IS NULL OR (pending_revision = latest_revision AND state IN ('WAITING', 'PUBLISHED'))",
            "comment_pending",
        ),
        Check("(verdict IS NULL AND findings IS NULL) OR pending_revision IS NOT NULL", "comment_findings"),
        Check("like_count >= 0 AND public_reply_count >= 0 AND reply_count >= public_reply_count", "comment_counts"),
    )
    indexes = (
        PartialIndex(fields=("submission_id", "id"), name="comment_thread_newest", condition="parent_id IS NULL"),
        PartialIndex(
            fields=("submission_id", "like_count", "id"),
            name="comment_thread_liked",
            condition="parent_id IS NULL",
        ),
        Index(fields=("submission_id", "author_id"), name="comment_of_submission"),
        PartialIndex(fields=("parent_id", "id"), name="comment_replies", condition="parent_id IS NOT NULL"),
        Index(fields=("author_id", "id"), name="comment_author"),
        Index(fields=("author_id", "created_at"), name="comment_recent"),
        PartialIndex(
            fields=("sent_at", "id"),
            name="comment_unchecked",
            condition="pending_revision IS NOT NULL AND verdict IS NULL",
        ),
    )


class CommentRevision(Table):
    """One text of a comment. Each edit adds a revision, and none changes.

    `masks` has the places that others see as stars: start and end. The deletion of the comment redacts the text.
    """

    append_only = True
    redacts = declare_redactions(text=f"'{REDACTED}'")

    community = Community.foreign_key()
    comment = Comment.foreign_key()
    number = fields.BigIntField()
    text = fields.TextField()
    media = Media.foreign_key(null=True)
    masks: fields.Field[list[list[int]]] = fields.JSONField(null=True)
    created_at = fields.DatetimeField()

    constraints = (
        Unique(("community_id", "comment_id", "number"), "comment_revision_number"),
        Check("number > 0", "comment_revision_positive"),
    )
    indexes = (
        Index(fields=("comment_id", "number"), name="comment_revision_comment"),
        PartialIndex(fields=("media_id",), name="comment_revision_media", condition="media_id IS NOT NULL"),
    )


class CommentMention(Table):
    """A mentioned member, with the position in the author's order."""

    append_only = True

    community = Community.foreign_key()
    revision = CommentRevision.foreign_key()
    position = fields.SmallIntField()
    membership = Membership.foreign_key()

    constraints = (Unique(("community_id", "revision_id", "membership_id"), "comment_mention_once"),)
    indexes = (
        Index(fields=("revision_id", "position"), name="comment_mention_revision"),
        Index(fields=("membership_id", "id"), name="comment_mention_member"),
    )


class CommentLike(Table):
    """A member's like of a comment."""

    fixed = ("community_id", "comment_id", "membership_id", "created_at")

    community = Community.foreign_key()
    comment = Comment.foreign_key()
    membership = Membership.foreign_key()
    created_at = fields.DatetimeField()

    constraints = (Unique(("community_id", "comment_id", "membership_id"), "comment_like_once"),)
    indexes = (
        Index(fields=("comment_id", "membership_id"), name="comment_like_comment"),
        Index(fields=("membership_id", "id"), name="comment_like_member"),
    )


class CommentHiding(Table):
    """A hiding of a comment, and its restoration. `hidden_by` and `restored_by` are null for the operator."""

    fixed = ("community_id", "comment_id", "author_id", "hidden_by", "hidden_at")

    community = Community.foreign_key()
    comment = Comment.foreign_key()
    author = Membership.foreign_key()
    hidden_by = Membership.foreign_key(null=True)
    reason = fields.TextField()
    hidden_at = fields.DatetimeField()
    restored_at = fields.DatetimeField(null=True)
    restored_by = Membership.foreign_key(null=True)

    constraints = (
        Unique(("community_id", "comment_id"), "comment_hiding_open", condition="restored_at IS NULL"),
        Check("restored_by IS NULL OR restored_at IS NOT NULL", "comment_hiding_restorer"),
    )
    indexes = (
        Index(fields=("comment_id", "id"), name="comment_hiding_comment"),
        Index(fields=("author_id", "id"), name="comment_hiding_author"),
        Index(fields=("hidden_by", "id"), name="comment_hiding_hider"),
        PartialIndex(
            fields=("restored_by", "id"), name="comment_hiding_by_restorer", condition="restored_by IS NOT NULL"
        ),
    )
