"""Types of earning: rules, editions, seasons and outcomes."""

from __future__ import annotations

from datetime import datetime

import strawberry

from community.api import ids
from community.api.amounts import Points, to_points_or_none
from community.api.declare import declare_enum, field, object_type
from community.points.earning.definitions import parse_definition
from community.points.earning.earn import UNLIMITED, NotEarnedBecause, Outcome
from community.points.earning.models import ALL_COMMUNITIES, InteractionKind, Trigger
from community.points.earning.queries import RuleProgress
from community.points.earning.rules import Caps, Definition, EarnedByPeriod
from community.points.earning.rules_in_force import EditionRow, RuleInForce, SeasonRow, SetBy

declare_enum(
    Trigger,
    name="EarningTrigger",
    values={
        "SUBMISSION_APPROVED": "A submission was approved. The amount depends on its kind and scores.",
        "SUBMISSION_RECOMMENDED": "A submission got the recommended mark.",
        "ENDORSEMENT_RECEIVED": "An expert endorsed a submission.",
        "REVIEW_DONE": "A leader decided a review case.",
        "EVENT_PARTICIPATION": "A member took part in an event.",
        "EVENT_PRIZE": "A member won a prize.",
        "CHECK_IN": "A member checked in today. Streaks earn more.",
        "INVITATION": "The first submission of an invited member was approved. The inviter earns.",
        "PURCHASE": "The ordering system reported a purchase.",
        "PICK_UP": "The ordering system reported that a purchase was picked up.",
        "INTERACTION": "The ordering system reported another interaction, by its name.",
    },
)
declare_enum(
    SetBy,
    name="EarningRuleSetBy",
    values={
        "BUILT_IN": "Default of the service.",
        "OPERATOR": "Set by the operator for all communities.",
        "OPERATOR_HERE": "Set by the operator for this community.",
        "COMMUNITY": "Set by a leader for this community.",
    },
)
declare_enum(
    NotEarnedBecause,
    name="NotEarnedBecause",
    values={
        "RULE_OFF": "The rule is switched off here.",
        "CAP_REACHED": "A maximum of the rule is reached.",
        "NOT_YET_ELIGIBLE": "The member does not meet the requirements yet.",
        "NOTHING_TO_PAY": "The amount for this is zero.",
        "RETURNED": "The purchase was already returned.",
        "PAID_LATER": "It is paid when the first submission of the invited member is approved.",
        "NOT_INVITED": "Never paid: another member invited this person, or they had an approved submission before.",
    },
)
declare_enum(
    InteractionKind,
    name="InteractionKind",
    values={
        "PURCHASE": "A purchase.",
        "RETURN": "A return of a purchase. Its points are clawed back.",
        "PICK_UP": "A pick-up of a purchase.",
        "INVITATION": "An invitation. It is paid when the first submission of the invited member is approved.",
        "OTHER": "Another interaction, by its name.",
    },
)


@object_type
class Earning:
    """Outcome of a cause: points, or the reason for none."""

    points: Points = field(description="Earned points.")
    not_earned_because: NotEarnedBecause | None = field(description="Reason for no points. Null if points were earned.")
    until: datetime | None = field(description="Time from which points are possible again. Null if unknown.")

    @classmethod
    def of(cls, outcome: Outcome) -> Earning:
        """Return the earning of an outcome."""
        return cls(points=Points(outcome.points), not_earned_because=outcome.because, until=outcome.until)


@object_type
class AmountOfKind:
    """Points for one kind of cause."""

    kind: str = field(description="Kind of submission or prize, or name of an interaction.")
    amount: Points = field(description="Number of points.")


@object_type
class StreakBonus:
    """Bonus on the day on which a streak is reached."""

    days: int = field(description="Days in a row.")
    bonus: Points = field(description="Additional points.")


@object_type
class EarningCaps:
    """Maximum points per member. Null means no limit."""

    day: Points | None = field(description="Points per day of the community.")
    week: Points | None = field(description="Points per week, from Monday.")
    month: Points | None = field(description="Points per calendar month.")
    lifetime: Points | None = field(description="Points in total.")

    @classmethod
    def of(cls, given: Caps) -> EarningCaps:
        """Return the caps of a rule."""
        return cls(
            day=to_points_or_none(given.day),
            week=to_points_or_none(given.week),
            month=to_points_or_none(given.month),
            lifetime=to_points_or_none(given.lifetime),
        )


