"""A crowd that redeems one scarce reward over HTTP, with API processes that are killed."""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx

from community.accounts import sessions
from community.accounts.models import Platform
from community.api.ids import encode
from community.communities.queries import MemberRow
from community.database import use_database
from community.rewards.rows import RewardRow
from community.settings import Settings
from tests.support.bank import award, find_violations
from tests.support.fleet import Fleet, run_fleet
from tests.support.rewards import count_left, create_reward
from tests.support.story import create_community, list_rows
from tests.support.waiting import list_faults
from tests.support.workload import RetryingCaller

PRICE = 30
CALLS_WITH_ONE_KEY = 64
CONNECTIONS = 200
DUPLICATES = 0.2
"""The share of attempts that are sent twice concurrently with one key."""
REFUSALS = frozenset({"SOLD_OUT", "LIMIT_REACHED", "INSUFFICIENT_POINTS"})
RESERVE = """mutation Reserve($input: RedemptionReserveInput!) {
  redemptionReserve(input: $input) { redemption { id } errors { code } } }"""


@dataclass(frozen=True, slots=True)
class CrowdLoad:
    """Number of attempts, pieces, people and kills. Every second person has too few points."""

    attempts: int
    pieces: int
    people: int
    kills: int


@dataclass
class RedeemingCrowd:
    """The callers. `answers` maps each person and key to all its answers, `granted` each redemption to its person."""

    fleet: Fleet
    callers: list[RetryingCaller]
    reward: RewardRow
    load: CrowdLoad
    answers: dict[tuple[int, str], set[str]] = field(default_factory=lambda: defaultdict(set))
    granted: dict[str, int] = field(default_factory=dict)
    killed: int = 0
    _room: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(CONNECTIONS))

    async def call_with_one_key(self) -> None:
        """Send one order of the first person many times concurrently."""
        await asyncio.gather(*(self._attempt(0, "one-key", number) for number in range(CALLS_WITH_ONE_KEY)))

    async def rush(self) -> None:
        """Send all attempts concurrently, in any order, some of them twice."""
        rng = random.Random(1)
        wanted = [(number % self.load.people, f"key-{number}") for number in range(self.load.attempts)]
        sent = wanted + [one for one in wanted if rng.random() < DUPLICATES]
        rng.shuffle(sent)
        await asyncio.gather(*(self._attempt(person, key, number) for number, (person, key) in enumerate(sent)))

    async def _attempt(self, person: int, key: str, number: int) -> None:
        given = {"rewardId": encode("Reward", self.reward.id), "idempotencyKey": key}
        first = number % len(self.fleet.urls)
        caller = replace(self.callers[person], urls=self.fleet.urls[first:] + self.fleet.urls[:first])
        async with self._room:
            answer = (await caller.ask(RESERVE, input=given))["redemptionReserve"]
        outcome = _name_outcome(answer)
        self.answers[person, key].add(outcome)
        if answer["redemption"] is not None:
            self.granted[outcome] = person
        # Kills follow the granted pieces, not the time, so that they fall into the rush at any speed.
        kills = self.load.kills
        if self.killed < kills and (len(self.granted) - 1) * kills > self.killed * self.load.pieces:
            self.fleet.restart(self.killed % len(self.fleet.urls))
            self.killed += 1


def _name_outcome(answer: dict[str, Any]) -> str:
    """Return the id of the redemption, or the code of the refusal."""
    if answer["redemption"] is not None:
        return answer["redemption"]["id"]
    return answer["errors"][0]["code"]


async def run_redeeming_crowd(settings: Settings, folder: Path, load: CrowdLoad, *, workers: int) -> None:
    """Run the crowd on two API processes, and assert what holds at the end. The database is closed.

    With `workers` the effects run too, and every check of the system must pass.
    """
    async with use_database(settings):
        place = await create_community(residents=load.people)
        for number, member in enumerate(place.residents):
            await award(member, f"first:{member.id}", PRICE * 3 if number % 2 == 0 else PRICE - 1)
        reward = await create_reward(place, stock=load.pieces, price=PRICE, max_per_person=1)
        tokens = [
            (await sessions.begin(settings, member.person_id, Platform.DEVELOPMENT)).access.token
            for member in place.residents
        ]
    limits = httpx.Limits(max_connections=CONNECTIONS)
    with run_fleet(settings, folder, apis=2, workers=workers, relays=workers) as fleet:
        async with httpx.AsyncClient(timeout=60, limits=limits) as client:
            callers = [
                RetryingCaller(str(member.id), fleet.urls, client, token)
                for member, token in zip(place.residents, tokens, strict=True)
            ]
            crowd = RedeemingCrowd(fleet, callers, reward, load)
            await crowd.call_with_one_key()
            await crowd.rush()
        faults = await list_faults(settings) if workers else []
    assert faults == []
    async with use_database(settings):
        await _check(crowd, place.residents)


async def _check(crowd: RedeemingCrowd, people: list[MemberRow]) -> None:
    load = crowd.load
    assert crowd.killed == load.kills
    assert len(crowd.answers) == load.attempts + 1
    assert [found for found in crowd.answers.values() if len(found) > 1] == [], "two answers to one key"
    made = {encode("Redemption", row["id"]): row["membership_id"] for row in await list_rows("redemption")}
    assert {id_: people[person].id for id_, person in crowd.granted.items()} == made
    assert len(made) == len(set(made.values())) == load.pieces
    refused = {outcome for found in crowd.answers.values() for outcome in found if outcome not in made}
    assert refused == REFUSALS
    assert await count_left(crowd.reward) == 0
    assert await find_violations() == {}
