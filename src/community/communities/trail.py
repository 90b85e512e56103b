"""The audit trail of a community, for its leaders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from community.communities.permissions import require_leader
from community.communities.queries import MemberRow, list_all_memberships
from community.kernel import audit
from community.kernel.audit import TrailFilter, TrailRow
from community.kernel.paging import MAX_PAGE, Page, PageRequest

HIDDEN_STATES = ("DRAFT", "RETURNED")
"""States in which a created or edited submission is its author's alone, because it was not sent."""


async def list_events(actor: MemberRow, request: PageRequest, *, only: TrailFilter) -> Page[TrailRow]:
    """Return a page of the events of the leader's community, newest first. Raises LeadersOnly."""
    require_leader(actor)
    only = replace(only, community_id=actor.community_id, hidden_states=HIDDEN_STATES)
    return await audit.list_trail(request, only=only)


async def find_event(actor: MemberRow, event_id: int) -> TrailRow | None:
    """Return an event that `list_events` has, or None. Raises LeadersOnly."""
    page = await list_events(actor, PageRequest(1), only=TrailFilter(event_id=event_id))
    return next(iter(page.rows), None)


async def list_for_operator(*, only: TrailFilter, person_id: int | None = None) -> Sequence[TrailRow]:
    """Return the last events, newest first, at most 100. With a person, those by them and about them."""
    request = PageRequest(MAX_PAGE)
    if person_id is None:
        return (await audit.list_trail(request, only=only)).rows
    actor_ids = [member.id for member in await list_all_memberships(person_id)]
    by = (await audit.list_trail(request, only=replace(only, actor_ids=actor_ids))).rows if actor_ids else ()
    place = audit.NO_COMMUNITY_ID if only.community_id is None else only.community_id
    about = replace(only, community_id=place, subject="person", subject_id=person_id)
    found = {row.id: row for row in (*by, *(await audit.list_trail(request, only=about)).rows)}
    return [found[number] for number in sorted(found, reverse=True)[:MAX_PAGE]]
