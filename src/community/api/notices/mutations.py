"""Mutations of the inbox."""

from __future__ import annotations

from typing import Annotated

import strawberry

from community.api import ids
from community.api.context import Info
from community.api.declare import argument, object_type
from community.api.mutations import mutation
from community.api.nodes import CommunityId
from community.communities.queries import MemberRow
from community.kernel import mistakes
from community.notices import queries, service
from community.notices.models import NoticeKind


@object_type
class NoticeMutation:
    """Mutations of the inbox."""

    @mutation("which marks notices as read", unread="Number of unread notices. 100 means 100 or more.")
    async def notices_read(
        self,
        info: Info,
        community_id: CommunityId,
        up_to: Annotated[strawberry.ID, argument("Id of the newest notice that the viewer has seen.")],
    ) -> int | None:
        """Mark a notice and all earlier ones as read.

        Refuses with NOT_A_MEMBER. Repeating: changes nothing.
        """
        with mistakes.collect() as check:
            actor = check(info.context.get_actor, community_id)
            number = check(ids.decode, "Notice", up_to, path="upTo")
        return await queries.count_unread(await service.mark_read_up_to(actor, number))

    @mutation("which chooses the kinds that do not come", member="Viewer as a member.")
    async def notices_mute(
        self,
        info: Info,
        community_id: CommunityId,
        kinds: Annotated[list[NoticeKind], argument("All kinds to mute. Empty for none.")],
    ) -> MemberRow:
        """Choose the kinds of notices that the viewer does not get. Those about security and sanctions always come.

        Refuses with NOT_A_MEMBER. Repeating: changes nothing.
        """
        return await service.mute(info.context.get_actor(community_id), kinds=kinds)
