"""Changes of a person, their ban and their erasure."""

from __future__ import annotations

from dataclasses import dataclass
from types import EllipsisType

from community.accounts import account_events, leaderboard_effects, person_lock, rules, sessions
from community.accounts.errors import GuardianNeeded
from community.accounts.models import SessionEndReason
from community.kernel import clock, db, mistakes, outbox
from community.kernel.audit_actions import AuditAction
from community.kernel.errors import InvalidInput, NotFound
from community.texts import Language

ERASED_NICKNAME = "已注销"


@dataclass(slots=True)
class _EditableRow:
    nickname: str
    born_on: str | None
    language: Language | None


_FIND_EDITABLE = db.Select(
    f"SELECT {db.columns(_EditableRow)} FROM person WHERE id = $1 AND erased_at IS NULL", _EditableRow
)
_EDIT = db.Change(
    "UPDATE person SET nickname = $2, born_on = $3, language = $4, search_name = $5"
    " WHERE id = $1 AND erased_at IS NULL RETURNING id",
    db.Id,
)
_BAN = db.Change(
    "UPDATE person SET banned_at = COALESCE(banned_at, $2), ban_reason = $3 WHERE id = $1 AND erased_at IS NULL"
    " RETURNING id",
    db.Id,
)
_UNBAN = db.Change("UPDATE person SET banned_at = NULL, ban_reason = NULL WHERE id = $1 RETURNING id", db.Id)


@db.transactional
async def edit(
    person_id: int,
    *,
    nickname: str | None = None,
    born_on: str | None = None,
    language: Language | EllipsisType | None = ...,
    mistake: InvalidInput | None = None,
) -> None:
    """Change a person's nickname, date of birth or language. None leaves a name or date unchanged.

    A language of None is that of each request, and `...` leaves it unchanged. `mistake` is one that the caller found.
    It is raised with the others.

    Raises InvalidInput, SessionEnded, and GuardianNeeded if a child would no longer be one. A guardian's confirmation
    does not change that: it was given for a child of that age.
    """
    await person_lock.lock_for_update(person_id)
    known = await _FIND_EDITABLE.one(person_id)
    now = clock.now()
    name, born = known.nickname, known.born_on
    with mistakes.collect() as check:
        if nickname is not None:
            name = check(rules.normalise_nickname, nickname)
        if born_on is not None:
            born = check(rules.validate_birth_date, born_on, now=now)
        if mistake is not None:
            check.add(mistake)
    if rules.is_child(known.born_on, now=now) and not rules.is_child(born, now=now):
        raise GuardianNeeded("correction", path=("bornOn",))
    chosen = known.language if language is ... else language
    await _EDIT.first(person_id, name, born, chosen, rules.fold_nickname(name))
    if born != known.born_on:
        await leaderboard_effects.queue_rebuild(person_id)


@db.transactional
async def ban(person_id: int, *, reason: str) -> None:
    """Ban a person and end their sessions, for the operator.

    From the commit on, no login succeeds and no access token of the person is valid. A second call changes the reason.
    Raises NotFound, InvalidInput.
    """
    # What the person is writing now ends first. What comes later is refused.
    if not await person_lock.lock_exclusive_if_exists(person_id):
        raise NotFound("person", path=())
    await _BAN.first(person_id, clock.now(), rules.normalise_ban_reason(reason))
    await sessions.end_all(person_id, reason=SessionEndReason.BANNED)
    await account_events.record(person_id, AuditAction.PERSON_BAN)
    await outbox.put("effects.end_invitations_of_suspended", person_id=person_id)
    await outbox.put("effects.replace_leader_nickname", person_id=person_id)
    await outbox.put("effects.give_up_places", person_id=person_id)
    await outbox.put("effects.drop_jurors", person_id=person_id)
    await leaderboard_effects.queue_presence(person_id)


@db.transactional
async def unban(person_id: int) -> None:
    """Allow a banned person to log in again, for the operator. Raises NotFound."""
    if await _UNBAN.first(person_id) is None:
        raise NotFound("person", path=())
    await account_events.record(person_id, AuditAction.PERSON_UNBAN)
    await leaderboard_effects.queue_presence(person_id)


@db.transactional
async def erase(person_id: int) -> None:
    """Remove the person's name, date of birth, ban reason and language. The row stays and names no person."""
    await db.execute(
        "UPDATE person SET nickname = $2, born_on = NULL, ban_reason = NULL, language = NULL, erased_at = $3,"
        " search_name = '' WHERE id = $1",
        person_id, ERASED_NICKNAME, clock.now(),
    )  # fmt: skip
