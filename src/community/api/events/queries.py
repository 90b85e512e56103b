"""Root fields about events."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import strawberry

from community.api import ids
from community.api.communities.visible import load_own_memberships
from community.api.context import Info
from community.api.declare import argument, object_type, query
from community.api.events import findings as _findings  # noqa: F401 - its type is declared first
from community.api.events.types import find_event
from community.api.nodes import CommunityId
from community.api.pages import paged
from community.communities import queries as communities
from community.communities.permissions import require_leader
from community.communities.queries import MemberRow
from community.communities.rules import can_lead
from community.events import entering, jury_queries, queries, vote_findings
from community.events.conditions import ConditionCheck
from community.events.errors import NoJury
from community.events.kinds import EventState
from community.events.rows import EntryRow, EventRow
from community.events.vote_findings import VoteFindingRow
from community.kernel.errors import NotFound
from community.kernel.paging import Page, PageRequest

EventId: TypeAlias = Annotated[strawberry.ID, argument("Id of the event.")]


async def _get_seen(info: Info, event_id: str, *, path: str = "eventId") -> EventRow:
    """Return the event if the viewer may see it. Raises NotFound."""
    try:
        row = await find_event(ids.decode("Event", event_id, path=path), info)
    except (NotFound, KeyError):
        row = None
    if row is None:
        raise NotFound("event", path=(path,))
    return row


async def _get_as_member(info: Info, event_id: str) -> tuple[EventRow, MemberRow]:
    """Return the event, and the viewer as a member. Raises Unauthenticated, NotAMember, NotFound."""
    row = await _get_seen(info, event_id)
    return row, await communities.get_member(info.context.viewer_id, row.community_id)


@object_type
class EventQuery:
    """Root fields about events."""

    @query
    async def event(self, info: Info, id: Annotated[strawberry.ID, argument("Id of the event.")]) -> EventRow:
        """An event of a community that the viewer may read. Drafts are for leaders."""
        return await _get_seen(info, id, path="id")

    @paged
    async def events(
        self,
        info: Info,
        request: PageRequest,
        community_id: CommunityId,
        states: Annotated[list[EventState] | None, argument("Only in these phases. Null or empty means all.")] = None,
    ) -> Page[EventRow]:
        """Events of a community, newest first. Drafts are for leaders."""
        community = await info.context.get_readable_community(community_id)
        (member,) = await load_own_memberships([community.id], info)
        leads = member is not None and can_lead(member)
        wanted = [state for state in states or EventState if leads or state is not EventState.DRAFT]
        return await queries.list_events(community.id, request, states=wanted)

    @paged
    async def event_entries(
        self,
        info: Info,
        request: PageRequest,
        event_id: EventId,
        flagged: Annotated[
            bool, argument("True means only what leaders look at: `isUndated` or `isEdited`. For leaders.")
        ] = False,
    ) -> Page[EntryRow]:
        """Entries that take part, for members. Each viewer has an own order, and from the result on that of places."""
        row, member = await _get_as_member(info, event_id)
        if flagged:
            require_leader(member)
        return await queries.list_entries(row, member, request, flagged=flagged)

    @paged
    async def disqualified_entries(self, info: Info, request: PageRequest, event_id: EventId) -> Page[EntryRow]:
        """Disqualified entries of an event, for leaders."""
        row, member = await _get_as_member(info, event_id)
        require_leader(member)
        return await queries.list_disqualified(row, request)

    @paged
    async def jury_tasks(self, info: Info, request: PageRequest, event_id: EventId) -> Page[EntryRow]:
        """Entries that the viewer has to score as a juror, shuffled."""
        row, member = await _get_as_member(info, event_id)
        if await jury_queries.find_juror(row.id, member.id) is None:
            raise NoJury("member")
        return await queries.list_unscored(row, member, request)

    @query
    async def vote_findings(self, info: Info, event_id: EventId) -> list[VoteFindingRow]:
        """Votes of an event that look arranged, for leaders. Each has its members when the voting has ended."""
        row, member = await _get_as_member(info, event_id)
        require_leader(member)
        return await vote_findings.find_signs(row)

    @paged
    async def my_entries(self, info: Info, request: PageRequest, community_id: CommunityId) -> Page[EntryRow]:
        """The viewer's entries in a community, newest first."""
        return await queries.list_own(await info.context.get_member(community_id), request)

    @query
    async def entry_checks(
        self,
        info: Info,
        event_id: EventId,
        submission_id: Annotated[strawberry.ID, argument("Id of the viewer's submission.")],
    ) -> list[ConditionCheck]:
        """Conditions for an entry of the viewer's submission, before it enters."""
        number = ids.decode("Submission", submission_id, path="submissionId")
        row, member = await _get_as_member(info, event_id)
        return await entering.preview(member, row.id, number)
