"""Boards of publications, likes and reviews. They are equal to what they count."""

from __future__ import annotations

import asyncio
import random

import pytest

from community.accounts import people
from community.communities import profile, roles
from community.communities.models import Role
from community.communities.queries import get_communities, get_members
from community.communities.settings import Visibility
from community.events import entering
from community.events.kinds import EntryState, EventState
from community.kernel import cache, db
from community.leaderboards import queries
from community.leaderboards import service as leaderboards
from community.review import restoring
from community.scores import scores
from community.scores.hiding import LeaderboardExclusion
from community.scores.models import BoardKind
from community.scores.periods import PeriodKind
from community.submissions import removal
from community.submissions.board_counts import LIKES_SOURCE
from community.submissions.reactions import likes
from tests.support.bank import award, find_violations
from tests.support.boards import list_top
from tests.support.contests import create_event, enter, move_to, reload_entry, vote
from tests.support.story import (
    create_community,
    create_published,
    list_pending_effects,
    list_rows,
    reload_submission,
    run_concurrently,
    run_effects,
)
from tests.support.waiting import until_blocked

EVER = PeriodKind.EVER


async def read(place, board: BoardKind) -> list[tuple[int, int]]:
    """Return members and scores of all time, which Redis and the database must agree on."""
    assert await leaderboards.compare_with_ledger(place.community)
    found = await list_top(place.community, EVER, first=20, board=board)
    return [(entry.membership_id, entry.score) for entry in found]


async def drain():
    for row in await list_pending_effects("leaderboards.rebuild_person"):
        await leaderboards.queue_person_updates(row["person_id"])
    await leaderboards.apply_pending(max_failures=1)


async def test_boards_follow_publication_likes_removal_and_restoration(database):
    place = await create_community()
    row = await create_published(place)
    await run_concurrently(*(likes.like(who, row.id) for who in (place.other, place.leader, place.resident)))
    await drain()
    author = place.resident.id
    assert await read(place, BoardKind.PUBLISHED) == [(author, 1)]
    assert await read(place, BoardKind.LIKES) == [(author, 2)]  # One's own like does not count.
    assert await read(place, BoardKind.REVIEWS) == [(place.leader.id, 1)]
    await likes.unlike(place.other, row.id)
    await drain()
    assert await read(place, BoardKind.LIKES) == [(author, 1)]
    row = await removal.remove(place.leader, row.id, version=(await reload_submission(row)).version, reason="广告")
    await drain()
    assert await read(place, BoardKind.PUBLISHED) == await read(place, BoardKind.LIKES) == []
    await restoring.restore(place.leader, row.id, version=row.version, reason="误会")
    await drain()
    assert await read(place, BoardKind.PUBLISHED) == await read(place, BoardKind.LIKES) == [(author, 1)]
    assert await read(place, BoardKind.REVIEWS) == [(place.leader.id, 1)]
    assert await find_violations() == {}


async def _close_contest(place):
    """Close a contest of three entries, and return them."""
    event = await create_event(place, bronze_prizes=1)
    entries = [await enter(event, member, place) for member in place.residents[:3]]
    await move_to(place.leader, event, EventState.VOTING)
    await vote(place.residents[3], *entries[:2])
    await vote(place.leader, entries[0])
    await move_to(place.leader, event, EventState.CLOSED)
    return entries


async def _decide_again(place, entry):
    """Disqualify an entry, or reinstate it."""
    if (await reload_entry(entry)).state is EntryState.ENTERED:
        await entering.disqualify(place.leader, entry.id, reason="重复")
    else:
        await entering.reinstate(place.leader, entry.id)


async def test_all_boards_agree_after_random_activity(database):
    place = await create_community(residents=4)
    chance = random.Random(7)
    rows = [await create_published(place, author=place.residents[n % 3]) for n in range(6)]
    entries = [await _close_contest(place) for _ in range(2)]
    for _ in range(40):
        row = await reload_submission(chance.choice(rows))
        match chance.randrange(8):
            case 0 if row.state == "PUBLISHED":
                await removal.remove(place.leader, row.id, version=row.version, reason="广告")
            case 1 if row.state == "REMOVED":
                await restoring.restore(place.leader, row.id, version=row.version, reason="误会")
            case 2:
                await award(chance.choice(place.residents), str(chance.random()), chance.randrange(1, 9))
            case 3 | 4:
                await _decide_again(place, chance.choice(chance.choice(entries)))
            case _ if row.published_revision is not None:
                verb = chance.choice([likes.like, likes.like, likes.unlike])
                await verb(chance.choice(place.residents), row.id)
        if chance.random() < 0.2:
            await drain()
        if chance.random() < 0.05:
            await cache.client().flushdb()
    await run_effects()
    await leaderboards.reconcile()
    for board in BoardKind:
        await read(place, board)
    counted = {row["board"] for row in await list_rows("leaderboard_score")}
    assert counted == set(BoardKind) - {BoardKind.ENDORSEMENTS_GIVEN}
    assert await find_violations() == {}


