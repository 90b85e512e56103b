"""Reads of the inbox."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from community.communities.queries import MemberRow
from community.kernel import db
from community.kernel.listing import Listing
from community.kernel.paging import Page, PageRequest
from community.kernel.tables import row_of
from community.notices.models import Notice, NoticeKind


@row_of(Notice)
@dataclass(slots=True)
class NoticeRow:
    """A notice. `read_at` is None until the member has read it."""

    id: int
    kind: NoticeKind
    detail: dict[str, Any]
    created_at: datetime
    read_at: datetime | None


_OF_MEMBER = f"SELECT {db.columns(NoticeRow)} FROM notice WHERE community_id = $1 AND membership_id = $2"
_ONE = db.Select(f"{_OF_MEMBER} AND id = $3", NoticeRow)
_INBOX = Listing(_OF_MEMBER, NoticeRow, newest_first=True)
_BY_KEY_PREFIX = db.Select(f"{_OF_MEMBER} AND key LIKE $3 || ':%' ORDER BY id DESC LIMIT 100", NoticeRow)


async def list_by_key_prefix(community_id: int, membership_id: int, key: str) -> list[NoticeRow]:
    """Return the member's last 100 notices of a key prefix, newest first.

    The stored keys begin with `key:`.
    """
    return await _BY_KEY_PREFIX.all(community_id, membership_id, key)


async def find_notice(actor: MemberRow, notice_id: int) -> NoticeRow | None:
    """Return the member's notice, or None."""
    return await _ONE.first(actor.community_id, actor.id, notice_id)


async def list_inbox(actor: MemberRow, request: PageRequest) -> Page[NoticeRow]:
    """Return the member's notices, newest first."""
    return await _INBOX.page(request, actor.community_id, actor.id)


_MAX_COUNTED = 100
_UNREAD = db.Select(
    "SELECT count(*) AS count FROM (SELECT 1 FROM notice WHERE community_id = $1 AND membership_id = $2"
    f" AND read_at IS NULL LIMIT {_MAX_COUNTED}) AS unread",
    db.Count,
)


async def count_unread(actor: MemberRow) -> int:
    """Return the number of the member's unread notices, at most 100."""
    return (await _UNREAD.one(actor.community_id, actor.id)).count
