"""Logging in: from a platform's proof to a person, one person however many proofs arrive at once."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from community.identity import platforms, rules, standing
from community.identity.errors import IdentityTaken, LastIdentity, PlatformUnavailable
from community.identity.models import Platform, PlatformIdentity
from community.identity.platform_ids import Identity, find, write
from community.identity.platforms import Proof
from community.kernel import clock, db, sealing
from community.kernel.errors import NotFound, TryAgain
from community.kernel.tables import row_of
from community.settings import Settings

log = logging.getLogger(__name__)

_NEWCOMER = "新邻居"
_TRIES = 5


@row_of(PlatformIdentity)
@dataclass(slots=True)
class LinkRow:
    """That a person can log in from a platform; its own id of the person is not here."""

    id: int
    person_id: int
    platform: Platform
    created_at: datetime


@dataclass(slots=True)
class _Sealed:
    id: int
    subject_sealed: str | None
    session_key_sealed: str | None


_NEW_PERSON = db.Change("INSERT INTO person (nickname, created_at) VALUES ($1, $2) RETURNING id", db.Id)
_LINKS = db.Select(
    f"SELECT {db.columns(LinkRow)} FROM platform_identity WHERE person_id = $1 AND platform = ANY($2)"
    " ORDER BY id LIMIT 20",
    LinkRow,
)
_UNLINK = db.Change("DELETE FROM platform_identity WHERE person_id = $1 AND platform = ANY($2) RETURNING id", db.Id)
_OF_PERSON = db.Select(
    f"SELECT {db.columns(_Sealed)} FROM platform_identity"
    " WHERE person_id = $1 AND platform = $2 ORDER BY id DESC LIMIT 1",
    _Sealed,
)


def _union(platform: str) -> str:
    return f"{platform}_UNION"


# --- logging in --------------------------------------------------------------------------------------------------


async def login(settings: Settings, platform: Platform, code: str, *, nickname: str | None = None) -> int:
    """The id of the person that the platform's code belongs to; a new person at the first login.

    `nickname` is what a new person is called. Raises PlatformUnavailable, PlatformBusy, LoginBlocked, LoginCodeInvalid,
    InvalidInput, and TryAgain when others kept making the same person.
    """
    proof = await platforms.get(settings, platform).proof(code)
    called = _NEWCOMER if nickname is None else rules.nickname(nickname)
    for _ in range(_TRIES):
        try:
            return await _recognise(settings, platform, proof, called)
        except _MetMeanwhile:
            continue
    raise TryAgain


class _MetMeanwhile(Exception):  # noqa: N818 - it ends a transaction, it is no error
    """Somebody else made this person or this link, or an erasure took them away, at the same moment."""


@db.transactional
async def _recognise(settings: Settings, platform: Platform, proof: Proof, nickname: str) -> int:
    known = await find(settings, platform, proof.subject)
    if known is None:
        known = await _join_by_union(settings, platform, proof)
    elif not await standing.stands(known.person_id):
        raise _MetMeanwhile
    if known is None:
        person = await _NEW_PERSON.one(nickname, clock.now())
        known = await write(settings, person.id, platform, proof.subject)
        # The union is claimed first of all for somebody new: whoever claimed it meanwhile is the same person.
        claimed = proof.union is None or await write(settings, person.id, _union(platform), proof.union)
        if known is None or not claimed:
            raise _MetMeanwhile
    elif proof.union is not None:
        await _note_union(settings, known.person_id, platform, proof.union)
    await _keep_session_key(settings, known.id, proof)
    return known.person_id


async def _join_by_union(settings: Settings, platform: Platform, proof: Proof) -> Identity | None:
    """The person whom the platform knows in another of its applications, with this identity added."""
    if proof.union is None:
        return None
    same = await find(settings, _union(platform), proof.union)
    if same is None:
        return None
    if not await standing.stands(same.person_id):
        raise _MetMeanwhile
    linked = await write(settings, same.person_id, platform, proof.subject)
    if linked is None:
        raise _MetMeanwhile
    return linked


async def _note_union(settings: Settings, person_id: int, platform: Platform, union: str) -> None:
    known = await find(settings, _union(platform), union)
    if known is None:
        known = await write(settings, person_id, _union(platform), union)
        if known is None:
            raise _MetMeanwhile
    if known.person_id != person_id:
        # Both were here before the platform said that they are one; two people's things are not thrown together.
        log.warning("the persons %s and %s are one to the platform %s", known.person_id, person_id, platform.value)


async def _keep_session_key(settings: Settings, identity_id: int, proof: Proof) -> None:
    if proof.session_key is not None:
        await db.execute(
            "UPDATE platform_identity SET session_key_sealed = $2 WHERE id = $1",
            identity_id, sealing.seal(settings, proof.session_key),
        )  # fmt: skip


# --- several platforms, one person -------------------------------------------------------------------------------


async def link(settings: Settings, person_id: int, platform: Platform, code: str) -> None:
    """Let the person log in from this platform too: the session proves the one, the code proves the other.

    Linking what is linked changes nothing. Raises what `login` raises, IdentityTaken, and SessionEnded for somebody who
    is erased meanwhile.
    """
    proof = await platforms.get(settings, platform).proof(code)
    for _ in range(_TRIES):
        try:
            return await _link(settings, person_id, platform, proof)
        except _MetMeanwhile:
            continue
    raise IdentityTaken(path=("code",))


@db.transactional
async def _link(settings: Settings, person_id: int, platform: Platform, proof: Proof) -> None:
    await standing.hold(person_id)
    known = await find(settings, platform, proof.subject)
    same = None if proof.union is None else await find(settings, _union(platform), proof.union)
    if any(found is not None and found.person_id != person_id for found in (known, same)):
        raise IdentityTaken(path=("code",))
    if known is None:
        known = await write(settings, person_id, platform, proof.subject)
        if known is None:
            raise _MetMeanwhile
    if proof.union is not None:
        await _note_union(settings, person_id, platform, proof.union)
    await _keep_session_key(settings, known.id, proof)


@db.transactional
async def unlink(person_id: int, *, platform: Platform) -> None:
    """Log in from this platform no more. Raises NotFound where it is not linked, LastIdentity for the only one left."""
    await standing.hold(person_id)
    linked = await links(person_id)
    if platform not in {row.platform for row in linked}:
        raise NotFound("This platform is not linked.", path=("platform",))
    if all(row.platform is platform for row in linked):
        raise LastIdentity(path=("platform",))
    await _UNLINK.all(person_id, [platform.value, _union(platform)])


async def links(person_id: int) -> list[LinkRow]:
    """The platforms that a person can log in from, in the order of linking; twenty at most."""
    return await _LINKS.all(person_id, [platform.value for platform in Platform])


# --- what WeChat offers besides ----------------------------------------------------------------------------------


async def session_is_good(settings: Settings, person_id: int, *, platform: Platform = Platform.WECHAT) -> bool:
    """Whether the session key that WeChat's client has is still the one the service holds; False without one.

    A key that WeChat does not know any more is forgotten. Raises PlatformUnavailable, PlatformBusy.
    """
    if platform is not Platform.WECHAT:
        raise PlatformUnavailable(path=("platform",))
    wechat = platforms.wechat(settings)
    row = await _OF_PERSON.first(person_id, Platform.WECHAT)
    if row is None or row.subject_sealed is None or row.session_key_sealed is None:
        return False
    subject = sealing.unseal(settings, row.subject_sealed)
    if await wechat.session_is_good(subject, sealing.unseal(settings, row.session_key_sealed)):
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
