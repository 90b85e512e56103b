"""Blocks between members: type, list and mutations."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import strawberry

from community.api import ids
from community.api.context import Caller, Info
from community.api.declare import field, input_type, object_type, related, type_over
from community.api.mutations import mutation
from community.api.nodes import CommunityId, find_community_id
from community.api.pages import paged
from community.communities import blocks
from community.communities.blocks import BlockRow
from community.communities.errors import NotAMember
from community.communities.queries import MemberRow, get_members
from community.kernel.errors import NotFound
from community.kernel.paging import Page, PageRequest


@type_over(BlockRow)
class MemberBlock:
    """屏蔽: a member whom the viewer has blocked. Only the viewer sees it."""

    created_at = field(description="Time of the block.")
    member = related(get_members, "blocked_id", "Blocked member.")


@object_type
class BlocksQuery:
    """Root fields about blocks."""

    @paged
    async def member_blocks(self, info: Info, request: PageRequest, community_id: CommunityId) -> Page[BlockRow]:
        """Members whom the viewer has blocked, the last blocked first."""
        return await blocks.list_own(await info.context.get_member(community_id), request)


@input_type
class MemberBlockInput:
    """Input for `memberBlock` and `memberUnblock`."""

    member_id: strawberry.ID = field(description="Id of the member, who may be a former one.")


async def _run(info: Info, given: MemberBlockInput, verb: Callable[[Caller, int], Awaitable[MemberRow]]) -> MemberRow:
    number = ids.decode("Member", given.member_id, path="memberId")
    try:
        return await verb(Caller(info.context.viewer_id, await find_community_id(MemberRow, number)), number)
    except NotAMember:
        raise NotFound("member") from None


@object_type
class BlocksMutation:
    """Mutations of blocks."""

    @mutation(member="Blocked member.")
    async def member_block(self, info: Info, input: MemberBlockInput) -> MemberRow:
        """Block a member. Neither of you reads the comments of the other or is mentioned by the other.

        The member is not notified. Refuses with NOT_FOUND or LEADER_NOT_BLOCKED. Repeating: changes nothing.
        """
        return await _run(info, input, blocks.block)

    @mutation(member="Member without the block.")
    async def member_unblock(self, info: Info, input: MemberBlockInput) -> MemberRow:
        """End the viewer's block of a member. Refuses with NOT_FOUND. Repeating: changes nothing."""
        return await _run(info, input, blocks.unblock)
