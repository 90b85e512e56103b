"""Tables of submissions, revisions, tags and pictures."""

from __future__ import annotations

from enum import StrEnum

from community.communities.models import Community, Membership
from community.kernel.ddl import REDACTED
from community.kernel.tables import Check, Index, PartialIndex, Table, Unique, declare_redactions, fields, one_of
from community.media.models import Media


class SubmissionKind(StrEnum):
    """The kind of a submission."""

    PRODUCT_REVIEW = "PRODUCT_REVIEW"
    USAGE_TIP = "USAGE_TIP"
    RECIPE = "RECIPE"
    NEIGHBOURHOOD_STORY = "NEIGHBOURHOOD_STORY"
    PHOTOGRAPH = "PHOTOGRAPH"
    LEADER_PLAYBOOK = "LEADER_PLAYBOOK"


class SubmissionState(StrEnum):
    """The state of a submission's latest revision."""

    DRAFT = "DRAFT"
    PENDING_SCREENING = "PENDING_SCREENING"
    IN_REVIEW = "IN_REVIEW"
    PUBLISHED = "PUBLISHED"
    RETURNED = "RETURNED"
    REJECTED = "REJECTED"
    WITHDRAWN = "WITHDRAWN"
    REMOVED = "REMOVED"


class FeedOrder(StrEnum):
    """The order of the feed."""

    NEWEST = "NEWEST"
    MOST_LIKED_THIS_WEEK = "MOST_LIKED_THIS_WEEK"
    RECOMMENDED_FIRST = "RECOMMENDED_FIRST"


class Submission(Table):
    """A submission of a member.

    `sent_revision` is the newest revision that the author has sent to review, which leaders read. `published_for` has
    the readers that the community had when the author last sent it. The first publication narrows it to MEMBERS if the
    community has fewer readers by then. After that only the author changes it.
    Readers see its published revision. `state` is that of the latest revision. `version` rises with every change of
    state or text. `published_at` is the time of the first publication, which orders the feed. `note` is the text of
    the last decision for the author. `masks` has the places that others see as stars in the revision that was published
    last: field, start and end. `published_ahead` is true while no leader has approved the published revision, which is
    one of a trusted author. `week_likes` counts the likes of the week that begins at `liked_week`.
    """

    fixed = ("community_id", "author_id", "kind", "created_at")

    community = Community.foreign_key()
    author = Membership.foreign_key()
    kind = fields.TextField()
    state = fields.TextField()
    version = fields.BigIntField()
    latest_revision = fields.BigIntField()
    sent_revision = fields.BigIntField(null=True)
    published_revision = fields.BigIntField(null=True)
    published_at = fields.DatetimeField(null=True)
    published_for = fields.TextField(null=True)
    recommended = fields.BooleanField()
    like_count = fields.BigIntField()
    note = fields.TextField(null=True)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()
    liked_week = fields.DatetimeField(null=True)
    week_likes = fields.BigIntField()
    masks: fields.Field[list[list[object]]] = fields.JSONField(null=True)
    published_ahead = fields.BooleanField()

    # Constraints and indexes. The feed is read by time, kind, author, mark and likes of the week.
    constraints = (
        Check(one_of("kind", SubmissionKind), "submission_kind"),
        Check(one_of("state", SubmissionState), "submission_state"),
        Check(
            "(published_revision IS NULL OR (published_at IS NOT NULL AND state NOT IN"
            " ('DRAFT', 'WITHDRAWN', 'REMOVED'))) AND (NOT published_ahead OR (published_revision IS NOT NULL"
            " AND state IN ('PENDING_SCREENING', 'IN_REVIEW')))",
            "submission_public",
        ),
        Check("state <> 'PUBLISHED' OR published_revision IS NOT NULL", "submission_published"),
        Check("like_count >= 0", "submission_likes"),
    )
    indexes = (
        PartialIndex(
            fields=("community_id", "published_at", "id"),
            name="submission_feed",
            condition="published_revision IS NOT NULL",
        ),
        PartialIndex(
            fields=("community_id", "kind", "published_at", "id", "published_for"),
            name="submission_feed_of_kind",
            condition="published_revision IS NOT NULL",
        ),
        PartialIndex(
            fields=("community_id", "kind", "recommended", "published_at", "id", "published_for"),
            name="submission_feed_of_kind_by_mark",
            condition="published_revision IS NOT NULL",
        ),
        PartialIndex(
            fields=("community_id", "recommended", "published_at", "id", "published_for"),
            name="submission_feed_by_mark",
            condition="published_revision IS NOT NULL",
        ),
        PartialIndex(
            fields=(
                *("community_id", "liked_week", "week_likes", "id"),
                *("published_for", "kind", "author_id", "recommended"),
            ),
            name="submission_feed_by_likes",
            condition="published_revision IS NOT NULL",
        ),
        PartialIndex(
            fields=("community_id", "published_at", "id"),
            name="submission_feed_public",
            condition="published_revision IS NOT NULL AND published_for = 'PUBLIC'",
        ),
        PartialIndex(
            fields=("author_id", "published_at", "id", "published_for", "kind", "recommended"),
            name="submission_feed_by_author",
            condition="published_revision IS NOT NULL",
        ),
        Index(fields=("author_id", "id"), name="submission_of_author"),
        PartialIndex(
            fields=("updated_at", "id"), name="submission_ended", condition="state IN ('WITHDRAWN', 'REMOVED')"
        ),
        PartialIndex(fields=("updated_at", "id"), name="submission_pending", condition="state = 'PENDING_SCREENING'"),
    )


