"""Mutations of the inbox."""

from __future__ import annotations

import strawberry

from community.api import ids
from community.api.context import Info
from community.api.declare import field, input_type, object_type
from community.api.mutations import mutation
from community.communities.queries import MemberRow
from community.kernel import mistakes
from community.notices import queries, service
from community.notices.models import NoticeKind


@input_type
class NoticesReadInput:
    """Input for `noticesRead`, which marks notices as read."""

    community_id: strawberry.ID = field(description="Id of the community.")
    up_to: strawberry.ID = field(description="Id of the newest notice that the viewer has seen.")


@input_type
class NoticesMuteInput:
    """Input for `noticesMute`, which chooses the kinds that do not come."""

    community_id: strawberry.ID = field(description="Id of the community.")
    kinds: list[NoticeKind] = field(description="All kinds to mute. Empty for none.")


@object_type
class NoticeMutation:
    """Mutations of the inbox."""

    @mutation(unread="Number of unread notices. 100 means 100 or more.")
    async def notices_read(self, info: Info, input: NoticesReadInput) -> int | None:
        """Mark a notice and all earlier ones as read.

        Refuses with NOT_A_MEMBER. Repeating: changes nothing.
        """
        with mistakes.collect() as check:
            actor = check(info.context.get_actor, input.community_id)
            number = check(ids.decode, "Notice", input.up_to, path="upTo")
        return await queries.count_unread(await service.mark_read_up_to(actor, number))

    @mutation(member="Viewer as a member.")
    async def notices_mute(self, info: Info, input: NoticesMuteInput) -> MemberRow:
        """Choose the kinds of notices that the viewer does not get. Those about security and sanctions always come.

        Refuses with NOT_A_MEMBER. Repeating: changes nothing.
        """
        return await service.mute(info.context.get_actor(input.community_id), kinds=input.kinds)
