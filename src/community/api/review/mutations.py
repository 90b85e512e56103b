"""Mutations of the review. Leaders only, never for their own submissions."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import strawberry

from community.api import ids
from community.api.context import Caller
from community.api.declare import argument, field, input_type, object_type
from community.api.mutation_inputs import CaseVersion
from community.api.mutations import ThingVerb, thing_mutation
from community.api.review.templates import TemplateId, decode_template
from community.kernel import mistakes
from community.review import handling, service
from community.review.queries import CaseRow
from community.review.rules import Approval, Scores
from community.submissions.rules import normalise_note


@input_type
class ReviewScoresInput:
    """Scores by the published criteria, 1 (hardly) to 5 (fully)."""

    authenticity: int = field(description="真实性: authenticity, 1 to 5.")
    usefulness: int = field(description="实用性: usefulness, 1 to 5.")
    resonance: int = field(description="情感共鸣: resonance, 1 to 5.")


decide_case = partial(
    thing_mutation,
    of=(CaseRow, "review_case_id"),
    review_case="Review case in its new state.",
)


@object_type
class ReviewMutation:
    """Mutations of the review."""

    @decide_case("which publishes a revision")
    def submission_approve(
        self,
        version: CaseVersion,
        scores: Annotated[ReviewScoresInput, argument("Scores, which determine the points of the author.")],
        recommended: Annotated[
            bool | None,
            argument(
                "True gives the recommended mark, which needs at least 4 in each criterion. Null decides by the scores."
            ),
        ] = None,
        note: Annotated[str | None, argument("Note to the author, 1 to 500 characters. Null for none.")] = None,
    ) -> ThingVerb[CaseRow]:
        """Publish the revision of a case and award points to its author. Leaders only.

        Where two leaders are needed, the first approval leaves the case open, and the lower scores of both count.
        Refuses with OWN_OPINION, OWN_SUBMISSION, CASE_EXCLUDED, CASE_CLAIMED, AUTHOR_DISAGREES, AUTHOR_SUSPENDED,
        LEADERS_ONLY, STALE_VERSION or NOT_FOUND.
        """

        async def approve(actor: Caller, case_id: int) -> CaseRow:
            with mistakes.collect() as check:
                given = check(Scores, scores.authenticity, scores.usefulness, scores.resonance)
                words = None if note is None else check(normalise_note, note, path="note")
            approval = Approval(given, recommended, words)
            return await service.approve(actor, case_id, version=version, approval=approval)

        return approve

    @decide_case("which returns a revision to its author")
    def submission_return(
        self,
        version: CaseVersion,
        what_to_change: Annotated[str, argument("Changes to make, 1 to 500 characters, which the author reads.")],
        template_id: TemplateId = None,
    ) -> ThingVerb[CaseRow]:
        """Return the revision of a case to its author, with changes to make. Leaders only.

        Refuses with OWN_SUBMISSION, CASE_EXCLUDED, CASE_CLAIMED, LEADERS_ONLY, STALE_VERSION or NOT_FOUND.
        """
        template = decode_template(template_id)
        return partial(service.send_back, version=version, what_to_change=what_to_change, template_id=template)

    @decide_case("which rejects a revision")
    def submission_reject(
        self,
        version: CaseVersion,
        reason: Annotated[str, argument("Reason, 1 to 500 characters, which the author reads.")],
        template_id: TemplateId = None,
    ) -> ThingVerb[CaseRow]:
        """Reject the revision of a case with a reason. Leaders only.

        Refuses with OWN_SUBMISSION, CASE_EXCLUDED, CASE_CLAIMED, LEADERS_ONLY, STALE_VERSION or NOT_FOUND.
        """
        template = decode_template(template_id)
        return partial(service.reject, version=version, reason=reason, template_id=template)

    @decide_case("which claims a case or renews the claim")
    def case_claim(self) -> ThingVerb[CaseRow]:
        """Claim a case for 30 minutes, or renew the claim. No other leader can decide it then. Leaders only.

        Refuses with OWN_SUBMISSION, OWN_THING, OWN_CASE, CASE_EXCLUDED, CASE_CLAIMED, LEADERS_ONLY,
        STALE_VERSION or NOT_FOUND.
        """
        return handling.claim

    @decide_case("which ends the viewer's claim")
    def case_release(self) -> ThingVerb[CaseRow]:
        """End the viewer's claim of a case. Leaders only.

        Refuses with OWN_SUBMISSION, OWN_THING, OWN_CASE, CASE_EXCLUDED, CASE_CLAIMED, LEADERS_ONLY,
        STALE_VERSION or NOT_FOUND.
        """
        return handling.release

    @decide_case("which claims a case for another leader")
    def case_hand_over(
        self, member_id: Annotated[strawberry.ID, argument("Id of the leader who gets it.")]
    ) -> ThingVerb[CaseRow]:
        """Claim a case for another leader, who gets a notice. Leaders only.

        Refuses with CANNOT_DECIDE, OWN_SUBMISSION, OWN_THING, OWN_CASE, CASE_EXCLUDED, CASE_CLAIMED,
        LEADERS_ONLY, STALE_VERSION or NOT_FOUND.
        """
        to_id = ids.decode("Member", member_id, path="memberId")
        return partial(handling.hand_over, to_id=to_id)

    @decide_case("which puts a case at the front of the queue")
    def case_escalate(
        self,
        version: CaseVersion,
        note: Annotated[str, argument("Note to the other leaders, 1 to 500 characters.")],
    ) -> ThingVerb[CaseRow]:
        """Put a case at the front of the queue, and notify the other leaders. Leaders only.

        Refuses with CASE_ESCALATED, OWN_SUBMISSION, OWN_THING, OWN_CASE, CASE_EXCLUDED, CASE_CLAIMED,
        LEADERS_ONLY, STALE_VERSION or NOT_FOUND.
        """
        return partial(handling.escalate, version=version, note=note)
