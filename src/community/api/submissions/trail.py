"""The trail of a submission for its author."""

from __future__ import annotations

from community.api.communities.visible import load_own_and_former_memberships
from community.api.context import Info
from community.api.declare import batched, declare_enum, field, type_over
from community.submissions.queries import SubmissionRow
from community.submissions.trail import MAX_EVENTS, AuthorEvent, TrailSide, list_events

declare_enum(
    TrailSide,
    name="SubmissionEventSide",
    values={
        "AUTHOR": "The author.",
        "LEADER": "A leader. Authors do not learn which one.",
        "SERVICE": "The service or its operator.",
    },
)


@type_over(AuthorEvent)
class SubmissionEvent:
    """One event of a submission, for its author."""

    action = field(description="What was done.")
    created_at = field(description="Time.")
    by = field(description="Side that did it.")


async def _load_events(rows: list[SubmissionRow], info: Info) -> list[list[AuthorEvent] | None]:
    own = await load_own_and_former_memberships([row.community_id for row in rows], info)
    shown = [row for row, viewer in zip(rows, own, strict=True) if viewer is not None and viewer.id == row.author_id]
    found = dict(zip([row.id for row in shown], await list_events(shown), strict=True))
    return [found.get(row.id) for row in rows]


events = batched(_load_events, description=f"Newest {MAX_EVENTS} events, newest first. Null for all but its author.")
