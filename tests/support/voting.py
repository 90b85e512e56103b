"""A crowd that votes in a photo contest over HTTP, with API processes that are killed."""

from __future__ import annotations

import asyncio
import json
import random
import re
import subprocess
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from community.api.ids import encode
from community.database import use_database
from community.events import queries
from community.events.rows import EntryRow, EventRow
from community.kernel import cache, clock
from community.settings import Settings
from tests.support.bank import find_violations
from tests.support.contests import create_event, enter, move_on, vote
from tests.support.crowds import Call, Crowd, run_crowd
from tests.support.loads import begin_sessions
from tests.support.story import SampleCommunity, create_community, list_rows

PER_DAY, IN_TOTAL, YESTERDAY = 12, 20, 10
"""Limits of votes, and the votes that some members gave on the day before."""
LATE = 0.1
"""The share of votes that are sent while a leader closes the contest."""
VOTE = """mutation Vote($input: EntryVoteInput!) {
  entryVote(input: $input) { entry { id } errors { code } } }"""
READ = """query Result($id: ID!, $after: String) {
  event(id: $id) { state version results { number document sha256 } }
  eventEntries(eventId: $id, first: 100, after: $after) { nodes { id votes place }
    pageInfo { endCursor hasNextPage } } }"""
CLOSE = """mutation Close($input: EventMoveInput!) {
  eventMove(input: $input) { event { id } errors { code } } }"""
_SCRIPT = re.compile(r"```python\n(.*?)```", re.DOTALL)


@dataclass(frozen=True, slots=True)
class VotingLoad:
    """Number of people, entries, votes and kills."""

    people: int
    entries: int
    votes: int
    kills: int


