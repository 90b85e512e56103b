"""Mutations of earning: check-ins, rules, seasons and reports of the ordering system."""

from __future__ import annotations

from datetime import date

from community.api import ids
from community.api.context import Caller, Info
from community.api.declare import field, object_type
from community.api.earning.inputs import (
    MAX_REPORTS,
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
from community.api.payloads import MutationError, MutationPayload, mutation, run_mutation_once, run_thing_mutation_once
from community.communities.models import ServiceScope
from community.communities.service_tokens import ServiceTokenRow
from community.kernel.errors import InvalidInput, Refusal
from community.points.earning import check_in, editing, interactions
from community.points.earning.earn import Outcome
from community.points.earning.interactions import InteractionResult
from community.points.earning.rules_in_force import EditionRow, SeasonRow
from community.points.earning.season_rules import SeasonPlan


@object_type
class CheckInPayload(MutationPayload):
    """Result of `checkIn`."""

    day: date | None = field(default=None, description="Day in the community's time zone.")
    streak: int | None = field(default=None, description="Days in a row, today included.")
    is_new: bool | None = field(default=None, description="True for the first check-in of the day.")
    earning: Outcome | None = field(default=None, description="Points of today's check-in.")


@object_type
class EarningRulePublishPayload(MutationPayload):
    """Result of `earningRulePublish`."""

    edition: EditionRow | None = field(default=None, description="New edition.")


@object_type
class SeasonOpenPayload(MutationPayload):
    """Result of `seasonOpen`."""

    season: SeasonRow | None = field(default=None, description="Season.")


@object_type
class SeasonCancelPayload(MutationPayload):
    """Result of `seasonCancel`."""

    season: SeasonRow | None = field(default=None, description="Cancelled season.")


@object_type
class InteractionReportPayload(MutationPayload):
    """Result of `interactionReport`."""

    interaction: InteractionResult | None = field(default=None, description="Recorded interaction.")


@object_type
class InteractionAnswer:
    """Result of one of many reports."""

    reference: str = field(description="Reference of the report.")
    interaction: InteractionResult | None = field(description="Recorded interaction. Null if refused.")
    errors: list[MutationError] = field(
        description="Reasons of the refusal, with the codes of `interactionReport`. Empty on success."
    )


@object_type
class InteractionsReportPayload(MutationPayload):
    """Result of `interactionsReport`."""

    answers: list[InteractionAnswer] = field(
        default_factory=list, description="Result of each report, in order. Some can be refused while others succeed."
    )


async def _report_one(service: ServiceTokenRow, given: InteractionInput) -> InteractionAnswer:
    try:
        result = await interactions.record_interaction(service, to_report(given))
    except Refusal as refusal:
        errors = MutationError.list_of(refusal, "interactionReport")
        return InteractionAnswer(reference=given.reference, interaction=None, errors=errors)
    return InteractionAnswer(reference=given.reference, interaction=result, errors=[])


@object_type
class EarningMutation:
    """Mutations of earning."""

    @mutation
    async def check_in(self, info: Info, input: CheckInInput) -> CheckInPayload:
        """Check in for today (打卡).

        Refuses with NOT_A_MEMBER, CONSENT_MISSING or GUARDIAN_NEEDED. Repeating: changes nothing until the next day.
        """
        result = await check_in.record_check_in(info.context.get_actor(input.community_id))
        return CheckInPayload(day=result.day, streak=result.streak, is_new=result.is_new, earning=result.outcome)

    @mutation
    async def earning_rule_publish(self, info: Info, input: EarningRulePublishInput) -> EarningRulePublishPayload:
        """Publish a version of the community's rule. Leaders only.

        Earned points stay. Limits follow the operator's rule: INVALID_INPUT names the field that exceeds them. If the
        operator's rule changes and this one exceeds it, the operator's rule is in force instead.
        Refuses with LEADERS_ONLY, or with STALE_VERSION if another person published at the same time.
        """

        async def publish(actor: Caller) -> ids.HasId:
            wanted = to_definition(input.definition)
            return await editing.publish_as_leader(
                actor, input.trigger, definition=wanted, effective_from=input.effective_from
            )

        row = await run_mutation_once(info, "earningRulePublish", input, publish, returns=EditionRow)
        return EarningRulePublishPayload(edition=row)

    @mutation
    async def season_open(self, info: Info, input: SeasonOpenInput) -> SeasonOpenPayload:
        """Create a season with more points. Leaders only.

        All seasons of a community's leaders last at most 93 of any 365 days.
        Refuses with LEADERS_ONLY or SEASONS_USED_UP.
        """

        async def open_season(actor: Caller) -> ids.HasId:
            plan = SeasonPlan(input.name, input.percent, input.starts_at, input.ends_at, input.triggers)
            return await editing.open_season(actor, plan)

        row = await run_mutation_once(info, "seasonOpen", input, open_season, returns=SeasonRow)
        return SeasonOpenPayload(season=row)

    @mutation
    async def season_cancel(self, info: Info, input: SeasonCancelInput) -> SeasonCancelPayload:
        """Cancel a season from now on. Earned points stay. Leaders only.

        Refuses with LEADERS_ONLY or NOT_FOUND.
        """
        row = await run_thing_mutation_once(
            info, "seasonCancel", input, editing.cancel_season, of=(SeasonRow, "season_id"), returns=SeasonRow
        )
        return SeasonCancelPayload(season=row)

    @mutation
    async def interaction_report(self, info: Info, input: InteractionReportInput) -> InteractionReportPayload:
        """Record one interaction of a member. Services only.

        Refuses with SOURCE_REUSED if the reference was used for another interaction.
        Refuses with NOT_FOUND, OUT_OF_SCOPE, SERVICES_ONLY, or OWN_TOKEN for the token's maker.
        Repeating: the same kind and reference return the first result.
        """
        service = info.context.get_service(ServiceScope.REPORT_INTERACTIONS)
        result = await interactions.record_interaction(service, to_report(input.interaction))
        return InteractionReportPayload(interaction=result)

    @mutation
    async def interactions_report(self, info: Info, input: InteractionsReportInput) -> InteractionsReportPayload:
        """Record 1 to 100 interactions, each with its own result. Services only.

        A refused one does not stop the others. Refuses with OUT_OF_SCOPE or SERVICES_ONLY.
        Repeating: the same kind and reference return the first result.
        """
        service = info.context.get_service(ServiceScope.REPORT_INTERACTIONS)
        if not 1 <= len(input.interactions) <= MAX_REPORTS:
            raise InvalidInput(
                "reports", min=1, max=MAX_REPORTS, actual=len(input.interactions), path=("interactions",)
            )
        return InteractionsReportPayload(answers=[await _report_one(service, given) for given in input.interactions])
