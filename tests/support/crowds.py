"""Crowds of callers over HTTP, with API processes that are killed."""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx

from community.settings import Settings
from tests.support.fleet import Fleet, run_fleet
from tests.support.waiting import list_faults
from tests.support.workload import RetryingCaller

CONNECTIONS = 100
DUPLICATES = 0.2
"""The share of calls that are sent twice concurrently."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call by the person with this place in the crowd. Calls with one key are repetitions."""

    person: int
    key: str
    given: dict[str, Any]


@dataclass
class Crowd:
    """The callers of one mutation, whose root field has a thing with an id, and the errors.

    `answers` maps each person and key to all its answers: the id of the thing, or the code of the refusal. `granted`
    has those with an id. A process is killed `kills` times while `expected` calls are granted.
    """

    fleet: Fleet
    callers: list[RetryingCaller]
    mutation: str
    expected: int
    kills: int
    answers: dict[tuple[int, str], set[str]] = field(default_factory=lambda: defaultdict(set))
    granted: dict[tuple[int, str], str] = field(default_factory=dict)
    killed: int = 0
    _room: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(CONNECTIONS))

    async def rush(self, calls: Sequence[Call]) -> None:
        """Send all calls concurrently, in any order, some of them twice."""
        rng = random.Random(1)
        sent = [*calls, *(call for call in calls if rng.random() < DUPLICATES)]
        rng.shuffle(sent)
        await self.send(sent)

    async def send(self, calls: Sequence[Call]) -> None:
        """Send the calls concurrently, in turns to each process."""
        async with asyncio.TaskGroup() as group:  # A failure ends all of them.
            for number, call in enumerate(calls):
                group.create_task(self._send(call, number))

    async def _send(self, call: Call, number: int) -> None:
        first = number % len(self.fleet.urls)
        caller = replace(self.callers[call.person], urls=self.fleet.urls[first:] + self.fleet.urls[:first])
        async with self._room:
            (answer,) = (await caller.ask(self.mutation, input=call.given)).values()
        things = [thing for name, thing in answer.items() if name != "errors" and thing is not None]
        outcome = things[0]["id"] if things else answer["errors"][0]["code"]
        self.answers[call.person, call.key].add(outcome)
        if things:
            self.granted[call.person, call.key] = outcome
        # Kills follow the granted calls, not the time, so that they fall into the rush at any speed.
        if self.killed < self.kills and (len(self.granted) - 1) * self.kills > self.killed * self.expected:
            self.fleet.restart(self.killed % len(self.fleet.urls))
            self.killed += 1

    def check_answers(self, *, are_kept: bool = True) -> None:
        """Assert that the processes were killed, and that equal calls had equal answers.

        Without `are_kept` a refusal may be followed by another one.
        """
        assert self.killed == self.kills
        answered = self.answers.items()
        mixed = [found for key, found in answered if len(found) > 1 and (are_kept or key in self.granted)]
        assert mixed == [], "two answers to one key"


@asynccontextmanager
async def run_crowd(
    settings: Settings, folder: Path, tokens: Sequence[str], *, mutation: str, expected: int, kills: int, workers: int
) -> AsyncIterator[Crowd]:
    """Run a crowd on two API processes until the block ends. The database is closed.

    With `workers` the effects run too, and every check of the system must pass.
    """
    limits = httpx.Limits(max_connections=CONNECTIONS)
    with run_fleet(settings, folder, apis=2, workers=workers, relays=workers) as fleet:
        async with httpx.AsyncClient(timeout=60, limits=limits) as client:
            callers = [RetryingCaller(str(place), fleet.urls, client, token) for place, token in enumerate(tokens)]
            yield Crowd(fleet, callers, mutation, expected, kills)
        faults = await list_faults(settings) if workers else []
    assert faults == []
