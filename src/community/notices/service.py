"""Verbs of the inbox: tell a member, and note what has been read."""

from __future__ import annotations

from typing import Any

from community.communities.queries import MemberRow
from community.kernel import clock, db
from community.notices.models import NoticeKind


@db.transactional
async def notify_member(
    community_id: int, membership_id: int, *, kind: NoticeKind, key: str, detail: dict[str, Any]
) -> None:
    """Put a notice into a member's inbox, once for its key, in the transaction of what it tells of.

    `detail` holds figures and ids, as JSON; no words of people.
    """
    await db.execute(
        "INSERT INTO notice (community_id, membership_id, kind, key, detail, created_at)"
        " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (community_id, membership_id, key) DO NOTHING",
        community_id, membership_id, kind, key, detail, clock.now(),
    )  # fmt: skip


@db.transactional
async def mark_read_up_to(actor: MemberRow, notice_id: int) -> None:
    """Note that the member has read this notice and all before it. Reading them again changes nothing."""
    await db.execute(
        "UPDATE notice SET read_at = $4 WHERE community_id = $1 AND membership_id = $2 AND id <= $3"
        " AND read_at IS NULL",
        actor.community_id, actor.id, notice_id, clock.now(),
    )  # fmt: skip