async def test_repair_sums_every_board_again(database):
    place = await create_community()
    row = await create_published(place)
    await likes.like(place.other, row.id)
    before = await list_rows("leaderboard_score")
    await db.execute("DELETE FROM leaderboard_score WHERE board = 'LIKES'")
    await db.execute("UPDATE leaderboard_score SET score = -77")
    await leaderboards.recount_all()

    def strip(found):
        return sorted((r["membership_id"], r["board"], r["period"], r["score"], r["starts_at"]) for r in found)

    assert strip(await list_rows("leaderboard_score")) == strip(before)


@pytest.mark.on_servers
@pytest.mark.parametrize("first", ["like", "recount"])
async def test_recount_beside_a_like_counts_it_once(database, first):
    place = await create_community()
    row = await create_published(place)
    await likes.like(place.leader, row.id)
    began, go_on = asyncio.Event(), asyncio.Event()
    works = {
        "like": lambda: likes.like(place.other, row.id),
        "recount": lambda: scores.recount(LIKES_SOURCE, [place.resident.id]),
    }

    async def work_slowly():
        await works.pop(first)()
        began.set()
        await go_on.wait()

    slow = asyncio.create_task(db.transaction(work_slowly))
    await began.wait()
    (work,) = works.values()
    other = asyncio.create_task(work())
    await until_blocked()
    go_on.set()
    await asyncio.gather(slow, other)
    found = [row["score"] for row in await list_rows("leaderboard_score") if row["board"] == "LIKES"]
    assert found == [-2] * len(PeriodKind)


async def test_leader_is_on_no_board_of_residents(database):
    place = await create_community()
    await award(place.resident, "a", 5)
    await drain()
    assert await read(place, BoardKind.POINTS) == [(place.resident.id, 5)]
    await roles.give_role(place.leader, place.resident.id, role=Role.LEADER)
    await drain()
    assert await read(place, BoardKind.POINTS) == []
    (member,) = await get_members([place.resident.id])
    view = await queries.view_board(place.community, BoardKind.POINTS, EVER, on=None, member=member)
    assert (view.exclusion, view.mine) == (LeaderboardExclusion.LEADER, None)
    view = await queries.view_board(place.community, BoardKind.REVIEWS, EVER, on=None, member=member)
    assert view.exclusion is None
    await roles.take_role(place.leader, place.resident.id, role=Role.LEADER)
    await drain()
    assert await read(place, BoardKind.POINTS) == [(place.resident.id, 5)]


async def test_board_of_all_communities_shows_public_ones(database):
    open_place, closed = await create_community(), await create_community()
    for place, points in ((open_place, 5), (closed, 9)):
        await award(place.resident, f"a:{place.id}", points)
    visible = [place for place in (open_place, closed) if place.community.visibility == "PUBLIC"]
    everywhere = [(entry.membership_id, entry.score) for entry in await list_top(None, EVER, first=10)]
    assert everywhere == sorted(
        [(place.resident.id, 5 if place is open_place else 9) for place in visible], key=lambda pair: -pair[1]
    )
    (row,) = await get_communities([closed.id])
    wanted = Visibility.MEMBERS if row.visibility == "PUBLIC" else Visibility.PUBLIC
    await profile.edit_community(closed.leader, version=row.version, edit={"visibility": wanted})
    (effect,) = await list_pending_effects("leaderboards.refresh_community")
    await leaderboards.refresh_community(effect["community_id"])
    found = [entry.membership_id for entry in await list_top(None, EVER, first=10)]
    assert (closed.resident.id in found) is (wanted is Visibility.PUBLIC)


async def test_liked_authors_lose_the_likes_of_an_erased_person(database):
    place = await create_community()
    row = await create_published(place)
    await likes.like(place.other, row.id)
    await likes.erase([place.other.id])
    await drain()
    assert await read(place, BoardKind.LIKES) == []
    assert await find_violations() == {}
    await people.ban(place.resident.person_id, reason="spam")
    await drain()
    assert await read(place, BoardKind.PUBLISHED) == []
