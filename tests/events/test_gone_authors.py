"""Entries whose authors go: they count for nothing before the result, and the result freezes them."""

from __future__ import annotations

import pytest

from community.communities import invitations, memberships
from community.events import entering, queries
from community.events.errors import EntryUnfit
from community.events.kinds import EventKind, EventState, PrizeTier
from community.events.tasks.check_ins import check_in
from community.kernel.errors import NotFound
from community.submissions import removal
from community.submissions.queries import get as get_submission
from tests.support.bank import find_violations
from tests.support.contests import create_contest, create_event, enter, hold, move_on, move_to, reload_entry, vote
from tests.support.going import WAYS, leave
from tests.support.story import assert_refused, create_published, list_rows


@pytest.fixture
async def call(place):
    """Return a story call in its judging, and three entries, of which the first is picked for gold."""
    event = await create_event(place, kind=EventKind.STORY_CALL)
    entries = [await enter(event, member, place) for member in place.residents[:3]]
    event = await move_on(place, event)
    await entering.pick(place.leader, entries[0].id, tier=PrizeTier.GOLD)
    return event, entries


async def list_tiers(entries):
    return await queries.list_tiers([row.id for row in entries])


async def list_picked(entries):
    return [(await reload_entry(row)).tier for row in entries]


async def come_back(place, member):
    invitation = await invitations.invite(place.leader, role=None, uses=1)
    await memberships.join(member.person_id, invitation_code=invitation.code)


async def withdraw_submission(place, entry, member):
    row = await get_submission(place.id, entry.submission_id)
    await removal.withdraw(member, row.id, version=row.version)


@pytest.mark.parametrize("go", WAYS)
async def test_tier_of_a_gone_author_is_free(place, call, go):
    event, entries = call
    await go(place, place.residents[0])
    await entering.pick(place.leader, entries[1].id, tier=PrizeTier.GOLD)
    assert await list_picked(entries) == [None, PrizeTier.GOLD, None]
    await assert_refused(EntryUnfit, entering.pick(place.leader, entries[2].id, tier=PrizeTier.GOLD))
    await move_on(place, event)
    assert await list_tiers(entries) == [None, PrizeTier.GOLD, None]
    assert await find_violations() == {}


@pytest.mark.parametrize("go", WAYS)
async def test_gone_winner_wins_nothing(place, call, go):
    event, entries = call
    await go(place, place.residents[0])
    await move_on(place, event)
    assert await list_tiers(entries) == [None] * 3
    assert await list_rows("event_prize") == []
    assert await find_violations() == {}


@pytest.mark.parametrize("is_replaced", [False, True])
async def test_author_who_came_back_wins_unless_replaced(place, call, is_replaced):
    event, entries = call
    await leave(place, place.residents[0])
    if is_replaced:
        await entering.pick(place.leader, entries[1].id, tier=PrizeTier.GOLD)
    await come_back(place, place.residents[0])
    await move_on(place, event)
    won = [None, PrizeTier.GOLD, None] if is_replaced else [PrizeTier.GOLD, None, None]
    assert await list_tiers(entries) == won
    assert await find_violations() == {}


async def test_unpublished_entry_has_no_tier(place, call):
    event, entries = call
    await withdraw_submission(place, entries[0], place.residents[0])
    await assert_refused(NotFound, entering.pick(place.leader, entries[0].id, tier=PrizeTier.SILVER))
    await entering.pick(place.leader, entries[1].id, tier=PrizeTier.GOLD)
    await move_on(place, event)
    assert await list_tiers(entries) == [None, PrizeTier.GOLD, None]


async def test_reinstated_entry_shares_no_tier(place, call):
    event, entries = call
    await entering.disqualify(place.leader, entries[0].id, reason="抄袭")
    await entering.pick(place.leader, entries[1].id, tier=PrizeTier.GOLD)
    await entering.reinstate(place.leader, entries[0].id)
    await move_on(place, event)
    assert await list_tiers(entries) == [None, PrizeTier.GOLD, None]
    assert await find_violations() == {}


@pytest.mark.parametrize("go", WAYS)
async def test_picked_prize_stays_after_the_result(place, call, go):
    event, entries = call
    await move_on(place, event)
    await go(place, place.residents[0])
    await entering.disqualify(place.leader, entries[2].id, reason="抄袭")
    assert await list_tiers(entries) == [PrizeTier.GOLD, None, None]
    assert [(await reload_entry(row)).place for row in entries] == [1, 2, None]
    assert await find_violations() == {}


@pytest.mark.parametrize("go", WAYS)
async def test_voted_prize_stays_after_the_result(place, go):
    event, entries = await create_contest(place, bronze_prizes=1)
    await vote(place.residents[3], *entries[:2])
    await vote(place.residents[4], entries[0])
    await move_on(place, event)
    assert await list_tiers(entries) == [PrizeTier.GOLD, PrizeTier.SILVER, None]
    await go(place, place.residents[1])
    await entering.disqualify(place.leader, entries[2].id, reason="翻拍")
    assert await list_tiers(entries) == [PrizeTier.GOLD, PrizeTier.SILVER, None]
    await entering.disqualify(place.leader, entries[0].id, reason="翻拍")
    assert await list_tiers(entries) == [None, PrizeTier.GOLD, None]
    assert await find_violations() == {}
    await entering.reinstate(place.leader, entries[0].id)
    assert await list_tiers(entries) == [PrizeTier.GOLD, PrizeTier.SILVER, None]
    assert await find_violations() == {}


async def test_reinstatement_restores_one_who_left(place, call):
    event, entries = call
    await move_on(place, event)
    await entering.disqualify(place.leader, entries[0].id, reason="抄袭")
    await leave(place, place.residents[0])
    await entering.reinstate(place.leader, entries[0].id)
    assert await list_tiers(entries) == [PrizeTier.GOLD, None, None]
    assert await find_violations() == {}


async def test_author_who_came_back_late_has_no_place(place, call):
    event, entries = call
    await leave(place, place.residents[0])
    await move_on(place, event)
    await come_back(place, place.residents[0])
    await entering.disqualify(place.leader, entries[2].id, reason="抄袭")
    assert [(await reload_entry(row)).place for row in entries] == [None, 1, None]
    assert await list_tiers(entries) == [None] * 3


async def test_days_of_a_challenge_freeze_with_its_result(place):
    event = await hold(place.leader, EventState.OPEN, EventKind.CHECK_IN_CHALLENGE, needs_submission=True)
    entries = []
    for member in place.residents[:3]:
        row = await create_published(place, author=member)
        entries.append(await check_in(member, event.id, day=None, submission_id=row.id))
    await move_to(place.leader, event, EventState.CLOSED)
    used = next(row for row in await list_rows("event_check_in") if row["entry_id"] == entries[0].id)
    row = await get_submission(place.id, used["submission_id"])
    await removal.withdraw(place.residents[0], row.id, version=row.version)
    await entering.disqualify(place.leader, entries[2].id, reason="重复")
    assert await list_tiers(entries) == [PrizeTier.GOLD, PrizeTier.SILVER, None]
    assert [(await reload_entry(one)).place for one in entries] == [1, 2, None]
