"""Review cases about comments: their opening, and their end when the comment changes."""

from __future__ import annotations

from community.conversation.models import CommentState
from community.conversation.queries import CommentRow
from community.review import judging
from community.review.models import CaseReason, ThingKind
from community.review.screening.reasons import list_reasons
from community.review.things import Thing


def build_thing(row: CommentRow) -> Thing:
    """Return a comment as a thing that leaders judge."""
    public = row.published_revision if row.state is CommentState.PUBLISHED else None
    return Thing(ThingKind.COMMENT, row.id, row.community_id, row.author_id, public, row.pending_revision)


async def open_case(row: CommentRow) -> None:
    """Open the case of a locked comment whose pending revision a leader must see. Idempotent."""
    await sync(row)
    reason = CaseReason.NEW if row.published_revision is None else CaseReason.EDIT
    await judging.open_case(build_thing(row), [reason, *list_reasons(row.list_findings())], urgency=1)


async def sync(row: CommentRow) -> None:
    """End the cases, reports and appeals that a locked comment has outlived. Idempotent."""
    await judging.end_over(build_thing(row), hidden=row.state is CommentState.HIDDEN)
