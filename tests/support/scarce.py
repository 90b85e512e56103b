"""Concurrent requests for a scarce thing by processes that are killed.

The scenario follows Jepsen's bank test.

python -m tests.support.scarce LOG      requests it for every `KEY MEMBER` line of its input, and logs the answers
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import subprocess
import sys
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from community.communities.queries import MemberRow, get_members
from community.database import use_database
from community.kernel import db, idempotency
from community.kernel.errors import Conflict, Refusal, TryAgain
from community.points.idempotent import Source
from community.points.spend import spend
from community.settings import PREFIX, Settings
from tests.support.story import SampleCommunity

COST = 10
CONCURRENCY = 4
SCARCE_TABLE = "CREATE TABLE scarce (id BIGINT PRIMARY KEY, remaining BIGINT NOT NULL CHECK (remaining >= 0))"

_TAKE_ONE = db.Change("UPDATE scarce SET remaining = remaining - 1 WHERE id = 1 AND remaining > 0 RETURNING id", db.Id)


async def grant(member: MemberRow, key: str) -> dict[str, int]:
    """Grant one unit for its price, once per key, like a redemption."""

    async def work() -> dict[str, int]:
        if await _TAKE_ONE.first() is None:
            raise Conflict
        movement = await spend(member.community_id, member.id, amount=COST, source=Source(f"grant:{member.id}:{key}"))
        return {"entry": movement.entry_id}

    scope = idempotency.IdempotencyScope(member.community_id, member.person_id, "grant")
    return await idempotency.run_once(scope, key, {"member": member.id}, work)


async def grant_all(log: Path, wanted: list[tuple[str, int]]) -> None:
    """Request everything wanted, a few at a time, and log each answer."""
    waiting = iter(wanted)
    with log.open("a", buffering=1) as file:

        async def grant_next() -> None:
            for key, member_id in waiting:
                (member,) = await get_members([member_id])
                file.write(json.dumps([key, await grant_until_answered(member, key)]) + "\n")

        await asyncio.gather(*(grant_next() for _ in range(CONCURRENCY)))


async def grant_until_answered(member: MemberRow, key: str) -> str:
    """Repeat the request while it says TryAgain, and return the last answer."""
    while True:
        try:
            return f"granted {(await grant(member, key))['entry']}"
        except TryAgain:
            await asyncio.sleep(0.05)
        except Refusal as refusal:
            return refusal.code


async def _main() -> None:
    wanted = [line.split() for line in sys.stdin]
    async with use_database(Settings()):
        await grant_all(Path(sys.argv[1]), [(key, int(member)) for key, member in wanted])


@dataclass
class StockScenario:
    """Many processes that request the same thing, some of them killed.

    `duplicates` is the share of requests sent twice. `outcomes` maps each key to all its answers.
    """

    settings: Settings
    folder: Path
    wanted: list[tuple[str, int]]
    processes: int = 4
    kills: int = 20
    duplicates: float = 0.05
    seed: int = 1
    outcomes: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    killed: int = 0

    async def run(self, place: SampleCommunity, *, within_s: float) -> None:
        """Run until every request is answered.

        A new process repeats the unanswered requests of a killed one.
        """
        rng = random.Random(self.seed)
        sent = self.wanted + [one for one in self.wanted if rng.random() < self.duplicates]
        rng.shuffle(sent)
        queues = [sent[number :: self.processes] for number in range(self.processes)]
        running = [self._start(number, queue) for number, queue in enumerate(queues)]
        until = time.monotonic() + within_s
        pause = 0.3
        while any(process.poll() is None for process in running):
            assert time.monotonic() < until, "the scenario takes too long"
            await self._check_snapshot(place)
            await asyncio.sleep(pause)
            if self.killed < self.kills:
                number = rng.randrange(self.processes)
                running[number].kill()
                running[number].wait()
                self.killed += 1
                self._read_logs()
                queues[number] = [one for one in queues[number] if one[0] not in self.outcomes]
                running[number] = self._start(number, queues[number])
        assert [process.returncode for process in running] == [0] * self.processes
        self._read_logs()

    async def _check_snapshot(self, place: SampleCommunity) -> None:
        """Assert what holds at every moment, in one statement's snapshot."""
        seen = await _SNAPSHOT.one(place.id)
        assert seen.granted + seen.remaining == seen.all_there_was, seen
        assert seen.negative == 0, seen
        assert seen.split == 0, seen

    def _start(self, number: int, queue: list[tuple[str, int]]) -> subprocess.Popen[bytes]:
        environment = os.environ | {
            f"{PREFIX}DATABASE_URL": self.settings.database_url, f"{PREFIX}REDIS_URL": self.settings.redis_url,
            f"{PREFIX}DATABASE_POOL": "4",
        }  # fmt: skip
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.scarce", str(self.folder / f"{number}.log")],
            env=environment, stdin=subprocess.PIPE, cwd=Path(__file__).parents[2],
        )  # fmt: skip
        assert process.stdin is not None
        process.stdin.write("".join(f"{key} {member}\n" for key, member in queue).encode())
        process.stdin.close()
        return process

    def _read_logs(self) -> None:
        for log in self.folder.glob("*.log"):
            for line in log.read_text().splitlines():
                try:
                    key, answer = json.loads(line)
                except ValueError:
                    continue  # This is the last line of a process that was killed while it wrote.
                self.outcomes[key].add(answer)


@dataclass(slots=True)
class _Snapshot:
    granted: int
    remaining: int
    all_there_was: int
    negative: int
    split: int


_SNAPSHOT = db.Select(
    "SELECT (SELECT count(*) FROM journal_entry WHERE community_id = $1 AND kind = 'SPEND') AS granted,"
    " (SELECT remaining FROM scarce WHERE id = 1) AS remaining,"
    " (SELECT remaining FROM scarce WHERE id = 2) AS all_there_was,"
    " (SELECT count(*) FROM account WHERE community_id = $1 AND balance < 0) AS negative,"
    " (SELECT count(*) FROM account a WHERE a.community_id = $1 AND a.kind = 'MEMBER' AND a.balance <>"
    " (SELECT COALESCE(sum(l.remaining), 0) FROM lot l WHERE l.account_id = a.id)) AS split",
    _Snapshot,
)


if __name__ == "__main__":
    asyncio.run(_main())
