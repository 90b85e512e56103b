"""Review cases about comments: their opening, and their end when the comment changes."""

from __future__ import annotations

from community.conversation.models import CommentState
from community.conversation.queries import CommentRow
from community.review import cases
from community.review.appeals import appeals, reports
from community.review.models import CaseKind, CaseReason, ThingKind
from community.review.queries import CaseRow
from community.review.screening.reasons import list_reasons
from community.review.things import Thing, ThingRevision


def build_thing(row: CommentRow) -> Thing:
    """Return a comment as a thing that leaders judge."""
    public = row.published_revision if row.state is CommentState.PUBLISHED else None
    return Thing(ThingKind.COMMENT, row.id, row.community_id, row.author_id, public, row.pending_revision)


async def open_case(row: CommentRow) -> None:
    """Open the case of a locked comment whose pending revision a leader must see. Idempotent."""
    if row.pending_revision is None:
        return
    await sync(row)
    await cases.open_case(
        CaseKind.COMMENT, community_id=row.community_id, author_id=row.author_id,
        thing=ThingRevision(ThingKind.COMMENT, row.id, row.pending_revision), urgency=1,
        reasons=[
            CaseReason.NEW if row.published_revision is None else CaseReason.EDIT, *list_reasons(row.list_findings())
        ],
    )  # fmt: skip


async def find_waiting(row: CommentRow) -> CaseRow | None:
    """Return the open case about the pending revision of a comment, or None."""
    return await cases.find_open_of_thing(build_thing(row), CaseKind.COMMENT)


async def sync(row: CommentRow) -> None:
    """End the cases, reports and appeals that a locked comment has outlived. Idempotent."""
    thing, waiting = build_thing(row), await find_waiting(row)
    if waiting is not None and waiting.thing_revision != row.pending_revision:
        await cases.supersede(waiting.id)
    await reports.end_over_thing(thing, hidden=row.state is CommentState.HIDDEN)
    await appeals.end_over_thing(thing)