@object_type
class EarningNeeds:
    """Requirements that a member must meet."""

    member_days: int = field(description="Minimum days of membership.")
    approved_submissions: int = field(description="Minimum number of approved submissions.")
    level: int = field(description="Minimum level.")


@object_type
class EarningRuleDefinition:
    """Points of an earning rule and the requirements for them."""

    amount: Points = field(description="Points for kinds without an entry in `byKind`.")
    by_kind: list[AmountOfKind] = field(description="Points per kind.")
    by_scores: bool = field(description="True if multiplied by the sum of the three scores divided by ten.")
    streaks: list[StreakBonus] = field(description="Bonuses for streaks.")
    caps: EarningCaps = field(description="Maximum points per member.")
    needs: EarningNeeds = field(description="Requirements.")
    enabled: bool = field(description="False if it pays nothing.")

    @classmethod
    def of(cls, given: Definition) -> EarningRuleDefinition:
        """Return the type of a definition."""
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
    """Points that the viewer has earned by a rule."""

    day: Points = field(description="Points today.")
    week: Points = field(description="Points this week.")
    month: Points = field(description="Points this month.")
    lifetime: Points = field(description="Points in total.")

    @classmethod
    def of(cls, given: EarnedByPeriod) -> EarnedSoFar:
        """Return the type of the earned points."""
        return cls(
            day=Points(given.day),
            week=Points(given.week),
            month=Points(given.month),
            lifetime=Points(given.lifetime),
        )


@object_type
class EarningRule:
    """积分规则: an earning rule in force, with the viewer's progress."""

    trigger: Trigger = field(description="Trigger of the rule.")
    version: int = field(description="Version in force.")
    set_by: SetBy = field(
        description="Owner of the rule. A leader's rule is in force only within the limits of the operator's."
    )
    definition: EarningRuleDefinition = field(description="Content of the rule.")
    season_percent: int = field(description="Percentage that the present season pays. 100 without a season.")
    earned: EarnedSoFar = field(description="Points that the viewer has earned by it.")
    room: Points | None = field(description="Points that the viewer can still earn by it now. Null means no limit.")
    not_now_because: NotEarnedBecause | None = field(
        description="Reason why the viewer earns nothing now. Null if they can earn."
    )
    until: datetime | None = field(description="Time from which the viewer may earn again. Null if unknown.")

    @classmethod
    def of(cls, progress: RuleProgress) -> EarningRule:
        """Return the rule with a member's progress."""
        rule: RuleInForce = progress.rule
        return cls(
            trigger=rule.trigger,
            version=rule.version,
            set_by=rule.set_by,
            definition=EarningRuleDefinition.of(rule.definition),
            season_percent=progress.percent,
            earned=EarnedSoFar.of(progress.earned),
            room=None if progress.allowance.points == UNLIMITED else Points(progress.allowance.points),
            not_now_because=progress.allowance.because,
            until=progress.allowance.until,
        )


@object_type
class EarningRuleEdition:
    """规则版本: one published version of an earning rule."""

    id: strawberry.ID = field(description="Opaque id.")
    trigger: Trigger = field(description="Trigger of the rule.")
    version: int = field(description="Version, which rises with each edition.")
    set_by: SetBy = field(description="Owner.")
    definition: EarningRuleDefinition | None = field(
        description="Content of the rule. Null restores the operator's rule, or the rule for all communities."
    )
    effective_from: datetime = field(description="Start time. It is in force until the start of a later version.")
    created_at: datetime = field(description="Time of publication.")

    @classmethod
    def of(cls, row: EditionRow) -> EarningRuleEdition:
        """Return the edition of a row."""
        return cls(
            id=ids.encode("EarningRuleEdition", row.id),
            trigger=row.trigger,
            version=row.version,
            set_by=row.set_by,
            definition=None if row.definition is None else EarningRuleDefinition.of(parse_definition(row.definition)),
            effective_from=row.effective_from,
            created_at=row.created_at,
        )


@object_type
class Season:
    """积分季: a period with more points."""

    id: strawberry.ID = field(description="Opaque id.")
    name: str = field(description="Name, 1 to 40 characters.")
    percent: int = field(description="Percentage of the usual points.")
    triggers: list[Trigger] = field(description="Triggers with more points. Empty means all.")
    starts_at: datetime = field(description="Start, inclusive.")
    ends_at: datetime = field(description="End, exclusive.")
    cancelled_at: datetime | None = field(description="Time of the cancellation. Null if not cancelled.")
    set_by: SetBy = field(description="Owner.")

    @classmethod
    def of(cls, row: SeasonRow) -> Season:
        """Return the season of a row."""
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
