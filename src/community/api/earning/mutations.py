"""Checking in, publishing rules and seasons, and what the ordering system reports."""

from __future__ import annotations

import strawberry

from community.api import ids
from community.api.amounts import Points
from community.api.context import Info
from community.api.declare import field, object_type
from community.api.earning.inputs import (
    CheckInInput,
    EarningRulePublishInput,
    InteractionInput,
    InteractionReportInput,
    InteractionsReportInput,
    SeasonCancelInput,
    SeasonOpenInput,
    to_definition,
    to_report,
)
from community.api.earning.types import Earning, EarningRuleEdition, Season
from community.api.payloads import MutationError, MutationPayload, mutation, run_mutation_once
from community.communities.models import ServiceScope
from community.communities.queries import MemberRow
from community.communities.service_tokens import ServiceTokenRow
from community.consent import consents
from community.consent.models import ConsentPurpose
from community.kernel.errors import InvalidInput, Refusal
from community.points.earning import check_in as checking
from community.points.earning import editing, interactions, rules_in_force
from community.points.earning.interactions import InteractionResult

MAX_REPORTS = 100


@object_type
class CheckInPayload(MutationPayload):
    """What `checkIn` answers."""

    day: str | None = field(default=None, description="The day where the community is, as YYYY-MM-DD.")
    streak: int | None = field(default=None, description="How many days in a row, today included.")
    is_new: bool | None = field(default=None, description="Whether this was the first check-in of the day.")
    earning: Earning | None = field(default=None, description="What today's check-in earned.")


@object_type
class EarningRulePublishPayload(MutationPayload):
    """What `earningRulePublish` answers."""

    edition: EarningRuleEdition | None = field(default=None, description="The new version.")


@object_type
class SeasonOpenPayload(MutationPayload):
    """What `seasonOpen` answers."""

    season: Season | None = field(default=None, description="The season.")


@object_type
class SeasonCancelPayload(MutationPayload):
    """What `seasonCancel` answers."""

    season: Season | None = field(default=None, description="The season, called off.")


@object_type
class Interaction:
    """What came of a report."""

    id: strawberry.ID = field(description="Its id.")
    reference: str = field(description="The ordering system's own number of it.")
    is_new: bool = field(description="Whether it had not been reported before.")
    earning: Earning = field(description="What it earned.")
    taken_back: Points = field(description="For RETURN: how many points were clawed back.")

    @classmethod
    def of(cls, reference: str, reported: InteractionResult) -> Interaction:
        """What a report came to."""
        return cls(
            id=ids.encode("Interaction", reported.id),
            reference=reference,
            is_new=reported.is_new,
            earning=Earning.of(reported.outcome),
            taken_back=Points(reported.taken_back),
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


async def _report_one(service: ServiceTokenRow, given: InteractionInput) -> InteractionAnswer:
    try:
        reported = await interactions.record_interaction(service, to_report(given))
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
        member = await info.context.get_member(input.community_id)
        await consents.require_consent(member.person_id, ConsentPurpose.SERVICE)
        checked = await checking.record_check_in(member)
        return CheckInPayload(
            day=checked.day, streak=checked.streak, is_new=checked.is_new, earning=Earning.of(checked.outcome)
        )

    @mutation
    async def earning_rule_publish(self, info: Info, input: EarningRulePublishInput) -> EarningRulePublishPayload:
        """Publish a new version of the community's own rule, within a leader's limits. What was earned stays earned.

        Should the operator's rule change so that it goes beyond them, the operator's holds until it no longer does.
        """

        async def publish(actor: MemberRow) -> int:
            wanted = to_definition(input.definition)
            row = await editing.publish_as_leader(
                actor, input.trigger, definition=wanted, effective_from=input.effective_from
            )
            return row.id

        _, edition_id = await run_mutation_once(info.context, "earningRulePublish", input, publish)
        return EarningRulePublishPayload(edition=EarningRuleEdition.of(await rules_in_force.get_edition(edition_id)))

    @mutation
    async def season_open(self, info: Info, input: SeasonOpenInput) -> SeasonOpenPayload:
        """Open a season in which more is paid: 93 days of any 365 for all leaders together. Leaders only."""

        async def open_season(actor: MemberRow) -> int:
            row = await editing.open_season(
                actor, name=input.name, percent=input.percent, starts_at=input.starts_at, ends_at=input.ends_at,
                triggers=input.triggers,
            )  # fmt: skip
            return row.id

        _, season_id = await run_mutation_once(info.context, "seasonOpen", input, open_season)
        return SeasonOpenPayload(season=Season.of(await rules_in_force.get_season(season_id)))

    @mutation
    async def season_cancel(self, info: Info, input: SeasonCancelInput) -> SeasonCancelPayload:
        """Call off a season from this moment on; what it has paid stays. Leaders only."""

        async def cancel(actor: MemberRow) -> int:
            return (await editing.cancel_season(actor, ids.decode("Season", input.season_id, path="seasonId"))).id

        _, season_id = await run_mutation_once(info.context, "seasonCancel", input, cancel)
        return SeasonCancelPayload(season=Season.of(await rules_in_force.get_season(season_id)))

    @mutation
    async def interaction_report(self, info: Info, input: InteractionReportInput) -> InteractionReportPayload:
        """Report one thing that happened to a member. Harmless to repeat: its reference counts once. Services only."""
        service = info.context.get_service(input.community_id, ServiceScope.REPORT_INTERACTIONS)
        reported = await interactions.record_interaction(service, to_report(input.interaction))
        return InteractionReportPayload(interaction=Interaction.of(input.interaction.reference, reported))

    @mutation
    async def interactions_report(self, info: Info, input: InteractionsReportInput) -> InteractionsReportPayload:
        """Report many things, each answered on its own: a refused one does not hold up the others. Services only."""
        service = info.context.get_service(input.community_id, ServiceScope.REPORT_INTERACTIONS)
        if not 1 <= len(input.interactions) <= MAX_REPORTS:
            raise InvalidInput(f"A report has 1 to {MAX_REPORTS} things.", path=("interactions",))
        return InteractionsReportPayload(answers=[await _report_one(service, given) for given in input.interactions])
