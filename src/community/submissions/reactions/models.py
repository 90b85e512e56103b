"""Tables of likes, favourites, shares and views."""

from __future__ import annotations

from enum import StrEnum

from community.communities.models import Community, Membership
from community.kernel.tables import Check, Index, Table, Unique, fields, one_of
from community.submissions.models import Submission


class ShareChannel(StrEnum):
    """The way in which a member shares a publication."""

    CHAT = "CHAT"
    TIMELINE = "TIMELINE"
    LINK = "LINK"
    OTHER = "OTHER"


def _index_reaction(table: str) -> tuple[Index, ...]:
    return (
        Index(fields=("submission_id", "membership_id"), name=f"{table}_submission"),
        Index(fields=("membership_id", "id"), name=f"{table}_member"),
    )


class SubmissionLike(Table):
    """A member's like of a submission."""

    fixed = ("community_id", "submission_id", "membership_id", "created_at")

    community = Community.foreign_key()
    submission = Submission.foreign_key()
    membership = Membership.foreign_key()
    created_at = fields.DatetimeField()

    table = "submission_like"
    constraints = (Unique(("community_id", "submission_id", "membership_id"), "submission_like_once"),)
    indexes = _index_reaction(table)


class SubmissionFavourite(Table):
    """A submission among a member's favourites."""

    community = Community.foreign_key()
    submission = Submission.foreign_key()
    membership = Membership.foreign_key()
    created_at = fields.DatetimeField()

    table = "submission_favourite"
    constraints = (Unique(("community_id", "submission_id", "membership_id"), "submission_favourite_once"),)
    indexes = _index_reaction(table)


class SubmissionShare(Table):
    """A member's share of a submission through one channel."""

    community = Community.foreign_key()
    submission = Submission.foreign_key()
    membership = Membership.foreign_key()
    created_at = fields.DatetimeField()
    channel = fields.TextField()

    table = "submission_share"
    constraints = (
        Unique(("community_id", "submission_id", "membership_id", "channel"), "submission_share_once"),
        Check(one_of("channel", ShareChannel), "submission_share_channel"),
    )
    indexes = _index_reaction(table)


class SubmissionView(Table):
    """The number of views of a submission. A submission without views has no row."""

    community = Community.foreign_key()
    submission = Submission.foreign_key()
    views = fields.BigIntField()

    constraints = (
        Unique(("community_id", "submission_id"), "submission_view_once"),
        Check("views > 0", "submission_view_views"),
    )
    indexes = (Index(fields=("submission_id",), name="submission_view_submission"),)
