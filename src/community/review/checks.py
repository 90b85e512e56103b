"""Checks of what a member may do with a review case. Pure.

A verb and the field of the graph that offers it ask the same function. Each raises the verb's refusal.
"""

from __future__ import annotations

from community.communities.permissions import require_leader
from community.communities.queries import MemberRow
from community.kernel.errors import Refusal
from community.review.errors import OwnSubmission
from community.review.models import CaseState
from community.review.queries import CaseRow


def require_decider(case: CaseRow, member: MemberRow) -> None:
    """Raise LeadersOnly or OwnSubmission unless the member may decide such a case."""
    require_leader(member)
    if case.author_id == member.id:
        raise OwnSubmission


def can_decide(case: CaseRow, member: MemberRow | None) -> bool:
    """Return True if the case is open and the member may decide it."""
    if member is None or case.state is not CaseState.OPEN:
        return False
    try:
        require_decider(case, member)
    except Refusal:
        return False
    return True
