"""Mutations of the review. Leaders only, never for their own submissions."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

import strawberry

from community.api.context import Caller, Info
from community.api.declare import field, input_type, object_type
from community.api.payloads import KeyedThingInput, MutationPayload, mutation, run_thing_mutation_once
from community.kernel import mistakes
from community.review import queries, service
from community.review.queries import CaseRow
from community.review.rules import Approval, Scores
from community.submissions.rules import normalise_note


@input_type
class ReviewScoresInput:
    """Scores by the published criteria, 1 (hardly) to 5 (fully)."""

    authenticity: int = field(description="真实性: authenticity, 1 to 5.")
    usefulness: int = field(description="实用性: usefulness, 1 to 5.")
    resonance: int = field(description="情感共鸣: resonance, 1 to 5.")


@input_type
class ReviewDecisionInput(KeyedThingInput):
    """Input of a decision on one version of a review case."""

    review_case_id: strawberry.ID = field(description="Id of the review case.")
    version: int = field(description="Version of the case that you read. If it has changed, nothing is done.")


@input_type
class SubmissionApproveInput(ReviewDecisionInput):
    """Input for `submissionApprove`, which publishes a revision."""

    scores: ReviewScoresInput = field(description="Scores, which determine the points of the author.")
    recommended: bool | None = field(
        default=None,
        description="True gives the recommended mark, which needs at least 4 in each criterion."
        " Null decides by the scores.",
    )
    note: str | None = field(default=None, description="Note to the author, 1 to 500 characters. Null for none.")


@input_type
class SubmissionReturnInput(ReviewDecisionInput):
    """Input for `submissionReturn`, which returns a revision to its author."""

    what_to_change: str = field(description="Changes to make, 1 to 500 characters, which the author reads.")


@input_type
class SubmissionRejectInput(ReviewDecisionInput):
    """Input for `submissionReject`, which rejects a revision."""

    reason: str = field(description="Reason, 1 to 500 characters, which the author reads.")


@object_type
class ReviewPayload(MutationPayload):
    """Result of a review decision."""

    review_case: CaseRow | None = field(default=None, description="Review case in its new state.")


@object_type
class SubmissionApprovePayload(ReviewPayload):
    """Result of `submissionApprove`."""


@object_type
class SubmissionReturnPayload(ReviewPayload):
    """Result of `submissionReturn`."""


@object_type
class SubmissionRejectPayload(ReviewPayload):
    """Result of `submissionReject`."""


async def _decide(
    info: Info, operation: str, given: ReviewDecisionInput, verb: Callable[[Caller, int], Awaitable[CaseRow]]
) -> CaseRow | None:
    """Run a verb of a case at most once per key. Return the case."""
    return await run_thing_mutation_once(
        info, operation, given, verb,
        of=(CaseRow, "review_case_id"), returns=CaseRow, unknown=queries.make_not_found,
    )  # fmt: skip


@object_type
class ReviewMutation:
    """Mutations of the review."""

    @mutation
    async def submission_approve(self, info: Info, input: SubmissionApproveInput) -> SubmissionApprovePayload:
        """Publish the revision of a case and award points to its author. Leaders only.

        Refuses with OWN_SUBMISSION, AUTHOR_DISAGREES, AUTHOR_SUSPENDED, LEADERS_ONLY, STALE_VERSION or NOT_FOUND.
        """

        async def approve(actor: Caller, case_id: int) -> CaseRow:
            with mistakes.collect() as check:
                given = input.scores
                scores = check(Scores, given.authenticity, given.usefulness, given.resonance)
                note = None if input.note is None else check(normalise_note, input.note, path="note")
            approval = Approval(scores, input.recommended, note)
            return await service.approve(actor, case_id, version=input.version, approval=approval)

        return SubmissionApprovePayload(review_case=await _decide(info, "submissionApprove", input, approve))

    @mutation
    async def submission_return(self, info: Info, input: SubmissionReturnInput) -> SubmissionReturnPayload:
        """Return the revision of a case to its author, with changes to make. Leaders only.

        Refuses with OWN_SUBMISSION, LEADERS_ONLY, STALE_VERSION or NOT_FOUND.
        """
        send_back = partial(service.send_back, version=input.version, what_to_change=input.what_to_change)
        return SubmissionReturnPayload(review_case=await _decide(info, "submissionReturn", input, send_back))

    @mutation
    async def submission_reject(self, info: Info, input: SubmissionRejectInput) -> SubmissionRejectPayload:
        """Reject the revision of a case with a reason. Leaders only.

        Refuses with OWN_SUBMISSION, LEADERS_ONLY, STALE_VERSION or NOT_FOUND.
        """
        reject = partial(service.reject, version=input.version, reason=input.reason)
        return SubmissionRejectPayload(review_case=await _decide(info, "submissionReject", input, reject))
