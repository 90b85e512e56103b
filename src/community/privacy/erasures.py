"""Requests to be erased, and their execution in all rooms."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from community.accounts import account_events, person_lock
from community.kernel import clock, db, outbox
from community.kernel.audit_actions import AuditAction
from community.kernel.errors import require_row
from community.kernel.personal import ErasureContent, Part
from community.kernel.tables import row_of
from community.privacy.errors import ErasurePending, NoErasurePending
from community.privacy.exports import get_subject
from community.privacy.models import ERASURE_PENDING_SQL, Erasure
from community.settings import Settings


@row_of(Erasure)
class ErasureRow:
    """A person's request to be erased, with its due time."""

    id: int
    person_id: int
    content: ErasureContent
    requested_at: datetime
    due_at: datetime
    cancelled_at: datetime | None
    done_at: datetime | None


_COLUMNS = db.columns(ErasureRow)
_NEW = db.Change(
    "INSERT INTO erasure (person_id, content, requested_at, due_at) VALUES ($1, $2, $3, $4)"
    f" ON CONFLICT (person_id) WHERE {ERASURE_PENDING_SQL} DO NOTHING RETURNING {_COLUMNS}",
    ErasureRow,
)
_FIND_PENDING = db.Select(f"SELECT {_COLUMNS} FROM erasure WHERE person_id = $1 AND {ERASURE_PENDING_SQL}", ErasureRow)
_LIST_ALL = db.Select(f"SELECT {_COLUMNS} FROM erasure WHERE person_id = $1 ORDER BY id", ErasureRow)
_CANCEL = db.Change(
    f"UPDATE erasure SET cancelled_at = $2 WHERE person_id = $1 AND {ERASURE_PENDING_SQL} RETURNING {_COLUMNS}",
    ErasureRow,
)
_FIND_DUE = db.Select(
    f"SELECT id FROM erasure WHERE {ERASURE_PENDING_SQL} AND due_at <= $1 ORDER BY due_at, id LIMIT 200", db.Id
)
_FIND_PERSON = db.Select("SELECT person_id AS id FROM erasure WHERE id = $1", db.Id)
_DELETE_DONE = db.delete_batch("erasure", "done_at < $1", by="done_at")
_DELETE_CANCELLED = db.delete_batch("erasure", "cancelled_at < $1", by="cancelled_at")
_MARK_DONE = db.Change(
    f"UPDATE erasure SET done_at = $2 WHERE id = $1 AND {ERASURE_PENDING_SQL} AND due_at <= $2 RETURNING {_COLUMNS}",
    ErasureRow,
)


@db.transactional
async def request(settings: Settings, person_id: int, *, content: ErasureContent) -> ErasureRow:
    """Request the person's erasure after the waiting period. Until then nothing changes for them.

    Raises ErasurePending if a request is pending.
    """
    now = clock.now()
    row = await _NEW.first(person_id, content, now, now + timedelta(days=settings.erasure_wait_days))
    if row is None:
        raise ErasurePending
    await account_events.record(person_id, AuditAction.ERASURE_REQUEST, content=content.value)
    if settings.erasure_wait_days == 0:
        await outbox.put("effects.erase_person", erasure_id=row.id)
    return row


async def find_pending(person_id: int) -> ErasureRow | None:
    """Return the person's pending erasure, or None."""
    return await _FIND_PENDING.first(person_id)


async def list_all(person_id: int) -> list[ErasureRow]:
    """Return every erasure that the person requested, cancelled or not, oldest first."""
    return await _LIST_ALL.all(person_id)


@db.transactional
async def cancel(person_id: int) -> ErasureRow:
    """Cancel the person's pending erasure and return it. Raises NoErasurePending."""
    row = require_row(await _CANCEL.first(person_id, clock.now()), NoErasurePending())
    await account_events.record(person_id, AuditAction.ERASURE_CANCEL)
    return row


@db.transactional
async def queue_due() -> int:
    """Queue the erasures that are due and return the number queued.

    Idempotent: an erasure with a pending effect is not queued again.
    """
    queued = {effect.args["erasure_id"] for effect in await outbox.list_pending("effects.erase_person")}
    due = [row.id for row in await _FIND_DUE.all(clock.now()) if row.id not in queued]
    for erasure_id in due:
        await outbox.put("effects.erase_person", erasure_id=erasure_id)
    return len(due)


async def count_overdue(since: datetime) -> int:
    """Return the number of pending erasures due before `since`."""
    return int(await db.scalar(f"SELECT count(*) FROM erasure WHERE {ERASURE_PENDING_SQL} AND due_at < $1", since))


@db.transactional
async def execute(parts: Sequence[Part], erasure_id: int) -> bool:
    """Erase the person in all rooms in one transaction. Return False if it is cancelled, done or not due.

    It waits for running transactions that write about the person, and blocks later ones until it ends.
    """
    person = await _FIND_PERSON.first(erasure_id)
    if person is None or not await person_lock.lock_exclusive_if_exists(person.id):
        return False
    row = await _MARK_DONE.first(erasure_id, clock.now())
    if row is None:
        return False
    subject = await get_subject(row.person_id)
    for part in parts:
        await part.erase(subject, row.content)
    return True


@db.transactional
async def delete_old(before: datetime) -> int:
    """Delete up to 1,000 records ended before `before` and return their number."""
    return len(await _DELETE_DONE.all(before)) + len(await _DELETE_CANCELLED.all(before))
