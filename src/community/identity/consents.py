"""Consent: what people have agreed to, version by version, and the one question that every room asks.

    await consents.check(person_id, Purpose.PUBLICATION)     raises GuardianNeeded, ConsentMissing
    await consents.allows(person_id, Purpose.NOTICES)        the same as an answer

| purpose      | what rests on it                                                                    |
|--------------|-------------------------------------------------------------------------------------|
| SERVICE      | joining a community, taking part there (checking in, liking, writing), a telephone   |
|              | number; withdrawn: the number goes, and memberships stay                             |
| PUBLICATION  | sending in a submission and its approval, uploading a picture; withdrawn: what was   |
|              | published goes                                                                       |
| LEADERBOARDS | being seen on a board; withdrawn: off every board                                   |
| NOTICES      | messages outside the inbox                                                          |

A purpose rests on nothing until its first document has been published. Nobody under 14 agrees to anything before a
guardian has confirmed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from community.identity import rules, standing
from community.identity.errors import ConsentMissing, GuardianNeeded
from community.identity.models import Consent, ConsentDocument, Purpose
from community.kernel import clock, db, outbox
from community.kernel.errors import Conflict, NotFound
from community.kernel.tables import row_of
from community.kernel.texts import plain

TITLE_LENGTH = 60
TEXT_LENGTH = 20_000


@row_of(ConsentDocument)
@dataclass(slots=True)
class DocumentRow:
    """What people agree to, word for word."""

    id: int
    purpose: Purpose
    version: int
    title: str
    text: str
    renews: bool
    published_at: datetime


@row_of(Consent)
@dataclass(slots=True)
class ConsentRow:
    """That a person agreed, to which version, and until when."""

    id: int
    person_id: int
    document_id: int
    purpose: Purpose
    given_at: datetime
    withdrawn_at: datetime | None


@dataclass(slots=True)
class _Standing:
    born_on: str | None
    confirmed: bool
    required: int | None
    agreed: int | None

    @property
    def needs_guardian(self) -> bool:
        return rules.is_child(self.born_on) and not self.confirmed

    @property
    def stands(self) -> bool:
        return self.required is None or (self.agreed or 0) >= self.required


_DOCUMENT = db.columns(DocumentRow)
_CONSENT = db.columns(ConsentRow)
_CONFIRMED = "EXISTS (SELECT 1 FROM guardianship g WHERE g.person_id = p.id AND g.confirmed_at IS NOT NULL)"
_AGREED = (
    "SELECT max(d.version) FROM consent c JOIN consent_document d ON d.id = c.document_id"
    " WHERE c.person_id = p.id AND c.purpose = $2 AND c.withdrawn_at IS NULL"
)
_REQUIRED = "SELECT max(version) FROM consent_document WHERE purpose = $2 AND renews"

_STANDING = db.Select(
    f"SELECT p.born_on, {_CONFIRMED} AS confirmed, ({_REQUIRED}) AS required, ({_AGREED}) AS agreed"
    " FROM person p WHERE p.id = $1",
    _Standing,
)
_HIDDEN = db.Select(
    "SELECT m.id FROM membership m JOIN person p ON p.id = m.person_id WHERE m.community_id = $1 AND ("
    "p.erased_at IS NOT NULL OR p.banned_at IS NOT NULL OR m.left_at IS NOT NULL"
    f" OR COALESCE(({_AGREED}), 0) < COALESCE(({_REQUIRED}), 0) OR (p.born_on > $3 AND NOT {_CONFIRMED}))",
    db.Id,
)
_DOCUMENTS = db.Select(
    f"SELECT {_DOCUMENT} FROM consent_document d WHERE version ="
    " (SELECT max(version) FROM consent_document l WHERE l.purpose = d.purpose) ORDER BY purpose",
    DocumentRow,
)
_BY_ID = db.Select(f"SELECT {_DOCUMENT} FROM consent_document WHERE id = ANY($1)", DocumentRow)
_NEW_DOCUMENT = db.Change(
    "INSERT INTO consent_document (purpose, version, title, text, renews, published_at) VALUES ($1,"
    " (SELECT COALESCE(max(version), 0) + 1 FROM consent_document WHERE purpose = $1), $2, $3,"
    " ($4 OR NOT EXISTS (SELECT 1 FROM consent_document WHERE purpose = $1)), $5)"
    f" RETURNING {_DOCUMENT}",
    DocumentRow,
)
_STANDING_CONSENT = db.Select(
    f"SELECT {_CONSENT} FROM consent WHERE person_id = $1 AND purpose = $2 AND withdrawn_at IS NULL", ConsentRow
)
_MINE = db.Select(f"SELECT {_CONSENT} FROM consent WHERE person_id = $1 ORDER BY id DESC LIMIT 200", ConsentRow)
_EVERY = db.Select(f"SELECT {_CONSENT} FROM consent WHERE person_id = $1 ORDER BY id", ConsentRow)
_WITHDRAW = db.Change(
    "UPDATE consent SET withdrawn_at = $3 WHERE person_id = $1 AND purpose = $2 AND withdrawn_at IS NULL RETURNING id",
    db.Id,
)
_MAKE_ROOM = db.Change(
    "UPDATE consent SET withdrawn_at = $3 WHERE person_id = $1 AND purpose = $2 AND document_id <> $4"
    " AND withdrawn_at IS NULL RETURNING id",
    db.Id,
)
_GIVE = db.Change(
    "INSERT INTO consent (person_id, document_id, purpose, given_at) VALUES ($1, $2, $3, $4)"
    " ON CONFLICT (person_id, purpose) WHERE withdrawn_at IS NULL DO NOTHING RETURNING id",
    db.Id,
)
_COMMUNITIES = db.Select("SELECT community_id AS id FROM membership WHERE person_id = $1 ORDER BY community_id", db.Id)


async def check(person_id: int, purpose: Purpose) -> None:
    """Nothing when the person agrees to this purpose. Raises GuardianNeeded, ConsentMissing."""
    found = await _STANDING.one(person_id, purpose)
    if found.needs_guardian:
        raise GuardianNeeded
    if not found.stands:
        raise ConsentMissing


async def allows(person_id: int, purpose: Purpose) -> bool:
    """Whether the person agrees to this purpose."""
    found = await _STANDING.one(person_id, purpose)
    return found.stands and not found.needs_guardian


async def hidden_from_boards(community_id: int) -> set[int]:
    """The memberships of a community that no board may show: left, banned, erased, or without consent to it."""
    rows = await _HIDDEN.all(community_id, Purpose.LEADERBOARDS, rules.child_since())
    return {row.id for row in rows}


async def documents() -> list[DocumentRow]:
    """The latest document of each purpose that has one."""
    return await _DOCUMENTS.all()


async def documents_by_ids(document_ids: Sequence[int]) -> list[DocumentRow]:
    """The document of each id, in order."""
    found = {row.id: row for row in await _BY_ID.all(list(set(document_ids)))}
    return [found[document_id] for document_id in document_ids]


async def mine(person_id: int) -> list[ConsentRow]:
    """What a person has agreed to, newest first, what they withdrew included; two hundred at most."""
    return await _MINE.all(person_id)


async def every(person_id: int) -> list[ConsentRow]:
    """All that a person has ever agreed to, oldest first: for their own export."""
    return await _EVERY.all(person_id)


@db.transactional
async def publish(purpose: Purpose, *, title: str, text: str, renews: bool = False) -> DocumentRow:
    """Publish a document's next version. With `renews`, and for the first one, everybody is asked anew.

    The operator's verb. Raises InvalidInput.
    """
    row = await _NEW_DOCUMENT.one(
        purpose,
        plain(title, most=TITLE_LENGTH, path=("title",)),
        plain(text, most=TEXT_LENGTH, path=("text",), lines=True),
        renews,
        clock.now(),
    )
    if row.renews and purpose is Purpose.LEADERBOARDS:
        await outbox.put("leaderboards.rebuild_all")
    return row


@db.transactional
async def give(person_id: int, *, document_id: int) -> ConsentRow:
    """Agree to the latest version of a document; doing it again changes nothing.

    Raises NotFound, Conflict for a version that is not the latest any more, GuardianNeeded.
    """
    document = await _BY_ID.first([document_id])
    if document is None:
        raise NotFound("There is no such document.", path=("documentId",))
    latest = next(row for row in await _DOCUMENTS.all() if row.purpose is document.purpose)
    if latest.id != document.id:
        raise Conflict("This document has a newer version. Read that one first.", path=("documentId",))
    if (await _STANDING.one(person_id, document.purpose)).needs_guardian:
        raise GuardianNeeded
    standing = await _STANDING_CONSENT.first(person_id, document.purpose)
    if standing is not None and standing.document_id == document.id:
        return standing
    now = clock.now()
    # An older version makes room for the newer one, and stays as the proof of its time.
    await _MAKE_ROOM.first(person_id, document.purpose, now, document.id)
    await _GIVE.first(person_id, document.id, document.purpose, now)
    await _follow(person_id, document.purpose, given=True)
    return await _STANDING_CONSENT.one(person_id, document.purpose)


@db.transactional
async def withdraw(person_id: int, *, purpose: Purpose) -> bool:
    """Withdraw what was agreed to, at once, and stop what rests on it; False for one that was never given."""
    # Alone: what the person is just doing comes before it, and is stopped with the rest, or after it, and is refused.
    await standing.alone(person_id)
    if await _WITHDRAW.first(person_id, purpose, clock.now()) is None:
        return False
    await _follow(person_id, purpose, given=False)
    return True


async def _follow(person_id: int, purpose: Purpose, *, given: bool) -> None:
    if purpose is Purpose.LEADERBOARDS:
        await refresh_boards(person_id)
    if purpose is Purpose.PUBLICATION and not given:
        await outbox.put("effects.take_back_publications", person_id=person_id)
    if purpose is Purpose.SERVICE and not given:
        await db.execute("DELETE FROM person_phone WHERE person_id = $1", person_id)


async def follow_guardian(child_id: int) -> None:
    """Stop what rested on a guardian's confirmation that stands no more: the child is on no board and in no feed."""
    await refresh_boards(child_id)
    await outbox.put("effects.take_back_publications", person_id=child_id)


async def refresh_boards(person_id: int) -> None:
    """Have the boards of a person's communities made anew, when they are to be seen there, or not any more."""
    for row in await _COMMUNITIES.all(person_id):
        await outbox.put("leaderboards.rebuild", community_id=row.id)


_DROP = db.Change("DELETE FROM consent WHERE withdrawn_at < $1 RETURNING id", db.Id)


@db.transactional
async def forget(before: datetime) -> int:
    """Drop consents that were withdrawn before `before`; how many."""
    return len(await _DROP.all(before))
