"""Sessions, one per device, extended by refresh tokens that are valid once.

A refresh token that arrives a second time means a lost response or a theft. Its successor is derived from it. Within
`RETRY_WINDOW` of the first use, and while the successor is unused, the same successor is returned again. So a device
that lost the response continues, and two copies still share one chain. In every other case a thief may hold a copy: the
whole session ends, for the thief and for the person, who logs in again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from community.accounts import account_events, person_lock, random_tokens, rules
from community.accounts.access_tokens import AccessToken, Bearer, issue
from community.accounts.errors import Banned, SessionEnded
from community.accounts.models import LoginSession, Platform, SessionEndReason
from community.kernel import clock, db, sealing, signing
from community.kernel.audit_actions import AuditAction
from community.kernel.errors import NotFound, Unauthenticated, require_row
from community.kernel.listing import Listing
from community.kernel.paging import Page, PageRequest
from community.kernel.tables import row_of
from community.settings import Environment, Settings
from community.texts import Language

RETRY_WINDOW = timedelta(seconds=60)
_MAX_TOKEN_LENGTH = 128
_FIRST_LOGIN_WINDOW = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class SessionTokens:
    """The tokens of a device, for requests and for the next pair."""

    person_id: int
    session_id: int
    access: AccessToken = field(repr=False)
    refresh: str = field(repr=False)
    refresh_expires_at: datetime


@row_of(LoginSession)
class SessionRow:
    """A session as its person sees it."""

    id: int
    person_id: int
    platform: Platform
    device: str | None
    created_at: datetime
    refreshed_at: datetime
    expires_at: datetime


@dataclass(slots=True)
class _OwnerRow:
    person_id: int
    created_at: datetime
    banned_at: datetime | None
    ban_reason: str | None


class ActiveSessionRow(db.Row):
    """The person of an active session. `language` is None without a choice."""

    person_id: int
    language: Language | None


@dataclass(slots=True)
class _UsedTokenRow:
    session_id: int
    used_at: datetime


_COLUMNS = db.columns(SessionRow)
_IS_ACTIVE = "ended_at IS NULL AND expires_at > $2"

_FIND_OWNER_SQL = (
    "SELECT id AS person_id, created_at, banned_at, ban_reason FROM person WHERE id = $1 AND erased_at IS NULL"
)
_FIND_OWNER = db.Select(_FIND_OWNER_SQL, _OwnerRow)
# The lock keeps an erasure out: otherwise a new session could remain after the person is erased.
_LOCK_OWNER = db.Select(f"{_FIND_OWNER_SQL} FOR KEY SHARE", _OwnerRow)
_NEW = db.Change(
    "INSERT INTO login_session (person_id, platform, device, created_at, refreshed_at, expires_at)"
    " VALUES ($1, $2, $3, $4, $4, $5) RETURNING id",
    db.Id,
)
_FIND_ACTIVE = db.Select(
    f"SELECT {db.columns(ActiveSessionRow, 'p', person_id='p.id')}"
    " FROM login_session s JOIN person p ON p.id = s.person_id"
    " WHERE s.id = $1 AND s.person_id = $3"
    " AND s.ended_at IS NULL AND s.expires_at > $2 AND (s.platform <> 'DEVELOPMENT' OR $4) AND p.banned_at IS NULL"
    " AND p.erased_at IS NULL",
    ActiveSessionRow,
)
_USE_TOKEN = db.Change(
    f"UPDATE refresh_token SET used_at = $2 WHERE digest = $1 AND used_at IS NULL"
    f" RETURNING {db.columns(_UsedTokenRow)}",
    _UsedTokenRow,
)
_FIND_USED_TOKEN = db.Select(f"SELECT {db.columns(_UsedTokenRow)} FROM refresh_token WHERE digest = $1", _UsedTokenRow)
_FIND_UNUSED_TOKEN = db.Select(
    "SELECT id FROM refresh_token WHERE digest = $1 AND session_id = $2 AND used_at IS NULL", db.Id
)
_EXTEND = db.Change(
    "UPDATE login_session SET refreshed_at = $2, expires_at = $3"
    f" WHERE id = $1 AND {_IS_ACTIVE} AND (platform <> 'DEVELOPMENT' OR $4) RETURNING {_COLUMNS}",
    SessionRow,
)
_LIST_OWN = Listing(
    f"SELECT {_COLUMNS} FROM login_session WHERE person_id = $1 AND {_IS_ACTIVE}", SessionRow, newest_first=True
)
_FIND_OWN_ACTIVE = db.Select(
    f"SELECT {_COLUMNS} FROM login_session WHERE person_id = $1 AND {_IS_ACTIVE} AND id = $3", SessionRow
)
_FIND_ANY = db.Select("SELECT id FROM login_session WHERE person_id = $1 LIMIT 1", db.Id)
_FIND_OWN = db.Select("SELECT id FROM login_session WHERE id = $1 AND person_id = $2", db.Id)
# The lock of calls (`person_lock.lock_caller`) waits for FOR UPDATE alone, and reads the session again after it.
_END_SQL = (
    "UPDATE login_session SET ended_at = $2, ended_why = $3 WHERE id IN (SELECT id FROM login_session WHERE {}"
    " AND ended_at IS NULL FOR UPDATE) RETURNING person_id AS id"
)
_END = db.Change(_END_SQL.format("id = $1"), db.Id)
_END_OWN = db.Change(_END_SQL.format("id = $1 AND person_id = $4 AND expires_at > $2"), db.Id)
_END_ALL = db.Change(_END_SQL.format("person_id = $1 AND id <> $4 AND platform = ANY($5) AND expires_at > $2"), db.Id)


@db.transactional
async def begin(settings: Settings, person_id: int, platform: Platform, *, device: str | None = None) -> SessionTokens:
    """Begin a session after a login and return its tokens.

    `device` is the device's name. Raises Banned, InvalidInput, and SessionEnded if the person was erased.
    """
    device_name = None if device is None else rules.normalise_device_name(device)
    owner = require_row(await _LOCK_OWNER.first(person_id), SessionEnded())
    if owner.banned_at is not None:
        raise _build_banned_error(owner)
    now = clock.now()
    expires_at = now + timedelta(seconds=settings.refresh_lifetime_s)
    # Ended sessions are deleted after 30 days, so that an older person without a session may have had one.
    is_first = owner.created_at > now - _FIRST_LOGIN_WINDOW and await _FIND_ANY.first(person_id) is None
    session = await _NEW.one(person_id, platform, device_name, now, expires_at)
    await account_events.record(
        person_id, AuditAction.SESSION_BEGIN, is_notified=not is_first, platform=platform.value, session_id=session.id
    )
    token = random_tokens.generate_token()
    await _insert_token(session.id, token)
    return _build_tokens(settings, person_id, session.id, token, expires_at)


def _build_banned_error(owner: _OwnerRow) -> Banned:
    return Banned("with_reason", reason=owner.ban_reason) if owner.ban_reason else Banned()


def _build_tokens(
    settings: Settings, person_id: int, session_id: int, token: str, expires_at: datetime
) -> SessionTokens:
    return SessionTokens(person_id, session_id, issue(settings, Bearer(person_id, session_id)), token, expires_at)


def _admits_development(settings: Settings) -> bool:
    """Return True if sessions of the development login are valid. Production ends them."""
    return settings.environment is not Environment.PRODUCTION


async def require_active(
    settings: Settings, bearer: Bearer, *, including: tuple[db.Related, ...] = ()
) -> ActiveSessionRow:
    """Return the session's person with further rows about them.

    Raises Unauthenticated unless the session and its person are active.

    A banned or erased person is not active. It is one indexed read per request, so that a ban or a logout takes effect
    with the next request.
    """
    statement = _FIND_ACTIVE.including(including)
    values = (bearer.session_id, clock.now(), bearer.person_id, _admits_development(settings))
    found = await statement.first(*values)
    if found is None:  # not by `require_row`: each request would build its refusal
        raise Unauthenticated("access_token")
    return found


async def refresh(settings: Settings, token: str) -> SessionTokens:
    """Return new tokens for a refresh token, which is valid once.

    Raises SessionEnded, also for a token that was used before, except for a retry (see the module).
    """
    if not 1 <= len(token) <= _MAX_TOKEN_LENGTH or not token.isascii():
        raise SessionEnded(path=("refreshToken",))
    return require_row(await _refresh(settings, token), SessionEnded(path=("refreshToken",)))


@db.transactional
async def _refresh(settings: Settings, token: str) -> SessionTokens | None:
    # It returns None instead of raising: the end of a session after a theft must be committed.
    now = clock.now()
    used = await _USE_TOKEN.first(random_tokens.compute_digest(token), now)
    successor = _derive_successors(settings, token)[0]
    if used is None:
        used = await _FIND_USED_TOKEN.first(random_tokens.compute_digest(token))
        if used is None:
            return None
        retried = await _find_retried_successor(settings, token, used, now)
        if retried is None:
            ended = await _END.first(used.session_id, now, SessionEndReason.REUSED)
            if ended is not None:
                await account_events.record(ended.id, AuditAction.SESSION_REUSE, session_id=used.session_id)
            return None
        successor = retried
    else:
        await _insert_token(used.session_id, successor)
    expires_at = now + timedelta(seconds=settings.refresh_lifetime_s)
    session = await _EXTEND.first(used.session_id, now, expires_at, _admits_development(settings))
    if session is None:
        return None
    owner = await _FIND_OWNER.first(session.person_id)
    if owner is None or owner.banned_at is not None:
        return None
    return _build_tokens(settings, session.person_id, session.id, successor, session.expires_at)


async def _find_retried_successor(settings: Settings, token: str, used: _UsedTokenRow, now: datetime) -> str | None:
    if used.used_at + RETRY_WINDOW < now:
        return None
    # The secret may have been rotated since the lost response: try the successors of all accepted secrets.
    for successor in _derive_successors(settings, token):
        if await _FIND_UNUSED_TOKEN.first(random_tokens.compute_digest(successor), used.session_id) is not None:
            return successor
    return None


def _derive_successors(settings: Settings, token: str) -> list[str]:
    return signing.derive_tokens(sealing.list_secrets(settings), "refresh tokens", token)


async def _insert_token(session_id: int, token: str) -> None:
    await db.execute(
        "INSERT INTO refresh_token (session_id, digest, issued_at) VALUES ($1, $2, $3)",
        session_id, random_tokens.compute_digest(token), clock.now(),
    )  # fmt: skip


async def find_own(person_id: int, session_id: int) -> SessionRow | None:
    """Return the person's active session, or None."""
    return await _FIND_OWN_ACTIVE.first(person_id, clock.now(), session_id)


async def list_own(person_id: int, request: PageRequest) -> Page[SessionRow]:
    """Return a page of the person's active sessions, newest first."""
    return await _LIST_OWN.page(request, person_id, clock.now())


@person_lock.exclusive
async def end(person_id: int, *, session_id: int) -> None:
    """End a session of the person. Raises NotFound for another person's.

    Idempotent: an ended session stays unchanged.
    """
    if await _FIND_OWN.first(session_id, person_id) is None:
        raise NotFound("session")
    if await _END_OWN.first(session_id, clock.now(), SessionEndReason.LOGGED_OUT, person_id) is not None:
        await account_events.record(person_id, AuditAction.SESSION_END, session_id=session_id)


@person_lock.exclusive
async def end_all(
    person_id: int,
    *,
    except_session_id: int = 0,
    platforms: Sequence[Platform] = tuple(Platform),
    reason: SessionEndReason = SessionEndReason.LOGGED_OUT,
) -> int:
    """End the person's other active sessions of these platforms and return the number ended."""
    ended = len(await _END_ALL.all(person_id, clock.now(), reason, except_session_id, list(platforms)))
    if ended:
        await account_events.record(person_id, AuditAction.SESSION_END, ended=ended, reason=reason.value)
    return ended
