"""Juries of contests."""

from __future__ import annotations

import json

import pytest

from community.accounts import people
from community.communities import memberships
from community.communities.errors import LeadersOnly
from community.events import entering, jury, jury_queries, queries, service
from community.events.errors import EntryStateForbids, EventStateForbids, NoJury, OwnEntry
from community.events.kinds import EventKind, Formula, JuryCriterion, PrizeTier
from community.events.rules import Counted, JuryPoints, combine_scores, rank_entries
from community.kernel.errors import InvalidInput, NotFound
from tests.support.contests import create_event, enter, make_event_content, move_on, reload_entry, vote
from tests.support.effects import run_all_effects
from tests.support.story import assert_refused, read_all_pages

RULES = {"jury_criteria": (JuryCriterion.COMPOSITION, JuryCriterion.STORY), "jury_weight": 40, "jury_quorum": 2}


async def judge(place, **given):
    """Create a contest with three entries and a jury of two, in its judging. Return event, entries and jurors."""
    content = make_event_content()
    middle = content.voting_at + (content.closes_at - content.voting_at) / 2
    event = await create_event(place, judging_at=middle, **RULES | given)
    entries = [await enter(event, member, place) for member in place.residents[:3]]
    jurors = place.residents[3:5]
    for member in jurors:
        await jury.appoint(place.leader, event.id, member_id=member.id)
    event = await move_on(place, event)
    await vote(place.residents[5], entries[0])
    return await move_on(place, event), entries, jurors


@pytest.mark.parametrize(
    ("points", "scores"),
    [
        ({1: (20, 2), 2: (40, 2)}, {1: 60 * 10_000 + 40 * 5_000, 2: 40 * 10_000}),
        ({1: (20, 2), 2: (13, 1)}, {}),
        ({1: (20, 2)}, {}),
        ({1: (4, 2), 2: (59, 3)}, {1: 60 * 10_000 + 40 * 1_000, 2: 40 * 9_833}),
    ],
)
def test_score_combines_votes_and_points(points, scores):
    given = {entry: JuryPoints(*each) for entry, each in points.items()}
    assert combine_scores({1: 3, 2: 0}, given, weight=40, quorum=2, criteria=2) == scores


def test_score_decides_about_places():
    entries = [
        Counted(1, 1, 3, None, (5,)),
        Counted(2, 2, 1, None, (9,)),
        Counted(3, 3, 0, None, (9,)),
        Counted(4, 4, 9, None, (0,)),
    ]
    placed = rank_entries(Formula.VOTES_AND_JURY, entries, [PrizeTier.GOLD] * 4)
    assert [(one.entry_id, one.prize) for one in placed] == [
        (2, PrizeTier.GOLD), (3, PrizeTier.GOLD), (1, PrizeTier.GOLD), (4, None),
    ]  # fmt: skip


async def test_points_of_the_jury_decide(place):
    event, entries, (first, second) = await judge(place)
    for juror in (first, second):
        await jury.score(juror, entries[0].id, points=[1, 2])
        await jury.score(juror, entries[1].id, points=[9, 10])
        await jury.score(juror, entries[2].id, points=[9, 9])
    await jury.score(first, entries[2].id, points=[10, 10])
    during = await reload_entry(entries[0])
    event = await move_on(place, event)
    after = [await reload_entry(entry) for entry in entries]
    assert (during.score, during.votes) == (None, None)
    assert [(entry.score, entry.place) for entry in after] == [(660_000, 1), (380_000, 2), (380_000, 3)]
    ((result,),) = await queries.list_results([event.id])
    document = json.loads(result.document)
    assert (document["formula"], document["entries"][0]["score"]) == ("VOTES_AND_JURY", 660_000)


async def test_votes_decide_without_the_quorum(place):
    event, entries, (first, second) = await judge(place)
    for entry in entries[1:]:
        await jury.score(first, entry.id, points=[10, 10])
        await jury.score(second, entry.id, points=[10, 10])
    await jury.score(first, entries[0].id, points=[1, 1])
    await jury.score(second, entries[0].id, points=None)
    event = await move_on(place, event)
    assert [(await reload_entry(entry)).place for entry in entries] == [1, 2, 3]
    ((result,),) = await queries.list_results([event.id])
    assert json.loads(result.document)["formula"] == "VOTES"


async def test_points_of_a_lost_juror_do_not_count(place):
    event, entries, jurors = await judge(place, jury_quorum=1)
    for juror, points in zip(jurors, ([1, 1], [10, 10]), strict=True):
        for entry in entries:
            await jury.score(juror, entry.id, points=points)
    ((first, _),) = await jury_queries.list_juries([event.id])
    dropped = await jury.drop(jurors[0], first.id)
    assert (await jury.drop(place.leader, first.id)).dropped_at == dropped.dropped_at
    await move_on(place, event)
    assert (await reload_entry(entries[0])).score == 1_000_000
    await assert_refused(EventStateForbids, jury.drop(place.leader, first.id))


