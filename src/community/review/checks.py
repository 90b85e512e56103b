"""Checks of what a member may do with a review case. Pure.

A verb and the field of the graph that offers it ask the same function. Each raises the verb's refusal.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TypeVar

from community.communities.permissions import require_leader
from community.communities.queries import MemberRow
from community.kernel.errors import Refusal
from community.review.agreement.opinions import OpinionRow, require_second
from community.review.errors import AuthorSuspended, CaseExcluded, OwnCase, OwnSubmission, OwnThing
from community.review.models import CaseKind, CaseState
from community.review.queries import CaseRow
from community.submissions import restoration
from community.submissions.restoration import RemovalRow

Thing = TypeVar("Thing")
Given = TypeVar("Given")


def require_decider(case: CaseRow, member: MemberRow) -> None:
    """Raise LeadersOnly, OwnSubmission, OwnThing, OwnCase or CaseExcluded unless they may decide the case."""
    require_leader(member)
    if case.author_id == member.id:
        if case.thing is not None and case.kind is not CaseKind.APPEAL:
            raise OwnThing
        raise OwnSubmission if case.kind in {CaseKind.REVISION, CaseKind.REPORT} else OwnCase
    if member.id in case.excluded_ids:
        raise CaseExcluded


def require_restorer(removal: RemovalRow, member: MemberRow) -> None:
    """Raise LeadersOnly, OwnSubmission or RemovalFinal unless the member may restore the removed submission."""
    require_leader(member)
    if removal.author_id == member.id:
        raise OwnSubmission
    restoration.require_kept(removal)


def can_restore(removal: RemovalRow, member: MemberRow | None) -> bool:
    """Return True if the member may restore the removed submission."""
    return member is not None and _is_allowed(require_restorer, removal, member)


def require_active_author(case: CaseRow, author_ids: Collection[int]) -> None:
    """Raise AuthorSuspended unless the author is one of these active members. It is for an approval."""
    if case.author_id not in author_ids:
        raise AuthorSuspended


def can_decide(case: CaseRow, member: MemberRow | None) -> bool:
    """Return True if the case is open and the member may decide it."""
    return member is not None and case.state is CaseState.OPEN and _is_allowed(require_decider, case, member)


def can_approve(case: CaseRow, member: MemberRow | None, active_author_ids: Collection[int]) -> bool:
    """Return True if the member may decide, and an active author's revision waits."""
    return (
        case.kind is CaseKind.REVISION
        and can_decide(case, member)
        and _is_allowed(require_active_author, case, active_author_ids)
    )


def can_second(given: Sequence[OpinionRow], member: MemberRow, *, needs_two: bool) -> bool:
    """Return True unless the member approved the case, and another leader must agree."""
    try:
        require_second(given, member, needs_two=needs_two)
    except Refusal:
        return False
    return True


def _is_allowed(check: Callable[[Thing, Given], None], thing: Thing, given: Given) -> bool:
    try:
        check(thing, given)
    except Refusal:
        return False
    return True
