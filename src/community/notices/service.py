"""Verbs of the inbox: notify a member, and mark notices as read."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from community.accounts import account_events
from community.communities import member_list, nicknames, permissions
from community.communities.permissions import Actor
from community.communities.queries import MemberRow, get_members, list_all_memberships
from community.kernel import clock, db
from community.kernel.errors import InvalidInput
from community.notices import messages, queries
from community.notices.models import ALWAYS_PUT, NoticeKind

# An unread notice in the inbox of a former membership is rarely opened.
_REACHED = db.Select(
    "SELECT DISTINCT n.key AS name FROM membership m JOIN notice n ON n.community_id = m.community_id"
    " AND n.membership_id = m.id WHERE m.person_id = $1 AND n.key = ANY($2)"
    " AND (m.left_at IS NULL OR n.read_at IS NOT NULL)",
    db.Name,
)

# What a member does not want to read is not put into the inbox.
_INSERT_SQL = (
    "INSERT INTO notice (community_id, membership_id, kind, key, detail, created_at)"
    " SELECT $2, CAST(part.value->>0 AS BIGINT), $3, part.value->>1, part.value->2, $4"
    " FROM jsonb_array_elements($1) AS part(value) WHERE NOT EXISTS (SELECT 1 FROM notice_mute f"
    " WHERE f.community_id = $2 AND f.membership_id = CAST(part.value->>0 AS BIGINT) AND f.kind = $3)"
    " ON CONFLICT (community_id, membership_id, key)"
)

_INSERT = db.Change(f"{_INSERT_SQL} DO NOTHING RETURNING id", db.Id)


@db.transactional
async def notify_member(
    community_id: int,
    membership_id: int,
    *,
    kind: NoticeKind,
    key: str,
    detail: dict[str, Any],
    at: datetime | None = None,
) -> None:
    """Put a notice into a member's inbox, in the caller's transaction.

    Idempotent: a second call with the same key has no effect. `detail` is JSON with figures and ids, without texts of
    people. `at` is the time of the occasion if it is not now.
    """
    await _insert(community_id, kind, [(membership_id, key, detail)], at=at)


@db.transactional
async def notify_members(
    community_id: int, *, kind: NoticeKind, key: str, details: Mapping[int, dict[str, Any]]
) -> None:
    """Put a notice into the inbox of each member, with the detail of `details`. Idempotent by `key`."""
    await _insert(community_id, kind, [(member, key, detail) for member, detail in details.items()])


async def notify_all_members(
    community_id: int,
    *,
    kind: NoticeKind,
    key: str,
    detail: dict[str, Any],
    leave_out: Collection[int] = frozenset(),
) -> None:
    """Put a notice into the inbox of every member.

    Each transaction has up to 500 of them. Idempotent by `key`.
    """
    async for found in member_list.walk_member_ids(community_id):
        present = [member.id for member in await get_members(found) if member.left_at is None]
        details = {member_id: detail for member_id in present if member_id not in leave_out}
        await notify_members(community_id, kind=kind, key=key, details=details)


@db.transactional
async def notify_each(
    community_id: int, *, kind: NoticeKind, details: Mapping[tuple[int, str], dict[str, Any]]
) -> None:
    """Put notices into inboxes, each with the detail of its member and key. Idempotent by both."""
    await _insert(community_id, kind, [(*about, detail) for about, detail in details.items()])


@db.transactional
async def renew_each(community_id: int, *, kind: NoticeKind, details: Mapping[tuple[int, str], dict[str, Any]]) -> None:
    """Put notices as `notify_each` does. One that is there with another detail is changed, and unread again."""
    await db.execute(
        f"{_INSERT_SQL} DO UPDATE SET detail = excluded.detail, read_at = NULL, created_at = excluded.created_at"
        " WHERE notice.detail <> excluded.detail",
        json.dumps([(*about, detail) for about, detail in details.items()]), community_id, kind, clock.now(),
    )  # fmt: skip


async def _insert(
    community_id: int,
    kind: NoticeKind,
    notices: Sequence[tuple[int, str, dict[str, Any]]],
    *,
    at: datetime | None = None,
) -> None:
    new = await _INSERT.all(json.dumps(notices), community_id, kind, at or clock.now())
    await messages.queue(kind, [row.id for row in new])


@db.transactional
async def notify_person(person_id: int, kind: str, key: str, at: datetime | None = None) -> None:
    """Put a notice into the person's inbox of each community. Idempotent by `key`."""
    for member in await list_all_memberships(person_id):
        if member.left_at is None:
            await notify_member(member.community_id, member.id, kind=NoticeKind(kind), key=key, detail={}, at=at)


