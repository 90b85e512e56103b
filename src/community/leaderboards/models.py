"""Tables of podiums and honours."""

from __future__ import annotations

from enum import StrEnum

from community.communities.models import Community, Membership
from community.kernel.tables import Check, Index, Table, Unique, fields, one_of
from community.scores.models import LeaderboardClosing


class HonourKind(StrEnum):
    """An honour of a year."""

    GOLD_INTERACTION = "GOLD_INTERACTION"
    SERVICE_STAR = "SERVICE_STAR"


class PodiumPlace(Table):
    """A member's place on a board at the end of a period. A closed period has at most 100.

    `community_id` is 0 on the boards of all communities.
    """

    append_only = True

    community_id = fields.BigIntField()
    closing = LeaderboardClosing.foreign_key()
    membership = Membership.foreign_key()
    rank = fields.BigIntField()
    score = fields.BigIntField()

    constraints = (
        Unique(("community_id", "closing_id", "membership_id"), "podium_place_once"),
        Check("rank > 0 AND score > 0", "podium_place_positive"),
    )
    indexes = (
        Index(fields=("closing_id", "rank", "membership_id"), name="podium_place_closing"),
        Index(fields=("membership_id", "id"), name="podium_place_member"),
    )


class Honour(Table):
    """荣誉: an honour that a member got for a place on a podium."""

    append_only = True

    community = Community.foreign_key()
    membership = Membership.foreign_key()
    closing = LeaderboardClosing.foreign_key()
    kind = fields.TextField()
    period = fields.TextField()
    rank = fields.BigIntField()
    granted_at = fields.DatetimeField()

    constraints = (
        Unique(("community_id", "membership_id", "kind", "period"), "honour_once"),
        Check(one_of("kind", HonourKind), "honour_kind"),
    )
    indexes = (
        Index(fields=("closing_id", "id"), name="honour_closing"),
        Index(fields=("membership_id", "id"), name="honour_member"),
    )
