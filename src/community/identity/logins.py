"""Logging in: from a platform's proof to a person, one person however many proofs arrive at once.

Platform ids are stored as keyed digests, which find them again, beside their sealed values, which only calls to the
platform need.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from community.identity import consents, platforms, rules
from community.identity.errors import IdentityTaken, LastIdentity, PlatformUnavailable
from community.identity.models import Platform, Purpose
from community.identity.platforms import Proof
from community.kernel import clock, db, sealing
from community.kernel.errors import NotFound
from community.settings import Settings

log = logging.getLogger(__name__)

_NEWCOMER = "新邻居"
_AT_ONCE = 500


@dataclass(slots=True)
class LinkRow:
    """That a person can log in from a platform; its own id of the person is not here."""

    id: int
    person_id: int
    platform: Platform
    created_at: datetime


@dataclass(slots=True)
class PhoneRow:
    """A person's telephone number, of which its owner recognises enough."""

    masked: str
    bound_at: datetime


@dataclass(slots=True)
class _Id:
    id: int


@dataclass(slots=True)
class _Identity:
    id: int
    person_id: int
    subject: str
    subject_sealed: str | None


@dataclass(slots=True)
class _Sealed:
    id: int
    person_id: int
    platform: str
    subject: str
    subject_sealed: str | None
    session_key_sealed: str | None


@dataclass(slots=True)
class _Phone:
    id: int
    sealed: str
    bound_at: datetime


_FIND = db.Select(
    "SELECT id, person_id, subject, subject_sealed FROM platform_identity WHERE platform = $1 AND subject = ANY($2)",
    _Identity,
)
_NEW_PERSON = db.Change("INSERT INTO person (nickname, created_at) VALUES ($1, $2) RETURNING id", _Id)
_NEW = db.Change(
    "INSERT INTO platform_identity (person_id, platform, subject, subject_sealed, created_at)"
    " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (platform, subject) DO NOTHING"
    " RETURNING id, person_id, subject, subject_sealed",
    _Identity,
)
_LINKS = db.Select(
    "SELECT id, person_id, platform, created_at FROM platform_identity WHERE person_id = $1 AND platform = ANY($2)"
    " ORDER BY id LIMIT 20",
    LinkRow,
)
_UNLINK = db.Change("DELETE FROM platform_identity WHERE person_id = $1 AND platform = ANY($2) RETURNING id", _Id)
_LOCK_PERSON = db.Select("SELECT id FROM person WHERE id = $1 FOR NO KEY UPDATE", _Id)
_OF_PERSON = db.Select(
    "SELECT id, person_id, platform, subject, subject_sealed, session_key_sealed FROM platform_identity"
    " WHERE person_id = $1 AND platform = $2 ORDER BY id DESC LIMIT 1",
    _Sealed,
)
_UNSEALED = db.Select(
    "SELECT id, person_id, platform, subject, subject_sealed, session_key_sealed FROM platform_identity"
    f" WHERE subject_sealed IS NULL AND id > $1 ORDER BY id LIMIT {_AT_ONCE} FOR UPDATE",
    _Sealed,
)
_EVERY = db.Select(
    "SELECT id, person_id, platform, subject, subject_sealed, session_key_sealed FROM platform_identity"
    f" WHERE id > $1 ORDER BY id LIMIT {_AT_ONCE} FOR UPDATE",
    _Sealed,
)
_PHONE = db.Select("SELECT id, sealed, bound_at FROM person_phone WHERE person_id = $1", _Phone)
_EVERY_PHONE = db.Select(
    f"SELECT id, sealed, bound_at FROM person_phone WHERE id > $1 ORDER BY id LIMIT {_AT_ONCE} FOR UPDATE", _Phone
)


def _union(platform: str) -> str:
    return f"{platform}_UNION"


# --- logging in --------------------------------------------------------------------------------------------------


async def login(settings: Settings, platform: Platform, code: str, *, nickname: str | None = None) -> int:
    """The id of the person that the platform's code belongs to; a new person at the first login.

    `nickname` is what a new person is called. Raises PlatformUnavailable, PlatformBusy, LoginBlocked, LoginCodeInvalid,
    InvalidInput.
    """
    proof = await platforms.get(settings, platform).proof(code)
    called = _NEWCOMER if nickname is None else rules.nickname(nickname)
    for _ in range(2):
        try:
            return await _recognise(settings, platform, proof, called)
        except _MetMeanwhile:
            continue
    raise AssertionError  # whoever came first is found the second time


class _MetMeanwhile(Exception):  # noqa: N818 - it ends a transaction, it is no error
    """Somebody else made this person, or this link, at the same moment."""


