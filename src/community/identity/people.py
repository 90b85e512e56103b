"""Verbs about a person: correcting what is known of them, guardians of children, bans."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from community.identity import consents, rules, sessions, standing
from community.identity.errors import GuardianCodeInvalid, GuardianNeeded, GuardianUnsuitable, SessionEnded
from community.identity.models import Ending
from community.kernel import clock, db, sealing
from community.kernel.errors import InvalidInput, NotFound
from community.settings import Settings

GUARDIAN_CODE_LASTS = timedelta(hours=24)
ERASED = "已注销"


@dataclass(slots=True)
class PrivateRow:
    """What a person alone sees of themselves."""

    id: int
    nickname: str
    born_on: str | None
    guardian_confirmed_at: datetime | None
    created_at: datetime

    @property
    def needs_guardian(self) -> bool:
        """Whether a guardian has to confirm before the person can take part."""
        return rules.is_child(self.born_on) and self.guardian_confirmed_at is None


@dataclass(frozen=True, slots=True)
class GuardianCode:
    """What a child shows to a guardian."""

    code: str
    expires_at: datetime


@dataclass(slots=True)
class _Child:
    person_id: int


_PRIVATE = db.Select(
    "SELECT p.id, p.nickname, p.born_on, (SELECT g.confirmed_at FROM guardianship g WHERE g.person_id = p.id)"
    " AS guardian_confirmed_at, p.created_at FROM person p WHERE p.id = $1 AND p.erased_at IS NULL",
    PrivateRow,
)
_RENAME = db.Change("UPDATE person SET nickname = $2 WHERE id = $1 AND erased_at IS NULL RETURNING id", db.Id)
_CORRECT = db.Change(
    "UPDATE person SET nickname = $2, born_on = $3 WHERE id = $1 AND erased_at IS NULL RETURNING id", db.Id
)
_ASK = db.Change(
    "INSERT INTO guardianship (person_id, code_digest, code_expires_at, created_at) VALUES ($1, $2, $3, $4)"
    " ON CONFLICT (person_id) DO UPDATE SET code_digest = excluded.code_digest,"
    " code_expires_at = excluded.code_expires_at WHERE guardianship.confirmed_at IS NULL RETURNING id",
    db.Id,
)
_FIND_CODE = db.Select(
    "SELECT person_id FROM guardianship WHERE code_digest = ANY($1) AND code_expires_at > $2 AND confirmed_at IS NULL",
    _Child,
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
_LET_GO = db.Change("DELETE FROM guardianship WHERE guardian_id = $1 RETURNING person_id", _Child)
_BAN = db.Change(
    "UPDATE person SET banned_at = COALESCE(banned_at, $2), ban_reason = $3 WHERE id = $1 AND erased_at IS NULL"
    " RETURNING id",
    db.Id,
)
_PARDON = db.Change("UPDATE person SET banned_at = NULL, ban_reason = NULL WHERE id = $1 RETURNING id", db.Id)


async def find_private(person_id: int) -> PrivateRow | None:
    """What a person alone sees of themselves, or None."""
    return await _PRIVATE.first(person_id)


@db.transactional
async def rename(person_id: int, *, nickname: str) -> None:
    """Give a person another nickname. Raises InvalidInput, SessionEnded."""
    if await _RENAME.first(person_id, rules.nickname(nickname)) is None:
        raise SessionEnded


@db.transactional
async def correct(person_id: int, *, nickname: str | None = None, born_on: str | None = None) -> None:
    """Correct what is known of a person; what is None stays.

    Whoever has said that they are under 14 does not leave childhood by a correction, whether or not a guardian has
    confirmed: that was for a child of that age. Raises InvalidInput, GuardianNeeded, SessionEnded.
    """
    await standing.hold(person_id)
    known = await _PRIVATE.one(person_id)
    born = known.born_on if born_on is None else rules.born_on(born_on)
    if rules.is_child(known.born_on) and not rules.is_child(born):
        raise GuardianNeeded("You have said that you are under 14. No correction changes that.", path=("bornOn",))
    name = known.nickname if nickname is None else rules.nickname(nickname)
    await _CORRECT.first(person_id, name, born)
    if born != known.born_on:
        await consents.refresh_boards(person_id)


# --- children and their guardians --------------------------------------------------------------------------------


@db.transactional
async def ask_guardian(settings: Settings, person_id: int) -> GuardianCode:
    """A code for the child's guardian, good for a day; the one before it is good no more.

    Raises InvalidInput for somebody who needs no guardian.
    """
    known = await _PRIVATE.one(person_id)
    if not known.needs_guardian:
        raise InvalidInput("Nobody has to confirm for you.")
    code, now = rules.new_invitation_code(), clock.now()
    expires_at = now + GUARDIAN_CODE_LASTS
    await _ASK.first(person_id, sealing.lookup(settings, "guardian codes", code), expires_at, now)
    return GuardianCode(code, expires_at)


@db.transactional
async def confirm_child(settings: Settings, guardian_id: int, *, code: str) -> None:
    """Confirm, as a guardian, that the child who asked may take part.

    Raises GuardianUnsuitable, GuardianCodeInvalid, SessionEnded.
    """
    await standing.check(guardian_id)
    guardian = await _PRIVATE.one(guardian_id)
    if guardian.born_on is None or rules.age(guardian.born_on) < rules.ADULT:
        raise GuardianUnsuitable
    typed = code.upper().replace(" ", "").replace("-", "")
    child = await _FIND_CODE.first(sealing.lookups(settings, "guardian codes", typed), clock.now())
    if child is None:
        raise GuardianCodeInvalid(path=("code",))
    if child.person_id == guardian_id:
        raise GuardianUnsuitable
    if await _CONFIRM.first(child.person_id, guardian_id, clock.now()) is None:
        raise GuardianCodeInvalid(path=("code",))
    await consents.refresh_boards(child.person_id)


@db.transactional
async def revoke_child(guardian_id: int, *, child_id: int) -> None:
    """Take one's confirmation back: the child takes part no more, and what it has published comes off.

    Raises NotFound where one has confirmed nothing.
    """
    await standing.alone(child_id)
    if await _REVOKE.first(child_id, guardian_id) is None:
        raise NotFound("You have not confirmed for this person.", path=("personId",))
    await consents.follow_guardian(child_id)


_WARDS = db.Select(
    "SELECT person_id FROM guardianship WHERE guardian_id = $1 AND confirmed_at IS NOT NULL ORDER BY id LIMIT 20",
    _Child,
)


async def wards(guardian_id: int) -> list[int]:
    """The children for whom a person has confirmed; twenty at most."""
    return [row.person_id for row in await _WARDS.all(guardian_id)]


_DROP_CODES = db.Change(
    "DELETE FROM guardianship WHERE confirmed_at IS NULL AND code_expires_at < $1 RETURNING id", db.Id
)


@db.transactional
async def forget_guardian_codes(before: datetime) -> int:
    """Drop requests to guardians whose code expired before `before`; how many."""
    return len(await _DROP_CODES.all(before))


# --- bans --------------------------------------------------------------------------------------------------------


@db.transactional
async def ban(person_id: int, *, reason: str) -> None:
    """Suspend a person everywhere, at once: no access token of theirs is good from here on, and no login.

    The operator's verb. Raises NotFound, InvalidInput.
    """
    if await _BAN.first(person_id, clock.now(), rules.ban_reason(reason)) is None:
        raise NotFound("There is no such person.")
    await sessions.end_all(person_id, why=Ending.BANNED)
    await consents.refresh_boards(person_id)


@db.transactional
async def pardon(person_id: int) -> None:
    """Let a person in again; they log in anew. The operator's verb. Raises NotFound."""
    if await _PARDON.first(person_id) is None:
        raise NotFound("There is no such person.")
    await consents.refresh_boards(person_id)


# --- being forgotten ---------------------------------------------------------------------------------------------


@db.transactional
async def erase(person_id: int) -> None:
    """Leave of a person a row without a name. What they agreed to stays as its proof, and names nobody any more.

    A child for whom they had confirmed needs another guardian.
    """
    now = clock.now()
    await db.execute(
        "UPDATE person SET nickname = $2, born_on = NULL, ban_reason = NULL, erased_at = $3 WHERE id = $1",
        person_id, ERASED, now,
    )  # fmt: skip
    await db.execute("DELETE FROM guardianship WHERE person_id = $1", person_id)
    for ward in await _LET_GO.all(person_id):
        await consents.follow_guardian(ward.person_id)
    await db.execute(
        "UPDATE consent SET withdrawn_at = $2 WHERE person_id = $1 AND withdrawn_at IS NULL", person_id, now
    )
