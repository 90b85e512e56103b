"""Checks of what a member may see and do. Pure.

A verb and the field of the graph that offers it ask the same function. Each raises the verb's refusal.
"""

from __future__ import annotations

from datetime import datetime

from community.communities.permissions import require_leader, require_not_muted
from community.communities.queries import MemberRow
from community.communities.rules import can_lead
from community.conversation import rules
from community.conversation.errors import CommentStateForbids, EditPeriodOver, ThreadClosed
from community.conversation.models import CommentState
from community.conversation.queries import CommentRow, ThreadRow
from community.kernel import clock
from community.kernel.errors import NotFound
from community.review.errors import OwnThing
from community.submissions.errors import AuthorsOnly


def is_insider(row: CommentRow, member: MemberRow | None) -> bool:
    """Return True if the member is its author or a leader, who see more."""
    if member is None or row.state is CommentState.DELETED:
        return False
    return member.id == row.author_id or can_lead(member)


def is_shown(row: CommentRow, member: MemberRow | None) -> bool:
    """Return True if a thread shows the member this comment with its text."""
    if row.state is CommentState.PUBLISHED:
        return True
    return row.state is not CommentState.DELETED and member is not None and member.id == row.author_id


def get_readable_revision(row: CommentRow, member: MemberRow | None) -> int | None:
    """Return the number of the revision that the member reads, or None.

    The published one comes first. Without one its author and the leaders read the latest.
    """
    if row.state is CommentState.PUBLISHED:
        return row.published_revision
    return (row.published_revision or row.latest_revision) if is_insider(row, member) else None


def require_open(thread: ThreadRow | None) -> None:
    """Raise ThreadClosed if a leader has closed the thread."""
    if thread is not None and thread.closed_at is not None:
        raise ThreadClosed


def require_author(row: CommentRow, member: MemberRow) -> None:
    """Raise AuthorsOnly unless the member is its author. Raises NotFound if they may not know of it."""
    if row.author_id == member.id:
        return
    if row.state is not CommentState.PUBLISHED:
        raise NotFound("comment")
    raise AuthorsOnly


def require_editable(row: CommentRow, member: MemberRow, *, now: datetime | None = None) -> None:
    """Raise CommentStateForbids or EditPeriodOver unless the author may edit it now.

    Raises what `require_author` raises, and Muted.
    """
    require_author(row, member)
    if row.state not in {CommentState.WAITING, CommentState.PUBLISHED}:
        raise CommentStateForbids(row.state.value.lower(), path=("commentId",))
    if row.created_at + rules.EDIT_PERIOD <= (now or clock.now()):
        raise EditPeriodOver(path=("commentId",))
    require_not_muted(member)


def require_deletable(row: CommentRow, member: MemberRow) -> None:
    """Raise CommentStateForbids if it is deleted. Raises what `require_author` raises."""
    require_author(row, member)
    if row.state is CommentState.DELETED:
        raise CommentStateForbids("deleted", path=("commentId",))


def require_hideable(row: CommentRow, member: MemberRow) -> None:
    """Raise LeadersOnly, OwnThing, or CommentStateForbids unless the comment is published."""
    _require_other_leader(row, member)
    if row.state is not CommentState.PUBLISHED:
        raise CommentStateForbids(row.state.value.lower(), path=("commentId",))


def require_restorable(row: CommentRow, member: MemberRow) -> None:
    """Raise LeadersOnly, OwnThing, or CommentStateForbids unless the comment is hidden."""
    _require_other_leader(row, member)
    if row.state is not CommentState.HIDDEN:
        raise CommentStateForbids(row.state.value.lower(), path=("commentId",))


def _require_other_leader(row: CommentRow, member: MemberRow) -> None:
    require_leader(member)
    if row.author_id == member.id:
        raise OwnThing


def require_public(row: CommentRow, member: MemberRow) -> None:
    """Raise NotFound unless the comment is published. Every member may like it then."""
    del member
    if row.state is not CommentState.PUBLISHED:
        raise NotFound("comment")
