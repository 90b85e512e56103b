"""Table of sanctions."""

from __future__ import annotations

from enum import StrEnum

from community.communities.models import Community, Membership
from community.kernel.ddl import REDACTED
from community.kernel.tables import Check, Index, PartialIndex, Table, declare_redactions, fields, one_of


class SanctionKind(StrEnum):
    """A sanction of a member. A muted member sends nothing to others, a removed one cannot join again."""

    WARNING = "WARNING"
    MUTE = "MUTE"
    REMOVAL = "REMOVAL"


class Sanction(Table):
    """A sanction that a leader gave to a member. It is in force until `ends_at`, unless it is lifted.

    Only a removal may have no end. `ended_at` is the time of the notice about the end.
    """

    fixed = ("community_id", "membership_id", "kind", "given_by", "starts_at", "ends_at")
    redacts = declare_redactions(reason=f"'{REDACTED}'")

    community = Community.foreign_key()
    membership = Membership.foreign_key()
    kind = fields.TextField()
    reason = fields.TextField()
    given_by = Membership.foreign_key()
    starts_at = fields.DatetimeField()
    ends_at = fields.DatetimeField(null=True)
    ended_at = fields.DatetimeField(null=True)
    lifted_at = fields.DatetimeField(null=True)
    lifted_by = Membership.foreign_key(null=True)
    lift_reason = fields.TextField(null=True)

    # A known kind, an end after the start, and indexes of those in force.
    constraints = (
        Check(one_of("kind", SanctionKind), "sanction_kind"),
        Check("length(reason) BETWEEN 1 AND 560", "sanction_reason"),
        Check("ends_at > starts_at AND (ends_at IS NOT NULL OR kind = 'REMOVAL')", "sanction_end"),
        Check("lifted_at IS NOT NULL OR (lifted_by IS NULL AND lift_reason IS NULL)", "sanction_lifted"),
    )
    indexes = (
        Index(fields=("membership_id", "id"), name="sanction_member"),
        Index(fields=("given_by", "id"), name="sanction_giver"),
        PartialIndex(fields=("lifted_by", "id"), name="sanction_lifter", condition="lifted_by IS NOT NULL"),
        PartialIndex(fields=("community_id", "membership_id"), name="sanction_unlifted", condition="lifted_at IS NULL"),
        PartialIndex(
            fields=("membership_id", "ends_at"),
            name="sanction_mute",
            condition="kind = 'MUTE' AND lifted_at IS NULL",
        ),
        PartialIndex(
            fields=("ends_at", "id"), name="sanction_ending", condition="lifted_at IS NULL AND ended_at IS NULL"
        ),
    )
