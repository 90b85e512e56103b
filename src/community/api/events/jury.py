"""Juries: the type of a juror, and mutations."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import strawberry

from community.api import ids
from community.api.communities.visible import load_own_memberships, viewer_can
from community.api.context import Info
from community.api.declare import argument, batched, field, object_type, related, type_over
from community.api.mutations import ThingVerb, thing_mutation
from community.api.nodes import Node, found_by
from community.communities.queries import MemberRow, get_members
from community.communities.rules import can_lead
from community.events import jury, jury_queries
from community.events.rows import EntryRow, EventRow, JurorRow
from community.events.rules import MAX_SCORE


def _can_drop(row: JurorRow, viewer: MemberRow | None) -> bool:
    return viewer is not None and (can_lead(viewer) or viewer.id == row.membership_id) and row.dropped_at is None


@type_over(JurorRow)
class EventJuror(Node):
    """评委: a member of an event's jury."""

    created_at = field(description="Time of the appointment.")
    dropped_at = field(description="Time at which the juror dropped out. Null while the member judges.")
    member = related(get_members, "membership_id", "Member.")
    viewer_can_drop = viewer_can(_can_drop, "True if the viewer may call `jurorDrop`, unless the event has ended.")

    @batched
    async def scored_count(rows: list[JurorRow], info: Info) -> list[int]:
        """Number of entries that the juror has scored, with recusals."""
        del info
        return await jury_queries.count_scores(rows)


@found_by(JurorRow)
async def find_juror(number: int, info: Info) -> JurorRow | None:
    """Return the juror for a member of the community, or None. Raises KeyError."""
    (row,) = await jury_queries.get_jurors([number])
    (member,) = await load_own_memberships([row.community_id], info)
    return row if member is not None else None


@object_type
class JuryMutation:
    """Mutations of juries."""

    @thing_mutation("which appoints a juror", of=(EventRow, "event_id"), juror="Juror.")
    def juror_appoint(
        self, member_id: Annotated[strawberry.ID, argument("Id of a member of the community.")]
    ) -> ThingVerb[JurorRow]:
        """Appoint a juror, also one who had dropped out. Leaders only.

        The rules of the event must have a jury. Refuses with LEADERS_ONLY, NOT_FOUND, NO_JURY,
        INVALID_INPUT or EVENT_STATE_FORBIDS.
        """
        return partial(jury.appoint, member_id=ids.decode("Member", member_id, path="memberId"))

    @thing_mutation(
        "which ends the part of a juror",
        of=(JurorRow, "juror_id"),
        juror="Juror who dropped out.",
    )
    def juror_drop(self) -> ThingVerb[JurorRow]:
        """End the viewer's part in a jury, or as a leader that of another.

        The points of the juror do not count then. Refuses with NOT_FOUND, NO_JURY or EVENT_STATE_FORBIDS.
        """
        return jury.drop

    @thing_mutation(
        "which scores an entry, or recuses from it",
        of=(EntryRow, "entry_id", "Id of the entry of another member."),
        entry="Entry.",
    )
    def entry_score(
        self,
        points: Annotated[
            list[int] | None,
            argument(f"Points by criterion, 1 to {MAX_SCORE} for each of at most 5. Null recuses from the entry."),
        ] = None,
    ) -> ThingVerb[EntryRow]:
        """Score an entry as a juror, or recuse from it.

        The event must be judged now. It replaces the former points. Refuses with NOT_FOUND, NO_JURY, OWN_ENTRY,
        INVALID_INPUT, EVENT_STATE_FORBIDS, ENTRY_STATE_FORBIDS, CONSENT_MISSING or GUARDIAN_NEEDED.
        """
        return partial(jury.score, points=points)
