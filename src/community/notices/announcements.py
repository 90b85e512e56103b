"""Announcements of leaders, which come as notices to all members of the community."""

from __future__ import annotations

from datetime import datetime, timedelta

from community.communities import permissions
from community.communities.permissions import Actor
from community.communities.queries import get_members
from community.communities.rules import can_lead
from community.kernel import audit, clock, db, mistakes, outbox
from community.kernel.ddl import REDACTED
from community.kernel.errors import Conflict, InvalidInput, NotFound
from community.kernel.listing import Listing
from community.kernel.paging import Page, PageRequest
from community.kernel.tables import row_of
from community.kernel.texts import normalise_multiline_text
from community.notices.models import WAITS, Announcement, NoticeKind
from community.notices.service import notify_all_members

MAX_LENGTH = 500
MAX_DAYS_AHEAD = 90
MAX_WAITING = 20
"""Largest number of announcements of a community that wait for their time."""
_BATCH_SIZE = 100


@row_of(Announcement)
class AnnouncementRow:
    """An announcement. `sent_at` is None while it waits or is being sent."""

    id: int
    community_id: int
    written_by: int
    text: str
    send_at: datetime
    sent_at: datetime | None
    cancelled_at: datetime | None
    created_at: datetime


_COLUMNS = db.columns(AnnouncementRow)
_INSERT = db.Change(
    "INSERT INTO announcement (community_id, written_by, text, send_at, created_at) VALUES ($1, $2, $3, $4, $5)"
    f" RETURNING {_COLUMNS}",
    AnnouncementRow,
)
_CANCEL = db.Change(
    f"UPDATE announcement SET cancelled_at = $3 WHERE community_id = $1 AND id = $2 AND {WAITS} RETURNING {_COLUMNS}",
    AnnouncementRow,
)
_BY_ID = db.Select(f"SELECT {_COLUMNS} FROM announcement WHERE id = $1", AnnouncementRow)
_COUNT_WAITING = db.Select(
    f"SELECT count(*) AS count FROM (SELECT 1 FROM announcement WHERE community_id = $1 AND {WAITS}"
    f" ORDER BY id LIMIT {MAX_WAITING}) AS waiting",
    db.Count,
)
_DUE = db.Select(
    f"SELECT {_COLUMNS} FROM announcement WHERE {WAITS} AND send_at <= $1 ORDER BY send_at, id LIMIT {_BATCH_SIZE}",
    AnnouncementRow,
)
_SENT = Listing(
    f"SELECT {_COLUMNS} FROM announcement WHERE community_id = $1 AND sent_at IS NOT NULL",
    AnnouncementRow,
    by={"id": int},
    newest_first=True,
)
_WAITING = Listing(f"SELECT {_COLUMNS} FROM announcement WHERE community_id = $1 AND {WAITS}", AnnouncementRow)
_END = "UPDATE announcement SET {} = $2 WHERE id = $1 AND " + WAITS


@db.transactional
async def announce(actor: Actor, *, text: str, send_at: datetime | None) -> AnnouncementRow:
    """Send an announcement to all members, now or later, and return it.

    Raises LeadersOnly and InvalidInput.
    """
    leader = await permissions.lock_leader(actor)
    now = clock.now()
    with mistakes.collect() as check:
        words = check(normalise_multiline_text, text, max_length=MAX_LENGTH, path=("text",))
        if send_at is not None and not now <= send_at <= now + timedelta(days=MAX_DAYS_AHEAD):
            check.add(InvalidInput("announcement_time", max=MAX_DAYS_AHEAD, path=("sendAt",)))
    if (await _COUNT_WAITING.one(leader.community_id)).count >= MAX_WAITING:
        raise InvalidInput("announcements", max=MAX_WAITING, path=("text",))
    row = await _INSERT.one(leader.community_id, leader.id, words, send_at or now, now)
    await audit.record_about(row, "announcement.write", by=leader)
    if send_at is None:
        await outbox.put("effects.send_announcements")
    return row


@db.transactional
async def cancel(actor: Actor, announcement_id: int) -> AnnouncementRow:
    """Cancel an announcement that waits, and return it. Idempotent.

    Raises LeadersOnly, NotFound, and Conflict if it was sent.
    """
    leader = await permissions.lock_leader(actor)
    cancelled = await _CANCEL.first(leader.community_id, announcement_id, clock.now())
    if cancelled is None:
        row = await find(announcement_id)
        if row is None or row.community_id != leader.community_id:
            raise NotFound("announcement")
        if row.sent_at is not None:
            raise Conflict(path=("announcementId",))
        return row
    await audit.record_about(cancelled, "announcement.cancel", by=leader)
    return cancelled


async def send_due() -> int:
    """Send the announcements that are due, and return their number. The schedule calls it.

    Idempotent: each member gets one notice, also if a process dies between. One of a writer who no longer leads is
    cancelled.
    """
    count = 0
    while due := await _DUE.all(clock.now()):
        for row in due:
            (writer,) = await get_members([row.written_by])
            if can_lead(writer):
                await notify_all_members(
                    row.community_id, kind=NoticeKind.ANNOUNCEMENT, key=f"announcement:{row.id}",
                    detail={"announcement": row.id},
                )  # fmt: skip
                await db.execute(_END.format("sent_at"), row.id, clock.now())
                count += 1
            else:
                await db.execute(_END.format("cancelled_at"), row.id, clock.now())
    return count


async def find(announcement_id: int) -> AnnouncementRow | None:
    """Return the announcement of any community, or None. The caller checks who may know of it."""
    return await _BY_ID.first(announcement_id)


async def list_announcements(community_id: int, request: PageRequest, *, waiting: bool) -> Page[AnnouncementRow]:
    """Return a page of sent announcements, newest first, or of those that wait."""
    return await (_WAITING if waiting else _SENT).page(request, community_id)


async def redact_written(membership_ids: list[int]) -> None:
    """Redact the words of these leaders' announcements. Idempotent."""
    await db.execute(f"UPDATE announcement SET text = '{REDACTED}' WHERE written_by = ANY($1)", membership_ids)