async def leave(member):
    await memberships.leave(member)


async def ban(member):
    await people.ban(member.person_id, reason="刷票")


@pytest.mark.parametrize("go", [leave, ban])
async def test_juror_who_is_gone_drops_out(database, place, go):
    event, entries, (first, second) = await judge(place, jury_quorum=1)
    for juror, points in ((first, [1, 1]), (second, [10, 10])):
        for entry in entries:
            await jury.score(juror, entry.id, points=points)
    await go(first)
    await run_all_effects(database)
    ((left,),) = await jury_queries.list_juries([event.id])
    assert left.membership_id == second.id
    await move_on(place, event)
    assert (await reload_entry(entries[0])).score == 1_000_000


async def test_ended_event_keeps_its_jury(database, place):
    event, _, (first, _) = await judge(place)
    await move_on(place, event)
    await memberships.leave(first)
    await run_all_effects(database)
    ((kept, _),) = await jury_queries.list_juries([event.id])
    assert kept.membership_id == first.id


async def test_tasks_are_the_entries_without_points(place):
    event, entries, (first, second) = await judge(place)

    async def list_tasks(member):
        return {
            row.id for row in await read_all_pages(lambda page: queries.list_unscored(event, member, page), first=2)
        }

    assert await list_tasks(first) == {entry.id for entry in entries}
    await jury.score(first, entries[0].id, points=[5, 5])
    await jury.score(first, entries[1].id, points=None)
    assert await list_tasks(first) == {entries[2].id}
    assert await list_tasks(second) == {entry.id for entry in entries}
    ids = [entry.id for entry in entries]
    assert await jury_queries.list_own_points(first.person_id, ids) == [[5, 5], [], None]
    assert await jury_queries.list_own_points(second.person_id, ids) == [None] * 3
    ((one, other),) = await jury_queries.list_juries([event.id])
    assert await jury_queries.count_scores([one, other]) == [2, 0]


async def test_only_jurors_score_while_judged(place):
    event, entries, (first, _) = await judge(place)
    await assert_refused(NoJury, jury.score(place.leader, entries[0].id, points=[5, 5]))
    await jury.appoint(place.leader, event.id, member_id=place.residents[0].id)
    await assert_refused(OwnEntry, jury.score(place.residents[0], entries[0].id, points=[5, 5]))
    for points in ([5], [0, 5], [5, 11], [5, 5, 5], []):
        await assert_refused(InvalidInput, jury.score(first, entries[0].id, points=points))
    await entering.disqualify(place.leader, entries[2].id, reason="重复")
    await assert_refused(NotFound, jury.score(first, entries[2].id, points=[5, 5]))
    await move_on(place, event)
    await assert_refused(EventStateForbids, jury.score(first, entries[0].id, points=[5, 5]))


async def test_only_leaders_appoint_members(place):
    event, _, (first, second) = await judge(place)
    ((row, _),) = await jury_queries.list_juries([event.id])
    await assert_refused(LeadersOnly, jury.appoint(first, event.id, member_id=second.id))
    await assert_refused(NotFound, jury.drop(second, row.id))
    await memberships.leave(place.residents[5])
    await assert_refused(NotFound, jury.appoint(place.leader, event.id, member_id=place.residents[5].id))
    assert (await jury.appoint(place.leader, event.id, member_id=first.id)).id == row.id
    plain = await create_event(place)
    await assert_refused(NoJury, jury.appoint(place.leader, plain.id, member_id=first.id))


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        (EventKind.STORY_CALL, RULES),
        (EventKind.PHOTO_CONTEST, RULES),
        (EventKind.PHOTO_CONTEST, {"jury_weight": 40}),
        (EventKind.PHOTO_CONTEST, {"jury_criteria": (JuryCriterion.STORY,)}),
        (EventKind.PHOTO_CONTEST, RULES | {"jury_criteria": (JuryCriterion.STORY, JuryCriterion.STORY)}),
        (EventKind.PHOTO_CONTEST, RULES | {"jury_weight": 101}),
        (EventKind.PHOTO_CONTEST, RULES | {"jury_quorum": 0}),
    ],
)
async def test_wrong_rules_of_a_jury_are_refused(place, kind, given):
    content = make_event_content(kind, **given)
    await assert_refused(InvalidInput, service.create(place.leader, kind=kind, content=content))


async def test_entry_of_a_gone_author_gets_no_points(place):
    event, entries, jurors = await judge(place)
    await memberships.leave(place.residents[0])
    refusal = await assert_refused(EntryStateForbids, jury.score(jurors[0], entries[0].id, points=[1, 2]))
    assert refusal.reason == "author_gone"
    tasks = await read_all_pages(lambda page: queries.list_unscored(event, jurors[0], page), first=9)
    assert {row.id for row in tasks} == {entries[1].id, entries[2].id}
