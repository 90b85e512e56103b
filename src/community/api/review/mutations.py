"""Approving, returning, rejecting. Leaders only, and never one's own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import strawberry

from community.api import ids
from community.api.context import Info
from community.api.declare import field, input_type, object_type
from community.api.payloads import KeyedInput, MutationPayload, mutation, run_mutation_once
from community.api.review.types import ReviewCase
from community.communities.queries import MemberRow
from community.review import queries, service
from community.review.queries import CaseRow
from community.review.rules import Approval, Scores


@input_type
class ReviewScoresInput:
    """How far the revision meets the published criteria, each from 1 (hardly) to 5 (fully)."""

    authenticity: int = field(description="真实性: is it first-hand and honest?")
    usefulness: int = field(description="实用性: does it help a neighbour decide or do something?")
    resonance: int = field(description="情感共鸣: does it touch the neighbourhood?")


@input_type
class ReviewDecisionInput(KeyedInput):
    """A decision on one case as the leader last saw it."""

    review_case_id: strawberry.ID = field(description="The case.")
    version: int = field(description="The case's version that you saw: when it has changed since, nothing is done.")


@input_type
class SubmissionApproveInput(ReviewDecisionInput):
    """An approval of the case's revision."""

    scores: ReviewScoresInput = field(description="The scores; they set the points its author is thanked with.")
    recommended: bool | None = field(
        default=None,
        description="Whether to give the recommended mark, which needs 4 in each criterion; left out, the scores say.",
    )
    note: str | None = field(default=None, description="A word to its author, 1 to 500 characters.")


@input_type
class SubmissionReturnInput(ReviewDecisionInput):
    """What its author should change before it can be published."""

    what_to_change: str = field(description="What to change, 1 to 500 characters; its author reads it.")


@input_type
class SubmissionRejectInput(ReviewDecisionInput):
    """Why it will not be published."""

    reason: str = field(description="Why, 1 to 500 characters; its author reads it.")


@object_type
class ReviewPayload(MutationPayload):
    """What a decision answers."""

    review_case: ReviewCase | None = field(default=None, description="The case as it is now.")


@object_type
class SubmissionApprovePayload(ReviewPayload):
    """What `submissionApprove` answers."""


@object_type
class SubmissionReturnPayload(ReviewPayload):
    """What `submissionReturn` answers."""


@object_type
class SubmissionRejectPayload(ReviewPayload):
    """What `submissionReject` answers."""


async def _run_review_mutation(
    info: Info, operation: str, input: ReviewDecisionInput, verb: Callable[[MemberRow, int], Awaitable[CaseRow]]
) -> ReviewCase:
    """The case as it is after it was decided once for the input's key."""

    async def number(actor: MemberRow) -> int:
        return (await verb(actor, ids.decode("ReviewCase", input.review_case_id, path="reviewCaseId"))).id

    member, case_id = await run_mutation_once(info.context, operation, input, number)
    return ReviewCase.of(await queries.get_case(member, case_id))


@object_type
class ReviewMutation:
    """Deciding on what was submitted."""

    @mutation
    async def submission_approve(self, info: Info, input: SubmissionApproveInput) -> SubmissionApprovePayload:
        """Publish the case's revision and thank its author with points."""

        async def approve(actor: MemberRow, case_id: int) -> CaseRow:
            scores = Scores(input.scores.authenticity, input.scores.usefulness, input.scores.resonance)
            approval = Approval(scores, input.recommended, input.note)
            return await service.approve(actor, case_id, version=input.version, approval=approval)

        return SubmissionApprovePayload(
            review_case=await _run_review_mutation(info, "submissionApprove", input, approve)
        )

    @mutation
    async def submission_return(self, info: Info, input: SubmissionReturnInput) -> SubmissionReturnPayload:
        """Send the case's revision back to its author, with what to change."""

        async def send_back(actor: MemberRow, case_id: int) -> CaseRow:
            return await service.send_back(actor, case_id, version=input.version, what_to_change=input.what_to_change)

        return SubmissionReturnPayload(
            review_case=await _run_review_mutation(info, "submissionReturn", input, send_back)
        )

    @mutation
    async def submission_reject(self, info: Info, input: SubmissionRejectInput) -> SubmissionRejectPayload:
        """Refuse the case's revision, for a reason."""

        async def reject(actor: MemberRow, case_id: int) -> CaseRow:
            return await service.reject(actor, case_id, version=input.version, reason=input.reason)

        return SubmissionRejectPayload(review_case=await _run_review_mutation(info, "submissionReject", input, reject))
