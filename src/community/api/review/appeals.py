"""Appeals and reports in the graph, and the restoration of removed submissions."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import strawberry

from community.api.context import Info
from community.api.declare import argument, field, input_type, object_type
from community.api.mutation_inputs import CaseVersion
from community.api.mutations import KeyedThingInput, ThingVerb, thing_mutation
from community.api.nodes import CommunityId
from community.api.pages import paged
from community.api.review import blocks  # noqa: F401 - it declares the type of a block
from community.api.review.mutations import decide_case
from community.api.review.templates import decode_template
from community.communities.sanctions.queries import SanctionRow
from community.kernel.paging import Page, PageRequest
from community.review import restoring
from community.review.appeals import appeals, queries, reports
from community.review.appeals.models import AppealedAction, ReportCategory
from community.review.appeals.queries import AppealRow, ReportRow
from community.review.queries import CaseRow, DecisionRow
from community.review.screening.blocks import BlockRow
from community.submissions.queries import SubmissionRow
from community.submissions.restoration import RemovalRow


@object_type
class AppealQuery:
    """Root fields of appeals and reports."""

    @paged
    async def my_appeals(self, info: Info, request: PageRequest, community_id: CommunityId) -> Page[AppealRow]:
        """The viewer's appeals, newest first, also after leaving."""
        return await queries.list_own_appeals(
            (await info.context.get_current_or_former_member(community_id)).id, request
        )

    @paged
    async def my_reports(self, info: Info, request: PageRequest, community_id: CommunityId) -> Page[ReportRow]:
        """The viewer's reports, newest first, also after leaving."""
        return await queries.list_own_reports(
            (await info.context.get_current_or_former_member(community_id)).id, request
        )


@input_type
class AppealInput(KeyedThingInput):
    """Input of an appeal."""

    text: str = field(description="Why it should be reversed, 1 to 500 characters.")


@input_type
class ReportInput(KeyedThingInput):
    """Input of a report."""

    category: ReportCategory = field(description="Ground.")
    text: str | None = field(default=None, description="Explanation, 1 to 200 characters. Null for none.")


open_appeal = partial(thing_mutation, base=AppealInput, appeal="New appeal.")
report_thing = partial(thing_mutation, base=ReportInput, report="New report.")


