"""A day on a whole installation, undisturbed or while its processes are killed."""

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
from community.database import use_database
from community.kernel import outbox
from community.kernel.migrate import migrate
from community.settings import PREFIX
from community.system.checks import run_checks
from community.system.supervisor import Supervisor
from tests.support.backends import SECRET
from tests.support.waiting import wait_until
from tests.support.workload import DayScenario

VICTIMS = ("relay", "worker-effects", "worker-leaderboards", "api", "valkey")
REOFFER_S = 2


def create_installation(folder: Path, **settings: str) -> Supervisor:
    """A whole installation of its own, which offers effects again after two seconds instead of two minutes."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    environment |= {f"{PREFIX}TOKEN_SECRET": SECRET, f"{PREFIX}OUTBOX_REOFFER_S": str(REOFFER_S)}
    environment |= {PREFIX + name.upper(): value for name, value in settings.items()}
    return Supervisor(folder, host="127.0.0.1", port=0, environment=environment, logs=True)


@asynccontextmanager
async def run_installation(system: Supervisor):
    """The installation, looked after, until the block ends; the code of its first leader."""
    async with use_database(system.settings()):
        await migrate()
        code = (await founding.create_community(name="幸福里")).code
    system.start()

    async def keep() -> None:
        while await asyncio.sleep(0.1, result=True):
            await asyncio.to_thread(system.restart_ended)

    keeper = asyncio.create_task(keep())
    try:
        yield code
    finally:
        keeper.cancel()
        with suppress(asyncio.CancelledError):
            await keeper
        await asyncio.to_thread(system.stop)


async def kill_part(system: Supervisor, victim: str) -> bool:
    """End one part at once, as a power cut would; Valkey is emptied before. Whether it was there to be ended."""
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
    """Kill the next victim after every so many answers: in the middle of the day however fast it goes."""
    order = random.Random(7)
    while True:
        for victim in order.sample(VICTIMS, len(VICTIMS)):
            until = day.answered + every
            await wait_until(lambda until=until: day.answered >= until, within_s=60)
            killed[victim] += await kill_part(system, victim)


async def run_day_scenario(
    folder: Path, *, residents: int, each: int, every: int | None = None
) -> tuple[dict[str, Any], DayScenario, Counter[str]]:
    """What everybody sees at the end of a day, the day, and how often each part was killed in it."""
    system = create_installation(folder)
    killed: Counter[str] = Counter()
    async with (
        run_installation(system) as code,
        httpx.AsyncClient(timeout=10, limits=httpx.Limits(max_connections=60)) as client,
    ):
        day = DayScenario((system.url,), client, residents=residents, each=each)
        disturbing = None if every is None else asyncio.create_task(_kill_parts(system, day, killed, every=every))
        try:
            await day.gather(code)
            await day.run()
        finally:
            if disturbing is not None:
                disturbing.cancel()
        assert await wait_until_settled(system), _read_logs(folder)
        state = await day.read_end_state()
        state["rows"] = count_rows(folder / "community.sqlite3")
        # The boards in Redis are whole again, and nothing is left over.
        findings = await run_checks(system.settings())
        assert [finding for finding in findings if not finding.is_ok] == []
        assert "of 1 communities in Redis" in findings[-1].sentence
        assert findings[-1].sentence.startswith("1 "), findings[-1]
    return state, day, killed


async def wait_until_settled(system: Supervisor) -> bool:
    """Wait until every effect is done and the boards are back; whether that came to pass within a minute."""
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
    """How many rows of each sort there are: an effect that happened twice would leave one more."""
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
