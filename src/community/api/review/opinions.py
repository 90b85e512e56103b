"""Approvals by two leaders in the graph."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import strawberry

from community.api.context import Caller, Info
from community.api.declare import argument, field, object_type, query, related, type_over
from community.api.mutations import Verb, community_mutation
from community.communities.queries import CommunityRow, MemberRow, get_members
from community.review import checks
from community.review.agreement import opinions
from community.review.agreement.opinions import OpinionRow
from community.review.models import CaseState
from community.review.queries import CaseRow
from community.review.rules import Scores
from community.submissions import queries as submissions
from community.submissions.models import SubmissionKind


@type_over(OpinionRow)
class ReviewOpinion:
    """初审意见: a leader's own approval of a case that needs two leaders."""

    recommended = field(description="True if the leader gives the recommended mark.")
    given_at = field(description="Time of the approval.")
    given_by = related(get_members, "given_by", "Leader who approved.")

    @query
    def scores(row: strawberry.Parent[OpinionRow]) -> Scores:
        """Scores. The decision has the lower one of both leaders in each criterion."""
        return row.scores


async def _list_opinions(rows: list[CaseRow], info: Info) -> list[list[OpinionRow]]:
    del info
    return await opinions.list_opinions(rows)


async def load_opinions(rows: list[CaseRow], info: Info) -> list[list[OpinionRow]]:
    """Return the opinions about each case, read once."""
    by_id = {row.id: row for row in rows}
    if len(by_id) == len(rows):
        return await _list_opinions(rows, info)
    found = dict(zip(by_id, await _list_opinions(list(by_id.values()), info), strict=True))
    return [found[row.id] for row in rows]


async def list_awaiting(rows: list[CaseRow], info: Info) -> list[bool]:
    """Return True for each open case that one leader has approved."""
    found = await load_opinions(rows, info)
    return [row.state is CaseState.OPEN and bool(some) for row, some in zip(rows, found, strict=True)]


async def list_seconded(rows: Sequence[CaseRow], members: Sequence[MemberRow | None]) -> list[bool]:
    """Return False for each case that waits for another leader than this one."""
    given = await opinions.list_opinions(rows)
    kinds = await opinions.list_kinds(sorted({row.community_id for row in rows}))
    of_community = dict(zip(sorted({row.community_id for row in rows}), kinds, strict=True))
    about = [row.submission_id for row in rows if row.submission_id is not None]
    kind_of = {row.id: row.kind for row in await submissions.get_by_ids(sorted(set(about)))}
    return [
        member is not None
        and checks.can_second(
            some, member, needs_two=kind_of.get(row.submission_id or 0) in of_community[row.community_id]
        )
        for row, member, some in zip(rows, members, given, strict=True)
    ]


@object_type
class TwoPersonMutation:
    """Mutations of approvals by two leaders. Leaders only."""

    @community_mutation("which chooses the kinds that need two leaders", community="Community with its kinds.")
    def two_person_kinds_edit(
        self,
        kinds: Annotated[list[SubmissionKind], argument("All kinds whose approval needs two leaders. Empty for none.")],
    ) -> Verb[CommunityRow]:
        """Choose the kinds of submissions whose approval needs two leaders. Leaders only.

        Open cases follow it from now on. Refuses with LEADERS_ONLY, or with SECOND_LEADER_MISSING for the only leader.
        """

        async def edit(actor: Caller) -> CommunityRow:
            return await opinions.edit_kinds(actor, kinds=kinds)

        return edit
