"""Tables of earning: rules, seasons, awards, check-ins and interactions."""

from __future__ import annotations

from enum import StrEnum

from community.communities.models import Community, Membership, ServiceToken
from community.kernel.ddl import REDACTED
from community.kernel.tables import Check, Index, PartialIndex, Table, Unique, declare_redactions, fields, one_of
from community.points.models import JournalEntry

ALL_COMMUNITIES = 0
"""Community id of the operator's rules and seasons for all communities."""


class Trigger(StrEnum):
    """Event that an earning rule pays for."""

    SUBMISSION_APPROVED = "SUBMISSION_APPROVED"
    SUBMISSION_RECOMMENDED = "SUBMISSION_RECOMMENDED"
    ENDORSEMENT_RECEIVED = "ENDORSEMENT_RECEIVED"
    ENDORSEMENT_GIVEN = "ENDORSEMENT_GIVEN"
    REVIEW_DONE = "REVIEW_DONE"
    EVENT_PARTICIPATION = "EVENT_PARTICIPATION"
    EVENT_PRIZE = "EVENT_PRIZE"
    CHECK_IN = "CHECK_IN"
    INVITATION = "INVITATION"
    PURCHASE = "PURCHASE"
    PICK_UP = "PICK_UP"
    INTERACTION = "INTERACTION"
    COMMENT = "COMMENT"


class InteractionKind(StrEnum):
    """Kind of interaction that the ordering system reports."""

    PURCHASE = "PURCHASE"
    RETURN = "RETURN"
    PICK_UP = "PICK_UP"
    INVITATION = "INVITATION"
    OTHER = "OTHER"


class EarningRule(Table):
    """积分规则: one version of the rule for a trigger. A correction is a new version.

    A community's own rule overrides that of the operator, whose community id is 0. A version without a definition
    removes the override.
    """

    append_only = True

    community_id = fields.BigIntField()
    trigger = fields.TextField()
    version = fields.BigIntField()
    definition: fields.Field[dict[str, object]] = fields.JSONField(null=True)
    effective_from = fields.DatetimeField()
    published_by = Membership.foreign_key(null=True)
    created_at = fields.DatetimeField()

    constraints = (
        Unique(("community_id", "trigger", "version"), "earning_rule_version"),
        Check("version > 0", "earning_rule_positive"),
    )


class Season(Table):
    """A period in which rules pay `percent` of their amount.

    Only the rules of `triggers` do. An empty list is all triggers.

    The operator's seasons for all communities have the community id 0.
    """

    fixed = ("community_id", "percent", "triggers", "starts_at", "ends_at", "created_by", "created_at")
    redacts = declare_redactions(name=f"'{REDACTED}'")

    community_id = fields.BigIntField()
    name = fields.TextField()
    percent = fields.BigIntField()
    triggers: fields.Field[list[str]] = fields.JSONField()
    starts_at = fields.DatetimeField()
    ends_at = fields.DatetimeField()
    created_by = Membership.foreign_key(null=True)
    created_at = fields.DatetimeField()
    cancelled_at = fields.DatetimeField(null=True)

    constraints = (
        Check("percent BETWEEN 101 AND 1000", "season_percent"),
        Check("starts_at < ends_at", "season_time"),
        Check("length(name) BETWEEN 1 AND 240", "season_name"),
    )
    indexes = (Index(fields=("community_id", "ends_at"), name="season_time_index"),)


class Award(Table):
    """Points that a member earned for a cause, their negative claw-back, or its reversal.

    `rule` is None for the built-in rule. A claw-back has the `earned_at` of the award that it `reverses`, and so has
    the reversal of a claw-back. So the sum over a period leaves out what is clawed back.
    """

    append_only = True

    community = Community.foreign_key()
    membership = Membership.foreign_key()
    entry = JournalEntry.foreign_key()
    trigger = fields.TextField()
    rule = EarningRule.foreign_key(null=True)
    cause = fields.TextField()
    amount = fields.BigIntField()
    earned_at = fields.DatetimeField()
    reverses = Table.foreign_key(to="Award", null=True)
    created_at = fields.DatetimeField()

    constraints = (
        Unique(("community_id", "entry_id"), "award_entry"),
        Unique(("community_id", "reverses_id"), "award_reversed_once", condition="reverses_id IS NOT NULL"),
        Check("amount <> 0 AND (amount > 0 OR reverses_id IS NOT NULL)", "award_amount"),
    )
    indexes = (
        Index(fields=("community_id", "earned_at"), name="award_period"),
        Index(fields=("membership_id", "trigger", "earned_at"), name="award_caps"),
        Index(fields=("community_id", "cause"), name="award_cause"),
        PartialIndex("award_reversals", ("membership_id", "entry_id"), "amount < 0"),
    )


class CheckIn(Table):
    """打卡: a member's check-in on a day of the community. `streak` counts the days in a row."""

    append_only = True

    community = Community.foreign_key()
    membership = Membership.foreign_key()
    day = fields.TextField()
    streak = fields.BigIntField()
    outcome: fields.Field[dict[str, object]] = fields.JSONField()
    created_at = fields.DatetimeField()

    constraints = (
        Unique(("community_id", "membership_id", "day"), "check_in_once"),
        Check("streak > 0", "check_in_streak"),
    )
    indexes = (Index(fields=("membership_id", "id"), name="check_in_member"),)


class Interaction(Table):
    """An interaction of a member, reported under the ordering system's reference."""

    fixed = (
        "community_id",
        "service_token_id",
        "kind",
        "membership_id",
        "name",
        "invitee_id",
        "occurred_at",
        "outcome",
        "created_at",
    )

    redacts = declare_redactions(
        reference="'〔' || OLD.id || '〕'",
        purchase="CASE WHEN OLD.purchase IS NOT NULL THEN '〔' || OLD.id || '〕' END",
    )

    community = Community.foreign_key()
    service_token = ServiceToken.foreign_key()
    kind = fields.TextField()
    reference = fields.TextField()
    membership = Membership.foreign_key()
    name = fields.TextField(null=True)
    purchase = fields.TextField(null=True)
    invitee = Membership.foreign_key(null=True)
    occurred_at = fields.DatetimeField()
    outcome: fields.Field[dict[str, object]] = fields.JSONField()
    created_at = fields.DatetimeField()

    constraints = (
        Unique(("community_id", "kind", "reference"), "interaction_once"),
        Check(one_of("kind", InteractionKind), "interaction_kind"),
        Check(
            "(kind = 'RETURN') = (purchase IS NOT NULL) AND (kind = 'INVITATION') = (invitee_id IS NOT NULL)"
            " AND (kind = 'OTHER') = (name IS NOT NULL)",
            "interaction_shape",
        ),
    )
    indexes = (
        PartialIndex("interaction_purchase", ("community_id", "purchase"), "purchase IS NOT NULL"),
        Index(fields=("membership_id", "id"), name="interaction_member"),
        PartialIndex("interaction_invitee", ("invitee_id",), "invitee_id IS NOT NULL"),
    )
