"""Is everything that the configuration names reachable, migrated and consistent?"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from community.database import NotReady, must_exist, opened
from community.identity import communities, platform_ids, platforms
from community.identity import queries as identity
from community.kernel import cache, clock, db, outbox
from community.kernel.catalogue import drift
from community.kernel.migrate import pending
from community.kernel.proof import prove
from community.leaderboards import service as leaderboards
from community.points import audit as points
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
    """Every check in turn. What cannot be asked, because the database does not answer or lacks tables, is left out."""
    findings = [Finding("settings", well=True, sentence=f"{settings.environment.value}, every variable is valid")]
    findings.append(_logins(settings))
    cache.open_cache(settings)
    try:
        must_exist(settings)
        async with opened(settings):
            findings += await _in_turn()
    except Exception as error:  # noqa: BLE001 - whatever keeps the database shut is the finding
        findings += [Finding("database", well=False, sentence=_said(error)), await _ask("redis", _redis)]
    finally:
        await cache.close_cache()
    return findings


async def _in_turn() -> list[Finding]:
    findings: list[Finding] = []
    usable = True
    for name, check in _CHECKS.items():
        if usable or check is _redis:
            findings.append(await _ask(name, check))
            usable = usable and (findings[-1].well or check not in {_database, _migrations})
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
    plain = (Unwell, NotReady, db.DatabaseAway)
    return str(error) if isinstance(error, plain) else f"{type(error).__name__}: {error}".strip()


async def _database() -> str:
    await db.reach()
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
    async for proven in prove([points.LOTS]):
        if proven.wrong:
            names = ", ".join(map(str, proven.wrong))
            raise Unwell(f"the balance of accounts {names} is not what is left of their lots; see `community audit`")
    return "every balance is what is left of its lots; `community audit` proves the rest"


_LOOKS = 5
_LOOK_S = 0.5


async def _boards() -> str:
    communities = await identity.every_community()
    found = {community.id: await leaderboards.agrees(community) for community in communities}
    for _ in range(_LOOKS):
        wrong = [community for community in communities if found[community.id] is False]
        if not wrong:
            break
        # A step may be on its way: a board that is only behind agrees sooner or later.
        await asyncio.sleep(_LOOK_S)
        found |= {community.id: await leaderboards.agrees(community) for community in wrong}
    lost = [number for number, agrees in found.items() if agrees is None]
    if differing := ", ".join(str(number) for number, agrees in found.items() if agrees is False):
        raise Unwell(f"differ from the books in communities {differing}; run `community leaderboards rebuild`")
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
