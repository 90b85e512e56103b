"""The thread of a submission, with its lock, its counts and its closing.

Every verb that changes the state of a comment locks the thread first. So its counts, the order of comments and the
decision about each of them are those of one transaction at a time.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from community.communities import permissions
from community.communities.permissions import Actor
from community.communities.settings import Visibility
from community.conversation.queries import THREAD_COLUMNS, CommentRow, ThreadRow
from community.kernel import audit, clock, db
from community.kernel.audit_actions import AuditAction
from community.kernel.errors import NotFound
from community.submissions import queries as submissions
from community.submissions.queries import SubmissionRow

_ADD = (
    "INSERT INTO comment_thread (community_id, submission_id) VALUES ($1, $2)"
    " ON CONFLICT (community_id, submission_id) DO NOTHING"
)
_LOCK = db.Select(
    f"SELECT {THREAD_COLUMNS} FROM comment_thread WHERE community_id = $1 AND submission_id = $2 FOR UPDATE", ThreadRow
)
_COUNT = (
    "UPDATE comment_thread SET comment_count = comment_count + $3, public_count = public_count + $4"
    " WHERE community_id = $1 AND submission_id = $2"
)
_CLOSE = (
    "UPDATE comment_thread SET closed_at = COALESCE(closed_at, $3), closed_by = $4, close_reason = $5"
    " WHERE community_id = $1 AND submission_id = $2"
)
_OPEN = (
    "UPDATE comment_thread SET closed_at = NULL, closed_by = NULL, close_reason = NULL"
    " WHERE community_id = $1 AND submission_id = $2"
)
_NUMBER = "CAST(part.value->>{} AS BIGINT)"
_COUNT_REPLIES = (
    f"UPDATE comment SET reply_count = reply_count + {_NUMBER.format(1)},"
    f" public_reply_count = public_reply_count + {_NUMBER.format(2)}"
    f" FROM jsonb_array_elements($1) AS part(value) WHERE comment.id = {_NUMBER.format(0)}"
)


async def lock_thread(community_id: int, submission_id: int) -> ThreadRow:
    """Lock the thread of a submission of this community, and return it. The first call makes it."""
    found = await _LOCK.first(community_id, submission_id)
    if found is not None:
        return found
    await db.execute(_ADD, community_id, submission_id)
    return await _LOCK.one(community_id, submission_id)


async def count(thread: ThreadRow, changed: Iterable[CommentRow], *, by: int) -> None:
    """Add `by` to the counts of thread and parents for each comment."""
    total, public = Counter[int | None](), Counter[int | None]()
    for row in changed:
        total[row.parent_id] += by
        public[row.parent_id] += by * (row.published_for is Visibility.PUBLIC)
    if not total:
        return
    await db.execute(_COUNT, thread.community_id, thread.submission_id, total.total(), public.total())
    parents = [(parent, number, public[parent]) for parent, number in total.items() if parent is not None]
    if parents:
        await db.execute(_COUNT_REPLIES, json.dumps(parents))


@db.transactional
async def close(actor: Actor, submission_id: int, *, reason: str) -> SubmissionRow:
    """Close the comments of a published submission as a leader, and return it. No one can comment then.

    A closed thread gets the new reason. Raises LeadersOnly, NotFound.
    """
    led = await _lock_as_leader(actor, submission_id)
    await db.execute(_CLOSE, led.submission.community_id, submission_id, clock.now(), led.leader_id, reason)
    await _record(led, AuditAction.COMMENT_THREAD_CLOSE)
    return led.submission


@db.transactional
async def open_again(actor: Actor, submission_id: int) -> SubmissionRow:
    """Open the comments of a published submission again as a leader, and return it.

    Idempotent: an open thread stays unchanged. Raises LeadersOnly, NotFound.
    """
    led = await _lock_as_leader(actor, submission_id)
    if led.thread.closed_at is not None:
        await db.execute(_OPEN, led.submission.community_id, submission_id)
        await _record(led, AuditAction.COMMENT_THREAD_OPEN)
    return led.submission


@dataclass(frozen=True, slots=True)
class _Led:
    """A locked thread with its submission, and the leader who acts."""

    leader_id: int
    submission: SubmissionRow
    thread: ThreadRow


async def _lock_as_leader(actor: Actor, submission_id: int) -> _Led:
    leader = await permissions.lock_leader(actor)
    row = await submissions.get(leader.community_id, submission_id)
    if row.published_revision is None:
        raise NotFound("submission")
    return _Led(leader.id, row, await lock_thread(leader.community_id, submission_id))


async def _record(led: _Led, action: AuditAction) -> None:
    await audit.record_about(led.submission, action, by=led.leader_id)
