"""Checks of `community check`: services are reachable, migrated and consistent."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from community.accounts import encryption_keys, platform_ids, platforms
from community.communities import nicknames, queries, roles
from community.communities.queries import CommunityRow
from community.database import DatabaseNotReady, describe_unknown_migrations, require_database_file, use_database
from community.kernel import cache, clock, db, outbox, sealing
from community.kernel.errors import TryAgain
from community.kernel.invariants import check_invariants
from community.kernel.migrate import list_pending_migrations, list_unknown_migrations
from community.kernel.schema_drift import list_drift
from community.kernel.seals.checks import find_age
from community.leaderboards import service as leaderboards
from community.points import invariants as points
from community.privacy import erasures
from community.review import deadlines
from community.review.screening import queries as screening_queries
from community.settings import Settings
from community.system.machine_checks import CheckFailed, check_disks, check_processes, check_storage

MAX_DELAY = timedelta(minutes=10)
_MAX_DIFFERENCES = 3
_MAX_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check, with a sentence for the operator."""

    name: str
    is_ok: bool
    sentence: str


Check = Callable[[Settings], Awaitable[str]]


async def run_checks(settings: Settings, checks: Mapping[str, Check] | None = None) -> list[Finding]:
    """Run `CHECKS`, or others, in order and return the findings.

    Checks that need the database are left out if it does not answer or lacks tables.
    """
    findings = [Finding("settings", is_ok=True, sentence=f"{settings.environment.value}, every variable is valid")]
    findings.append(_check_logins(settings))
    cache.open_cache(settings)
    try:
        require_database_file(settings)
        async with use_database(settings):
            findings += await _run_in_order(settings, CHECKS if checks is None else checks)
    except Exception as error:  # noqa: BLE001 - any error of the database is the finding
        findings += [
            Finding("database", is_ok=False, sentence=_describe_error(error)),
            await _run_check("redis", _check_redis, settings),
        ]
    finally:
        await cache.close_cache()
    return findings


async def _run_in_order(settings: Settings, checks: Mapping[str, Check]) -> list[Finding]:
    findings: list[Finding] = []
    usable = True
    for name, check in checks.items():
        if usable or check in _WITHOUT_DATABASE:
            findings.append(await _run_check(name, check, settings))
            usable = usable and (findings[-1].is_ok or check not in {_check_database, _check_migrations})
    return findings


def _check_logins(settings: Settings) -> Finding:
    offered = ", ".join(sorted(platform.value for platform in platforms.list_offered(settings)))
    return Finding(
        "logins", is_ok=bool(offered), sentence=offered or "no platform has credentials, so no person can log in"
    )


async def _run_check(name: str, check: Check, settings: Settings) -> Finding:
    try:
        return Finding(name, is_ok=True, sentence=await check(settings))
    except Exception as error:  # noqa: BLE001 - any error of a check is its finding
        return Finding(name, is_ok=False, sentence=_describe_error(error))


def _describe_error(error: Exception) -> str:
    plain = (CheckFailed, DatabaseNotReady, db.DatabaseUnavailable)
    return str(error) if isinstance(error, plain) else f"{type(error).__name__}: {error}".strip()


async def _check_database(_settings: Settings) -> str:
    await db.ping()
    if db.dialect() is db.Dialect.SQLITE:
        return f"SQLite {await db.scalar('SELECT sqlite_version()')}"
    try:
        await db.write_pages()
    except TryAgain as error:
        cause, _, _ = str(error.__cause__).partition("\n")
        raise CheckFailed(f"the database cannot be written: {cause}") from error
    return f"PostgreSQL {await db.scalar('SHOW server_version')}, writes"


async def _check_migrations(_settings: Settings) -> str:
    unknown = await list_unknown_migrations()
    if unknown:
        raise CheckFailed(describe_unknown_migrations(unknown))
    missing = await list_pending_migrations()
    if missing:
        raise CheckFailed(f"not applied: {', '.join(missing)}; run `community migrate`")
    return "all applied"


async def _check_tables(_settings: Settings) -> str:
    differences = await list_drift()
    if differences:
        more = f" (and {len(differences) - _MAX_DIFFERENCES} more)" if len(differences) > _MAX_DIFFERENCES else ""
        raise CheckFailed("; ".join(differences[:_MAX_DIFFERENCES]) + more)
    return "as this version declares them"


async def _check_secrets(settings: Settings) -> str:
    if fault := await encryption_keys.find_fault(settings):
        raise CheckFailed(fault)
    count = await platform_ids.count_unsealed()
    if count:
        raise CheckFailed(f"{count} platform ids are not sealed; run `community migrate`")
    return f"every platform id is sealed, with the key {sealing.list_fingerprints(settings)[0]}"


async def _check_screenings(_settings: Settings) -> str:
    count = await screening_queries.count_overdue()
    if count:
        raise CheckFailed(f"{count} sent submissions wait for their screening for too long; see `community outbox`")
    return "no sent submission waits for too long"


async def _check_cases(_settings: Settings) -> str:
    """Count the overdue cases. Those that leaders may decide are no fault."""
    found = await deadlines.count_overdue()
    stuck = [row for row in found if row.stuck]
    if stuck:
        shown = ", ".join(f"{row.stuck} in community {row.community_id}" for row in stuck[:_MAX_SHOWN])
        total = sum(row.stuck for row in stuck)
        raise CheckFailed(f"no leader may decide {total} overdue review cases: {shown}; `community cases list`")
    shown = ", ".join(f"{row.count} in community {row.community_id}" for row in found[:_MAX_SHOWN])
    total = sum(row.count for row in found)
    return f"{total} review cases are overdue: {shown}" if found else "no review case is overdue"


