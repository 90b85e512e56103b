"""A day on a whole installation, with or without killed processes."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sqlite3
from collections import Counter
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import redis

from community.communities import founding
from community.database import migrate_and_seal, use_database
from community.kernel import outbox
from community.settings import PREFIX
from community.system.checks import run_checks
from community.system.supervisor import Supervisor
from tests.support.backends import SECRET
from tests.support.waiting import list_faults, wait_until
from tests.support.workload import DayScenario

VICTIMS = ("relay", "worker-effects", "worker-leaderboards", "api", "valkey")
REOFFER_S = 2


def create_installation(folder: Path, **settings: str) -> Supervisor:
    """Create an installation that leases effects again after two seconds.

    The default is two minutes.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    environment |= {f"{PREFIX}TOKEN_SECRET": SECRET, f"{PREFIX}OUTBOX_REOFFER_S": str(REOFFER_S)}
    environment |= {PREFIX + name.upper(): value for name, value in settings.items()}
    return Supervisor(folder, host="127.0.0.1", port=0, environment=environment, logs=True)


@asynccontextmanager
async def run_installation(system: Supervisor):
    """Run the installation and yield the code of its first leader.

    Ended processes are restarted until the block ends.
    """
    async with use_database(system.settings()):
        await migrate_and_seal(system.settings())
        code = (await founding.create_community(name="幸福里")).code
    system.start()

    async def restart_ended() -> None:
        while await asyncio.sleep(0.1, result=True):
            await asyncio.to_thread(system.restart_ended)

    async def is_ready() -> bool:
        with suppress(httpx.TransportError):
            return (await client.get(f"{system.url}/readyz")).status_code == httpx.codes.OK
        return False

    restarting = asyncio.create_task(restart_ended())
    try:
        # A call that waits for the start of the service longer than a client does would be sent again.
        async with httpx.AsyncClient(timeout=60) as client:
            while await asyncio.sleep(0.1, result=True):
                if await is_ready():
                    break
        yield code
    finally:
        restarting.cancel()
        with suppress(asyncio.CancelledError):
            await restarting
        await asyncio.to_thread(system.stop)


async def kill_part(system: Supervisor, victim: str) -> bool:
    """Kill one process immediately and return True if it was running.

    Valkey loses its data first, as after a power cut.
    """
    if victim == "valkey":
        with suppress(redis.RedisError), redis.Redis.from_url(system.valkey.url, socket_timeout=1) as client:
            client.flushall()
        pid = int(system.valkey.pid_file.read_text()) if system.valkey.pid_file.exists() else None
    else:
        pid = system.children[victim].pid
    if pid is None:
        return False
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
        return True
    return False


async def _kill_parts(system: Supervisor, day: DayScenario, killed: Counter[str], *, every: int) -> None:
    """Kill a process after every `every` answers.

    Answers are counted, not seconds, so that the kills fall into the day at any speed.
    """
    order = random.Random(7)
    while True:
        for victim in order.sample(VICTIMS, len(VICTIMS)):
            until = day.answered + every
            await wait_until(lambda until=until: day.answered >= until, within_s=60)
            killed[victim] += await kill_part(system, victim)


async def run_day_scenario(
    folder: Path, *, residents: int, each: int, every: int | None = None
) -> tuple[dict[str, Any], DayScenario, Counter[str]]:
    """Run a day, and return the final state, the day and the kills.

    The kills are counted by process. A process is killed after every `every` answers, or never if it is None.
    """
    system = create_installation(folder)
    killed: Counter[str] = Counter()
    async with (
        run_installation(system) as code,
        httpx.AsyncClient(timeout=10, limits=httpx.Limits(max_connections=60)) as client,
    ):
        day = DayScenario((system.url,), client, residents=residents, each=each)
        killing = None if every is None else asyncio.create_task(_kill_parts(system, day, killed, every=every))
        try:
            await day.gather(code)
            await day.run()
        finally:
            if killing is not None:
                killing.cancel()
        assert await wait_until_settled(system), _read_logs(folder)
        state = await day.read_end_state()
        state["rows"] = count_rows(folder / "community.sqlite3")
        # The boards in Redis are complete again, and no check finds data that should be gone.
        assert await list_faults(system.settings()) == []
        findings = await run_checks(system.settings())
        assert findings[-1].sentence == "1 of 1 examined communities in Redis"
    return state, day, killed


async def wait_until_settled(system: Supervisor) -> bool:
    """Return True once every effect is done and the boards are complete.

    Return False if that takes longer than about a minute.
    """
    async with use_database(system.settings()):
        for _ in range(600):
            if (await outbox.get_backlog()).pending == 0:
                break
            await asyncio.sleep(0.1)
        else:
            return False
    for _ in range(700):
        findings = await run_checks(system.settings())
        if all(finding.is_ok for finding in findings) and findings[-1].sentence.startswith("1 of 1"):
            return True
        await asyncio.sleep(0.1)
    return False


def count_rows(path: Path) -> dict[str, Any]:
    """Count the rows by table, action and state.

    An effect that happened twice would leave one row more.
    """
    with sqlite3.connect(path) as connection:
        counted = {
            table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in (
                "person", "membership", "invitation", "submission", "submission_revision", "revision_tag",
                "review_decision", "journal_entry", "posting", "account",
            )
        }  # fmt: skip
        counted["audit"] = dict(
            connection.execute("SELECT action, count(*) FROM audit_event GROUP BY action").fetchall()
        )
        counted["cases"] = dict(
            connection.execute("SELECT state, count(*) FROM review_case WHERE state <> 'SUPERSEDED' GROUP BY state")
        )
        return counted


def _read_logs(folder: Path) -> str:
    return "\n".join(f"== {path.name}\n{path.read_text(errors='replace')[-3000:]}" for path in folder.glob("*.log"))
