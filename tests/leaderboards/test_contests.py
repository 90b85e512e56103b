"""The board of contest results follows prizes, disqualifications and reinstatements."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from community.events import entering
from community.events.kinds import EventState
from community.kernel import clock, db
from community.leaderboards import closings
from community.leaderboards import service as leaderboards
from community.scores.models import BoardKind
from community.scores.periods import PeriodKind
from tests.support.bank import find_violations
from tests.support.boards import list_top
from tests.support.contests import create_event, enter, move_on, move_to, vote
from tests.support.story import create_community

CONTESTS, EVER, WEEK = BoardKind.CONTESTS, PeriodKind.EVER, PeriodKind.WEEK
MONDAY = datetime(2031, 3, 3, 4, tzinfo=UTC)


@pytest.fixture
async def place(database):
    with clock.at(MONDAY - timedelta(days=3)):
        return await create_community(leaders=2, residents=5)


async def hold_contest(place, **given):
    """Hold a contest of three entries, with 3, 2 and 1 votes. Return it in its voting, and the entries."""
    event = await create_event(place, bronze_prizes=1, votes_per_day=3, **given)
    entries = [await enter(event, member, place) for member in place.residents[:3]]
    event = await move_on(place, event)
    for voter, voted in ((place.leader, entries), (place.residents[3], entries[:2]), (place.residents[4], entries[:1])):
        await vote(voter, *voted)
    return event, entries


async def read(place, kind: PeriodKind = EVER) -> list[tuple[int, int]]:
    """Return members and scores, which Redis and the database must agree on."""
    await leaderboards.apply_pending(max_failures=1)
    await leaderboards.reconcile()
    assert await leaderboards.compare_with_ledger(place.community)
    return [
        (entry.membership_id, entry.score) for entry in await list_top(place.community, kind, first=9, board=CONTESTS)
    ]


async def test_prizes_count_once_the_contest_closes(place):
    one, two, three, *_ = place.residents
    event, _ = await hold_contest(place)
    assert await read(place) == []
    await move_to(place.leader, event, EventState.CLOSED)
    assert await read(place) == [(one.id, 3), (two.id, 2), (three.id, 1)]
    await move_to(place.leader, (await hold_contest(place, title="第二场"))[0], EventState.CLOSED)
    assert await read(place) == [(one.id, 6), (two.id, 4), (three.id, 2)]
    assert await find_violations() == {}


async def test_disqualification_and_its_reversal_change_the_board(place):
    one, two, three, *_ = place.residents
    event, (first, *_) = await hold_contest(place)
    await move_to(place.leader, event, EventState.CLOSED)
    await entering.disqualify(place.leader, first.id, reason="重复")
    assert await read(place) == [(two.id, 3), (three.id, 2)]
    assert await find_violations() == {}
    await entering.reinstate(place.leader, first.id)
    assert await read(place) == [(one.id, 3), (two.id, 2), (three.id, 1)]
    assert await find_violations() == {}


async def test_late_disqualification_counts_in_the_week_of_the_contest(place):
    one, two, three, *_ = place.residents
    with clock.at(MONDAY):
        event, (first, *_) = await hold_contest(place)
        event = await move_to(place.leader, event, EventState.CLOSED)
    with clock.at(MONDAY + timedelta(days=7)):
        await closings.close_due()
        await entering.disqualify(place.leader, first.id, reason="重复")
        # The closed week stays as it was, and the present week has no contest.
        assert await read(place, WEEK) == []
        assert await read(place) == [(two.id, 3), (three.id, 2)]
        closed = await db.scalar(
            "SELECT count(*) FROM podium_place t JOIN leaderboard_closing c ON c.id = t.closing_id"
            " WHERE c.board = 'CONTESTS' AND c.kind = 'WEEK' AND c.community_id = $1 AND t.membership_id = $2",
            place.id, one.id,
        )  # fmt: skip
        assert closed == 1
        assert await find_violations() == {}


async def test_drawn_prizes_do_not_count(place):
    event = await create_event(place, gold_prizes=0, silver_prizes=0, drawn_prizes=1, drawn_value=500)
    await enter(event, place.resident, place)
    await move_to(place.leader, event, EventState.CLOSED)
    assert await db.scalar("SELECT count(*) FROM event_prize WHERE tier = 'DRAWN'") == 1
    assert await read(place) == []


async def test_repair_sums_contests_again(place):
    event, _ = await hold_contest(place)
    await move_to(place.leader, event, EventState.CLOSED)
    expected = await read(place)
    await db.execute("UPDATE leaderboard_score SET score = -77 WHERE board = 'CONTESTS'")
    await db.execute("DELETE FROM leaderboard_score WHERE board = 'CONTESTS' AND kind = 'EVER'")
    await leaderboards.recount_all()
    assert await read(place) == expected
