"""Being forgotten: asked for, waited for, cancelled or carried out in every room at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from community.identity import standing as person
from community.kernel import clock, db, outbox
from community.kernel.personal import Content, Part
from community.kernel.tables import row_of
from community.privacy.errors import ErasureStanding, NoErasureStanding
from community.privacy.exports import subject_of
from community.privacy.models import STANDING, Erasure
from community.settings import Settings


@row_of(Erasure)
@dataclass(slots=True)
class ErasureRow:
    """That a person asked to be forgotten, how, and when it is due."""

    id: int
    person_id: int
    content: Content
    requested_at: datetime
    due_at: datetime
    cancelled_at: datetime | None
    done_at: datetime | None


_COLUMNS = db.columns(ErasureRow)
_NEW = db.Change(
    "INSERT INTO erasure (person_id, content, requested_at, due_at) VALUES ($1, $2, $3, $4)"
    f" ON CONFLICT (person_id) WHERE {STANDING} DO NOTHING RETURNING {_COLUMNS}",
    ErasureRow,
)
_MINE = db.Select(f"SELECT {_COLUMNS} FROM erasure WHERE person_id = $1 AND {STANDING}", ErasureRow)
_EVERY = db.Select(f"SELECT {_COLUMNS} FROM erasure WHERE person_id = $1 ORDER BY id", ErasureRow)
_CANCEL = db.Change(
    f"UPDATE erasure SET cancelled_at = $2 WHERE person_id = $1 AND {STANDING} RETURNING {_COLUMNS}", ErasureRow
)
_DUE = db.Select(f"SELECT id FROM erasure WHERE {STANDING} AND due_at <= $1 ORDER BY due_at, id LIMIT 200", db.Id)
_WHOSE = db.Select("SELECT person_id AS id FROM erasure WHERE id = $1", db.Id)
_DO = db.Change(
    f"UPDATE erasure SET done_at = $2 WHERE id = $1 AND {STANDING} AND due_at <= $2 RETURNING {_COLUMNS}", ErasureRow
)


@db.transactional
async def request(settings: Settings, person_id: int, *, content: Content) -> ErasureRow:
    """Ask to be forgotten once the waiting period is over. Until then everything goes on as before.

    Raises ErasureStanding when that has been asked for already.
    """
    now = clock.now()
    row = await _NEW.first(person_id, content, now, now + timedelta(days=settings.erasure_wait_days))
    if row is None:
        raise ErasureStanding
    if settings.erasure_wait_days == 0:
        await outbox.put("effects.erase_person", erasure_id=row.id)
    return row


async def standing(person_id: int) -> ErasureRow | None:
    """The erasure that a person waits for, or None."""
    return await _MINE.first(person_id)


async def every(person_id: int) -> list[ErasureRow]:
    """Every erasure that a person ever asked for, the cancelled ones included."""
    return await _EVERY.all(person_id)


@db.transactional
async def cancel(person_id: int) -> ErasureRow:
    """Think better of it, in time. Raises NoErasureStanding."""
    row = await _CANCEL.first(person_id, clock.now())
    if row is None:
        raise NoErasureStanding
    return row


@db.transactional
async def offer_due() -> int:
    """Put an effect for everybody whose waiting period is over; how many. Doing it again does no harm."""
    waiting = {effect.args["erasure_id"] for effect in await outbox.pending("effects.erase_person")}
    due = [row.id for row in await _DUE.all(clock.now()) if row.id not in waiting]
    for erasure_id in due:
        await outbox.put("effects.erase_person", erasure_id=erasure_id)
    return len(due)


async def overdue(since: datetime) -> int:
    """How many people should have been forgotten by then, and have not been."""
    return int(await db.scalar(f"SELECT count(*) FROM erasure WHERE {STANDING} AND due_at < $1", since))


@db.transactional
async def carry_out(parts: Sequence[Part], erasure_id: int) -> bool:
    """Forget the person in every room, in one transaction; False when it was cancelled, or is done, or not due.

    It waits for whatever is being written of the person, and keeps everything else out until it is over.
    """
    asked = await _WHOSE.first(erasure_id)
    if asked is None or not await person.alone(asked.id):
        return False
    row = await _DO.first(erasure_id, clock.now())
    if row is None:
        return False
    subject = await subject_of(row.person_id)
    for part in parts:
        await part.erase(subject, row.content)
    return True


_DROP = db.Change("DELETE FROM erasure WHERE done_at < $1 OR cancelled_at < $1 RETURNING id", db.Id)


@db.transactional
async def forget(before: datetime) -> int:
    """Drop the records of erasures that were done or cancelled before `before`; how many."""
    return len(await _DROP.all(before))