@dataclass
class Contest:
    """A contest in its voting. Each of the first people has one entry. Some members voted on the day before."""

    place: SampleCommunity
    event: EventRow
    entries: list[EntryRow]
    tokens: list[str]
    earlier: set[tuple[int, int]]

    def find_wishes(self, load: VotingLoad) -> list[tuple[int, int]]:
        """Return pairs of a person and an entry: own entries, and others, of some people more than the limits."""
        rng = random.Random(2)
        wishes = {(number, number) for number in range(load.entries)}
        while len(wishes) < load.votes:
            # The first tenth of the people sends as many votes as the others together.
            few = max(1, load.people // 10)
            person = rng.randrange(few if rng.random() < 0.5 else load.people)
            wishes.add((person, rng.randrange(load.entries)))
        return sorted(wishes - self.earlier)

    def make_call(self, wish: tuple[int, int]) -> Call:
        """Return the call of a vote."""
        person, entry = wish
        return Call(person, str(entry), {"entryId": encode("EventEntry", self.entries[entry].id)})


def recompute(path: Path) -> list[str]:
    """Run the script of `docs/events.md` on a result's document, and return its lines."""
    script, *_ = _SCRIPT.findall((Path(__file__).parents[2] / "docs" / "events.md").read_text())
    call = [sys.executable, "-c", script, str(path)]
    return subprocess.run(call, capture_output=True, text=True, check=True).stdout.splitlines()


async def prepare_contest(settings: Settings, load: VotingLoad) -> Contest:
    """Create the contest. The database is open."""
    now = clock.now()
    noon = f"Etc/GMT{now.hour - 12:+d}"  # The day of the community ends in about 12 hours.
    with clock.at(now - timedelta(days=1)):
        place = await create_community(residents=load.people, time_zone=noon)
        event = await create_event(place, votes_per_day=PER_DAY, votes_in_total=IN_TOTAL, gold_prizes=2)
        entries = [await enter(event, member, place) for member in place.residents[: load.entries]]
        event = await move_on(place, event)
        earlier = {
            (person, entry)
            for person in range(load.entries, load.people, 7)
            for entry in random.Random(person).sample(range(load.entries), YESTERDAY)
        }
        for entry in range(load.entries):
            await asyncio.gather(*(vote(place.residents[one], entries[entry]) for one, at in earlier if at == entry))
    members = [*place.residents, place.leader]
    return Contest(place, event, entries, await begin_sessions(settings, members), earlier)


async def run_voting_crowd(settings: Settings, folder: Path, load: VotingLoad, *, workers: int) -> None:
    """Run a contest on two API processes, and compare its result with a model. The database is closed."""
    async with use_database(settings):
        cache.open_cache(settings)
        contest = await prepare_contest(settings, load)
        await cache.close_cache()
    wishes = contest.find_wishes(load)
    random.Random(3).shuffle(wishes)
    late = wishes[: int(len(wishes) * LATE)]
    early = wishes[len(late) :]
    expected = sum(_count_allowed(contest, early).values())
    async with run_crowd(
        settings, folder, contest.tokens, mutation=VOTE, expected=expected, kills=load.kills, workers=workers
    ) as crowd:
        await crowd.rush([contest.make_call(wish) for wish in early])
        early_answers = {key: set(found) for key, found in crowd.answers.items()}
        await asyncio.gather(crowd.rush([contest.make_call(wish) for wish in late]), _close(crowd, contest))
        await crowd.send([contest.make_call(wish) for wish in early[: len(late)]])
        read = await _read_result(crowd, contest)
    crowd.check_answers(are_kept=False)
    _check_answers(contest, early, early_answers)
    async with use_database(settings):
        await _check_result(crowd, contest, read, folder)


def _count_allowed(contest: Contest, wishes: list[tuple[int, int]]) -> Counter[int]:
    """Return the votes of each person that the limits allow."""
    before = Counter(person for person, _ in contest.earlier)
    wanted = Counter(person for person, entry in wishes if person != entry)
    return Counter({one: min(number, PER_DAY, IN_TOTAL - before[one]) for one, number in wanted.items()})


def _check_answers(contest: Contest, wishes: list[tuple[int, int]], answers: dict[tuple[int, str], set[str]]) -> None:
    """Compare the answers before the end with the rules."""
    granted: Counter[int] = Counter()
    refused = defaultdict(set)
    for person, entry in wishes:
        (answer,) = answers[person, str(entry)]
        if answer == encode("EventEntry", contest.entries[entry].id):
            granted[person] += 1
        else:
            refused[answer].add((person, entry))
    assert granted == _count_allowed(contest, wishes)
    assert refused.keys() == {"OWN_ENTRY", "NO_VOTES_LEFT"}
    assert refused["OWN_ENTRY"] == {(person, entry) for person, entry in wishes if person == entry}


async def _close(crowd: Crowd, contest: Contest) -> None:
    """Close the contest as the leader, after the late votes began."""
    await asyncio.sleep(0.3)
    leader = crowd.callers[-1]
    event_id = encode("Event", contest.event.id)
    version = (await leader.ask(READ, id=event_id))["event"]["version"]
    given = {"idempotencyKey": "close", "eventId": event_id, "version": version, "state": "CLOSED"}
    assert (await leader.ask(CLOSE, input=given))["eventMove"]["errors"] == []


async def _read_result(crowd: Crowd, contest: Contest) -> dict[str, Any]:
    """Return the event with all its entries."""
    entries, after = [], None
    while True:
        read = await crowd.callers[0].ask(READ, id=encode("Event", contest.event.id), after=after)
        entries += read["eventEntries"]["nodes"]
        page = read["eventEntries"]["pageInfo"]
        if not page["hasNextPage"]:
            return read["event"] | {"entries": entries}
        after = page["endCursor"]


async def _check_result(crowd: Crowd, contest: Contest, read: dict[str, Any], folder: Path) -> None:
    ids = [encode("EventEntry", entry.id) for entry in contest.entries]
    granted = {(person, int(entry)) for person, entry in crowd.granted} | contest.earlier
    model = Counter(entry for _, entry in granted)
    assert {node["id"]: node["votes"] for node in read["entries"]} == {
        id_: model[number] for number, id_ in enumerate(ids)
    }
    ranked = sorted(range(len(ids)), key=lambda number: (-model[number], contest.entries[number].id))
    assert [node["id"] for node in read["entries"]] == [ids[number] for number in ranked]
    assert [node["place"] for node in read["entries"]] == list(range(1, len(ids) + 1))
    (result,) = read["results"]
    path = folder / "result.json"
    path.write_text(result["document"], encoding="utf-8")
    digest, *places = recompute(path)
    assert digest == result["sha256"]
    assert [line.split()[2] for line in places] == [str(model[number]) for number in ranked]
    assert json.loads(result["document"])["electorate"] == {
        "voters": len({person for person, _ in granted}), "votes": len(granted),
    }  # fmt: skip
    members = {member.id: number for number, member in enumerate(contest.place.residents)}
    entries = {entry.id: number for number, entry in enumerate(contest.entries)}
    stored = [(members[row["membership_id"]], entries[row["entry_id"]]) for row in await list_rows("event_vote")]
    assert sorted(stored) == sorted(granted)
    assert (await queries.get_event(contest.place.id, contest.event.id)).state.value == "CLOSED"
    assert await find_violations() == {}
