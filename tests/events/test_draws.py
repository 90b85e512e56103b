"""Draws of prizes, and the script of the documentation that verifies them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from community.events import draws, entering, places, queries, seeds, service
from community.events.contents import MAX_DRAWN_VALUE
from community.events.errors import EventFrozen
from community.events.kinds import EventKind, EventState, PrizeTier
from community.events.rules import Placed
from community.kernel import clock, db, sealing
from community.kernel.errors import InvalidInput
from tests.support.backends import make_settings
from tests.support.bank import find_violations, get_balance
from tests.support.contests import create_event, enter, make_event_content, move_to, reload, reload_entry, vote
from tests.support.story import assert_refused, list_rows

ROOT = Path(__file__).parents[2]
DRAWN = {"drawn_prizes": 2, "drawn_value": 500}


async def draw_contest(place, **given):
    """Hold a contest with an entry of each resident, in which the first wins by votes and others by a draw."""
    event = await create_event(place, **{"silver_prizes": 0, **DRAWN, **given})
    entries = [await enter(event, member, place) for member in place.residents]
    await move_to(place.leader, event, EventState.VOTING)
    await vote(place.leaders[1], entries[0])
    return await move_to(place.leader, event, EventState.CLOSED), entries


async def read_document(event):
    """Return the newest document of an event."""
    ((result, *_),) = await queries.list_results([event.id])
    return json.loads(result.document)


def list_drawn(document):
    return [entry["entry"] for entry in document["entries"] if entry["prize"] == "DRAWN"]


def verify(document, commitment, folder):
    """Run the script of the documentation over a document."""
    scripts = re.findall(r"```python\n(.*?)```", (ROOT / "docs/events.md").read_text(encoding="utf-8"), re.DOTALL)
    (script,) = [one for one in scripts if "commitment" in one]
    exported = folder / "document.json"
    exported.write_text(json.dumps(document, ensure_ascii=False, indent=1), encoding="utf-8")
    return subprocess.run(
        [sys.executable, "-I", "-c", script, exported, commitment], capture_output=True, text=True, check=False
    )


def place_entries(number):
    return [Placed(entry, entry, 0, entry, None) for entry in range(1, number + 1)]


def test_draw_is_the_same_for_a_seed():
    entries = place_entries(20)
    assert draws.draw("s", 1, entries, 3) == draws.draw("s", 1, entries, 3)
    assert len({tuple(draws.draw(str(seed), 1, entries, 3)) for seed in range(20)}) > 10


def test_every_entry_has_an_equal_chance():
    entries = place_entries(4)
    won = Counter(
        one.entry_id for seed in range(2_000) for one in draws.draw(str(seed), 1, entries, 1) if one.prize is not None
    )
    assert all(400 < won[entry] < 600 for entry in range(1, 5))


def test_member_has_one_chance():
    entries = [Placed(entry, 1 if entry < 9 else 2, 0, entry, None) for entry in range(1, 10)]
    drawn = draws.draw("s", 1, entries, 5)
    assert [one.entry_id for one in drawn if one.prize is PrizeTier.DRAWN] == [1, 9]


def test_winner_of_another_prize_has_no_chance():
    entries = [replace(one, prize=PrizeTier.GOLD) if one.entry_id == 1 else one for one in place_entries(2)]
    assert [one.prize for one in draws.draw("s", 1, entries, 5)] == [PrizeTier.GOLD, PrizeTier.DRAWN]


def test_seeds_are_not_repeated():
    assert len({draws.generate_seed() for _ in range(100)}) == 100


async def test_script_verifies_a_draw(place, tmp_path):
    announced = (await create_event(place, EventState.ANNOUNCED, **DRAWN)).draw_commitment
    assert announced is not None
    event, entries = await draw_contest(place)
    document = await read_document(event)
    verified = verify(document, event.draw_commitment, tmp_path)
    assert verified.stdout.split() == ["drawn:", *map(str, sorted(list_drawn(document), key=_ticket_of(document)))]
    assert entries[0].id not in list_drawn(document)
    assert verify(document, announced, tmp_path).returncode != 0


def _ticket_of(document):
    return lambda entry: draws.compute_ticket(document["draw"]["seed"], document["event"], entry)


@pytest.mark.parametrize("part", ["winner", "seed", "number"])
async def test_script_refuses_a_changed_draw(place, tmp_path, part):
    event, _ = await draw_contest(place)
    document = await read_document(event)
    if part == "winner":
        first, other = [next(one for one in document["entries"] if one["prize"] == prize) for prize in ("DRAWN", None)]
        first["prize"], other["prize"] = None, "DRAWN"
    elif part == "seed":
        document["draw"]["seed"] = draws.generate_seed()
    else:
        document["rules"]["drawn_prizes"] = 1
    assert verify(document, event.draw_commitment, tmp_path).returncode != 0


async def test_seed_is_hidden_until_the_result(place):
    event = await create_event(place, **DRAWN)
    seed = await seeds.find_seed(event)
    assert draws.compute_commitment(seed) == event.draw_commitment
    assert seed not in str(await reload(event))
    assert seed not in str([await list_rows(table) for table in ("event", "audit_event")])


async def test_seed_is_sealed_with_the_current_key(place, tmp_path):
    settings = make_settings()
    event = await create_event(place, **DRAWN)
    seed = await seeds.find_seed(event)
    await db.execute("UPDATE event SET draw_seed = $2 WHERE id = $1", event.id, seed)
    assert await seeds.find_seed(event) == seed
    assert await seeds.reseal(settings) == 1
    (stored,) = [row["draw_seed"] for row in await list_rows("event")]
    assert (stored != seed, sealing.unseal(settings, stored)) == (True, seed)
    assert await find_violations() == {}
    await db.execute("UPDATE event SET draw_seed = 'x'")
    assert list(await find_violations()) == ["the seed of a draw is the one whose commitment was published"]


async def test_drawn_prize_is_paid_once(place):
    event, entries = await draw_contest(place)
    drawn = list_drawn(await read_document(event))
    winners = [entry.membership_id for entry in entries if entry.id in drawn]
    assert len(winners) == 2
    paid = [row["membership_id"] for row in await list_rows("event_prize") if row["tier"] == "DRAWN"]
    assert sorted(paid) == sorted(winners)
    assert await find_violations() == {}


async def test_disqualified_winner_of_a_draw_is_replaced(place, tmp_path):
    event, entries = await draw_contest(place)
    drawn = list_drawn(await read_document(event))
    lost = next(entry for entry in entries if entry.id == drawn[0])
    before = await get_balance(next(member for member in place.residents if member.id == lost.membership_id))
    await entering.disqualify(place.leader, lost.id, reason="重复")
    document = await read_document(event)
    assert lost.id not in list_drawn(document)
    assert len(list_drawn(document)) == 2
    assert verify(document, event.draw_commitment, tmp_path).returncode == 0
    after = await get_balance(next(member for member in place.residents if member.id == lost.membership_id))
    assert before - after == 50
    assert (await reload_entry(lost)).place is None
    assert await find_violations() == {}


async def test_attendants_of_an_activity_draw(place, tmp_path):
    event = await create_event(place, EventState.OPEN, EventKind.ACTIVITY, gold_prizes=0, silver_prizes=0, **DRAWN)
    entries = [await entering.enter(member, event.id) for member in place.residents[:3]]
    with clock.at(event.conditions.starts_at):
        for member, entry in zip(place.residents, entries[:2], strict=False):
            await places.attend(member, entry.id, code=event.code)
        await move_to(place.leader, event, EventState.CLOSED)
    document = await read_document(event)
    assert sorted(list_drawn(document)) == [entry.id for entry in entries[:2]]
    assert verify(document, event.draw_commitment, tmp_path).returncode == 0


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"drawn_prizes": 1}, "event_draw_value"),
        ({"drawn_value": 5}, "event_draw_value"),
        ({"drawn_prizes": 1, "drawn_value": MAX_DRAWN_VALUE + 1}, "event_number"),
        ({"drawn_prizes": 1, "drawn_value": 0}, "event_number"),
    ],
)
async def test_draw_without_lawful_value_is_refused(place, given, reason):
    content = make_event_content(**given)
    call = service.create(place.leader, kind=EventKind.PHOTO_CONTEST, content=content)
    assert (await assert_refused(InvalidInput, call)).reason == reason


async def test_draw_freezes_with_the_rules(place):
    event = await create_event(place, **DRAWN)
    await enter(event, place.residents[0], place)
    event = await reload(event)
    content = replace(
        make_event_content(drawn_prizes=3, drawn_value=500), opens_at=event.opens_at, voting_at=event.voting_at,
        closes_at=event.closes_at,
    )  # fmt: skip
    call = service.edit(place.leader, event.id, version=event.version, content=content)
    assert (await assert_refused(EventFrozen, call)).reason == "rules"


async def test_draw_that_is_added_gets_a_seed(place):
    event = await create_event(place, EventState.DRAFT)
    assert event.draw_commitment is None
    edited = await service.edit(place.leader, event.id, version=event.version, content=make_event_content(**DRAWN))
    again = await service.edit(
        place.leader, event.id, version=edited.version, content=make_event_content(title="二", **DRAWN)
    )
    assert again.draw_commitment == edited.draw_commitment is not None
