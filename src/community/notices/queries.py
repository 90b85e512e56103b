"""Reads of the inbox."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from community.communities.queries import CommunityRow, MemberRow, get_communities
from community.kernel import db
from community.kernel.listing import Listing
from community.kernel.paging import Page, PageRequest
from community.kernel.tables import row_of
from community.notices import quiet_hours
from community.notices.models import Notice, NoticeKind


@row_of(Notice)
class NoticeRow:
    """A notice. `read_at` is None until the member has read it."""

    id: int
    kind: NoticeKind
    detail: dict[str, Any]
    created_at: datetime
    read_at: datetime | None


_OF_MEMBER = f"SELECT {db.columns(NoticeRow)} FROM notice WHERE community_id = $1 AND membership_id = $2"
SHOWN = "(created_at < $3 OR kind = ANY($4))"
"""The notices that do not wait for the end of quiet hours. The values are those of `_list_shown_values`."""
OF_KINDS = "kind = ANY({})"
_ONE = db.Select(f"{_OF_MEMBER} AND {SHOWN} AND id = $5", NoticeRow)
_INBOX = Listing(f"{_OF_MEMBER} AND {SHOWN}", NoticeRow, newest_first=True)
_BY_KEY_PREFIX = db.Select(f"{_OF_MEMBER} AND key LIKE $3 || ':%' ORDER BY id DESC LIMIT 100", NoticeRow)


async def list_by_key_prefix(community_id: int, membership_id: int, key: str) -> list[NoticeRow]:
    """Return the member's last 100 notices of a key prefix, newest first.

    The stored keys begin with `key:`.
    """
    return await _BY_KEY_PREFIX.all(community_id, membership_id, key)


async def list_shown_values(actor: MemberRow) -> tuple[int, int, datetime, list[NoticeKind]]:
    """Return the values of a statement about the notices that the member sees now."""
    waiting_from = quiet_hours.list_waiting_from(await get_communities([actor.community_id]))
    return actor.community_id, actor.id, waiting_from[actor.community_id], quiet_hours.URGENT_KINDS


async def find_notice(actor: MemberRow, notice_id: int) -> NoticeRow | None:
    """Return the member's notice, or None."""
    return await _ONE.first(*await list_shown_values(actor), notice_id)


async def list_inbox(actor: MemberRow, request: PageRequest, *, kinds: Sequence[NoticeKind] = ()) -> Page[NoticeRow]:
    """Return the member's notices of these kinds, newest first. None of them means all."""
    filters = [(OF_KINDS, list(kinds) or None)]
    return await _INBOX.page(request, *await list_shown_values(actor), filters=filters)


@dataclass(slots=True)
class _MutedRow:
    membership_id: int
    kind: NoticeKind


_MUTED = db.Select("SELECT membership_id, kind FROM notice_mute WHERE membership_id = ANY($1) ORDER BY kind", _MutedRow)


async def list_muted(membership_ids: Sequence[int]) -> dict[int, list[NoticeKind]]:
    """Return the kinds of notices that each member does not want."""
    rows = await _MUTED.all(list(membership_ids))
    return dict(zip(membership_ids, db.group_values(rows, membership_ids, by="membership_id", of="kind"), strict=True))


_MAX_COUNTED = 100


@dataclass(slots=True)
class UnreadOfKind:
    """Number of a member's unread notices of one kind."""

    membership_id: int
    kind: NoticeKind
    count: int


# The newest unread notices of each member. The inner statement reads at most as many entries of the partial index.
_UNREAD_BY_KIND = db.Select(
    "SELECT m.id AS membership_id, n.kind, count(*) AS count FROM membership m JOIN notice n"
    " ON n.community_id = m.community_id AND n.membership_id = m.id AND n.read_at IS NULL"
    " JOIN jsonb_array_elements($2) AS w(value) ON CAST(w.value->>0 AS BIGINT) = m.community_id"
    " WHERE m.id = ANY($1) AND (n.created_at < CAST(w.value->>1 AS TIMESTAMPTZ) OR n.kind = ANY($3))"
    " AND n.id >= COALESCE((SELECT o.id FROM notice o WHERE o.community_id = m.community_id AND o.membership_id = m.id"
    " AND o.read_at IS NULL AND (o.created_at < CAST(w.value->>1 AS TIMESTAMPTZ) OR o.kind = ANY($3))"
    f" ORDER BY o.id DESC LIMIT 1 OFFSET {_MAX_COUNTED - 1}), 0) GROUP BY m.id, n.kind"
    " ORDER BY m.id, n.kind",
    UnreadOfKind,
)
_UNREAD = db.Select(
    "SELECT count(*) AS count FROM (SELECT 1 FROM notice WHERE community_id = $1 AND membership_id = $2"
    f" AND read_at IS NULL AND {SHOWN} LIMIT {_MAX_COUNTED}) AS unread",
    db.Count,
)


async def count_unread(actor: MemberRow) -> int:
    """Return the number of the member's unread notices, at most 100."""
    return (await _UNREAD.one(*await list_shown_values(actor))).count


async def list_unread_by_kind(
    members: Sequence[MemberRow], communities: Sequence[CommunityRow]
) -> list[list[UnreadOfKind]]:
    """Return the newest 100 unread notices of each member, counted by kind, in order.

    `communities` has the community of each.
    """
    found: dict[int, list[UnreadOfKind]] = {}
    waiting_from = quiet_hours.list_waiting_from(communities)
    waits = json.dumps([[number, db.encode_time(at)] for number, at in waiting_from.items()])
    for row in await _UNREAD_BY_KIND.all([row.id for row in members], waits, quiet_hours.URGENT_KINDS):
        found.setdefault(row.membership_id, []).append(row)
    return [found.get(row.id, []) for row in members]
