"""Is everything that the configuration names reachable, migrated and consistent?"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from community.database import opened
from community.identity import communities, platform_ids, platforms
from community.identity import queries as identity
from community.kernel import cache, clock, db, outbox
from community.kernel.catalogue import drift
from community.kernel.migrate import pending
from community.leaderboards import service as leaderboards
from community.points import queries as points
from community.privacy import erasures
from community.settings import Settings

PATIENCE = timedelta(minutes=10)
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found: whether it is well, and a sentence."""

    name: str
    well: bool
    sentence: str


class Unwell(Exception):  # noqa: N818 - it is what a check says, not an error of the program
    """What a check raises with its sentence when it is not content."""


async def examine(settings: Settings) -> list[Finding]:
    """Every check in turn; what cannot be asked, because something before it failed, is not well either."""
    findings = [Finding("settings", well=True, sentence=f"{settings.environment.value}, every variable is valid")]
    findings.append(_logins(settings))
    try:
        async with opened(settings):
            cache.open_cache(settings)
            findings += [await _ask(name, check) for name, check in _CHECKS.items()]
            await cache.close_cache()
    except Exception as error:  # noqa: BLE001 - whatever keeps the database shut is the finding
        findings.append(Finding("database", well=False, sentence=_said(error)))
    return findings


def _logins(settings: Settings) -> Finding:
    offered = ", ".join(sorted(platform.value for platform in platforms.offered(settings)))
    return Finding("logins", well=bool(offered), sentence=offered or "no platform has credentials: nobody can log in")


async def _ask(name: str, check: Callable[[], Awaitable[str]]) -> Finding:
    try:
        return Finding(name, well=True, sentence=await check())
    except Exception as error:  # noqa: BLE001 - whatever a check meets is its finding
        return Finding(name, well=False, sentence=_said(error))


def _said(error: Exception) -> str:
    return str(error) if isinstance(error, Unwell) else f"{type(error).__name__}: {error}".strip()


async def _database() -> str:
    if db.dialect() is db.Dialect.SQLITE:
        return f"SQLite {await db.scalar('SELECT sqlite_version()')}"
    return f"PostgreSQL {await db.scalar('SHOW server_version')}"


async def _migrations() -> str:
    missing = await pending()
    if missing:
        raise Unwell(f"not applied: {', '.join(missing)}; run `community migrate`")
    return "all applied"


async def _tables() -> str:
    differences = await drift()
    if differences:
        more = f" (and {len(differences) - _SHOWN} more)" if len(differences) > _SHOWN else ""
        raise Unwell("; ".join(differences[:_SHOWN]) + more)
    return "as this version declares them"


async def _secrets() -> str:
    count = await platform_ids.unsealed()
    if count:
        raise Unwell(f"{count} platform ids are not sealed; run `community migrate`")
    return "every platform id is sealed"


async def _leaders() -> str:
    lost = await communities.leaderless()
    if lost:
        raise Unwell(f"communities {', '.join(map(str, lost))} have no leader; `community people lead COMMUNITY`")
    return "every community with members has a leader"


async def _erasures() -> str:
    late = await erasures.overdue(clock.now() - PATIENCE * 6)
    if late:
        raise Unwell(f"{late} people who asked to be forgotten still wait though it is due: does a relay run?")
    return "nobody waits longer than they were told"


async def _redis() -> str:
    info = await cache.client().info("server")
    return f"{info.get('server_name', 'redis')} {info.get('valkey_version', info['redis_version'])}"


async def _effects() -> str:
    backlog = await outbox.backlog()
    if backlog.parked:
        raise Unwell(
            f"{backlog.parked} failed too often and are parked; mend the cause, then `community outbox unpark`"
        )
    if backlog.oldest is not None and clock.now() - backlog.oldest > PATIENCE:
        raise Unwell(f"{backlog.pending} wait, the oldest since {backlog.oldest:%Y-%m-%d %H:%M}Z: is a relay running?")
    return f"{backlog.pending} pending"


async def _books() -> str:
    wrong = await points.wrong_balances()
    if wrong:
        raise Unwell(f"the balance of accounts {', '.join(map(str, wrong))} is not the sum of their postings")
    return "every balance is the sum of its postings"


async def _boards() -> str:
    communities = await identity.every_community()
    lost, wrong = [], []
    for community in communities:
        agrees = await leaderboards.agrees(community)
        if agrees is None:
            lost.append(str(community.id))
        elif not agrees:
            wrong.append(str(community.id))
    if wrong:
        raise Unwell(f"differ from the books in communities {', '.join(wrong)}; run `community leaderboards rebuild`")
    missing = f", {len(lost)} read from the books until rebuilt" if lost else ""
    return f"{len(communities) - len(lost)} of {len(communities)} communities in Redis{missing}"


_CHECKS: dict[str, Callable[[], Awaitable[str]]] = {
    "database": _database,
    "migrations": _migrations,
    "tables": _tables,
    "secrets": _secrets,
    "leaders": _leaders,
    "erasures": _erasures,
    "redis": _redis,
    "effects": _effects,
    "books": _books,
    "boards": _boards,
}
