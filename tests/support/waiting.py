"""Waiting for conditions of other tasks and processes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from community.kernel import db
from community.kernel.db.connection import pool
from community.settings import Settings
from community.system.checks import Finding, run_checks

_BLOCKED = """SELECT count(*) AS blocked FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'"""


async def wait_until(condition: Callable[[], object], *, within_s: float = 30.0) -> None:
    """Return once `condition()` is true. Fails after `within_s` seconds."""
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, "the condition did not become true in time"
        await asyncio.sleep(0.01)


async def until_blocked(transactions: int = 1, *, within_s: float = 30.0) -> None:
    """Return once so many transactions of this process wait for a lock.

    Another transaction holds the lock. Fails after `within_s` seconds.
    """
    deadline = time.monotonic() + within_s
    while (blocked := await _count_blocked()) < transactions:
        assert time.monotonic() < deadline, f"{blocked} transactions are blocked, not {transactions}"
        await asyncio.sleep(0.005)


async def run_before_commit(first: Awaitable[object], second: Awaitable[object]) -> list[Any]:
    """Run `second` after `first` has done its work and before it commits. Return each result or exception."""
    worked, go = asyncio.Event(), asyncio.Event()

    async def work() -> object:
        try:
            result = await first
        finally:
            worked.set()
        await go.wait()
        return result

    tasks = [asyncio.create_task(db.transaction(work))]
    await worked.wait()
    tasks.append(asyncio.ensure_future(second))
    await asyncio.wait(tasks[1:], timeout=0.3)
    go.set()
    return await asyncio.gather(*tasks, return_exceptions=True)


async def _count_blocked() -> int:
    on = pool()
    if db.dialect() is db.Dialect.SQLITE:
        # All statements of a process share one connection. Each waits for the transaction that holds its lock.
        return sum(not waiter.done() for waiter in on._lock._waiters or ())
    # On the pool: a transaction sees the activity of its first look only.
    _, rows = await on.execute_query(_BLOCKED)
    return rows[0]["blocked"]


async def list_faults(settings: Settings) -> list[Finding]:
    """Return the failed checks. A process has 30 s to give the sign of life that was lost with Valkey."""
    for _ in range(60):
        faults = [finding for finding in await run_checks(settings) if not finding.is_ok]
        if {finding.name for finding in faults} != {"processes"}:
            break
        await asyncio.sleep(0.5)
    return faults
