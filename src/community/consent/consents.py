"""Consents: require, give, withdraw and list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from community.accounts import leaderboard_effects, person_lock, phones, rules
from community.accounts.errors import GuardianNeeded
from community.consent.documents import _DOCUMENTS, _FIND_DOCUMENTS
from community.consent.errors import ConsentMissing
from community.consent.models import Consent, ConsentPurpose
from community.kernel import clock, db, outbox
from community.kernel.errors import Conflict, NotFound
from community.kernel.tables import row_of


@row_of(Consent)
@dataclass(slots=True)
class ConsentRow:
    """That a person agreed, to which version, and until when."""

    id: int
    person_id: int
    document_id: int
    purpose: ConsentPurpose
    given_at: datetime
    withdrawn_at: datetime | None


@dataclass(slots=True)
class _ConsentStatusRow:
    born_on: str | None
    guardian_confirmed: bool
    required_version: int | None
    agreed_version: int | None

    @property
    def needs_guardian(self) -> bool:
        return rules.is_child(self.born_on) and not self.guardian_confirmed

    @property
    def is_given(self) -> bool:
        return self.required_version is None or (self.agreed_version or 0) >= self.required_version


_CONSENT_COLUMNS = db.columns(ConsentRow)
_GUARDIAN_CONFIRMED_SQL = (
    "EXISTS (SELECT 1 FROM guardianship g WHERE g.person_id = p.id AND g.confirmed_at IS NOT NULL)"
)
_AGREED_VERSION_SQL = (
    "SELECT max(d.version) FROM consent c JOIN consent_document d ON d.id = c.document_id"
    " WHERE c.person_id = p.id AND c.purpose = $2 AND c.withdrawn_at IS NULL"
)
_REQUIRED_VERSION_SQL = "SELECT max(version) FROM consent_document WHERE purpose = $2 AND renews"
_FIND_STATUS = db.Select(
    f"SELECT p.born_on, {_GUARDIAN_CONFIRMED_SQL} AS guardian_confirmed,"
    f" ({_REQUIRED_VERSION_SQL}) AS required_version, ({_AGREED_VERSION_SQL}) AS agreed_version"
    " FROM person p WHERE p.id = $1",
    _ConsentStatusRow,
)
_FIND_CURRENT = db.Select(
    f"SELECT {_CONSENT_COLUMNS} FROM consent WHERE person_id = $1 AND purpose = $2 AND withdrawn_at IS NULL", ConsentRow
)
_LIST_OWN = db.Select(
    f"SELECT {_CONSENT_COLUMNS} FROM consent WHERE person_id = $1 ORDER BY id DESC LIMIT 200", ConsentRow
)
_LIST_ALL = db.Select(f"SELECT {_CONSENT_COLUMNS} FROM consent WHERE person_id = $1 ORDER BY id", ConsentRow)
_WITHDRAW = db.Change(
    "UPDATE consent SET withdrawn_at = $3 WHERE person_id = $1 AND purpose = $2 AND withdrawn_at IS NULL RETURNING id",
    db.Id,
)
_WITHDRAW_OLDER = db.Change(
    "UPDATE consent SET withdrawn_at = $3 WHERE person_id = $1 AND purpose = $2 AND document_id <> $4"
    " AND withdrawn_at IS NULL RETURNING id",
    db.Id,
)
_GIVE = db.Change(
    "INSERT INTO consent (person_id, document_id, purpose, given_at) VALUES ($1, $2, $3, $4)"
    " ON CONFLICT (person_id, purpose) WHERE withdrawn_at IS NULL DO NOTHING RETURNING id",
    db.Id,
)


async def require_consent(person_id: int, purpose: ConsentPurpose) -> None:
    """Nothing when the person agrees to this purpose. Raises GuardianNeeded, ConsentMissing."""
    found = await _FIND_STATUS.one(person_id, purpose)
    if found.needs_guardian:
        raise GuardianNeeded
    if not found.is_given:
        raise ConsentMissing


async def has_consent(person_id: int, purpose: ConsentPurpose) -> bool:
    """Whether the person agrees to this purpose."""
    found = await _FIND_STATUS.one(person_id, purpose)
    return found.is_given and not found.needs_guardian


async def list_own(person_id: int) -> list[ConsentRow]:
    """What a person has agreed to, newest first, what they withdrew included; two hundred at most."""
    return await _LIST_OWN.all(person_id)


async def list_all(person_id: int) -> list[ConsentRow]:
    """All that a person has ever agreed to, oldest first: for their own export."""
    return await _LIST_ALL.all(person_id)


@db.transactional
async def give(person_id: int, *, document_id: int) -> ConsentRow:
    """Agree to the latest version of a document; doing it again changes nothing.

    Raises NotFound, Conflict for a version that is not the latest any more, GuardianNeeded.
    """
    document = await _FIND_DOCUMENTS.first([document_id])
    if document is None:
        raise NotFound("There is no such document.", path=("documentId",))
    latest = next(row for row in await _DOCUMENTS.all() if row.purpose is document.purpose)
    if latest.id != document.id:
        raise Conflict("This document has a newer version. Read that one first.", path=("documentId",))
    if (await _FIND_STATUS.one(person_id, document.purpose)).needs_guardian:
        raise GuardianNeeded
    standing = await _FIND_CURRENT.first(person_id, document.purpose)
    if standing is not None and standing.document_id == document.id:
        return standing
    now = clock.now()
    # An older version makes room for the newer one, and stays as the proof of its time.
    await _WITHDRAW_OLDER.first(person_id, document.purpose, now, document.id)
    await _GIVE.first(person_id, document.id, document.purpose, now)
    await _apply_change(person_id, document.purpose, given=True)
    return await _FIND_CURRENT.one(person_id, document.purpose)


@db.transactional
async def withdraw(person_id: int, *, purpose: ConsentPurpose) -> bool:
    """Withdraw what was agreed to, at once, and stop what rests on it; False for one that was never given."""
    # Alone: what the person is just doing comes before it, and is stopped with the rest, or after it, and is refused.
    await person_lock.lock_exclusive_if_exists(person_id)
    if await _WITHDRAW.first(person_id, purpose, clock.now()) is None:
        return False
    await _apply_change(person_id, purpose, given=False)
    return True


async def _apply_change(person_id: int, purpose: ConsentPurpose, *, given: bool) -> None:
    if purpose is ConsentPurpose.LEADERBOARDS:
        await leaderboard_effects.queue_rebuild(person_id)
    if purpose is ConsentPurpose.PUBLICATION and not given:
        await outbox.put("effects.take_back_publications", person_id=person_id)
    if purpose is ConsentPurpose.SERVICE and not given:
        await phones.unbind(person_id)


@db.transactional
async def withdraw_all(person_id: int) -> None:
    """Withdraw every consent of an erased person. The rows stay as the proof of what was agreed to."""
    await db.execute(
        "UPDATE consent SET withdrawn_at = $2 WHERE person_id = $1 AND withdrawn_at IS NULL", person_id, clock.now()
    )


_DELETE_OLD = db.Change("DELETE FROM consent WHERE withdrawn_at < $1 RETURNING id", db.Id)


@db.transactional
async def delete_old(before: datetime) -> int:
    """Drop consents that were withdrawn before `before`; how many."""
    return len(await _DELETE_OLD.all(before))
