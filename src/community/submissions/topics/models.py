"""Table of topics."""

from __future__ import annotations

from community.communities.models import Community, Membership
from community.kernel.tables import Check, Index, Table, Unique, fields


class Topic(Table):
    """A tag that a leader recommends, from `starts_at` up to but not including `ends_at`.

    The publications of that time with the tag belong to it. An early end sets `closed_at` and `ends_at`.
    """

    community = Community.foreign_key()
    tag = fields.TextField()
    description = fields.TextField()
    version = fields.BigIntField()
    opened_by = Membership.foreign_key()
    created_at = fields.DatetimeField()
    starts_at = fields.DatetimeField()
    ends_at = fields.DatetimeField()
    closed_at = fields.DatetimeField(null=True)

    constraints = (
        Unique(("community_id", "tag", "ends_at"), "topic_once"),
        Check("ends_at >= starts_at", "topic_end"),
        Check("length(tag) BETWEEN 1 AND 200", "topic_tag"),
        Check("length(description) <= 1160", "topic_description"),
    )
    indexes = (
        Index(fields=("community_id", "ends_at", "id"), name="topic_of_community"),
        Index(fields=("opened_by", "id"), name="topic_opener"),
    )
