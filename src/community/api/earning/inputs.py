"""Inputs of earning: rules, seasons, check-ins and reports."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import strawberry

from community.api import ids
from community.api.amounts import Points
from community.api.declare import field, input_type
from community.api.earning import types as _types  # noqa: F401 - declares the enumerations
from community.api.mutations import KeyedInput
from community.kernel import mistakes
from community.kernel.errors import InvalidInput
from community.points.earning import interactions
from community.points.earning.definitions import MAX_KINDS, MAX_STREAKS, parse_definition
from community.points.earning.interactions import InteractionReport
from community.points.earning.models import InteractionKind, Trigger
from community.points.earning.rules import Definition

MAX_REPORTS = 100
"""Maximum number of interactions in one call."""


@input_type
class AmountOfKindInput:
    """Points for one kind of cause."""

    kind: str = field(description="Code of the kind, 1 to 40 capitals, digits and underscores.")
    amount: Points = field(description="Number of points, 0 to 10000.")


@input_type
class StreakBonusInput:
    """Bonus on the day on which a streak is reached."""

    days: int = field(description="Days in a row, 1 to 3650.")
    bonus: Points = field(description="Additional points, 0 to 10000.")


@input_type
class EarningCapsInput:
    """Maximum points per member, each 0 to 10000. Null means no limit."""

    day: Points | None = field(default=None, description="Points per day of the community.")
    week: Points | None = field(default=None, description="Points per week, from Monday.")
    month: Points | None = field(default=None, description="Points per calendar month.")
    lifetime: Points | None = field(default=None, description="Points in total.")


@input_type
class EarningNeedsInput:
    """Requirements that a member must meet."""

    member_days: int = field(default=0, description="Minimum days of membership, 0 to 3650.")
    approved_submissions: int = field(default=0, description="Minimum number of approved submissions, 0 to 3650.")
    level: int = field(default=1, description="Minimum level.")


@input_type
class EarningRuleDefinitionInput:
    """Points of an earning rule and the requirements for them."""

    amount: Points = field(description="Points for kinds without an entry in `byKind`, 0 to 10000.")
    by_kind: list[AmountOfKindInput] = field(
        default_factory=list, description=f"Points per kind, at most {MAX_KINDS} entries."
    )
    by_scores: bool = field(default=False, description="True multiplies by the sum of the three scores divided by ten.")
    streaks: list[StreakBonusInput] = field(
        default_factory=list, description=f"Bonuses for streaks, at most {MAX_STREAKS} entries."
    )
    caps: EarningCapsInput | None = field(default=None, description="Maximum points per member. Null means no limits.")
    needs: EarningNeedsInput | None = field(default=None, description="Requirements. Null means none.")
    enabled: bool = field(default=True, description="False pays nothing.")


@input_type
class SeasonOpenInput(KeyedInput):
    """Input for `seasonOpen`, which creates a season with more points."""

    name: str = field(description="Name, 1 to 40 characters.")
    percent: int = field(description="Percentage of the usual points, 101 to 300.")
    starts_at: datetime = field(description="Start, inclusive.")
    ends_at: datetime = field(description="End, exclusive, at most 31 days after the start.")
    triggers: list[Trigger] = field(default_factory=list, description="Triggers with more points. Empty means all.")


@input_type
class InteractionInput:
    """互动: something that the ordering system reports. It counts once per kind and reference."""

    kind: InteractionKind = field(description="Kind of interaction.")
    reference: str = field(description="Unique number in the ordering system, 1 to 64 characters.")
    member_id: strawberry.ID = field(description="Id of the member. For INVITATION, the inviter.")
    occurred_at: datetime = field(description="Time of the interaction.")
    name: str | None = field(
        default=None, description="For OTHER: code of 1 to 40 capitals, digits and underscores. Null for other kinds."
    )
    purchase: str | None = field(
        default=None, description="For RETURN: reference of the purchase. Null for other kinds."
    )
    invitee_id: strawberry.ID | None = field(
        default=None, description="For INVITATION: id of the invited member. Null for other kinds."
    )


def to_definition(given: EarningRuleDefinitionInput | None) -> Definition | None:
    """Return the definition of an input, or None. Raises InvalidInput with the path of the wrong field."""
    if given is None:
        return None
    by_kind = {entry.kind: entry.amount for entry in given.by_kind}
    streaks = {str(entry.days): entry.bonus for entry in given.streaks}
    if len(by_kind) < len(given.by_kind) or len(streaks) < len(given.streaks):
        raise InvalidInput("repeated_amount", path=("definition",))
    stored: dict[str, Any] = {
        "amount": given.amount, "by_kind": by_kind, "by_scores": given.by_scores, "streaks": streaks,
        "caps": strawberry.asdict(given.caps) if given.caps else {},
        "needs": strawberry.asdict(given.needs) if given.needs else {},
        "enabled": given.enabled,
    }  # fmt: skip
    return parse_definition(stored)


def to_report(given: InteractionInput) -> InteractionReport:
    """Return the report of an input. Raises InvalidInput with every mistake if an id is not valid."""
    invitee_id = None
    with mistakes.collect() as check:
        membership_id = check(ids.decode, "Member", given.member_id, path="memberId")
        if given.invitee_id is not None:
            invitee_id = check(ids.decode, "Member", given.invitee_id, path="inviteeId")
        report = InteractionReport(
            kind=given.kind,
            reference=given.reference,
            membership_id=membership_id or 0,
            occurred_at=given.occurred_at,
            name=given.name,
            purchase=given.purchase,
            invitee_id=invitee_id,
        )
        if check.has_mistakes():
            # The verb is not called, so its checks are made here.
            check(interactions.normalise_report, report)
            check(interactions.check_time, report)
    return report
