"""What is paid for what, and what was: rules, seasons, awards, check-ins, interactions."""

from __future__ import annotations

from enum import StrEnum

from community.communities.models import Community, Membership, ServiceToken
from community.kernel.tables import Check, Index, PartialIndex, Table, Unique, fields, one_of
from community.points.models import JournalEntry

ALL_COMMUNITIES = 0
"""The community id of what the operator says for all communities."""


class Trigger(StrEnum):
    """What points are earned for."""

    SUBMISSION_APPROVED = "SUBMISSION_APPROVED"
    SUBMISSION_RECOMMENDED = "SUBMISSION_RECOMMENDED"
    ENDORSEMENT_RECEIVED = "ENDORSEMENT_RECEIVED"
    REVIEW_DONE = "REVIEW_DONE"
    EVENT_PARTICIPATION = "EVENT_PARTICIPATION"
    EVENT_PRIZE = "EVENT_PRIZE"
    CHECK_IN = "CHECK_IN"
    INVITATION = "INVITATION"
    PURCHASE = "PURCHASE"
    PICK_UP = "PICK_UP"
    INTERACTION = "INTERACTION"


class InteractionKind(StrEnum):
    """What the ordering system reports."""

    PURCHASE = "PURCHASE"
    RETURN = "RETURN"
    PICK_UP = "PICK_UP"
    INVITATION = "INVITATION"
    OTHER = "OTHER"


class EarningRule(Table):
    """积分规则: one version of what is paid for a trigger, from a moment on; a correction is a new version.

    A community's own stands before the operator's, whose community id is 0; without a definition it steps back again.
    """

    append_only = True

    community_id = fields.BigIntField()
    trigger = fields.TextField()
    version = fields.BigIntField()
    definition: fields.Field[dict[str, object]] = fields.JSONField(null=True)
    effective_from = fields.DatetimeField()
    published_by: fields.ForeignKeyNullableRelation[Membership] = fields.ForeignKeyField(
        "community.Membership", null=True, source_field="published_by"
    )
    created_at = fields.DatetimeField()

    class Meta:
        """Versions count from one for a community and trigger."""

        table = "earning_rule"
        constraints = (
            Unique(("community_id", "trigger", "version"), "earning_rule_version"),
            Check("version > 0", "earning_rule_positive"),
        )


class Season(Table):
    """A time in which more is paid: `percent` of the amount, for these triggers (all, when there are none).

    The operator's own, for all communities, have the community id 0.
    """

    community_id = fields.BigIntField()
    name = fields.TextField()
    percent = fields.BigIntField()
    triggers: fields.Field[list[str]] = fields.JSONField()
    starts_at = fields.DatetimeField()
    ends_at = fields.DatetimeField()
    created_by: fields.ForeignKeyNullableRelation[Membership] = fields.ForeignKeyField(
        "community.Membership", null=True, source_field="created_by"
    )
    created_at = fields.DatetimeField()
    cancelled_at = fields.DatetimeField(null=True)

    class Meta:
        """Found by what is not over."""

        table = "season"
        constraints = (
            Check("percent BETWEEN 101 AND 1000", "season_percent"),
            Check("starts_at < ends_at", "season_time"),
            Check("length(name) BETWEEN 1 AND 40", "season_name"),
        )
        indexes = (Index(fields=("community_id", "ends_at"), name="season_time_index"),)


class Award(Table):
    """What a member earned, for what cause, by which version of which rule; or, negative, that it was clawed back.

    Without a rule it was the one built in. A claw-back counts for the time in which the points had been earned: the sum
    over a time is what is still deserved.
    """

    append_only = True

    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField("community.Community")
    membership: fields.ForeignKeyRelation[Membership] = fields.ForeignKeyField("community.Membership")
    entry: fields.ForeignKeyRelation[JournalEntry] = fields.ForeignKeyField("community.JournalEntry")
    trigger = fields.TextField()
    rule: fields.ForeignKeyNullableRelation[EarningRule] = fields.ForeignKeyField("community.EarningRule", null=True)
    cause = fields.TextField()
    amount = fields.BigIntField()
    earned_at = fields.DatetimeField()
    reverses: fields.ForeignKeyNullableRelation[Award] = fields.ForeignKeyField("community.Award", null=True)
    created_at = fields.DatetimeField()

    class Meta:
        """Clawed back once at most."""

        table = "award"
        constraints = (
            Unique(("community_id", "entry_id"), "award_entry"),
            Unique(("community_id", "reverses_id"), "award_reversed_once", condition="reverses_id IS NOT NULL"),
            Check("amount <> 0 AND (amount > 0) = (reverses_id IS NULL)", "award_amount"),
        )
        indexes = (
            Index(fields=("community_id", "earned_at"), name="award_period"),
            Index(fields=("membership_id", "trigger", "earned_at"), name="award_caps"),
            Index(fields=("community_id", "cause"), name="award_cause"),
            PartialIndex(fields=("membership_id", "entry_id"), name="award_reversals", condition="amount < 0"),
        )


class CheckIn(Table):
    """打卡: a member was here on that day of the community's, how many days in a row that made, and what it earned."""

    append_only = True

    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField("community.Community")
    membership: fields.ForeignKeyRelation[Membership] = fields.ForeignKeyField("community.Membership")
    day = fields.TextField()
    streak = fields.BigIntField()
    outcome: fields.Field[dict[str, object]] = fields.JSONField()
    created_at = fields.DatetimeField()

    class Meta:
        """Once a day."""

        table = "check_in"
        constraints = (
            Unique(("community_id", "membership_id", "day"), "check_in_once"),
            Check("streak > 0", "check_in_streak"),
        )


class Interaction(Table):
    """What the ordering system reported of a member, by its own reference, and what came of it."""

    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField("community.Community")
    service_token: fields.ForeignKeyRelation[ServiceToken] = fields.ForeignKeyField("community.ServiceToken")
    kind = fields.TextField()
    reference = fields.TextField()
    membership: fields.ForeignKeyRelation[Membership] = fields.ForeignKeyField(
        "community.Membership", related_name="interactions"
    )
    name = fields.TextField(null=True)
    purchase = fields.TextField(null=True)
    invitee: fields.ForeignKeyNullableRelation[Membership] = fields.ForeignKeyField(
        "community.Membership", null=True, related_name="reported_invitations"
    )
    occurred_at = fields.DatetimeField()
    outcome: fields.Field[dict[str, object]] = fields.JSONField()
    created_at = fields.DatetimeField()

    class Meta:
        """A reference counts once a kind."""

        table = "interaction"
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
            PartialIndex(
                fields=("community_id", "purchase"), name="interaction_purchase", condition="purchase IS NOT NULL"
            ),
        )
