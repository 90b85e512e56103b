"""A board that is built again keeps serving, with the time as of which it is complete."""

from __future__ import annotations

from datetime import timedelta

import pytest

from community.kernel import cache, clock, db
from community.kernel.paging import PageRequest
from community.leaderboards import queries, redis_boards
from community.leaderboards import service as leaderboards
from community.leaderboards.queries import LIVE_FOR, BoardView
from community.scores.models import BoardKind
from community.scores.periods import PeriodKind
from tests.support.bank import award
from tests.support.boards import get_redis_board, scored
from tests.support.story import create_community

WEEK = PeriodKind.WEEK


@pytest.fixture
async def place(database):
    """Return a community with boards in Redis, on which two members have points."""
    place = await create_community(residents=2)
    for number, member in enumerate(place.residents):
        await award(member, f"a:{number}", 10 - number)
    await leaderboards.apply_pending(max_failures=1)
    return place


async def view(place, *, as_stranger: bool = False, community=True) -> tuple[BoardView, list[tuple[int, int]]]:
    member = None if as_stranger else place.resident
    found = await queries.view_board(
        place.community if community else None, BoardKind.POINTS, WEEK, on=None, member=member
    )
    page = await queries.get_page(found.row, PageRequest(10), top=found.top)
    return found, [(entry.membership_id, entry.score) for entry in page.rows]


async def interrupt_rebuild(place) -> None:
    """Leave Redis as a process leaves it that dies while it builds: one member is written, and nothing declared."""
    await redis_boards.begin_build(place.id, "dies")
    await get_redis_board(place, WEEK).put([scored(place.resident.id, 3, 1)])
    assert not await redis_boards.is_built(place.id)


async def test_live_board_has_no_time(place):
    found, entries = await view(place)
    assert (found.as_of, entries[0]) == (None, (place.resident.id, 10))


@pytest.mark.parametrize("as_stranger", [False, True])
async def test_interrupted_rebuild_serves_the_books(place, as_stranger):
    one, two = place.residents
    await interrupt_rebuild(place)
    await award(two, "late", 20)
    before = clock.now()
    found, entries = await view(place, as_stranger=as_stranger)
    assert entries == [(two.id, 29), (one.id, 10)]
    assert found.as_of is not None
    assert before <= found.as_of <= clock.now()
    assert (found.mine and found.mine.rank) == (None if as_stranger else 2)
    assert await leaderboards.reconcile() == 1
    assert (await view(place, as_stranger=as_stranger))[0].as_of is None


async def test_lost_redis_serves_the_books(place):
    await cache.client().flushdb()
    found, entries = await view(place)
    assert found.as_of is not None
    assert [score for _, score in entries] == [10, 9]
    # The board of all communities is always read from the books.
    assert (await view(place, community=False))[0].as_of is None


async def test_board_without_a_worker_shows_its_time(place):
    assert await leaderboards.reconcile() == 0
    known_at = clock.now()
    await award(place.resident, "waits", 5)
    with clock.at(known_at + 2 * LIVE_FOR):
        found, entries = await view(place)
        assert entries[0] == (place.resident.id, 10)
        assert found.as_of is not None
        assert known_at - timedelta(minutes=1) < found.as_of <= known_at
        # An update that waits holds the time back.
        await leaderboards.reconcile()
        waits = (await view(place))[0].as_of
        assert waits is not None
        assert found.as_of <= waits < known_at + LIVE_FOR
        await leaderboards.apply_pending(max_failures=1)
        await leaderboards.reconcile()
        found, entries = await view(place)
        assert (found.as_of, entries[0]) == (None, (place.resident.id, 15))


async def test_parked_update_holds_its_board_back(place):
    elsewhere = await create_community()
    await award(place.resident, "waits", 5)
    await db.execute("UPDATE outbox_effect SET parked_at = $1 WHERE done_at IS NULL", clock.now())
    await leaderboards.rebuild(elsewhere.community)
    with clock.at(clock.now() + 2 * LIVE_FOR):
        await leaderboards.reconcile()
        assert (await view(place))[0].as_of is not None
        assert (await view(elsewhere))[0].as_of is None


async def test_unreadable_time_is_answered_from_the_books(place):
    await cache.client().hset(get_redis_board(place).built, "asOf", "soon")
    found, entries = await view(place)
    assert found.as_of is not None
    assert [score for _, score in entries] == [10, 9]
