"""Mutation that decides many cases, with an answer for each."""

from __future__ import annotations

import dataclasses

import strawberry

from community.api import ids
from community.api.context import Info
from community.api.declare import field, input_type, object_type
from community.api.mutation_errors import MutationError
from community.api.mutations import KeyedInput, mutation
from community.api.review.mutations import ReviewScoresInput
from community.api.review.templates import decode_template
from community.communities.queries import find_member
from community.kernel import idempotency, mistakes
from community.kernel.errors import InvalidInput, Refusal
from community.review import bulk, queries
from community.review.bulk import MAX_ITEMS, DecisionItem
from community.review.models import Verdict
from community.review.queries import CaseRow


@input_type
class CaseDecisionInput:
    """Decision on one version of a review case of the kind REVISION."""

    review_case_id: strawberry.ID = field(description="Id of the review case.")
    version: int = field(description="Version of the case that you read. If it has changed, nothing is done.")
    verdict: Verdict = field(description="Verdict.")
    scores: ReviewScoresInput | None = field(
        default=None, description="Scores of an approval. Null for other verdicts."
    )
    recommended: bool | None = field(
        default=None, description="For an approval: as in `submissionApprove`. Null for other verdicts."
    )
    note: str | None = field(
        default=None,
        description="Reason, changes to make or note to the author, 1 to 500 characters. Null only for an approval.",
    )
    template_id: strawberry.ID | None = field(
        default=None, description="Id of the reason template that was chosen. Null for none, and for an approval."
    )


@input_type
class CaseDecideManyInput(KeyedInput):
    """Input for `caseDecideMany`, which decides many review cases of one community."""

    decisions: list[CaseDecisionInput] = field(
        description=f"Decisions, 1 to {MAX_ITEMS}, made in this order, each with its own answer."
    )


@object_type
class CaseDecideAnswer:
    """Result of one of many decisions."""

    review_case: CaseRow | None = field(
        description="Review case in its new state. Null if refused, and once the viewer no longer leads."
    )
    errors: list[MutationError] = field(
        description="Reasons of the refusal, with the codes of `caseDecideMany`. Empty on success."
    )


def _to_item(given: CaseDecisionInput, number: int) -> DecisionItem:
    """Return the item of an input. Raises InvalidInput with every mistake, below the number of the item."""
    scores = None if given.scores is None else dataclasses.astuple(given.scores)
    try:
        with mistakes.collect() as check:
            case_id = check(ids.decode, "ReviewCase", given.review_case_id, path="reviewCaseId")
            template_id = check(decode_template, given.template_id)
            item = check(
                DecisionItem, case_id, given.version, given.verdict, scores, given.recommended, given.note, template_id
            )
    except InvalidInput as refusal:
        first, *others = [each.move_to("decisions", str(number), *each.path) for each in refusal.list_all()]
        raise first.join(others) from None
    return item


@object_type
class BulkReviewMutation:
    """Mutations of many review cases."""

    @mutation(answers="Answer to each decision, in order. Some can be refused while others succeed.")
    async def case_decide_many(self, info: Info, input: CaseDecideManyInput) -> list[CaseDecideAnswer]:
        """Decide 1 to 50 review cases, each with its own answer. Leaders only.

        A refused one does not stop the others. An invalid input decides none. CASE_CLAIMED leaves its decision free
        for a repetition. Refuses with OWN_OPINION, OWN_SUBMISSION, CASE_EXCLUDED, CASE_CLAIMED, AUTHOR_DISAGREES,
        AUTHOR_SUSPENDED, LEADERS_ONLY, STALE_VERSION or NOT_FOUND.
        """
        with mistakes.collect() as check:
            actor = check(info.context.get_actor, input.community_id)
            check(idempotency.validate_key, input.idempotency_key)
            items = [check(_to_item, each, number) for number, each in enumerate(input.decisions)]
        given = dataclasses.asdict(input)
        answers = await bulk.decide_many(actor, items, key=given.pop("idempotency_key"), given=given)
        member = await find_member(actor.person_id, actor.community_id)
        decided = [answer for answer in answers if not isinstance(answer, Refusal)]
        rows = await queries.get_cases(decided) if member is not None and member.is_leader else []
        by_id = {row.id: row for row in rows}
        return [
            CaseDecideAnswer(review_case=None, errors=MutationError.list_of(answer, bulk.OPERATION))
            if isinstance(answer, Refusal)
            else CaseDecideAnswer(review_case=by_id.get(answer), errors=[])
            for answer in answers
        ]
