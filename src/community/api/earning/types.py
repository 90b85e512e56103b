"""Earning rules, seasons and what came of a cause, as the graph shows them."""

from __future__ import annotations

from datetime import datetime

import strawberry

from community.api import ids
from community.api.amounts import Points, to_points_or_none
from community.api.declare import declare_enum, field, object_type
from community.points.earning.earn import UNLIMITED, NotEarnedBecause, Outcome
from community.points.earning.models import ALL_COMMUNITIES, InteractionKind, Trigger
from community.points.earning.queries import RuleProgress
from community.points.earning.rules import Caps, Definition, EarnedByPeriod
from community.points.earning.rules import parse_definition as definition_of
from community.points.earning.rules_in_force import EditionRow, RuleInForce, SeasonRow, SetBy

declare_enum(
    Trigger,
    name="EarningTrigger",
    values={
        "SUBMISSION_APPROVED": "A submission was approved; by its kind, in proportion to its scores.",
        "SUBMISSION_RECOMMENDED": "A submission got the recommended mark.",
        "ENDORSEMENT_RECEIVED": "An expert endorsed a submission.",
        "REVIEW_DONE": "A leader decided on a case.",
        "EVENT_PARTICIPATION": "A member took part in an event.",
        "EVENT_PRIZE": "A member won a prize.",
        "CHECK_IN": "A member checked in today; streaks earn more.",
        "INVITATION": "The first submission of somebody whom the member invited was approved.",
        "PURCHASE": "The ordering system reported a purchase.",
        "PICK_UP": "The ordering system reported that a purchase was picked up.",
        "INTERACTION": "The ordering system reported something else, by its name.",
    },
)
declare_enum(
    SetBy,
    name="EarningRuleSetBy",
    values={
        "BUILT_IN": "It came with the service.",
        "OPERATOR": "The operator's, for all communities.",
        "OPERATOR_HERE": "The operator's, for this community alone.",
        "COMMUNITY": "A leader's, for this community.",
    },
)
declare_enum(
    NotEarnedBecause,
    name="NotEarnedBecause",
    values={
        "RULE_OFF": "Nothing is paid for this here at present.",
        "CAP_REACHED": "As much as the rule allows has been earned.",
        "NOT_YET_ELIGIBLE": "The member does not meet the rule's needs yet.",
        "NOTHING_TO_PAY": "Nothing is paid for this.",
        "RETURNED": "The purchase has been given back already.",
        "PAID_LATER": "It pays when the first submission of the invited member is approved.",
        "NOT_INVITED": "Another member had invited them, or a submission of theirs was approved before: it never pays.",
    },
)
declare_enum(
    InteractionKind,
    name="InteractionKind",
    values={
        "PURCHASE": "Something was bought.",
        "RETURN": "A purchase was given back: what it earned is clawed back.",
        "PICK_UP": "A purchase was picked up.",
        "INVITATION": "A member invited another; pays when the first submission of the invited one is approved.",
        "OTHER": "Anything else, by its name.",
    },
)


@object_type
class Earning:
    """What came of a cause: points, or why there are none."""

    points: Points = field(description="How many points it earned.")
    not_earned_because: NotEarnedBecause | None = field(description="Why it earned none; null when it did.")
    until: datetime | None = field(description="From this moment on there may be points again; null: nobody can say.")

    @classmethod
    def of(cls, outcome: Outcome) -> Earning:
        """An outcome as the graph shows it."""
        return cls(points=Points(outcome.points), not_earned_because=outcome.because, until=outcome.until)


@object_type
class AmountOfKind:
    """What a kind of thing earns."""

    kind: str = field(description="The kind: a submission's, a prize's, an interaction's name.")
    amount: Points = field(description="How many points.")


@object_type
class StreakBonus:
    """What a streak earns on the day it is reached."""

    days: int = field(description="How many days in a row.")
    bonus: Points = field(description="How many points more.")


@object_type
class EarningCaps:
    """The most points that a member can earn by a rule; null where there is no limit."""

    day: Points | None = field(description="In a day.")
    week: Points | None = field(description="In a week, from Monday.")
    month: Points | None = field(description="In a month.")
    lifetime: Points | None = field(description="Ever.")

    @classmethod
    def of(cls, given: Caps) -> EarningCaps:
        """A rule's caps as the graph shows them."""
        return cls(
            day=to_points_or_none(given.day),
            week=to_points_or_none(given.week),
            month=to_points_or_none(given.month),
            lifetime=to_points_or_none(given.lifetime),
        )


@object_type
class EarningNeeds:
    """What a member must be before a rule pays them."""

    member_days: int = field(description="For how many days a member.")
    approved_submissions: int = field(description="How many of their submissions must have been approved.")
    level: int = field(description="The lowest level.")


