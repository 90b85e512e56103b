"""Sums of earned points per period, as the boards read them from the database."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from community.accounts import people
from community.kernel import clock, db
from community.leaderboards import service as leaderboards
from community.points import journal, policy
from community.points.earning.claw_back import claw_back
from community.points.earning.earn import PendingAward, pay
from community.scores import boards, scores
from community.scores.boards import BoardKey
from community.scores.periods import PeriodKind, compute_period
from tests.support.bank import RULE, award
from tests.support.board_oracle import ComputedBoard
from tests.support.boards import POINTS, get_stored_board
from tests.support.story import create_community, list_rows

MONDAY = datetime(2031, 3, 3, tzinfo=UTC)
WEEK = PeriodKind.WEEK
SUMMED = (PeriodKind.WEEK, PeriodKind.MONTH, PeriodKind.EVER)


def get_period(place, kind=WEEK):
    return compute_period(kind, clock.now(), place.community.time_zone)


async def list_sums(place):
    """Return the resident's points in the present week, in the present month, and of all time."""
    names = [get_period(place, kind).name for kind in SUMMED]
    rows = await scores.list_scores(place.id, POINTS, names, [place.resident.id])
    found = {row.period: row.score for row in rows}
    return [found.get(name) for name in names]


@db.transactional
async def award_for(moment: datetime, member, key: str, amount: int) -> None:
    """Pay for something that was done at this moment."""
    account = await journal.lock_account(member.community_id, member.id)
    points_policy = await policy.get_policy(member.community_id)
    await pay(account, PendingAward(RULE, amount, {}, moment), points_policy=points_policy, cause=key, source_key=key)


@pytest.mark.parametrize(
    ("time_zone", "hours_ahead"), [("Asia/Shanghai", 8), ("Asia/Kolkata", 5.5), ("America/New_York", -5), ("UTC", 0)]
)
async def test_week_begins_at_midnight_of_the_community(database, time_zone, hours_ahead):
    place = await create_community(time_zone=time_zone)
    midnight = MONDAY - timedelta(hours=hours_ahead)
    with clock.at(midnight - timedelta(seconds=5)):
        await award(place.resident, "sunday", 10)
        assert await list_sums(place) == [10, 10, 10]
    with clock.at(midnight):
        assert await list_sums(place) == [None, 10, 10]
        await award(place.resident, "monday", 100)
        assert await list_sums(place) == [100, 110, 110]


async def test_award_for_a_past_week_leaves_this_week(database):
    place = await create_community()
    with clock.at(MONDAY + timedelta(days=9)):
        await award(place.resident, "now", 1)
        await award_for(MONDAY, place.resident, "late", 10)
        assert await list_sums(place) == [1, 11, 11]


async def test_claw_back_counts_where_the_award_did(database):
    place = await create_community()
    with clock.at(MONDAY):
        await award(place.resident, "old", 10)
    with clock.at(MONDAY + timedelta(days=9)):
        await award(place.resident, "new", 4)
        await claw_back(place.id, "old")
        assert await list_sums(place) == [4, 4, 4]
        await claw_back(place.id, "new")
        assert await list_sums(place) == [0, 0, 0]


async def test_recount_restores_the_sums(database):
    place = await create_community()
    for key, member in (("a", place.resident), ("b", place.other), ("c", place.resident)):
        await award(member, key, 3)
    await claw_back(place.id, "a")
    await db.execute("UPDATE leaderboard_score SET score = -99")
    await leaderboards.recount_all()
    assert [(row["membership_id"], row["score"]) for row in await list_rows("leaderboard_score")] == [
        *[(place.resident.id, -3)] * 5,
        *[(place.other.id, -3)] * 5,
    ]


async def test_books_answer_as_all_rows_would(database):
    place = await create_community(residents=9)
    chance = random.Random(4)
    for number, member in enumerate(place.residents):
        await award(member, f"a:{number}", chance.randint(1, 3))
    await people.ban(place.residents[3].person_id, reason="spam")
    await people.ban(place.residents[5].person_id, reason="spam")
    await scores.refresh([place.residents[5].id])
    shown = [member.id for number, member in enumerate(place.residents) if number not in (3, 5)]
    for kind in PeriodKind:
        board = get_stored_board(place, kind)
        rows = await scores.list_scores(place.id, POINTS, [board.key.period], [member.id for member in place.residents])
        oracle = ComputedBoard([row for row in rows if row.membership_id in shown])
        assert await board.list_top(4) == await oracle.list_top(4)
        await scores.refresh([place.residents[3].id])
        for member in place.residents:
            for span in (0, 2):
                found = await board.list_around(member.id, span=span)
                assert found == await oracle.list_around(member.id, span=span)


async def test_refreshed_member_is_hidden(database):
    place = await create_community()
    await award(place.resident, "a")
    await people.ban(place.resident.person_id, reason="spam")
    await scores.refresh([place.resident.id])
    assert await list_sums(place) == [0, 0, 0]
    versions = [row["version"] for row in await list_rows("leaderboard_score")]
    await scores.refresh([place.resident.id, place.other.id])
    assert [row["version"] for row in await list_rows("leaderboard_score")] == versions


async def test_place_on_a_large_board_is_counted_from_marks(database):
    place = await create_community()
    await award(place.resident, "a", 5)
    period = get_period(place)
    numbers = ", ".join(f"({1_000 + n}, {-(n // 3) - 6})" for n in range(2_500))
    if db.dialect() is db.Dialect.SQLITE:
        await db.execute("PRAGMA foreign_keys = OFF")  # No effect inside a transaction.
    await db.transaction(lambda: add_scores(place, period, numbers))
    for row in (boards.ScoreRow(1_000 + 2_000, -672), boards.ScoreRow(place.resident.id, -5)):
        found = await boards.count_before(BoardKey(place.id, POINTS, period.name), row)
        assert found == (await count_rows(row.score, row.membership_id), await count_rows(row.score, 0))
    boards._marks.clear()  # A database of a later test may have the same name.


async def add_scores(place, period, numbers):
    """Add scores of members who do not exist."""
    if db.dialect() is db.Dialect.POSTGRES:
        await db.execute("SET LOCAL session_replication_role = replica")
    await db.execute(
        "INSERT INTO leaderboard_score (community_id, membership_id, board, kind, period, starts_at, ends_at, score,"
        " version, hidden, everywhere)"
        f" SELECT $1, n.column1, 'POINTS', 'WEEK', $2, $3, $4, n.column2, 1, FALSE, FALSE FROM (VALUES {numbers}) AS n",
        place.id, period.name, period.start, period.end,
    )  # fmt: skip


async def count_rows(score, membership_id):
    return await db.scalar(
        "SELECT count(*) FROM leaderboard_score WHERE kind = 'WEEK' AND (score, membership_id) < ($1, $2)",
        score, membership_id,
    )  # fmt: skip
