"""Decisions on many cases in one call. Each item is a transaction of its own, with its own answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from community.accounts.errors import SessionEnded
from community.communities import permissions
from community.communities.permissions import Actor
from community.kernel import idempotency, mistakes
from community.kernel.errors import InvalidInput, Refusal, TryAgain
from community.kernel.idempotency import Answer, IdempotencyScope
from community.review import rules, service
from community.review.models import Verdict
from community.review.queries import CaseRow
from community.review.rules import Approval, Scores
from community.submissions.rules import normalise_note

OPERATION = "caseDecideMany"
MAX_ITEMS = 50
"""Maximum number of cases in one call."""


@dataclass(frozen=True, slots=True)
class DecisionItem:
    """A wanted decision on one version of a case. Raises InvalidInput with every mistake.

    An approval has scores. A return and a rejection have a note and no scores, and may name a template.
    """

    case_id: int
    version: int
    verdict: Verdict
    scores: tuple[int, int, int] | None = None
    recommended: bool | None = None
    note: str | None = None
    template_id: int | None = None

    def __post_init__(self) -> None:
        is_approval = self.verdict is Verdict.APPROVED
        with mistakes.collect() as check:
            if is_approval is (self.scores is None):
                check.add(InvalidInput("only_approved", path=("scores",)))
            scores = None if self.scores is None else check(Scores, *self.scores)
            if self.recommended is not None and not is_approval:
                check.add(InvalidInput("only_approved", path=("recommended",)))
            elif scores is not None:
                check(rules.decide_recommended, scores, requested=self.recommended)
            if self.template_id is not None and is_approval:
                check.add(InvalidInput("only_refused", path=("templateId",)))
            if self.note is not None or not is_approval:
                check(normalise_note, self.note or "", path="note")

    async def decide(self, actor: Actor) -> CaseRow:
        """Decide the case, and return it. Raises what the verb of the verdict raises."""
        if self.scores is not None:
            approval = Approval(Scores(*self.scores), self.recommended, self.note)
            return await service.approve(actor, self.case_id, version=self.version, approval=approval)
        note = self.note or ""
        if self.verdict is Verdict.RETURNED:
            return await service.send_back(
                actor, self.case_id, version=self.version, what_to_change=note, template_id=self.template_id
            )
        return await service.reject(
            actor, self.case_id, version=self.version, reason=note, template_id=self.template_id
        )


async def decide_many(
    actor: Actor, items: Sequence[DecisionItem], *, key: str, given: Mapping[str, Any]
) -> list[int | Refusal]:
    """Decide the cases in order. Return for each its id, or the refusal of this item.

    A repetition with the key and the same `given` has the same answers, and decides the items that have none yet.
    Raises NotAMember, LeadersOnly, InvalidInput and KeyReused before the first item. Raises TryAgain and SessionEnded
    also later: the items before are decided.
    """
    if not 1 <= len(items) <= MAX_ITEMS:
        raise InvalidInput("decisions", min=1, max=MAX_ITEMS, actual=len(items), path=("decisions",))
    await idempotency.run_once(_scope(actor, OPERATION), key, given, partial(_check_authority, actor))
    return [
        await _decide_once(actor, item, _scope(actor, f"{OPERATION}.{number}"), key, given)
        for number, item in enumerate(items)
    ]


def _scope(actor: Actor, operation: str) -> IdempotencyScope:
    return IdempotencyScope(actor.community_id, actor.person_id, operation)


async def _check_authority(actor: Actor) -> Answer:
    """Check the leader once. The record of this answer keeps the key for this input."""
    await permissions.lock_leader(actor)
    return {}


async def _decide_once(
    actor: Actor, item: DecisionItem, scope: IdempotencyScope, key: str, given: Mapping[str, Any]
) -> int | Refusal:
    async def work() -> Answer:
        return {"id": (await item.decide(actor)).id}

    try:
        return (await idempotency.run_once(scope, key, given, work))["id"]  # type: ignore[no-any-return]  # from `work`
    except (TryAgain, SessionEnded):
        raise
    except Refusal as refusal:
        return refusal