async def _check_nicknames(_settings: Settings) -> str:
    """Name the members who look like a leader. It is for the leaders to decide, so it is no fault."""
    found = await nicknames.list_all_imitators()
    shown = ", ".join(map(str, found[:_MAX_SHOWN]))
    return f"{len(found)} members look like a leader: memberships {shown}" if found else "no member looks like a leader"


async def _check_leaders(_settings: Settings) -> str:
    lost = await roles.list_leaderless()
    if lost:
        raise CheckFailed(f"communities {', '.join(map(str, lost))} have no leader; `community people lead COMMUNITY`")
    return "every community with members has a leader"


async def _check_erasures(_settings: Settings) -> str:
    late = await erasures.count_overdue(clock.now() - MAX_DELAY * 6)
    if late:
        raise CheckFailed(f"{late} erasures are overdue: is a relay running?")
    return "no erasure is overdue"


async def _check_redis(_settings: Settings) -> str:
    info = await cache.client().info("server")
    await cache.write()
    return f"{info.get('server_name', 'redis')} {info.get('valkey_version', info['redis_version'])}, writes"


async def _check_effects(_settings: Settings) -> str:
    backlog = await outbox.get_backlog()
    if backlog.parked:
        raise CheckFailed(
            f"{backlog.parked} effects are parked: `community outbox list --parked` shows them. Repair the cause, then"
            " run `community outbox unpark`"
        )
    if backlog.oldest is not None and clock.now() - backlog.oldest > MAX_DELAY:
        raise CheckFailed(
            f"{backlog.pending} effects wait, the oldest since {backlog.oldest:%Y-%m-%d %H:%M}Z: is a relay running?"
        )
    age = "" if backlog.oldest is None else f", the oldest for {(clock.now() - backlog.oldest).total_seconds():.0f} s"
    return f"{backlog.pending} pending{age}"


async def _check_books(_settings: Settings) -> str:
    async for proven in check_invariants([points.BALANCES_MATCH_LOTS]):
        if proven.violations:
            names = ", ".join(map(str, proven.violations))
            raise CheckFailed(
                f"the balance of accounts {names} differs from the sum of their lots: run `community audit`"
            )
    return "every balance equals the sum of its lots; `community audit` checks the rest"


async def _check_seals(_settings: Settings) -> str:
    age = await find_age()
    if age.fault is not None:
        raise CheckFailed(f"{age.fault}: is a relay running? `community seal` seals them now")
    newest = "no seal yet" if age.newest is None else f"the newest seal is {age.newest.id}"
    if age.waits_since is None:
        return f"{newest}, and every row is sealed"
    return f"{newest}, the oldest row without a seal waits for {(clock.now() - age.waits_since).total_seconds():.0f} s"


_MAX_BOARDS = 20
_BOARD_ATTEMPTS = 4
_BOARD_RETRY_S = 0.5


async def _check_boards(_settings: Settings) -> str:
    communities = await queries.list_all_communities()
    return await _compare_boards(random.sample(communities, min(_MAX_BOARDS, len(communities))))


async def _check_all_boards(_settings: Settings) -> str:
    return await _compare_boards(await queries.list_all_communities())


async def _compare_boards(communities: Sequence[CommunityRow]) -> str:
    found = {community.id: await leaderboards.compare_with_ledger(community) for community in communities}
    for _ in range(_BOARD_ATTEMPTS):
        wrong = [community for community in communities if found[community.id] is False]
        if not wrong:
            break
        # A board may lag behind the ledger. It agrees after its pending steps.
        await asyncio.sleep(_BOARD_RETRY_S)
        found |= {community.id: await leaderboards.compare_with_ledger(community) for community in wrong}
    lost = [number for number, agrees in found.items() if agrees is None]
    if differing := ", ".join(str(number) for number, agrees in found.items() if agrees is False):
        raise CheckFailed(
            f"boards differ from the ledger in communities {differing}; run `community leaderboards rebuild`"
        )
    missing = f", {len(lost)} read from the ledger until rebuilt" if lost else ""
    return f"{len(communities) - len(lost)} of {len(communities)} examined communities in Redis{missing}"


STORED_CHECKS: Mapping[str, Check] = {
    "database": _check_database,
    "migrations": _check_migrations,
    "tables": _check_tables,
    "secrets": _check_secrets,
    "leaders": _check_leaders,
    "storage": check_storage,
}
"""Checks of what is stored, which need no running process."""

CHECKS: Mapping[str, Check] = {
    **STORED_CHECKS,
    "disks": check_disks,
    "redis": _check_redis,
    "processes": check_processes,
    "erasures": _check_erasures,
    "effects": _check_effects,
    "screenings": _check_screenings,
    "cases": _check_cases,
    "seals": _check_seals,
    "boards": _check_boards,
}
DEEP_CHECKS: Mapping[str, Check] = {
    **CHECKS,
    "books": _check_books,
    "boards": _check_all_boards,
    "nicknames": _check_nicknames,
}
_WITHOUT_DATABASE = {check_disks, _check_redis}