@db.transactional
async def _recognise(settings: Settings, platform: Platform, proof: Proof, nickname: str) -> int:
    known = await _find(settings, platform, proof.subject)
    if known is None:
        known = await _join_by_union(settings, platform, proof)
    if known is None:
        person = await _NEW_PERSON.one(nickname, clock.now())
        known = await _write(settings, person.id, platform, proof.subject)
        # The union is claimed first of all for somebody new: whoever claimed it meanwhile is the same person.
        claimed = proof.union is None or await _write(settings, person.id, _union(platform), proof.union)
        if known is None or not claimed:
            raise _MetMeanwhile
    elif proof.union is not None:
        await _note_union(settings, known.person_id, platform, proof.union)
    await _keep_session_key(settings, known.id, proof)
    return known.person_id


async def _find(settings: Settings, platform: str, subject: str) -> _Identity | None:
    """The identity, sealed under the current key from now on if it was not."""
    digests = _digests(settings, platform, subject)
    found = await _FIND.first(platform, digests)
    if found is None and await unsealed():
        # A process of the first release may still be running: what it wrote is sealed before anybody is met anew.
        await seal_what_is_not(settings)
        found = await _FIND.first(platform, digests)
    if found is not None and found.subject != digests[0]:
        await _seal(settings, found.id, digests[0], subject)
    return found


async def _join_by_union(settings: Settings, platform: Platform, proof: Proof) -> _Identity | None:
    """The person whom the platform knows in another of its applications, with this identity added."""
    if proof.union is None:
        return None
    same = await _find(settings, _union(platform), proof.union)
    if same is None:
        return None
    linked = await _write(settings, same.person_id, platform, proof.subject)
    if linked is None:
        raise _MetMeanwhile
    return linked


async def _note_union(settings: Settings, person_id: int, platform: Platform, union: str) -> None:
    known = await _find(settings, _union(platform), union)
    if known is None:
        known = await _write(settings, person_id, _union(platform), union)
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


async def _write(settings: Settings, person_id: int, platform: str, subject: str) -> _Identity | None:
    digest = _digests(settings, platform, subject)[0]
    return await _NEW.first(person_id, platform, digest, sealing.seal(settings, subject), clock.now())


def _digests(settings: Settings, platform: str, subject: str) -> list[str]:
    return sealing.lookups(settings, "platform ids", f"{platform} {subject}")


async def _seal(settings: Settings, identity_id: int, digest: str, subject: str) -> None:
    await db.execute(
        "UPDATE platform_identity SET subject = $2, subject_sealed = $3 WHERE id = $1",
        identity_id, digest, sealing.seal(settings, subject),
    )  # fmt: skip


# --- several platforms, one person -------------------------------------------------------------------------------


async def link(settings: Settings, person_id: int, platform: Platform, code: str) -> None:
    """Let the person log in from this platform too: the session proves the one, the code proves the other.

    Linking what is linked changes nothing. Raises what `login` raises, and IdentityTaken.
    """
    proof = await platforms.get(settings, platform).proof(code)
    for _ in range(2):
        try:
            return await _link(settings, person_id, platform, proof)
        except _MetMeanwhile:
            continue
    raise IdentityTaken(path=("code",))


@db.transactional
async def _link(settings: Settings, person_id: int, platform: Platform, proof: Proof) -> None:
    known = await _find(settings, platform, proof.subject)
    same = None if proof.union is None else await _find(settings, _union(platform), proof.union)
    if any(found is not None and found.person_id != person_id for found in (known, same)):
        raise IdentityTaken(path=("code",))
    if known is None:
        known = await _write(settings, person_id, platform, proof.subject)
        if known is None:
            raise _MetMeanwhile
    if proof.union is not None:
        await _note_union(settings, person_id, platform, proof.union)
    await _keep_session_key(settings, known.id, proof)


@db.transactional
async def unlink(person_id: int, *, platform: Platform) -> None:
    """Log in from this platform no more. Raises NotFound where it is not linked, LastIdentity for the only one left."""
    await _LOCK_PERSON.first(person_id)
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


async def bind_phone(settings: Settings, person_id: int, code: str) -> None:
    """Keep the telephone number that WeChat has verified for this person; whoever had it before loses it.

    Raises ConsentMissing, GuardianNeeded, PlatformUnavailable, PlatformBusy, LoginCodeInvalid.
    """
    await consents.check(person_id, Purpose.SERVICE)
    phone = await platforms.wechat(settings).phone(code)
    await _keep_phone(settings, person_id, f"+{phone.country_code} {phone.number}")


