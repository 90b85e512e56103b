"""What residents create: submissions, their revisions, tags and likes."""

from __future__ import annotations

from enum import StrEnum

from community.communities.models import Community, Membership
from community.kernel.ddl import REDACTED
from community.kernel.tables import Check, Index, PartialIndex, Table, Unique, declare_redactions, fields, one_of
from community.media.models import Media


class SubmissionKind(StrEnum):
    """What a submission is."""

    PRODUCT_REVIEW = "PRODUCT_REVIEW"
    USAGE_TIP = "USAGE_TIP"
    RECIPE = "RECIPE"
    NEIGHBOURHOOD_STORY = "NEIGHBOURHOOD_STORY"
    PHOTOGRAPH = "PHOTOGRAPH"
    LEADER_PLAYBOOK = "LEADER_PLAYBOOK"


class SubmissionState(StrEnum):
    """Where the latest revision of a submission stands."""

    DRAFT = "DRAFT"
    PENDING_SCREENING = "PENDING_SCREENING"
    IN_REVIEW = "IN_REVIEW"
    PUBLISHED = "PUBLISHED"
    RETURNED = "RETURNED"
    REJECTED = "REJECTED"
    WITHDRAWN = "WITHDRAWN"
    REMOVED = "REMOVED"


class Submission(Table):
    """Something a member made. The public sees its published revision; the state speaks of the latest one.

    `version` rises with every change of state or text; `published_at` is the first publication and orders the feed.
    `note` is what the last decision told the author.
    """

    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField("community.Community")
    author: fields.ForeignKeyRelation[Membership] = fields.ForeignKeyField("community.Membership")
    kind = fields.TextField()
    state = fields.TextField()
    version = fields.BigIntField()
    latest_revision = fields.BigIntField()
    published_revision = fields.BigIntField(null=True)
    published_at = fields.DatetimeField(null=True)
    recommended = fields.BooleanField()
    like_count = fields.BigIntField()
    note = fields.TextField(null=True)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        """The feed is read by time, by kind, by author, and the recommended alone."""

        table = "submission"
        constraints = (
            Check(one_of("kind", SubmissionKind), "submission_kind"),
            Check(one_of("state", SubmissionState), "submission_state"),
            Check(
                "published_revision IS NULL OR (published_at IS NOT NULL AND state NOT IN"
                " ('DRAFT', 'WITHDRAWN', 'REMOVED'))",
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
                fields=("community_id", "kind", "published_at", "id"),
                name="submission_feed_kind",
                condition="published_revision IS NOT NULL",
            ),
            PartialIndex(
                fields=("community_id", "published_at", "id"),
                name="submission_feed_recommended",
                condition="published_revision IS NOT NULL AND recommended",
            ),
            Index(fields=("community_id", "author_id", "id"), name="submission_author"),
        )


class SubmissionRevision(Table):
    """The text of a submission at one time: every edit is a new one, none ever changes.

    The words of a person who is erased are taken out; that there was a revision, and when, stays.
    """

    append_only = True
    redacts = declare_redactions(title=f"'{REDACTED}'", text=f"'{REDACTED}'", product_ref="NULL")

    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField("community.Community")
    submission: fields.ForeignKeyRelation[Submission] = fields.ForeignKeyField("community.Submission")
    number = fields.BigIntField()
    title = fields.TextField()
    text = fields.TextField()
    product_ref = fields.TextField(null=True)
    created_at = fields.DatetimeField()

    class Meta:
        """Numbered from one within the submission."""

        table = "submission_revision"
        constraints = (
            Unique(("community_id", "submission_id", "number"), "submission_revision_number"),
            Check("number > 0", "submission_revision_positive"),
        )


class RevisionTag(Table):
    """A tag of a revision, in the author's order."""

    append_only = True
    redacts = declare_redactions(tag="'〔' || OLD.id || '〕'")

    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField("community.Community")
    revision: fields.ForeignKeyRelation[SubmissionRevision] = fields.ForeignKeyField("community.SubmissionRevision")
    position = fields.SmallIntField()
    tag = fields.TextField()

    class Meta:
        """A tag is given once a revision."""

        table = "revision_tag"
        constraints = (Unique(("community_id", "revision_id", "tag"), "revision_tag_once"),)
        indexes = (Index(fields=("community_id", "tag", "revision_id"), name="revision_tag_tag"),)


class RevisionMedia(Table):
    """A picture of a revision, in the author's order. The row stays when the picture's files are gone."""

    append_only = True

    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField("community.Community")
    revision: fields.ForeignKeyRelation[SubmissionRevision] = fields.ForeignKeyField("community.SubmissionRevision")
    position = fields.SmallIntField()
    media: fields.ForeignKeyRelation[Media] = fields.ForeignKeyField("community.Media")

    class Meta:
        """Nine at most, each once."""

        table = "revision_media"
        constraints = (
            Unique(("community_id", "revision_id", "media_id"), "revision_media_once"),
            Unique(("community_id", "revision_id", "position"), "revision_media_position"),
            Check("position BETWEEN 0 AND 8", "revision_media_nine"),
        )
        indexes = (Index(fields=("revision_id", "position"), name="revision_media_revision"),)


class SubmissionLike(Table):
    """A member likes a submission."""

    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField("community.Community")
    submission: fields.ForeignKeyRelation[Submission] = fields.ForeignKeyField("community.Submission")
    membership: fields.ForeignKeyRelation[Membership] = fields.ForeignKeyField("community.Membership")
    created_at = fields.DatetimeField()

    class Meta:
        """Once a member."""

        table = "submission_like"
        constraints = (Unique(("community_id", "submission_id", "membership_id"), "submission_like_once"),)
