"""Mutations of the review. Leaders only, never for their own submissions."""

from __future__ import annotations

from functools import partial

import strawberry

from community.api import ids
from community.api.context import Caller
from community.api.declare import field, input_type, object_type
from community.api.mutations import KeyedThingInput, ThingVerb, thing_mutation
from community.api.review.templates import decode_template
from community.kernel import mistakes
from community.review import handling, queries, service
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
    template_id: strawberry.ID | None = field(
        default=None, description="Id of the reason template that was chosen. Null for none."
    )


@input_type
class SubmissionRejectInput(ReviewDecisionInput):
    """Input for `submissionReject`, which rejects a revision."""

    reason: str = field(description="Reason, 1 to 500 characters, which the author reads.")
    template_id: strawberry.ID | None = field(
        default=None, description="Id of the reason template that was chosen. Null for none."
    )


@input_type
class CaseClaimInput(KeyedThingInput):
    """Input for `caseClaim`, which claims a case or renews the claim."""

    review_case_id: strawberry.ID = field(description="Id of the review case.")


@input_type
class CaseReleaseInput(KeyedThingInput):
    """Input for `caseRelease`, which ends the viewer's claim."""

    review_case_id: strawberry.ID = field(description="Id of the review case.")


@input_type
class CaseHandOverInput(KeyedThingInput):
    """Input for `caseHandOver`, which claims a case for another leader."""

    review_case_id: strawberry.ID = field(description="Id of the review case.")
    member_id: strawberry.ID = field(description="Id of the leader who gets it.")


@input_type
class CaseEscalateInput(ReviewDecisionInput):
    """Input for `caseEscalate`, which puts a case at the front of the queue."""

    note: str = field(description="Note to the other leaders, 1 to 500 characters.")


decide_case = thing_mutation(
    of=(CaseRow, "review_case_id"),
    unknown=queries.make_not_found,
    review_case="Review case in its new state.",
)


@object_type
class ReviewMutation:
    """Mutations of the review."""

    @decide_case
    def submission_approve(self, input: SubmissionApproveInput) -> ThingVerb[CaseRow]:
        """Publish the revision of a case and award points to its author. Leaders only.

        Where two leaders are needed, the first approval leaves the case open, and the lower scores of both count.
        Refuses with OWN_OPINION, OWN_SUBMISSION, CASE_EXCLUDED, CASE_CLAIMED, AUTHOR_DISAGREES, AUTHOR_SUSPENDED,
        LEADERS_ONLY, STALE_VERSION or NOT_FOUND.
        """

        async def approve(actor: Caller, case_id: int) -> CaseRow:
            with mistakes.collect() as check:
                given = input.scores
                scores = check(Scores, given.authenticity, given.usefulness, given.resonance)
                note = None if input.note is None else check(normalise_note, input.note, path="note")
            approval = Approval(scores, input.recommended, note)
            return await service.approve(actor, case_id, version=input.version, approval=approval)

        return approve

    @decide_case
    def submission_return(self, input: SubmissionReturnInput) -> ThingVerb[CaseRow]:
        """Return the revision of a case to its author, with changes to make. Leaders only.

        Refuses with OWN_SUBMISSION, CASE_EXCLUDED, CASE_CLAIMED, LEADERS_ONLY, STALE_VERSION or NOT_FOUND.
        """
        template_id = decode_template(input.template_id)
        return partial(
            service.send_back, version=input.version, what_to_change=input.what_to_change, template_id=template_id
        )

    @decide_case
    def submission_reject(self, input: SubmissionRejectInput) -> ThingVerb[CaseRow]:
        """Reject the revision of a case with a reason. Leaders only.

        Refuses with OWN_SUBMISSION, CASE_EXCLUDED, CASE_CLAIMED, LEADERS_ONLY, STALE_VERSION or NOT_FOUND.
        """
        template_id = decode_template(input.template_id)
        return partial(service.reject, version=input.version, reason=input.reason, template_id=template_id)

    @decide_case
    def case_claim(self, input: CaseClaimInput) -> ThingVerb[CaseRow]:
        """Claim a case for 30 minutes, or renew the claim. No other leader can decide it then. Leaders only.

        Refuses with OWN_SUBMISSION, OWN_THING, OWN_CASE, CASE_EXCLUDED, CASE_CLAIMED, LEADERS_ONLY,
        STALE_VERSION or NOT_FOUND.
        """
        del input
        return handling.claim

    @decide_case
    def case_release(self, input: CaseReleaseInput) -> ThingVerb[CaseRow]:
        """End the viewer's claim of a case. Leaders only.

        Refuses with OWN_SUBMISSION, OWN_THING, OWN_CASE, CASE_EXCLUDED, CASE_CLAIMED, LEADERS_ONLY,
        STALE_VERSION or NOT_FOUND.
        """
        del input
        return handling.release

    @decide_case
    def case_hand_over(self, input: CaseHandOverInput) -> ThingVerb[CaseRow]:
        """Claim a case for another leader, who gets a notice. Leaders only.

        Refuses with CANNOT_DECIDE, OWN_SUBMISSION, OWN_THING, OWN_CASE, CASE_EXCLUDED, CASE_CLAIMED,
        LEADERS_ONLY, STALE_VERSION or NOT_FOUND.
        """
        to_id = ids.decode("Member", input.member_id, path="memberId")
        return partial(handling.hand_over, to_id=to_id)

    @decide_case
    def case_escalate(self, input: CaseEscalateInput) -> ThingVerb[CaseRow]:
        """Put a case at the front of the queue, and notify the other leaders. Leaders only.

        Refuses with CASE_ESCALATED, OWN_SUBMISSION, OWN_THING, OWN_CASE, CASE_EXCLUDED, CASE_CLAIMED,
        LEADERS_ONLY, STALE_VERSION or NOT_FOUND.
        """
        return partial(handling.escalate, version=input.version, note=input.note)
