"""Tables of likes and favourites."""

from __future__ import annotations

from community.communities.models import Community, Membership
from community.kernel.tables import Index, Table, Unique, fields
from community.submissions.models import Submission


def _index_reaction(table: str) -> tuple[Index, ...]:
    return (
        Index(fields=("submission_id", "membership_id"), name=f"{table}_submission"),
        Index(fields=("membership_id", "id"), name=f"{table}_member"),
    )


class SubmissionLike(Table):
    """A member's like of a submission."""

    fixed = ("community_id", "submission_id", "membership_id", "created_at")

    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField("community.Community")
    submission: fields.ForeignKeyRelation[Submission] = fields.ForeignKeyField("community.Submission")
    membership: fields.ForeignKeyRelation[Membership] = fields.ForeignKeyField("community.Membership")
    created_at = fields.DatetimeField()

    class Meta:
        """Constraints and indexes. A member likes a submission once."""

        table = "submission_like"
        constraints = (Unique(("community_id", "submission_id", "membership_id"), "submission_like_once"),)
        indexes = _index_reaction(table)


class SubmissionFavourite(Table):
    """A submission among a member's favourites."""

    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField("community.Community")
    submission: fields.ForeignKeyRelation[Submission] = fields.ForeignKeyField("community.Submission")
    membership: fields.ForeignKeyRelation[Membership] = fields.ForeignKeyField("community.Membership")
    created_at = fields.DatetimeField()

    class Meta:
        """Constraints and indexes. A member has a favourite once."""

        table = "submission_favourite"
        constraints = (Unique(("community_id", "submission_id", "membership_id"), "submission_favourite_once"),)
        indexes = _index_reaction(table)
