"""Types of earning: rules, editions, seasons and outcomes."""

from __future__ import annotations

from datetime import datetime

import strawberry

from community.api.amounts import Points
from community.api.context import Info
from community.api.declare import declare_enum, field, object_type, query, type_over
from community.api.nodes import Node, found_by, get_community_of
from community.communities.queries import get_member
from community.points.earning import rules_in_force
from community.points.earning.definitions import parse_definition
from community.points.earning.earn import UNLIMITED, NotEarnedBecause, Outcome
from community.points.earning.interactions import InteractionResult
from community.points.earning.models import ALL_COMMUNITIES, InteractionKind, Trigger
from community.points.earning.queries import RuleProgress
from community.points.earning.rules import Caps, Definition, EarnedByPeriod, Needs
from community.points.earning.rules_in_force import EditionRow, SeasonRow, SetBy

declare_enum(
    Trigger,
    name="EarningTrigger",
    values={
        "SUBMISSION_APPROVED": "A submission was approved. The amount depends on its kind and scores.",
        "SUBMISSION_RECOMMENDED": "A submission got the recommended mark.",
        "ENDORSEMENT_RECEIVED": "An expert endorsed a submission.",
        "ENDORSEMENT_GIVEN": "An expert endorsed a submission of another member.",
        "REVIEW_DONE": "A leader decided a review case.",
        "EVENT_PARTICIPATION": "A member took part in an event.",
        "EVENT_PRIZE": "A member won a prize.",
        "CHECK_IN": "A member checked in today. Streaks earn more.",
        "INVITATION": "The first submission of an invited member was approved. The inviter earns.",
        "PURCHASE": "The ordering system reported a purchase.",
        "PICK_UP": "The ordering system reported that a purchase was picked up.",
        "INTERACTION": "The ordering system reported another interaction, by its name.",
        "COMMENT": "A comment was published.",
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
    values={
        "PURCHASE": "A purchase.",
        "RETURN": "A return of a purchase. Its points are clawed back.",
        "PICK_UP": "A pick-up of a purchase.",
        "INVITATION": "An invitation. It is paid when the first submission of the invited member is approved.",
        "OTHER": "Another interaction, by its name.",
    },
)


@type_over(Outcome)
class Earning:
    """Outcome of a cause: points, or the reason for none."""

    points: Points = field(description="Earned points.")
    until = field(description="Time from which points are possible again. Null if unknown.")

    @query
    def not_earned_because(outcome: strawberry.Parent[Outcome]) -> NotEarnedBecause | None:
        """Reason for no points. Null if points were earned."""
        return outcome.because


@object_type
class AmountOfKind:
    """Points for one kind of cause."""

    kind: str = field(
        description="Kind of submission or prize, or name of an interaction. A text: services choose such names."
    )
    amount: Points = field(description="Number of points.")


@object_type
class StreakBonus:
    """Bonus on the day on which a streak is reached."""

    days: int = field(description="Days in a row.")
    bonus: Points = field(description="Additional points.")


@type_over(Caps)
class EarningCaps:
    """Maximum points per member. Null means no limit."""

    day: Points | None = field(description="Points per day of the community.")
    week: Points | None = field(description="Points per week, from Monday.")
    month: Points | None = field(description="Points per calendar month.")
    lifetime: Points | None = field(description="Points in total.")


@type_over(Needs)
class EarningNeeds:
    """Requirements that a member must meet."""

    member_days = field(description="Minimum days of membership.")
    approved_submissions = field(description="Minimum number of approved submissions.")
    level = field(description="Minimum level.")


@type_over(Definition)
class EarningRuleDefinition:
    """Points of an earning rule and the requirements for them."""

    amount: Points = field(description="Points for kinds without an entry in `byKind`.")
    by_scores = field(description="True if multiplied by the sum of the three scores divided by ten.")
    caps = field(description="Maximum points per member.")
    needs = field(description="Requirements.")
    enabled = field(description="False if it pays nothing.")

    @query
    def by_kind(rule: strawberry.Parent[Definition]) -> list[AmountOfKind]:
        """Points per kind."""
        return [AmountOfKind(kind=kind, amount=Points(amount)) for kind, amount in rule.by_kind.items()]

    @query
    def streaks(rule: strawberry.Parent[Definition]) -> list[StreakBonus]:
        """Bonuses for streaks."""
        return [StreakBonus(days=days, bonus=Points(bonus)) for days, bonus in sorted(rule.streaks.items())]


@type_over(EarnedByPeriod)
class EarnedSoFar:
    """Points that the viewer has earned by a rule."""

    day: Points = field(description="Points today.")
    week: Points = field(description="Points this week.")
    month: Points = field(description="Points this month.")
    lifetime: Points = field(description="Points in total.")


@type_over(RuleProgress)
class EarningRule:
    """积分规则: an earning rule in force, with the viewer's progress."""

    earned = field(description="Points that the viewer has earned by it.")

    @query
    def trigger(progress: strawberry.Parent[RuleProgress]) -> Trigger:
        """Trigger of the rule."""
        return progress.rule.trigger

    @query
    def version(progress: strawberry.Parent[RuleProgress]) -> int:
        """Version in force."""
        return progress.rule.version

    @query
    def set_by(progress: strawberry.Parent[RuleProgress]) -> SetBy:
        """Owner of the rule. A leader's rule is in force only within the limits of the operator's."""
        return progress.rule.set_by

    @query
    def definition(progress: strawberry.Parent[RuleProgress]) -> Definition:
        """Content of the rule."""
        return progress.rule.definition

    @query
    def season_percent(progress: strawberry.Parent[RuleProgress]) -> int:
        """Percentage that the present season pays. 100 without a season."""
        return progress.percent

    @query
    def room(progress: strawberry.Parent[RuleProgress]) -> Points | None:
        """Points that the viewer can still earn by it now. Null means no limit."""
        points = progress.allowance.points
        return None if points == UNLIMITED else Points(points)

    @query
    def not_now_because(progress: strawberry.Parent[RuleProgress]) -> NotEarnedBecause | None:
        """Reason why the viewer earns nothing now. Null if they can earn."""
        return progress.allowance.because

    @query
    def until(progress: strawberry.Parent[RuleProgress]) -> datetime | None:
        """Time from which the viewer may earn again. Null if unknown."""
        return progress.allowance.until


@type_over(EditionRow)
class EarningRuleEdition(Node):
    """规则版本: one published version of an earning rule."""

    trigger = field(description="Trigger of the rule.")
    version = field(description="Version, which rises with each edition.")
    set_by = field(description="Owner.")
    effective_from = field(description="Start time. It is in force until the start of a later version.")
    ended_at = field(
        description="Time at which its leader lost the role before it began. It never begins then. Null otherwise."
    )
    created_at = field(description="Time of publication.")

    @query
    def definition(row: strawberry.Parent[EditionRow]) -> Definition | None:
        """Content of the rule. Null restores the operator's rule, or the rule for all communities."""
        return None if row.definition is None else parse_definition(row.definition)


@found_by(EditionRow)
async def find_edition(number: int, info: Info) -> EditionRow:
    """Return the edition for a member of its community. Raises Unauthenticated, NotAMember or NotFound."""
    await _require_reader(await get_community_of(EditionRow, number), info)
    return await rules_in_force.get_edition(number)


@type_over(SeasonRow)
class Season(Node):
    """积分季: a period with more points."""

    name = field(description="Name, 1 to 40 characters.")
    percent = field(description="Percentage of the usual points.")
    starts_at = field(description="Start, inclusive.")
    ends_at = field(description="End, exclusive.")
    cancelled_at = field(
        description="Time of the cancellation, or of the loss of its leader's role before it began. Null otherwise."
    )

    @query
    def triggers(row: strawberry.Parent[SeasonRow]) -> list[Trigger]:
        """Triggers with more points. Empty means all."""
        return [Trigger(trigger) for trigger in row.triggers]

    @query
    def set_by(row: strawberry.Parent[SeasonRow]) -> SetBy:
        """Owner."""
        return SetBy.OPERATOR if row.community_id == ALL_COMMUNITIES else SetBy.COMMUNITY


@found_by(SeasonRow)
async def find_season(number: int, info: Info) -> SeasonRow:
    """Return the season for a member of its community. Raises Unauthenticated, NotAMember or NotFound."""
    await _require_reader(await get_community_of(SeasonRow, number), info)
    return await rules_in_force.get_season(number)


async def _require_reader(community_id: int, info: Info) -> None:
    person_id = info.context.viewer_id
    if community_id != ALL_COMMUNITIES:
        await get_member(person_id, community_id)


@type_over(InteractionResult)
class Interaction:
    """Recorded interaction. Its kind and reference identify it."""

    reference = field(description="Reference of the ordering system.")
    is_new = field(description="True if it was not reported before.")
    taken_back: Points = field(description="For RETURN: number of clawed-back points. 0 for other kinds.")

    @query
    def earning(result: strawberry.Parent[InteractionResult]) -> Outcome:
        """Earned points, or the reason for none."""
        return result.outcome