@db.transactional
async def notify_of_earlier_events(person_id: int) -> None:
    """Notify a person who has joined of the account's events that reached no inbox. Idempotent."""
    events = {account_events.build_notice_key(row.id): row for row in await account_events.list_notified(person_id)}
    reached = {row.name for row in await _REACHED.all(person_id, list(events))}
    for key, row in events.items():
        if key not in reached:
            await notify_person(person_id, account_events.NOTICES[row.action], key, row.created_at)


@db.transactional
async def notify_imitators(membership_id: int) -> None:
    """Notify a leader and the members who look like the leader. Idempotent.

    The members had their nickname first, so it is not taken from them.
    """
    imitators = await nicknames.list_imitators(membership_id)
    if not imitators:
        return
    (leader,) = await get_members([membership_id])
    for member_id in imitators:
        key = f"nickname:{membership_id}:{member_id}"
        here = leader.community_id
        await notify_member(here, member_id, kind=NoticeKind.NICKNAME_OF_LEADER, key=key, detail={})
        await notify_member(here, membership_id, kind=NoticeKind.NICKNAME_IMITATED, key=key, detail={})


@db.transactional
async def replace_leader_nickname(person_id: int) -> None:
    """Replace a nickname that only a leader may have, and notify the person. Idempotent."""
    if await nicknames.replace_claim(person_id):
        await notify_person(person_id, NoticeKind.NICKNAME_REPLACED, f"nickname replaced:{clock.now().isoformat()}")


@db.transactional
async def mark_read_up_to(actor: Actor, notice_id: int) -> MemberRow:
    """Mark this notice and all earlier ones as read, and return the member.

    Those that wait for the end of quiet hours stay unread. The member may have left. Idempotent: a second call has no
    effect. Raises NotAMember.
    """
    actor = await permissions.lock_current_or_former_member(actor)
    await db.execute(
        f"UPDATE notice SET read_at = $6 WHERE community_id = $1 AND membership_id = $2 AND {queries.SHOWN}"
        " AND id <= $5 AND read_at IS NULL",
        *await queries.list_shown_values(actor), notice_id, clock.now(),
    )  # fmt: skip
    return actor


@db.transactional
async def mute(actor: Actor, *, kinds: Collection[NoticeKind]) -> MemberRow:
    """Choose the kinds that no longer reach the member's inbox, and return the member.

    Idempotent. Raises NotAMember, and InvalidInput for a kind that is always put.
    """
    member = await permissions.lock_member(actor)
    if always := sorted(ALWAYS_PUT & set(kinds)):
        raise InvalidInput("notice_kind", kinds=", ".join(always), path=("kinds",))
    await db.execute(
        "DELETE FROM notice_mute WHERE membership_id = $1 AND NOT (kind = ANY($2))", member.id, sorted(kinds)
    )
    await db.execute(
        "INSERT INTO notice_mute (community_id, membership_id, kind) SELECT $1, $2, part.value->>0"
        " FROM jsonb_array_elements($3) AS part(value) WHERE TRUE"
        " ON CONFLICT (community_id, membership_id, kind) DO NOTHING",
        member.community_id, member.id, json.dumps([[kind] for kind in sorted(set(kinds))]),
    )  # fmt: skip
    return member
