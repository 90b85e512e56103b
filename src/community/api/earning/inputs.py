"""What is sent in about earning: rules, seasons, check-ins and reports."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import strawberry

from community.api import ids
from community.api.amounts import Points
from community.api.declare import field, input_type
from community.api.earning import types as _types  # noqa: F401 - declares the enumerations
from community.api.payloads import KeyedInput
from community.kernel.errors import InvalidInput
from community.points.earning.interactions import InteractionReport
from community.points.earning.models import InteractionKind, Trigger
from community.points.earning.rules import Definition, parse_definition


@input_type
class CheckInInput:
    """Where I am today."""

    community_id: strawberry.ID = field(description="The community.")


@input_type
class AmountOfKindInput:
    """What a kind of thing earns."""

    kind: str = field(description="The kind: a code of capitals, digits and low lines.")
    amount: Points = field(description="How many points.")


@input_type
class StreakBonusInput:
    """What a streak earns on the day it is reached."""

    days: int = field(description="How many days in a row.")
    bonus: Points = field(description="How many points more.")


@input_type
class EarningCapsInput:
    """The most points that a member can earn by the rule; left out, there is no limit."""

    day: Points | None = field(default=None, description="In a day.")
    week: Points | None = field(default=None, description="In a week, from Monday.")
    month: Points | None = field(default=None, description="In a month.")
    lifetime: Points | None = field(default=None, description="Ever.")


@input_type
class EarningNeedsInput:
    """What a member must be before the rule pays them."""

    member_days: int = field(default=0, description="For how many days a member.")
    approved_submissions: int = field(default=0, description="How many of their submissions must have been approved.")
    level: int = field(default=1, description="The lowest level.")


@input_type
class EarningRuleDefinitionInput:
    """What the rule pays, and to whom."""

    amount: Points = field(description="How many points, where the kind has no amount of its own: 0 to 10000.")
    by_kind: list[AmountOfKindInput] = field(default_factory=list, description="What each kind earns.")
    by_scores: bool = field(default=False, description="Whether it is in proportion to the three scores.")
    streaks: list[StreakBonusInput] = field(default_factory=list, description="What streaks earn.")
    caps: EarningCapsInput | None = field(default=None, description="The most a member can earn by it.")
    needs: EarningNeedsInput | None = field(default=None, description="What a member must be.")
    enabled: bool = field(default=True, description="Whether it pays at all.")


@input_type
class EarningRulePublishInput(KeyedInput):
    """A new version of the community's own rule."""

    trigger: Trigger = field(description="What is paid for.")
    definition: EarningRuleDefinitionInput | None = field(
        default=None, description="What it pays; left out, the operator's rule holds again."
    )
    effective_from: datetime | None = field(
        default=None, description="From when on, now or within a year; at once when left out."
    )


@input_type
class SeasonOpenInput(KeyedInput):
    """A time in which more is paid."""

    name: str = field(description="What it is called, 1 to 40 characters.")
    percent: int = field(description="How many percent of the usual points are paid, 101 to 300.")
    starts_at: datetime = field(description="From this moment on.")
    ends_at: datetime = field(description="Before this moment, at most 31 days later.")
    triggers: list[Trigger] = field(default_factory=list, description="What it counts for; everything when left out.")


@input_type
class SeasonCancelInput(KeyedInput):
    """Which season ends."""

    season_id: strawberry.ID = field(description="The season.")


@input_type
class InteractionInput:
    """One thing that happened to a member. Its kind and reference tell it from every other: it counts once."""

    kind: InteractionKind = field(description="What happened.")
    reference: str = field(description="The ordering system's own number of it, 1 to 64 characters.")
    member_id: strawberry.ID = field(description="Who it happened to; for an invitation, who invited.")
    occurred_at: datetime = field(description="When it happened.")
    name: str | None = field(default=None, description="For OTHER: what it is, a code of capitals and digits.")
    purchase: str | None = field(default=None, description="For RETURN: the reference of the purchase.")
    invitee_id: strawberry.ID | None = field(default=None, description="For INVITATION: who was invited.")


@input_type
class InteractionReportInput:
    """What happened, and where."""

    community_id: strawberry.ID = field(description="The community.")
    interaction: InteractionInput = field(description="What happened.")


@input_type
class InteractionsReportInput:
    """What happened, and where."""

    community_id: strawberry.ID = field(description="The community.")
    interactions: list[InteractionInput] = field(description="What happened, 1 to 100 things, taken in this order.")


def to_definition(given: EarningRuleDefinitionInput | None) -> Definition | None:
    """The definition that was sent in, or none. Raises InvalidInput with the path of what cannot be meant."""
    if given is None:
        return None
    by_kind = {one.kind: one.amount for one in given.by_kind}
    streaks = {str(one.days): one.bonus for one in given.streaks}
    if len(by_kind) < len(given.by_kind) or len(streaks) < len(given.streaks):
        raise InvalidInput("A kind or a streak has one amount.", path=("definition",))
    stored: dict[str, Any] = {
        "amount": given.amount, "by_kind": by_kind, "by_scores": given.by_scores, "streaks": streaks,
        "caps": strawberry.asdict(given.caps) if given.caps else {},
        "needs": strawberry.asdict(given.needs) if given.needs else {},
        "enabled": given.enabled,
    }  # fmt: skip
    return parse_definition(stored)


def to_report(given: InteractionInput) -> InteractionReport:
    """The report that was sent in. Raises InvalidInput for an id that is none."""
    return InteractionReport(
        kind=given.kind,
        reference=given.reference,
        membership_id=ids.decode("Member", given.member_id, path="memberId"),
        occurred_at=given.occurred_at,
        name=given.name,
        purchase=given.purchase,
        invitee_id=None if given.invitee_id is None else ids.decode("Member", given.invitee_id, path="inviteeId"),
    )
