"""A crowd that redeems one scarce reward over HTTP, with API processes that are killed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from community.api.ids import encode
from community.communities.queries import MemberRow
from community.database import use_database
from community.rewards.rows import RewardRow
from community.settings import Settings
from tests.support.bank import award, find_violations
from tests.support.crowds import Call, Crowd, run_crowd
from tests.support.loads import begin_sessions
from tests.support.rewards import count_left, create_reward
from tests.support.story import create_community, list_rows

PRICE = 30
CALLS_WITH_ONE_KEY = 64
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


async def run_redeeming_crowd(settings: Settings, folder: Path, load: CrowdLoad, *, workers: int) -> None:
    """Run the crowd on two API processes, and assert what holds at the end. The database is closed."""
    async with use_database(settings):
        place = await create_community(residents=load.people)
        for number, member in enumerate(place.residents):
            await award(member, f"first:{member.id}", PRICE * 3 if number % 2 == 0 else PRICE - 1)
        reward = await create_reward(place, stock=load.pieces, price=PRICE, max_per_person=1)
        tokens = await begin_sessions(settings, place.residents)

    def order(person: int, key: str) -> Call:
        return Call(person, key, {"rewardId": encode("Reward", reward.id), "idempotencyKey": key})

    async with run_crowd(
        settings, folder, tokens, mutation=RESERVE, expected=load.pieces, kills=load.kills, workers=workers
    ) as crowd:
        await crowd.send([order(0, "one-key")] * CALLS_WITH_ONE_KEY)
        await crowd.rush([order(number % load.people, f"key-{number}") for number in range(load.attempts)])
    async with use_database(settings):
        await _check(crowd, load, reward, place.residents)


async def _check(crowd: Crowd, load: CrowdLoad, reward: RewardRow, people: list[MemberRow]) -> None:
    crowd.check_answers()
    assert len(crowd.answers) == load.attempts + 1
    made = {encode("Redemption", row["id"]): row["membership_id"] for row in await list_rows("redemption")}
    assert {id_: people[person].id for (person, _), id_ in crowd.granted.items()} == made
    assert len(made) == len(set(made.values())) == load.pieces
    refused = {outcome for found in crowd.answers.values() for outcome in found if outcome not in made}
    assert refused == REFUSALS
    assert await count_left(reward) == 0
    assert await find_violations() == {}
