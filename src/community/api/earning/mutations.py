"""Checking in, publishing rules and seasons, and what the ordering system reports."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import strawberry

from community.api import ids
from community.api.context import Info
from community.api.declare import field, input_type, object_type
from community.api.earning.types import Earning, EarningRuleEdition, Season
from community.api.payloads import KeyedInput, MutationError, MutationPayload, mutation, once
from community.identity.models import Scope
from community.identity.queries import MemberRow
from community.identity.service_tokens import ServiceRow
from community.kernel.errors import InvalidInput, Refusal
from community.points.earning import catalogue, editing, interactions
from community.points.earning import check_in as checking
from community.points.earning.interactions import Report, Reported
from community.points.earning.models import InteractionKind, Trigger
from community.points.earning.rules import Definition, definition

MOST_REPORTS = 100


@input_type
class CheckInInput:
    """Where I am today."""

    community_id: strawberry.ID = field(description="The community.")


@object_type
class CheckInPayload(MutationPayload):
    """What `checkIn` answers."""

    day: str | None = field(default=None, description="The day where the community is, as YYYY-MM-DD.")
    streak: int | None = field(default=None, description="How many days in a row, today included.")
    is_new: bool | None = field(default=None, description="Whether this was the first check-in of the day.")
    earning: Earning | None = field(default=None, description="What today's check-in earned.")


@input_type
class AmountOfKindInput:
    """What a kind of thing earns."""

    kind: str = field(description="The kind, 1 to 40 characters.")
    amount: int = field(description="How many points.")


@input_type
class StreakBonusInput:
    """What a streak earns on the day it is reached."""

    days: int = field(description="How many days in a row.")
    bonus: int = field(description="How many points more.")


@input_type
class EarningCapsInput:
    """The most points that a member can earn by the rule; left out, there is no limit."""

    day: int | None = field(default=None, description="In a day.")
    week: int | None = field(default=None, description="In a week, from Monday.")
    month: int | None = field(default=None, description="In a month.")
    lifetime: int | None = field(default=None, description="Ever.")


@input_type
class EarningNeedsInput:
    """What a member must be before the rule pays them."""

    member_days: int = field(default=0, description="For how many days a member.")
    approved_submissions: int = field(default=0, description="How many of their submissions must have been approved.")
    level: int = field(default=1, description="The lowest level.")


@input_type
class EarningRuleDefinitionInput:
    """What the rule pays, and to whom."""

    amount: int = field(description="How many points, where the kind has no amount of its own: 0 to 10000.")
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


@object_type
class EarningRulePublishPayload(MutationPayload):
    """What `earningRulePublish` answers."""

    edition: EarningRuleEdition | None = field(default=None, description="The new version.")


@input_type
class SeasonOpenInput(KeyedInput):
    """A time in which more is paid."""

    name: str = field(description="What it is called, 1 to 40 characters.")
    percent: int = field(description="How many percent of the usual points are paid, 101 to 300.")
    starts_at: datetime = field(description="From this moment on.")
    ends_at: datetime = field(description="Before this moment, at most 31 days later.")
    triggers: list[Trigger] = field(default_factory=list, description="What it counts for; everything when left out.")


@object_type
class SeasonOpenPayload(MutationPayload):
    """What `seasonOpen` answers."""

    season: Season | None = field(default=None, description="The season.")


@input_type
class SeasonCancelInput(KeyedInput):
    """Which season ends."""

    season_id: strawberry.ID = field(description="The season.")


@object_type
class SeasonCancelPayload(MutationPayload):
    """What `seasonCancel` answers."""

    season: Season | None = field(default=None, description="The season, called off.")


@input_type
class InteractionInput:
    """One thing that happened to a member. Its kind and reference tell it from every other: it counts once."""

    kind: InteractionKind = field(description="What happened.")
    reference: str = field(description="The ordering system's own number of it, 1 to 64 characters.")
    member_id: strawberry.ID = field(description="Who it happened to; for an invitation, who invited.")
    occurred_at: datetime = field(description="When it happened.")
    name: str | None = field(default=None, description="For OTHER: what it is, 1 to 40 characters.")
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


@object_type
class Interaction:
    """What came of a report."""

    id: strawberry.ID = field(description="Its id.")
    reference: str = field(description="The ordering system's own number of it.")
    is_new: bool = field(description="Whether it had not been reported before.")
    earning: Earning = field(description="What it earned.")
    taken_back: int = field(description="For RETURN: how many points were clawed back.")

    @classmethod
    def of(cls, reference: str, reported: Reported) -> Interaction:
        """What a report came to."""
        return cls(
            id=ids.encode("Interaction", reported.id),
            reference=reference,
            is_new=reported.is_new,
            earning=Earning.of(reported.outcome),
            taken_back=reported.taken_back,
        )


@object_type
class InteractionReportPayload(MutationPayload):
    """What `interactionReport` answers."""

    interaction: Interaction | None = field(default=None, description="What came of it.")


@object_type
class InteractionAnswer:
    """The answer to one of many reports."""

    reference: str = field(description="The report's reference.")
    interaction: Interaction | None = field(description="What came of it; null when it was refused.")
    errors: list[MutationError] = field(description="Why it was refused; empty when it was not.")


@object_type
class InteractionsReportPayload(MutationPayload):
    """What `interactionsReport` answers."""

    answers: list[InteractionAnswer] = field(
        default_factory=list, description="An answer to each report, in order: some may be refused and others not."
    )


def _definition(given: EarningRuleDefinitionInput | None) -> Definition | None:
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
    return definition(stored)


def _report(given: InteractionInput) -> Report:
    return Report(
        kind=given.kind,
        reference=given.reference,
        membership_id=ids.decode("Member", given.member_id, path="memberId"),
        occurred_at=given.occurred_at,
        name=given.name,
        purchase=given.purchase,
        invitee_id=None if given.invitee_id is None else ids.decode("Member", given.invitee_id, path="inviteeId"),
    )


async def _answer(service: ServiceRow, given: InteractionInput) -> InteractionAnswer:
    try:
        reported = await interactions.report(service, _report(given))
    except Refusal as refusal:
        return InteractionAnswer(reference=given.reference, interaction=None, errors=[MutationError.of(refusal)])
    return InteractionAnswer(
        reference=given.reference, interaction=Interaction.of(given.reference, reported), errors=[]
    )


@object_type
class EarningMutation:
    """Earning points, and saying what is earned for what."""

    @mutation
    async def check_in(self, info: Info, input: CheckInInput) -> CheckInPayload:
        """打卡: note that I am here today. Harmless to repeat: once a day counts."""
        checked = await checking.check_in(await info.context.member(input.community_id))
        return CheckInPayload(
            day=checked.day, streak=checked.streak, is_new=checked.is_new, earning=Earning.of(checked.outcome)
        )

    @mutation
    async def earning_rule_publish(self, info: Info, input: EarningRulePublishInput) -> EarningRulePublishPayload:
        """Publish a new version of the community's own rule, within a leader's limits. What was earned stays earned."""

        async def publish(actor: MemberRow) -> int:
            wanted = _definition(input.definition)
            row = await editing.publish_as_leader(
                actor, input.trigger, definition=wanted, effective_from=input.effective_from
            )
            return row.id

        _, edition_id = await once(info.context, "earningRulePublish", input, publish)
        return EarningRulePublishPayload(edition=EarningRuleEdition.of(await catalogue.get_edition(edition_id)))

    @mutation
    async def season_open(self, info: Info, input: SeasonOpenInput) -> SeasonOpenPayload:
        """Open a season in which more is paid. Leaders only."""

        async def open_season(actor: MemberRow) -> int:
            row = await editing.open_season(
                actor, name=input.name, percent=input.percent, starts_at=input.starts_at, ends_at=input.ends_at,
                triggers=input.triggers,
            )  # fmt: skip
            return row.id

        _, season_id = await once(info.context, "seasonOpen", input, open_season)
        return SeasonOpenPayload(season=Season.of(await catalogue.get_season(season_id)))

    @mutation
    async def season_cancel(self, info: Info, input: SeasonCancelInput) -> SeasonCancelPayload:
        """Call off a season from this moment on; what it has paid stays. Leaders only."""

        async def cancel(actor: MemberRow) -> int:
            return (await editing.cancel_season(actor, ids.decode("Season", input.season_id, path="seasonId"))).id

        _, season_id = await once(info.context, "seasonCancel", input, cancel)
        return SeasonCancelPayload(season=Season.of(await catalogue.get_season(season_id)))

    @mutation
    async def interaction_report(self, info: Info, input: InteractionReportInput) -> InteractionReportPayload:
        """Report one thing that happened to a member. Harmless to repeat: its reference counts once. Services only."""
        service = info.context.service(input.community_id, Scope.REPORT_INTERACTIONS)
        reported = await interactions.report(service, _report(input.interaction))
        return InteractionReportPayload(interaction=Interaction.of(input.interaction.reference, reported))

    @mutation
    async def interactions_report(self, info: Info, input: InteractionsReportInput) -> InteractionsReportPayload:
        """Report many things, each answered on its own: a refused one does not hold up the others. Services only."""
        service = info.context.service(input.community_id, Scope.REPORT_INTERACTIONS)
        if not 1 <= len(input.interactions) <= MOST_REPORTS:
            raise InvalidInput(f"A report has 1 to {MOST_REPORTS} things.", path=("interactions",))
        return InteractionsReportPayload(answers=[await _answer(service, given) for given in input.interactions])
