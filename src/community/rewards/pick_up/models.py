"""Tables of pick-up points and their helpers."""

from __future__ import annotations

from community.communities.models import Community, Membership
from community.kernel.tables import Check, Index, PartialIndex, Table, Unique, fields


class PickUpPoint(Table):
    """自提点: a place where members collect what they redeemed.

    `version` rises with each change. `written_by` is the leader who wrote the present words. A closed point stays for
    the redemptions that name it.
    """

    fixed = ("community_id", "created_at")

    community = Community.foreign_key()
    version = fields.BigIntField()
    name = fields.TextField()
    address = fields.TextField()
    opening_hours = fields.TextField()
    written_by = Membership.foreign_key()
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()
    closed_at = fields.DatetimeField(null=True)

    constraints = (Check("version > 0", "pick_up_point_version"),)
    indexes = (
        Index(fields=("community_id", "id"), name="pick_up_point_community"),
        Index(fields=("written_by", "id"), name="pick_up_point_writer"),
    )


class PickUpHelper(Table):
    """A member who may verify redemptions at one pick-up point, until `ended_at`."""

    fixed = ("community_id", "pick_up_point_id", "membership_id", "appointed_by", "appointed_at")

    community = Community.foreign_key()
    pick_up_point = PickUpPoint.foreign_key()
    membership = Membership.foreign_key()
    appointed_by = Membership.foreign_key()
    appointed_at = fields.DatetimeField()
    ended_at = fields.DatetimeField(null=True)

    constraints = (
        Unique(("community_id", "pick_up_point_id", "membership_id"), "pick_up_helper_once", "ended_at IS NULL"),
    )
    indexes = (
        Index(fields=("pick_up_point_id", "id"), name="pick_up_helper_point"),
        PartialIndex("pick_up_helper_present", ("membership_id", "id"), "ended_at IS NULL"),
        Index(fields=("membership_id", "id"), name="pick_up_helper_member"),
        Index(fields=("appointed_by", "id"), name="pick_up_helper_appointer"),
    )
