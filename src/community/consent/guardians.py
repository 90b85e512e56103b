"""Guardians, who confirm for a person under 14."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from community.accounts import account_events, leaderboard_effects, person_lock, rules
from community.consent.errors import GuardianCodeInvalid, GuardianUnsuitable
from community.kernel import clock, codes, db, outbox, sealing
from community.kernel.audit_actions import AuditAction
from community.kernel.errors import InvalidInput, NotFound
from community.settings import Settings

GUARDIAN_CODE_LIFETIME = timedelta(hours=24)
_DIGEST_PURPOSE = "guardian codes"


@dataclass(slots=True)
class PrivatePersonRow:
    """A person as they alone may see themselves."""

    id: int
    nickname: str
    born_on: str | None
    guardian_confirmed_at: datetime | None
    created_at: datetime

    @property
    def needs_guardian(self) -> bool:
        """True if a guardian has to confirm first."""
        return rules.is_child(self.born_on, now=clock.now()) and self.guardian_confirmed_at is None


@dataclass(frozen=True, slots=True)
class GuardianCode:
    """A code that a child shows to a guardian, and its expiry."""

    code: str
    expires_at: datetime


_FIND_PRIVATE = db.Select(
    "SELECT p.id, p.nickname, p.born_on, (SELECT g.confirmed_at FROM guardianship g WHERE g.person_id = p.id)"
    " AS guardian_confirmed_at, p.created_at FROM person p WHERE p.id = $1 AND p.erased_at IS NULL",
    PrivatePersonRow,
)
_SAVE_GUARDIAN_CODE = db.Change(
    "INSERT INTO guardianship (person_id, code_digest, code_expires_at, created_at) VALUES ($1, $2, $3, $4)"
    " ON CONFLICT (person_id) DO UPDATE SET code_digest = excluded.code_digest,"
    " code_expires_at = excluded.code_expires_at WHERE guardianship.confirmed_at IS NULL RETURNING id",
    db.Id,
)
_FIND_CODE = db.Select(
    "SELECT person_id AS id FROM guardianship WHERE code_digest = ANY($1) AND code_expires_at > $2"
    " AND confirmed_at IS NULL",
    db.Id,
)
_CONFIRM = db.Change(
    "UPDATE guardianship SET guardian_id = $2, confirmed_at = $3, code_digest = NULL, code_expires_at = NULL"
    " WHERE person_id = $1 AND confirmed_at IS NULL RETURNING id",
    db.Id,
)
_REVOKE = db.Change(
    "DELETE FROM guardianship WHERE person_id = $1 AND guardian_id = $2 AND confirmed_at IS NOT NULL RETURNING id",
    db.Id,
)
_LIST_DEPENDANTS = db.Select(
    "SELECT g.person_id AS id FROM guardianship g WHERE g.guardian_id = $1 AND g.confirmed_at IS NOT NULL"
    " ORDER BY g.id LIMIT 20",
    db.Id,
)
_DELETE_OLD_CODES = db.delete_batch(
    "guardianship", "confirmed_at IS NULL AND code_expires_at < $1", by="code_expires_at"
)
_DELETE_DEPENDANTS = db.Change("DELETE FROM guardianship WHERE guardian_id = $1 RETURNING person_id AS id", db.Id)


async def find_private(person_id: int) -> PrivatePersonRow | None:
    """Return the person's own view, or None if they were erased."""
    return await _FIND_PRIVATE.first(person_id)


@db.transactional
async def create_guardian_code(settings: Settings, person_id: int) -> GuardianCode:
    """Create a code for the child's guardian, valid for a day. A former code is no longer valid.

    Raises InvalidInput if the person needs no guardian.
    """
    person = await _FIND_PRIVATE.one(person_id)
    if not person.needs_guardian:
        raise InvalidInput("guardian_not_needed")
    code, now = codes.generate_code(), clock.now()
    expires_at = now + GUARDIAN_CODE_LIFETIME
    await _SAVE_GUARDIAN_CODE.first(person_id, sealing.compute_digest(settings, _DIGEST_PURPOSE, code), expires_at, now)
    return GuardianCode(code, expires_at)


@db.transactional
async def confirm_child(settings: Settings, guardian_id: int, *, code: str) -> None:
    """Confirm that the child who created the code may take part.

    Raises GuardianUnsuitable, GuardianCodeInvalid, and SessionEnded if the guardian was erased meanwhile.
    """
    await person_lock.lock_shared(guardian_id)
    guardian = await _FIND_PRIVATE.one(guardian_id)
    if guardian.born_on is None or rules.compute_age(guardian.born_on, now=clock.now()) < rules.ADULT_AGE:
        raise GuardianUnsuitable
    typed = codes.normalise_code(code)
    child = await _FIND_CODE.first(sealing.compute_digests(settings, _DIGEST_PURPOSE, typed), clock.now())
    if child is None:
        raise GuardianCodeInvalid(path=("code",))
    if child.id == guardian_id:
        raise GuardianUnsuitable
    if await _CONFIRM.first(child.id, guardian_id, clock.now()) is None:
        raise GuardianCodeInvalid(path=("code",))
    await account_events.record(child.id, AuditAction.GUARDIAN_CONFIRM)
    await leaderboard_effects.queue_rebuild(child.id)


@db.transactional
async def revoke_child_confirmation(guardian_id: int, *, child_id: int) -> None:
    """Revoke a guardian's confirmation. The child takes no longer part, and its publications are withdrawn.

    Raises NotFound if the guardian has not confirmed for the child, or the child was erased.
    """
    # The exclusive lock is the child's: it orders this and each write of the child, as for a withdrawn consent.
    is_known = await person_lock.lock_exclusive_if_exists(child_id)
    if not is_known or await _REVOKE.first(child_id, guardian_id) is None:
        raise NotFound("dependant", path=("personId",))
    await _record_revocation(child_id)


async def _record_revocation(child_id: int) -> None:
    await account_events.record(child_id, AuditAction.GUARDIAN_REVOKE)
    await leaderboard_effects.queue_rebuild(child_id)
    await outbox.put("effects.take_back_publications", person_id=child_id)


async def list_dependants(guardian_id: int) -> list[int]:
    """Return the ids of up to 20 children of a guardian."""
    return [row.id for row in await _LIST_DEPENDANTS.all(guardian_id)]


@db.transactional
async def delete_old_guardian_codes(before: datetime) -> int:
    """Delete requests whose code expired before `before`.

    Returns the number deleted. A confirmation stays.
    """
    return len(await _DELETE_OLD_CODES.all(before))


@db.transactional
async def erase(person_id: int) -> None:
    """Delete the guardianships of a person, as child and as guardian. A dependant then needs another guardian."""
    await db.execute("DELETE FROM guardianship WHERE person_id = $1", person_id)
    for dependant in await _DELETE_DEPENDANTS.all(person_id):
        await _record_revocation(dependant.id)
