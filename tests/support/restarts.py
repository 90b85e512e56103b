"""A day on several processes while PostgreSQL and Valkey restart under them."""

from __future__ import annotations

import asyncio
import json
import signal
import time
from collections import Counter
from pathlib import Path

import httpx

from community.communities import founding
from community.database import use_database
from community.kernel import outbox
from community.kernel.invariants import check_invariants
from community.kernel.migrate import migrate
from community.settings import Settings
from community.system.invariants import INVARIANTS
from tests.support.backends import make_settings
from tests.support.cluster import Cluster, run_cluster
from tests.support.fleet import run_fleet
from tests.support.waiting import list_faults, wait_until
from tests.support.workload import DayScenario

MAX_RECOVERY_S = 5.0
REOFFER_S = 5
FAULTS = ("fast", "valkey", "immediate", "valkey", "backend")


async def run_restarts_scenario(folder: Path, *, residents: int, each: int, every: int) -> Counter[str]:
    """Run a day with a fault after every `every` answers. Return the codes of all errors that clients saw.

    The processes start before their database. Fails if a process ends, if the service is not ready again in time, if an
    invariant does not hold, or if a balance is not what was earned.
    """
    codes: Counter[str] = Counter()

    async def record_codes(response: httpx.Response) -> None:
        await response.aread()
        codes.update(_list_codes(response))

    async with run_cluster() as cluster:
        settings = make_settings(
            database_url=cluster.database_url, redis_url=cluster.valkey.url, outbox_reoffer_s=REOFFER_S
        )
        async with use_database(settings):
            await migrate()
            code = (await founding.create_community(name="幸福里")).code
        await asyncio.to_thread(cluster.stop_postgres)
        with run_fleet(settings, folder, apis=1, workers=1, relays=1) as fleet:
            await wait_until(lambda: _count_waiting(folder) == 5, within_s=60)
            await asyncio.to_thread(cluster.start_postgres)
            async with httpx.AsyncClient(timeout=20, event_hooks={"response": [record_codes]}) as client:
                await _wait_until_ready(fleet.urls[0], within_s=30)
                day = DayScenario(fleet.urls, client, residents=residents, each=each)
                async with asyncio.TaskGroup() as group:  # a server that does not come back ends the day
                    group.create_task(_make_faults(cluster, day, fleet.urls[0], every=every))
                    await day.gather(code)
                    await day.run()
                assert await day.wait_for_board(within_s=60)
                state = await day.read_end_state()
            assert {name: seen["balance"] for name, seen in state["people"].items()} == day.compute_balances()
            await _check(settings)
    return codes


def _list_codes(response: httpx.Response) -> list[str]:
    try:
        answer = response.json()
    except json.JSONDecodeError:
        return [f"no JSON, status {response.status_code}"]
    codes = [error["extensions"]["code"] for error in answer.get("errors", ())]
    payloads = [payload for payload in (answer.get("data") or {}).values() if isinstance(payload, dict)]
    return codes + [error["code"] for payload in payloads for error in payload.get("errors", ())]


def _count_waiting(folder: Path) -> int:
    return sum("process waits" in path.read_text() for path in folder.glob("*.log"))


async def _make_faults(cluster: Cluster, day: DayScenario, url: str, *, every: int) -> None:
    for fault in FAULTS:
        until = day.answered + every
        await wait_until(lambda until=until: day.answered >= until, within_s=60)
        await asyncio.to_thread(_make_fault, cluster, fault)
        await _wait_until_ready(url, within_s=MAX_RECOVERY_S)


def _make_fault(cluster: Cluster, fault: str) -> None:
    match fault:
        case "valkey":
            cluster.kill_valkey()
        case "backend":
            cluster.kill_backend()
        case _:
            cluster.stop_postgres(signal.SIGINT if fault == "fast" else signal.SIGQUIT)
            cluster.start_postgres()


async def _wait_until_ready(url: str, *, within_s: float) -> None:
    deadline = time.monotonic() + within_s
    async with httpx.AsyncClient(timeout=within_s) as client:
        while True:
            try:
                if (await client.get(f"{url}/readyz")).status_code == httpx.codes.OK:
                    return
            except httpx.TransportError:
                pass
            assert time.monotonic() < deadline, f"not ready after {within_s} s"
            await asyncio.sleep(0.05)


async def _check(settings: Settings) -> None:
    async with use_database(settings):
        assert [proven async for proven in check_invariants(INVARIANTS) if proven.violations] == []
        for _ in range(600):
            if not (await outbox.get_backlog()).pending:
                break
            await asyncio.sleep(0.1)
    assert await list_faults(settings) == []
