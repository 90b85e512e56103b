"""Noting what has been read."""

from __future__ import annotations

import strawberry

from community.api import ids
from community.api.context import Info
from community.api.declare import field, input_type, object_type
from community.api.payloads import MutationPayload, mutation
from community.notices import queries, service


@input_type
class NoticesReadInput:
    """How far I have read."""

    community_id: strawberry.ID = field(description="The community.")
    up_to: strawberry.ID = field(description="The newest notice that I have seen: it and all before it count as read.")


@object_type
class NoticesReadPayload(MutationPayload):
    """What `noticesRead` answers."""

    unread: int | None = field(default=None, description="How many are still unread; 100 stands for more.")


@object_type
class NoticeMutation:
    """Noting what has been read."""

    @mutation
    async def notices_read(self, info: Info, input: NoticesReadInput) -> NoticesReadPayload:
        """Note that I have read a notice and all before it. Harmless to repeat."""
        member = await info.context.get_member(input.community_id)
        await service.mark_read_up_to(member, ids.decode("Notice", input.up_to, path="upTo"))
        return NoticesReadPayload(unread=await queries.count_unread(member))
