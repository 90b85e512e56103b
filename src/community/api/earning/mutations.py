"""Mutations of earning: check-ins, rules, seasons and reports of the ordering system."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from community.api.context import Caller, Info
from community.api.declare import argument, field, object_type
from community.api.earning.inputs import (
    MAX_REPORTS,
    EarningRuleDefinitionInput,
    InteractionInput,
    SeasonOpenInput,
    to_definition,
    to_report,
)
from community.api.mutation_errors import MutationError
from community.api.mutations import ThingVerb, Verb, community_mutation, mutation, thing_mutation
from community.api.nodes import CommunityId
from community.communities.models import ServiceScope
from community.communities.service_tokens import ServiceTokenRow
from community.kernel import clock, mistakes
from community.kernel.errors import InvalidInput, Refusal
from community.points.earning import check_in, editing, interactions
from community.points.earning.earn import Outcome
from community.points.earning.interactions import InteractionResult
from community.points.earning.models import Trigger
from community.points.earning.rules_in_force import EditionRow, SeasonRow
from community.points.earning.season_rules import SeasonPlan


@object_type
class InteractionAnswer:
    """Result of one of many reports."""

    reference: str = field(description="Reference of the report.")
    interaction: InteractionResult | None = field(description="Recorded interaction. Null if refused.")
    errors: list[MutationError] = field(
        description="Reasons of the refusal, with the codes of `interactionReport`. Empty on success."
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

    @mutation(
        "which records the viewer's check-in of today",
        day="Day in the community's time zone.",
        streak="Days in a row, today included.",
        is_new="True for the first check-in of the day.",
        earning="Points of today's check-in.",
    )
    async def check_in(self, info: Info, community_id: CommunityId) -> tuple[date, int, bool, Outcome]:
        """Check in for today (打卡).

        Refuses with NOT_A_MEMBER, CONSENT_MISSING or GUARDIAN_NEEDED. Repeating: changes nothing until the next day.
        """
        result = await check_in.record_check_in(info.context.get_actor(community_id))
        return result.day, result.streak, result.is_new, result.outcome

    @community_mutation("which publishes a version of a community's rule", edition="New edition.")
    def earning_rule_publish(
        self,
        trigger: Annotated[Trigger, argument("Trigger of the rule.")],
        definition: Annotated[
            EarningRuleDefinitionInput | None, argument("Content of the rule. Null restores the operator's rule.")
        ] = None,
        effective_from: Annotated[
            datetime | None, argument("Start time, at most a year ahead. Null means now.")
        ] = None,
    ) -> Verb[EditionRow]:
        """Publish a version of the community's rule. Leaders only.

        Earned points stay. Limits follow the operator's rule: INVALID_INPUT names the field that exceeds them. If the
        operator's rule changes and this one exceeds it, the operator's rule is in force instead.
        Refuses with LEADERS_ONLY, or with STALE_VERSION if another person published at the same time.
        """

        async def publish(actor: Caller) -> EditionRow:
            with mistakes.collect() as check:
                wanted = check(to_definition, definition)
                if check.has_mistakes():
                    check(editing.validate_effective_from, effective_from, clock.now())
            return await editing.publish_as_leader(actor, trigger, definition=wanted, effective_from=effective_from)

        return publish

    @community_mutation(season="Season.")
    def season_open(self, input: SeasonOpenInput) -> Verb[SeasonRow]:
        """Create a season with more points. Leaders only.

        All seasons of a community's leaders last at most 93 of any 365 days.
        Refuses with LEADERS_ONLY or SEASONS_USED_UP.
        """

        async def open_season(actor: Caller) -> SeasonRow:
            plan = SeasonPlan(input.name, input.percent, input.starts_at, input.ends_at, input.triggers)
            return await editing.open_season(actor, plan)

        return open_season

    @thing_mutation("which ends a season", of=(SeasonRow, "season_id"), season="Cancelled season.")
    def season_cancel(self) -> ThingVerb[SeasonRow]:
        """Cancel a season from now on. Earned points stay. Leaders only.

        Refuses with LEADERS_ONLY or NOT_FOUND.
        """
        return editing.cancel_season

    @mutation("which records one interaction", interaction="Recorded interaction.")
    async def interaction_report(
        self, info: Info, interaction: Annotated[InteractionInput, argument("Interaction.")]
    ) -> InteractionResult | None:
        """Record one interaction of a member. Services only.

        Refuses with SOURCE_REUSED if the reference was used for another interaction.
        Refuses with NOT_FOUND, OUT_OF_SCOPE, SERVICES_ONLY, or OWN_TOKEN for the token's maker.
        Repeating: the same kind and reference return the first result.
        """
        service = info.context.get_service(ServiceScope.REPORT_INTERACTIONS)
        return await interactions.record_interaction(service, to_report(interaction))

    @mutation(
        "which records many interactions",
        answers="Result of each report, in order. Some can be refused while others succeed.",
    )
    async def interactions_report(
        self,
        info: Info,
        interactions: Annotated[
            list[InteractionInput], argument(f"Interactions, 1 to {MAX_REPORTS}, processed in this order.")
        ],
    ) -> list[InteractionAnswer]:
        """Record 1 to 100 interactions, each with its own result. Services only.

        A refused one does not stop the others. Refuses with OUT_OF_SCOPE or SERVICES_ONLY.
        Repeating: the same kind and reference return the first result.
        """
        service = info.context.get_service(ServiceScope.REPORT_INTERACTIONS)
        if not 1 <= len(interactions) <= MAX_REPORTS:
            raise InvalidInput("reports", min=1, max=MAX_REPORTS, actual=len(interactions), path=("interactions",))
        return [await _report_one(service, given) for given in interactions]
