"""Announcements: type, root field and mutations."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Annotated

from community.api.communities import visible
from community.api.communities.types import load_communities
from community.api.context import Info
from community.api.declare import argument, batched, field, object_type, related, type_over
from community.api.mutations import ThingVerb, Verb, community_mutation, thing_mutation
from community.api.nodes import CommunityId, Node, found_by, get_member_of
from community.api.pages import paged
from community.communities.permissions import require_leader
from community.communities.queries import MemberRow, get_members
from community.communities.rules import can_lead
from community.kernel.paging import Page, PageRequest
from community.notices import announcements
from community.notices.announcements import AnnouncementRow


def _can_cancel(row: AnnouncementRow, viewer: MemberRow | None) -> bool:
    return viewer is not None and can_lead(viewer) and row.sent_at is None and row.cancelled_at is None


@type_over(AnnouncementRow)
class Announcement(Node):
    """公告: a message of a leader to all members. Only leaders see one that waits or was cancelled."""

    text = field(description="Text.")
    send_at = field(description="Time from which it is sent.")
    sent_at = field(description="Time at which all members had the notice. Null before.")
    cancelled_at = field(description="Time of the cancellation. Null without one.")
    created_at = field(description="Time of writing.")
    community = batched(load_communities, description="Community that it belongs to.")
    written_by = related(get_members, "written_by", "Leader who wrote it.")
    viewer_can_cancel = visible.viewer_can(_can_cancel, "True if the viewer may call `announcementCancel`.")


@found_by(AnnouncementRow)
async def find_announcement(number: int, info: Info) -> AnnouncementRow | None:
    """Return the announcement if the viewer may read it, or None. Raises NotFound, NotAMember."""
    member = await get_member_of(AnnouncementRow, number, info)
    row = await announcements.find(number)
    return row if row is not None and (row.sent_at is not None or can_lead(member)) else None


@object_type
class AnnouncementQuery:
    """Root field of the announcements."""

    @paged
    async def announcements(
        self,
        info: Info,
        request: PageRequest,
        community_id: CommunityId,
        waiting: Annotated[bool, argument("True means those that wait for their time. Leaders only.")] = False,
    ) -> Page[AnnouncementRow]:
        """Announcements that were sent to the members of a community, newest first."""
        member = await info.context.get_member(community_id)
        if waiting:
            require_leader(member)
        return await announcements.list_announcements(member.community_id, request, waiting=waiting)


@object_type
class AnnouncementMutation:
    """Mutations of announcements. Leaders only."""

    @community_mutation("which sends a message to all members", announcement="Announcement.")
    def announcement_write(
        self,
        text: Annotated[str, argument(f"Text, 1 to {announcements.MAX_LENGTH} characters.")],
        send_at: Annotated[
            datetime | None,
            argument(f"Time to send it, within {announcements.MAX_DAYS_AHEAD} days. Null sends it now."),
        ] = None,
    ) -> Verb[AnnouncementRow]:
        """Send a message to all members, now or at a time. Each gets a notice.

        Refuses with LEADERS_ONLY.
        """
        return partial(announcements.announce, text=text, send_at=send_at)

    @thing_mutation(
        "which cancels an announcement that waits",
        of=(AnnouncementRow, "announcement_id"),
        announcement="Cancelled announcement.",
    )
    def announcement_cancel(self) -> ThingVerb[AnnouncementRow]:
        """Cancel an announcement that waits. Refuses with LEADERS_ONLY, NOT_FOUND or STALE_VERSION."""
        return announcements.cancel