@db.transactional
async def _keep_phone(settings: Settings, person_id: int, number: str) -> None:
    # A number goes to another person when its line does: the newest proof is the one that counts.
    digests = sealing.lookups(settings, "telephones", number)
    await db.execute("DELETE FROM person_phone WHERE person_id = $1 OR digest = ANY($2)", person_id, digests)
    await db.execute(
        "INSERT INTO person_phone (person_id, digest, sealed, bound_at) VALUES ($1, $2, $3, $4)",
        person_id, digests[0], sealing.seal(settings, number), clock.now(),
    )  # fmt: skip


@db.transactional
async def unbind_phone(person_id: int) -> None:
    """Forget a person's telephone number; one that is not there changes nothing."""
    await db.execute("DELETE FROM person_phone WHERE person_id = $1", person_id)


async def phone(settings: Settings, person_id: int) -> PhoneRow | None:
    """A person's telephone number with its middle left out, or None."""
    row = await _PHONE.first(person_id)
    if row is None:
        return None
    country, _, number = sealing.unseal(settings, row.sealed).partition(" ")
    return PhoneRow(f"{country} {rules.masked(number)}", row.bound_at)


async def whole_phone(settings: Settings, person_id: int) -> str | None:
    """The number itself, for its owner's export alone."""
    row = await _PHONE.first(person_id)
    return None if row is None else sealing.unseal(settings, row.sealed)


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


# --- sealing what there is ---------------------------------------------------------------------------------------


async def seal_what_is_not(settings: Settings) -> int:
    """Seal every platform id that an earlier release wrote down as it is; how many those were."""
    count, after = 0, 0
    while True:
        sealed, after = await _seal_some(settings, after)
        if not sealed:
            return count
        count += sealed


@db.transactional
async def _seal_some(settings: Settings, after: int) -> tuple[int, int]:
    rows = await _UNSEALED.all(after)
    for row in rows:
        digests = _digests(settings, row.platform, row.subject)
        taken = await _FIND.first(row.platform, digests)
        if taken is not None:
            # An old process met the person anew after a new one had: whoever is found under the digest is who they are.
            log.warning(
                "the persons %s and %s are one to the platform %s", taken.person_id, row.person_id, row.platform
            )
            await db.execute("DELETE FROM platform_identity WHERE id = $1", row.id)
            continue
        await _seal(settings, row.id, digests[0], row.subject)
    return len(rows), rows[-1].id if rows else after


async def unsealed() -> int:
    """How many platform ids an earlier release wrote down as they are."""
    return int(await db.scalar("SELECT count(*) FROM platform_identity WHERE subject_sealed IS NULL"))


async def reseal(settings: Settings) -> int:
    """Seal everything anew under the current key; how many values those were. The operator's verb after a rotation."""
    await seal_what_is_not(settings)
    count, after = 0, 0
    while rows := await _reseal_identities(settings, after):
        count, after = count + len(rows), rows[-1]
    after = 0
    while rows := await _reseal_phones(settings, after):
        count, after = count + len(rows), rows[-1]
    # Fetched anew when it is needed, under the current key.
    await db.execute("UPDATE platform_token SET token_sealed = NULL, expires_at = NULL")
    return count


@db.transactional
async def _reseal_identities(settings: Settings, after: int) -> list[int]:
    rows = await _EVERY.all(after)
    for row in rows:
        if row.subject_sealed is None:
            continue
        subject = sealing.unseal(settings, row.subject_sealed)
        await _seal(settings, row.id, _digests(settings, row.platform, subject)[0], subject)
        if row.session_key_sealed is not None:
            await db.execute(
                "UPDATE platform_identity SET session_key_sealed = $2 WHERE id = $1",
                row.id, sealing.seal(settings, sealing.unseal(settings, row.session_key_sealed)),
            )  # fmt: skip
    return [row.id for row in rows]


@db.transactional
async def _reseal_phones(settings: Settings, after: int) -> list[int]:
    rows = await _EVERY_PHONE.all(after)
    for row in rows:
        number = sealing.unseal(settings, row.sealed)
        await db.execute(
            "UPDATE person_phone SET digest = $2, sealed = $3 WHERE id = $1",
            row.id, sealing.lookup(settings, "telephones", number), sealing.seal(settings, number),
        )  # fmt: skip
    return [row.id for row in rows]


@db.transactional
async def erase(person_id: int) -> None:
    """Take away whatever lets a platform, or a telephone number, lead to this person."""
    await db.execute("DELETE FROM platform_identity WHERE person_id = $1", person_id)
    await db.execute("DELETE FROM person_phone WHERE person_id = $1", person_id)