class SubmissionRemoval(Table):
    """A removal of a submission by a leader, and its restoration.

    `state`, `published_revision` and `recommended` are those from before the removal. The submission can be restored
    until `kept_until`, and with null until an appeal is answered. At `discarded_at` its pictures were released.
    `removed_by` and `restored_by` are null for the operator.
    """

    fixed = (
        *("community_id", "submission_id", "author_id", "removed_by", "state", "published_revision", "recommended"),
        "removed_at",
    )

    community = Community.foreign_key()
    submission = Submission.foreign_key()
    author = Membership.foreign_key()
    removed_by = Membership.foreign_key(null=True)
    state = fields.TextField()
    published_revision = fields.BigIntField(null=True)
    recommended = fields.BooleanField()
    removed_at = fields.DatetimeField()
    kept_until = fields.DatetimeField(null=True)
    discarded_at = fields.DatetimeField(null=True)
    restored_at = fields.DatetimeField(null=True)
    restored_by = Membership.foreign_key(null=True)

    # Constraints and indexes. A submission has at most one removal that is neither restored nor discarded.
    constraints = (
        Unique(
            ("community_id", "submission_id"),
            "submission_removal_open",
            condition="restored_at IS NULL AND discarded_at IS NULL",
        ),
        Check(one_of("state", SubmissionState), "submission_removal_state"),
        Check("restored_at IS NULL OR discarded_at IS NULL", "submission_removal_end"),
        Check("restored_by IS NULL OR restored_at IS NOT NULL", "submission_removal_restorer"),
    )
    indexes = (
        Index(fields=("submission_id", "id"), name="submission_removal_submission"),
        PartialIndex(
            fields=("kept_until", "id"),
            name="submission_removal_kept",
            condition="restored_at IS NULL AND discarded_at IS NULL",
        ),
        Index(fields=("author_id", "id"), name="submission_removal_author"),
        Index(fields=("removed_by", "id"), name="submission_removal_remover"),
        Index(fields=("restored_by", "id"), name="submission_removal_by_restorer"),
    )


class SubmissionRevision(Table):
    """One text of a submission. Each edit adds a revision, and none changes.

    Erasing a person redacts the words. The row and its time stay.
    """

    append_only = True
    redacts = declare_redactions(title=f"'{REDACTED}'", text=f"'{REDACTED}'", product_ref="NULL")

    community = Community.foreign_key()
    submission = Submission.foreign_key()
    number = fields.BigIntField()
    title = fields.TextField()
    text = fields.TextField()
    product_ref = fields.TextField(null=True)
    created_at = fields.DatetimeField()

    # Constraints and indexes. Revisions of a submission are numbered from 1.
    constraints = (
        Unique(("community_id", "submission_id", "number"), "submission_revision_number"),
        Check("number > 0", "submission_revision_positive"),
    )
    indexes = (Index(fields=("submission_id", "number"), name="submission_revision_submission"),)


class RevisionTag(Table):
    """A tag of a revision, with its position in the author's order."""

    append_only = True
    redacts = declare_redactions(tag="'〔' || OLD.id || '〕'")

    community = Community.foreign_key()
    revision = SubmissionRevision.foreign_key()
    position = fields.SmallIntField()
    tag = fields.TextField()

    # Constraints and indexes. A revision has each tag once.
    constraints = (Unique(("community_id", "revision_id", "tag"), "revision_tag_once"),)
    indexes = (
        Index(fields=("community_id", "tag", "revision_id"), name="revision_tag_tag"),
        Index(fields=("revision_id", "position"), name="revision_tag_revision"),
    )


class RevisionMedia(Table):
    """A picture of a revision, with its position in the author's order. The row outlives the picture's files."""

    append_only = True

    community = Community.foreign_key()
    revision = SubmissionRevision.foreign_key()
    position = fields.SmallIntField()
    media = Media.foreign_key()

    # Constraints and indexes. A revision has at most nine pictures, each once.
    constraints = (
        Unique(("community_id", "revision_id", "media_id"), "revision_media_once"),
        Unique(("community_id", "revision_id", "position"), "revision_media_position"),
        Check("position BETWEEN 0 AND 8", "revision_media_nine"),
    )
    indexes = (Index(fields=("revision_id", "position"), name="revision_media_revision"),)
