"""The token for the service's own calls to a platform.

It is stored in the database and fetched by one process at a time.

The process that takes the row's lease fetches the next token. All others use the current token, which stays valid for
five minutes beside the next one. They wait if there is none. A process that fetches early without success uses the
current token too. This needs no Redis. A process that dies while it fetches delays the others by the length of the
lease, which is longer than any fetch.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from community.accounts.errors import PlatformBusy
from community.accounts.models import Platform
from community.kernel import clock, db, periods, sealing
from community.kernel.errors import Refusal
from community.settings import Settings

log = logging.getLogger(__name__)

GRACE_PERIOD = timedelta(minutes=5)
MAX_FORCED_PER_DAY = 20
"""The platform counts the days of China."""
_POLL_INTERVAL_S = 0.05
_LEASE_MARGIN_S = 5.0


@dataclass(frozen=True, slots=True)
class FetchedToken:
    """A new token, and the end of its use."""

    token: str = field(repr=False)
    expires_at: datetime


class TokenFetcher(Protocol):
    """A function that fetches a token from the platform. With `force` the platform ends the former one."""

    def __call__(self, *, force: bool) -> Awaitable[FetchedToken]:
        """Return the token. Raises the platform's refusals."""


@dataclass(slots=True)
class _TokenRow:
    token_sealed: str | None
    expires_at: datetime | None


@dataclass(slots=True)
class _LeaseRow:
    forced: int


_FIND = db.Select(f"SELECT {db.columns(_TokenRow)} FROM platform_token WHERE platform = $1", _TokenRow)
_LEASE = db.Change(
    "UPDATE platform_token SET lease_until = $3, forced = CASE WHEN forced_on = $4 THEN forced ELSE 0 END,"
    " forced_on = $4 WHERE platform = $1 AND lease_until <= $2"
    # A process that read the row before another one had fetched must not fetch again.
    " AND COALESCE(token_sealed, '') = $5 RETURNING forced",
    _LeaseRow,
)


def compute_lease_duration(settings: Settings) -> timedelta:
    """Return the time for a fetch, longer than a call can take."""
    return timedelta(seconds=settings.login_timeout_s + _LEASE_MARGIN_S)


async def get_current(settings: Settings, platform: Platform, fetch: TokenFetcher) -> str:
    """Return a valid token, fetched if necessary.

    Raises what `fetch` raises, and PlatformBusy if another process fetches for too long.
    """
    deadline = asyncio.get_running_loop().time() + settings.login_timeout_s * 2
    while True:
        row = await _get_or_create_row(platform)
        token = _unseal_if_usable(settings, row, grace=timedelta())
        if token is not None:
            return token
        if await _acquire_lease(settings, platform, last_seen_token=row.token_sealed) is not None:
            return await _fetch_early(settings, platform, fetch, row)
        token = _unseal_if_usable(settings, row, grace=GRACE_PERIOD)
        if token is not None:
            return token
        await _wait(deadline)


def _unseal_if_usable(settings: Settings, row: _TokenRow, *, grace: timedelta) -> str | None:
    if row.token_sealed is None or row.expires_at is None or row.expires_at + grace <= clock.now():
        return None
    return sealing.unseal(settings, row.token_sealed)


async def _fetch_early(settings: Settings, platform: Platform, fetch: TokenFetcher, row: _TokenRow) -> str:
    """Fetch the next token, or return the current one if that fails."""
    try:
        return await _fetch_and_keep(settings, platform, fetch, force=False)
    except Refusal as refusal:
        token = _unseal_if_usable(settings, row, grace=GRACE_PERIOD)
        if token is None:
            raise
        log.warning("platform token fetch failed, current token is used: code=%s", refusal.code)
        return token


async def renew(settings: Settings, platform: Platform, fetch: TokenFetcher, *, rejected_token: str) -> str:
    """Return another token than `rejected_token`, which the platform has refused.

    It is fetched once, however many callers were refused. Raises what `fetch` raises, and PlatformBusy.
    """
    deadline = asyncio.get_running_loop().time() + settings.login_timeout_s * 2
    while True:
        row = await _get_or_create_row(platform)
        if row.token_sealed is not None:
            token = sealing.unseal(settings, row.token_sealed)
            if token != rejected_token:
                return token
        leased = await _acquire_lease(settings, platform, last_seen_token=row.token_sealed)
        if leased is not None:
            # The platform limits forced fetches to 20 a day. Beyond that only the ordinary call is left.
            return await _fetch_and_keep(settings, platform, fetch, force=leased.forced < MAX_FORCED_PER_DAY)
        await _wait(deadline)


async def _get_or_create_row(platform: Platform) -> _TokenRow:
    row = await _FIND.first(platform)
    if row is None:
        now = clock.now()
        await db.execute(
            "INSERT INTO platform_token (platform, lease_until) VALUES ($1, $2) ON CONFLICT (platform) DO NOTHING",
            platform, now,
        )  # fmt: skip
        row = await _FIND.one(platform)
    return row


async def _acquire_lease(settings: Settings, platform: Platform, *, last_seen_token: str | None) -> _LeaseRow | None:
    """Take the lease if the row still holds `last_seen_token`. Return None if another process has it."""
    now = clock.now()
    return await _LEASE.first(
        platform,
        now,
        now + compute_lease_duration(settings),
        now.astimezone(periods.CHINA).date().isoformat(),
        last_seen_token or "",
    )


async def _fetch_and_keep(settings: Settings, platform: Platform, fetch: TokenFetcher, *, force: bool) -> str:
    try:
        fetched = await fetch(force=force)
    except BaseException:
        await db.execute("UPDATE platform_token SET lease_until = $2 WHERE platform = $1", platform, clock.now())
        raise
    await db.execute(
        "UPDATE platform_token SET token_sealed = $2, expires_at = $3, lease_until = $4, forced = forced + $5"
        " WHERE platform = $1",
        platform, sealing.seal(settings, fetched.token), fetched.expires_at, clock.now(), int(force),
    )  # fmt: skip
    return fetched.token


async def _wait(deadline: float) -> None:
    if asyncio.get_running_loop().time() > deadline:
        log.warning("platform token fetch of another process takes too long")
        raise PlatformBusy
    await asyncio.sleep(_POLL_INTERVAL_S)