@object_type
class AppealMutation:
    """Mutations of appeals, reports and restorations."""

    @open_appeal("an appeal against a rejection", of=(DecisionRow, "decision_id"))
    def decision_appeal(self, text: str) -> ThingVerb[AppealRow]:
        """Appeal once against a rejection, for 30 days. Author only. Refuses with APPEAL_NOT_POSSIBLE or NOT_FOUND."""
        return partial(appeals.open_appeal, subject=AppealedAction.DECISION, text=text)

    @open_appeal("an appeal against the removal of a submission", of=(RemovalRow, "removal_id"))
    def removal_appeal(self, text: str) -> ThingVerb[AppealRow]:
        """Appeal once against a removal, for 30 days. Author only. Refuses with APPEAL_NOT_POSSIBLE or NOT_FOUND."""
        return partial(appeals.open_appeal, subject=AppealedAction.REMOVAL, text=text)

    @open_appeal("an appeal against a sanction", of=(SanctionRow, "sanction_id"))
    def sanction_appeal(self, text: str) -> ThingVerb[AppealRow]:
        """Appeal once against a sanction of the viewer, for 30 days. A removed member may appeal too.

        Refuses with APPEAL_NOT_POSSIBLE or NOT_FOUND.
        """
        return partial(appeals.open_appeal, subject=AppealedAction.SANCTION, text=text)

    @open_appeal("an appeal against a block by the screening", of=(BlockRow, "block_id"))
    def block_appeal(self, text: str) -> ThingVerb[AppealRow]:
        """Appeal once against a block by the screening, for 30 days. Author only.

        Refuses with APPEAL_NOT_POSSIBLE or NOT_FOUND.
        """
        return partial(appeals.open_appeal, subject=AppealedAction.BLOCK, text=text)

    @decide_case("which grants or denies an appeal")
    def appeal_answer(
        self,
        version: CaseVersion,
        granted: Annotated[bool, argument("True reverses what the appeal is about.")],
        reason: Annotated[str, argument("Answer, 1 to 500 characters, which the member reads.")],
    ) -> ThingVerb[CaseRow]:
        """Grant or deny an appeal. Leaders only, never its author or the leader who decided first.

        A granted appeal brings a rejected or blocked revision into review. It restores a removed submission or a
        hidden comment, or lifts a sanction. Refuses with OWN_CASE, CASE_EXCLUDED, CASE_CLAIMED,
        APPEAL_NOT_POSSIBLE, AUTHOR_SUSPENDED, AUTHOR_DISAGREES, COMMENT_STATE_FORBIDS, LEADERS_ONLY,
        STALE_VERSION or NOT_FOUND.
        """
        return partial(appeals.answer, version=version, granted=granted, reason=reason)

    @report_thing("which reports a published submission", of=(SubmissionRow, "submission_id"))
    def submission_report(self, category: ReportCategory, text: str | None) -> ThingVerb[ReportRow]:
        """Report a published submission to the leaders, once per revision. No member learns who reported.

        Refuses with OWN_SUBMISSION, ALREADY_REPORTED, TOO_MANY_TODAY, MUTED, CONSENT_MISSING, GUARDIAN_NEEDED or
        NOT_FOUND.
        """
        return partial(reports.report, category=category, text=text)

    @decide_case("which removes or hides what was reported")
    def report_uphold(
        self,
        version: CaseVersion,
        reason: Annotated[str, argument("Reason, 1 to 500 characters, which the author reads.")],
        template_id: Annotated[
            strawberry.ID | None,
            argument("Id of the reason template of a removal that was used, for its count. Null for none."),
        ] = None,
    ) -> ThingVerb[CaseRow]:
        """Remove or hide what was reported, and notify the reporters. Leaders only, never the author or a reporter.

        Refuses with OWN_SUBMISSION, OWN_THING, OWN_CASE, CASE_CLAIMED, LEADERS_ONLY, STATE_FORBIDS,
        COMMENT_STATE_FORBIDS, STALE_VERSION or NOT_FOUND.
        """
        template = decode_template(template_id)
        return partial(reports.uphold, version=version, reason=reason, template_id=template)

    @decide_case("which dismisses the reports of a case")
    def report_dismiss(self, version: CaseVersion) -> ThingVerb[CaseRow]:
        """Dismiss the reports of a case, and notify the reporters. Leaders only, never the author or a reporter.

        Further reports of the revision on the same ground are dismissed immediately. Refuses with OWN_SUBMISSION,
        OWN_THING, OWN_CASE, CASE_CLAIMED, LEADERS_ONLY, STALE_VERSION or NOT_FOUND.
        """
        return partial(reports.dismiss, version=version)

    @thing_mutation(
        "which reverses a removal",
        of=(SubmissionRow, "submission_id"),
        submission="Submission as it was before the removal.",
    )
    def submission_restore(
        self,
        version: Annotated[
            int, argument("Version of the submission that you read. If it has changed, nothing is done.")
        ],
        reason: Annotated[str, argument("Reason, 1 to 500 characters, which the author reads.")],
    ) -> ThingVerb[SubmissionRow]:
        """Restore a removed submission with its pictures, likes and points. Leaders only, never the author.

        It is possible for 30 days. Refuses with OWN_SUBMISSION, AUTHOR_DISAGREES, AUTHOR_SUSPENDED, LEADERS_ONLY,
        STATE_FORBIDS, REMOVAL_FINAL, STALE_VERSION or NOT_FOUND.
        """
        return partial(restoring.restore, version=version, reason=reason)