@object_type
class EarningRuleDefinition:
    """What a rule pays, and to whom."""

    amount: Points = field(description="How many points, where the kind has no amount of its own.")
    by_kind: list[AmountOfKind] = field(description="What each kind earns.")
    by_scores: bool = field(description="Whether it is in proportion to the three scores: ten of fifteen earn it all.")
    streaks: list[StreakBonus] = field(description="What streaks earn.")
    caps: EarningCaps = field(description="The most a member can earn by it.")
    needs: EarningNeeds = field(description="What a member must be.")
    enabled: bool = field(description="Whether it pays at all.")

    @classmethod
    def of(cls, given: Definition) -> EarningRuleDefinition:
        """A definition as the graph shows it."""
        needs = given.needs
        return cls(
            amount=Points(given.amount),
            by_kind=[AmountOfKind(kind=kind, amount=Points(amount)) for kind, amount in given.by_kind.items()],
            by_scores=given.by_scores,
            streaks=[StreakBonus(days=days, bonus=Points(bonus)) for days, bonus in sorted(given.streaks.items())],
            caps=EarningCaps.of(given.caps),
            needs=EarningNeeds(
                member_days=needs.member_days, approved_submissions=needs.approved_submissions, level=needs.level
            ),
            enabled=given.enabled,
        )


@object_type
class EarnedSoFar:
    """What I have earned by a rule."""

    day: Points = field(description="Today.")
    week: Points = field(description="This week.")
    month: Points = field(description="This month.")
    lifetime: Points = field(description="Ever.")

    @classmethod
    def of(cls, given: EarnedByPeriod) -> EarnedSoFar:
        """What was earned as the graph shows it."""
        return cls(
            day=Points(given.day),
            week=Points(given.week),
            month=Points(given.month),
            lifetime=Points(given.lifetime),
        )


@object_type
class EarningRule:
    """积分规则: what is paid for something at this moment, and where I stand with it."""

    trigger: Trigger = field(description="What is paid for.")
    version: int = field(description="The version in force.")
    set_by: SetBy = field(
        description="Whose rule it is. A leader's counts only while it is within the limits of the operator's."
    )
    definition: EarningRuleDefinition = field(description="What it pays, and to whom.")
    season_percent: int = field(description="How many percent of it are paid in the present season; 100 without one.")
    earned: EarnedSoFar = field(description="What I have earned by it.")
    room: Points | None = field(description="How many points I can still earn by it now; null where there is no limit.")
    not_now_because: NotEarnedBecause | None = field(description="Why it pays me nothing now; null when it does.")
    until: datetime | None = field(description="From this moment on it may pay me again; null: nobody can say.")

    @classmethod
    def of(cls, chance: RuleProgress) -> EarningRule:
        """A member's chance as the graph shows it."""
        rule: RuleInForce = chance.rule
        return cls(
            trigger=rule.trigger,
            version=rule.version,
            set_by=rule.set_by,
            definition=EarningRuleDefinition.of(rule.definition),
            season_percent=chance.percent,
            earned=EarnedSoFar.of(chance.earned),
            room=None if chance.allowance.points == UNLIMITED else Points(chance.allowance.points),
            not_now_because=chance.allowance.because,
            until=chance.allowance.until,
        )


@object_type
class EarningRuleEdition:
    """One version of a rule, from a moment on."""

    id: strawberry.ID = field(description="Its id.")
    trigger: Trigger = field(description="What is paid for.")
    version: int = field(description="Counts on with each edition.")
    set_by: SetBy = field(description="Whose it is.")
    definition: EarningRuleDefinition | None = field(
        description="What it pays; null: a step back, to the operator's rule or to the one for all communities."
    )
    effective_from: datetime = field(description="It holds from this moment on, until a later version does.")
    created_at: datetime = field(description="When it was published.")

    @classmethod
    def of(cls, row: EditionRow) -> EarningRuleEdition:
        """The edition of a row."""
        return cls(
            id=ids.encode("EarningRuleEdition", row.id),
            trigger=row.trigger,
            version=row.version,
            set_by=row.set_by,
            definition=None if row.definition is None else EarningRuleDefinition.of(definition_of(row.definition)),
            effective_from=row.effective_from,
            created_at=row.created_at,
        )


@object_type
class Season:
    """A time in which more is paid."""

    id: strawberry.ID = field(description="Its id.")
    name: str = field(description="What it is called.")
    percent: int = field(description="How many percent of the usual points are paid.")
    triggers: list[Trigger] = field(description="What it counts for; all triggers when there are none.")
    starts_at: datetime = field(description="From this moment on.")
    ends_at: datetime = field(description="Before this moment.")
    cancelled_at: datetime | None = field(description="When it was called off; null when it was not.")
    set_by: SetBy = field(description="Whose it is.")

    @classmethod
    def of(cls, row: SeasonRow) -> Season:
        """The season of a row."""
        return cls(
            id=ids.encode("Season", row.id),
            name=row.name,
            percent=row.percent,
            triggers=[Trigger(trigger) for trigger in row.triggers],
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            cancelled_at=row.cancelled_at,
            set_by=SetBy.OPERATOR if row.community_id == ALL_COMMUNITIES else SetBy.COMMUNITY,
        )
