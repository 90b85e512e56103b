"""Table of the trust in authors."""

from __future__ import annotations

from enum import StrEnum

from community.communities.models import Community, Membership
from community.kernel.ddl import REDACTED
from community.kernel.tables import Check, Index, PartialIndex, Table, Unique, declare_redactions, fields, one_of


class TrustEnd(StrEnum):
    """The cause of the end of a trust."""

    LEADER = "LEADER"
    REJECTION = "REJECTION"
    REMOVAL = "REMOVAL"
    REPORT = "REPORT"
    SANCTION = "SANCTION"
    MEMBERSHIP = "MEMBERSHIP"
    GIVER = "GIVER"


class Trust(Table):
    """A leader's trust in an author. It is in force until `ended_at`, while its giver still leads.

    A member has at most one that has not ended.
    """

    fixed = ("community_id", "membership_id", "given_by", "given_at")
    redacts = declare_redactions(reason=f"'{REDACTED}'")

    community = Community.foreign_key()
    membership = Membership.foreign_key()
    given_by = Membership.foreign_key()
    reason = fields.TextField()
    given_at = fields.DatetimeField()
    ended_at = fields.DatetimeField(null=True)
    end_cause = fields.TextField(null=True)
    ended_by = Membership.foreign_key(null=True)

    constraints = (
        Unique(("community_id", "membership_id"), "trust_open", condition="ended_at IS NULL"),
        Check("length(reason) >= 1 AND length(reason) <= 560", "trust_reason"),
        Check(one_of("end_cause", TrustEnd), "trust_end"),
        Check("(ended_at IS NULL) = (end_cause IS NULL) AND (ended_by IS NULL OR ended_at IS NOT NULL)", "trust_ended"),
    )
    indexes = (
        Index(fields=("membership_id", "id"), name="trust_member"),
        Index(fields=("given_by", "id"), name="trust_giver"),
        PartialIndex(fields=("ended_by", "id"), name="trust_ender", condition="ended_by IS NOT NULL"),
        PartialIndex(fields=("community_id", "id"), name="trust_unended", condition="ended_at IS NULL"),
    )
