"""Logins: find or create the person whom a platform names, and link platforms to a person."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from community.accounts import person_lock, platforms, rules
from community.accounts.errors import IdentityTaken, LastIdentity, PlatformUnavailable
from community.accounts.models import Platform, PlatformIdentity
from community.accounts.platform_ids import PlatformIdentityRow, find_identity, insert_identity
from community.accounts.platforms import PlatformUser
from community.kernel import clock, db, sealing
from community.kernel.errors import NotFound, TryAgain
from community.kernel.tables import row_of
from community.settings import Settings

log = logging.getLogger(__name__)


_DEFAULT_NICKNAME = "新邻居"


_MAX_TRIES = 5


@row_of(PlatformIdentity)
@dataclass(slots=True)
class PlatformLinkRow:
    """That a person can log in from a platform; its own id of the person is not here."""

    id: int
    person_id: int
    platform: Platform
    created_at: datetime


@dataclass(slots=True)
class _SealedIdentityRow:
    id: int
    subject_sealed: str | None
    session_key_sealed: str | None


_NEW_PERSON = db.Change("INSERT INTO person (nickname, created_at) VALUES ($1, $2) RETURNING id", db.Id)


_LINKS = db.Select(
    f"SELECT {db.columns(PlatformLinkRow)} FROM platform_identity WHERE person_id = $1 AND platform = ANY($2)"
    " ORDER BY id LIMIT 20",
    PlatformLinkRow,
)


_UNLINK = db.Change("DELETE FROM platform_identity WHERE person_id = $1 AND platform = ANY($2) RETURNING id", db.Id)


_FIND_BY_PERSON = db.Select(
    f"SELECT {db.columns(_SealedIdentityRow)} FROM platform_identity"
    " WHERE person_id = $1 AND platform = $2 ORDER BY id DESC LIMIT 1",
    _SealedIdentityRow,
)


def _build_union_platform(platform: str) -> str:
    return f"{platform}_UNION"


async def login(settings: Settings, platform: Platform, code: str, *, nickname: str | None = None) -> int:
    """The id of the person that the platform's code belongs to; a new person at the first login.

    `nickname` is what a new person is called. Raises PlatformUnavailable, PlatformBusy, LoginBlocked, LoginCodeInvalid,
    InvalidInput, and TryAgain when others kept making the same person.
    """
    proof = await platforms.get(settings, platform).exchange_code(code)
    called = _DEFAULT_NICKNAME if nickname is None else rules.normalise_nickname(nickname)
    for _ in range(_MAX_TRIES):
        try:
            return await _find_or_create_person(settings, platform, proof, called)
        except _ConcurrentChange:
            continue
    raise TryAgain


class _ConcurrentChange(Exception):  # noqa: N818 - it ends a transaction, it is no error
    """Somebody else made this person or this link, or an erasure took them away, at the same moment."""


@db.transactional
async def _find_or_create_person(settings: Settings, platform: Platform, proof: PlatformUser, nickname: str) -> int:
    known = await find_identity(settings, platform, proof.subject)
    if known is None:
        known = await _link_by_union(settings, platform, proof)
    elif not await person_lock.lock_shared_if_exists(known.person_id):
        raise _ConcurrentChange
    if known is None:
        person = await _NEW_PERSON.one(nickname, clock.now())
        known = await insert_identity(settings, person.id, platform, proof.subject)
        # The union is claimed first of all for somebody new: whoever claimed it meanwhile is the same person.
        claimed = proof.union is None or await insert_identity(
            settings, person.id, _build_union_platform(platform), proof.union
        )
        if known is None or not claimed:
            raise _ConcurrentChange
    elif proof.union is not None:
        await _save_union(settings, known.person_id, platform, proof.union)
    await _save_session_key(settings, known.id, proof)
    return known.person_id


async def _link_by_union(settings: Settings, platform: Platform, proof: PlatformUser) -> PlatformIdentityRow | None:
    """The person whom the platform knows in another of its applications, with this identity added."""
    if proof.union is None:
        return None
    same = await find_identity(settings, _build_union_platform(platform), proof.union)
    if same is None:
        return None
    if not await person_lock.lock_shared_if_exists(same.person_id):
        raise _ConcurrentChange
    linked = await insert_identity(settings, same.person_id, platform, proof.subject)
    if linked is None:
        raise _ConcurrentChange
    return linked


async def _save_union(settings: Settings, person_id: int, platform: Platform, union: str) -> None:
    known = await find_identity(settings, _build_union_platform(platform), union)
    if known is None:
        known = await insert_identity(settings, person_id, _build_union_platform(platform), union)
        if known is None:
            raise _ConcurrentChange
    if known.person_id != person_id:
        # Both were here before the platform said that they are one; two people's things are not thrown together.
        log.warning("the persons %s and %s are one to the platform %s", known.person_id, person_id, platform.value)


async def _save_session_key(settings: Settings, identity_id: int, proof: PlatformUser) -> None:
    if proof.session_key is not None:
        await db.execute(
            "UPDATE platform_identity SET session_key_sealed = $2 WHERE id = $1",
            identity_id, sealing.seal(settings, proof.session_key),
        )  # fmt: skip


async def link(settings: Settings, person_id: int, platform: Platform, code: str) -> None:
    """Let the person log in from this platform too: the session proves the one, the code proves the other.

    Linking what is linked changes nothing. Raises what `login` raises, IdentityTaken, and SessionEnded for somebody who
    is erased meanwhile.
    """
    proof = await platforms.get(settings, platform).exchange_code(code)
    for _ in range(_MAX_TRIES):
        try:
            return await _link(settings, person_id, platform, proof)
        except _ConcurrentChange:
            continue
    raise IdentityTaken(path=("code",))


@db.transactional
async def _link(settings: Settings, person_id: int, platform: Platform, proof: PlatformUser) -> None:
    await person_lock.lock_for_update(person_id)
    known = await find_identity(settings, platform, proof.subject)
    same = None if proof.union is None else await find_identity(settings, _build_union_platform(platform), proof.union)
    if any(found is not None and found.person_id != person_id for found in (known, same)):
        raise IdentityTaken(path=("code",))
    if known is None:
        known = await insert_identity(settings, person_id, platform, proof.subject)
        if known is None:
            raise _ConcurrentChange
    if proof.union is not None:
        await _save_union(settings, person_id, platform, proof.union)
    await _save_session_key(settings, known.id, proof)


@db.transactional
async def unlink(person_id: int, *, platform: Platform) -> None:
    """Log in from this platform no more. Raises NotFound where it is not linked, LastIdentity for the only one left."""
    await person_lock.lock_for_update(person_id)
    linked = await list_links(person_id)
    if platform not in {row.platform for row in linked}:
        raise NotFound("This platform is not linked.", path=("platform",))
    if all(row.platform is platform for row in linked):
        raise LastIdentity(path=("platform",))
    await _UNLINK.all(person_id, [platform.value, _build_union_platform(platform)])


async def list_links(person_id: int) -> list[PlatformLinkRow]:
    """The platforms that a person can log in from, in the order of linking; twenty at most."""
    return await _LINKS.all(person_id, [platform.value for platform in Platform])


async def is_session_key_valid(settings: Settings, person_id: int, *, platform: Platform = Platform.WECHAT) -> bool:
    """Whether the session key that WeChat's client has is still the one the service holds; False without one.

    A key that WeChat does not know any more is forgotten. Raises PlatformUnavailable, PlatformBusy.
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
    """Take away whatever lets a platform, or a telephone number, lead to this person."""
    await db.execute("DELETE FROM platform_identity WHERE person_id = $1", person_id)
    await db.execute("DELETE FROM person_phone WHERE person_id = $1", person_id)
