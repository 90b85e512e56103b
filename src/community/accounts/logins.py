"""Logins by a platform's code, and the linked platforms of a person."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from community.accounts import account_events, attempts, person_lock, platform_ids, platforms, rules, sessions
from community.accounts.errors import (
    IdentityTaken,
    LastIdentity,
    LoginCodeInvalid,
    PlatformLinked,
    PlatformUnavailable,
    ProofInvalid,
)
from community.accounts.models import Platform, PlatformIdentity
from community.accounts.platform_ids import PlatformIdentityRow
from community.accounts.platforms import PlatformUser
from community.kernel import clock, db, sealing
from community.kernel.audit_actions import AuditAction
from community.kernel.errors import NotFound, TryAgain
from community.kernel.tables import row_of
from community.settings import Settings

log = logging.getLogger(__name__)

_MAX_TRIES = 5


@row_of(PlatformIdentity)
class PlatformLinkRow:
    """A platform that a person can log in from."""

    id: int
    person_id: int
    platform: Platform
    created_at: datetime


@dataclass(slots=True)
class _SealedIdentityRow:
    id: int
    subject_sealed: str | None
    session_key_sealed: str | None


_NEW_PERSON = db.Change(
    "INSERT INTO person (nickname, created_at, search_name) VALUES ($1, $2, $3) RETURNING id", db.Id
)
_LIST_LINKS = db.Select(
    f"SELECT {db.columns(PlatformLinkRow)} FROM platform_identity WHERE person_id = $1 AND platform = ANY($2)"
    " ORDER BY id LIMIT 20",
    PlatformLinkRow,
)
_UNLINK = db.Change(
    "DELETE FROM platform_identity WHERE person_id = $1 AND (id = $2 OR platform = $3) RETURNING id", db.Id
)
_FIND_BY_PERSON = db.Select(
    f"SELECT {db.columns(_SealedIdentityRow)} FROM platform_identity"
    " WHERE person_id = $1 AND platform = $2 ORDER BY id DESC LIMIT 1",
    _SealedIdentityRow,
)


class _ConcurrentChange(Exception):  # noqa: N818 - it ends a transaction and is no error
    """A concurrent login or erasure, after which the transaction must run again."""


async def login(
    settings: Settings, platform: Platform, code: str, *, nickname: str | None = None, address: str | None = None
) -> int:
    """Return the id of the person whom the platform's code names. The first login creates the person.

    `nickname` is the name of a new person. New people of one `address` are limited. Raises PlatformUnavailable,
    PlatformBusy, LoginBlocked, LoginCodeInvalid, TooManyCalls, InvalidInput, and TryAgain if concurrent logins
    interfered five times.
    """
    user = await platforms.get(settings, platform).exchange_code(code)
    for _ in range(_MAX_TRIES):
        try:
            return await _find_or_create_person(settings, platform, user, nickname, address)
        except _ConcurrentChange:
            continue
    raise TryAgain


@db.transactional
async def _find_or_create_person(
    settings: Settings, platform: Platform, user: PlatformUser, nickname: str | None, address: str | None
) -> int:
    known = await platform_ids.find_identity(settings, platform, user.subject)
    if known is None:
        known = await _link_by_union(settings, platform, user)
    elif not await person_lock.lock_shared_if_exists(known.person_id):
        raise _ConcurrentChange
    if known is None:
        # Only a new person needs the nickname. A bad one must not keep a known person out.
        name = rules.DEFAULT_NICKNAME if nickname is None else rules.normalise_nickname(nickname)
        if address is not None:
            await attempts.count_new_person(settings, address)
        person = await _NEW_PERSON.one(name, clock.now(), rules.fold_nickname(name))
        known = await platform_ids.insert_identity(settings, person.id, platform, user.subject)
        # Another application may have logged in the same new person meanwhile: the union id shows it.
        is_union_saved = user.union is None or await platform_ids.insert_union(
            settings, person.id, platform, user.union
        )
        if known is None or not is_union_saved:
            raise _ConcurrentChange
    elif user.union is not None:
        await _save_union(settings, known.person_id, platform, user.union)
    await _save_session_key(settings, known.id, user)
    return known.person_id


async def _link_by_union(settings: Settings, platform: Platform, user: PlatformUser) -> PlatformIdentityRow | None:
    """Link this identity to the person with the union id."""
    if user.union is None:
        return None
    same = await platform_ids.find_union(settings, platform, user.union)
    if same is None:
        return None
    if not await person_lock.lock_shared_if_exists(same.person_id):
        raise _ConcurrentChange
    linked = await platform_ids.insert_identity(settings, same.person_id, platform, user.subject)
    if linked is None:
        raise _ConcurrentChange
    await account_events.record(same.person_id, AuditAction.IDENTITY_LINK, platform=platform.value)
    return linked


async def _save_union(settings: Settings, person_id: int, platform: Platform, union: str) -> None:
    known = await platform_ids.find_union(settings, platform, union)
    if known is None:
        known = await platform_ids.insert_union(settings, person_id, platform, union)
        if known is None:
            raise _ConcurrentChange
    if known.person_id != person_id:
        # Both persons existed before the platform named them as one. Their data is not merged.
        log.warning(
            "union belongs to another person: platform=%s person_id=%s other_person_id=%s",
            platform.value, person_id, known.person_id,
        )  # fmt: skip


async def _save_session_key(settings: Settings, identity_id: int, user: PlatformUser) -> None:
    if user.session_key is not None:
        await db.execute(
            "UPDATE platform_identity SET session_key_sealed = $2 WHERE id = $1",
            identity_id, sealing.seal(settings, user.session_key),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class LoginCode:
    """A fresh code of a platform."""

    platform: Platform
    code: str


async def link(settings: Settings, person_id: int, new: LoginCode, *, proof: LoginCode) -> None:
    """Link the login that `new` names to the person.

    `proof` is a fresh code of a login that is linked already. So a stolen access token links nothing. A person has one
    login per platform. Idempotent: linking the same login again has no effect. Raises what `login` raises,
    ProofInvalid, IdentityTaken, PlatformLinked, and SessionEnded if the person was erased meanwhile.
    """
    proven = await _exchange_proof(settings, proof)
    user = await platforms.get(settings, new.platform).exchange_code(new.code)
    for _ in range(_MAX_TRIES):
        try:
            return await _link(settings, person_id, new.platform, user, proven)
        except _ConcurrentChange:
            continue
    raise IdentityTaken(path=("code",))


@dataclass(frozen=True, slots=True)
class _Proof:
    platform: Platform
    user: PlatformUser


async def _exchange_proof(settings: Settings, proof: LoginCode) -> _Proof:
    try:
        return _Proof(proof.platform, await platforms.get(settings, proof.platform).exchange_code(proof.code))
    except LoginCodeInvalid:
        raise ProofInvalid(path=("proof", "code")) from None


async def _require_proof(settings: Settings, person_id: int, proof: _Proof) -> None:
    """Save the session key of the proof. Raise ProofInvalid unless the login is linked to the person now."""
    found = await platform_ids.find_identity(settings, proof.platform, proof.user.subject)
    if found is None or found.person_id != person_id:
        raise ProofInvalid(path=("proof", "code"))
    # The exchange of a code ends the platform's previous session key.
    await _save_session_key(settings, found.id, proof.user)


@db.transactional
async def _link(settings: Settings, person_id: int, platform: Platform, user: PlatformUser, proof: _Proof) -> None:
    await person_lock.lock_for_update(person_id)
    await _require_proof(settings, person_id, proof)
    known = await platform_ids.find_identity(settings, platform, user.subject)
    same = None if user.union is None else await platform_ids.find_union(settings, platform, user.union)
    if any(found is not None and found.person_id != person_id for found in (known, same)):
        raise IdentityTaken(path=("code",))
    if known is None:
        # The same account of the platform in another of its applications has the same union.
        others = {row.platform for row in await list_links(person_id)} - {Platform.DEVELOPMENT}
        if same is None and platform in others:
            raise PlatformLinked(path=("platform",))
        known = await platform_ids.insert_identity(settings, person_id, platform, user.subject)
        if known is None:
            raise _ConcurrentChange
        await account_events.record(person_id, AuditAction.IDENTITY_LINK, platform=platform.value)
    if user.union is not None:
        await _save_union(settings, person_id, platform, user.union)
    await _save_session_key(settings, known.id, user)


async def unlink(settings: Settings, person_id: int, *, identity_id: int, proof: LoginCode) -> None:
    """Unlink one login from the person, and end the sessions of its platform.

    `proof` is a fresh code of a linked login. Raises ProofInvalid, NotFound if it is not linked, and LastIdentity if
    no other login of the person works.
    """
    await _unlink(person_id, settings, identity_id, await _exchange_proof(settings, proof))


@person_lock.exclusive
async def _unlink(person_id: int, settings: Settings, identity_id: int, proof: _Proof) -> None:
    await _require_proof(settings, person_id, proof)
    linked = await list_links(person_id)
    row = next((row for row in linked if row.id == identity_id), None)
    if row is None:
        raise NotFound("identity", path=("linkedPlatformId",))
    offered = platforms.list_offered(settings)
    if not any(other.platform in offered for other in linked if other.id != identity_id):
        raise LastIdentity(path=("linkedPlatformId",))
    # The union may be that of this login. Another login of the platform saves its own again.
    await _UNLINK.all(person_id, identity_id, platform_ids.get_union_platform(row.platform))
    await sessions.end_all(person_id, platforms=[row.platform])
    await account_events.record(person_id, AuditAction.IDENTITY_UNLINK, platform=row.platform.value)


async def list_links(person_id: int) -> list[PlatformLinkRow]:
    """Return up to 20 platforms, in the order of linking."""
    return await _LIST_LINKS.all(person_id, [platform.value for platform in Platform])


async def is_session_key_valid(settings: Settings, person_id: int, *, platform: Platform = Platform.WECHAT) -> bool:
    """Return True if WeChat still accepts the stored session key.

    A key that WeChat no longer knows is deleted. Raises PlatformUnavailable, PlatformBusy.
    """
    if platform is not Platform.WECHAT:
        raise PlatformUnavailable(path=("platform",))
    wechat = platforms.get_wechat(settings)
    row = await _FIND_BY_PERSON.first(person_id, Platform.WECHAT)
    if row is None or row.subject_sealed is None or row.session_key_sealed is None:
        return False
    subject = sealing.unseal(settings, row.subject_sealed)
    if await wechat.is_session_key_valid(subject, sealing.unseal(settings, row.session_key_sealed)):
        return True
    await db.execute(
        "UPDATE platform_identity SET session_key_sealed = NULL WHERE id = $1 AND session_key_sealed = $2",
        row.id, row.session_key_sealed,
    )  # fmt: skip
    return False


@db.transactional
async def erase(person_id: int) -> None:
    """Delete the platform identities of a person."""
    await db.execute("DELETE FROM platform_identity WHERE person_id = $1", person_id)
