"""Writing of the boards in Redis, a cache of earned points.

Every score that is written is the whole sum of its period. So an update may be repeated, late or out of order.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Sequence
from uuid import uuid4

from redis.exceptions import ResponseError

from community.communities import queries
from community.communities.queries import CommunityRow
from community.kernel import cache, db, outbox
from community.kernel.errors import describe_error
from community.kernel.outbox import Effect
from community.leaderboards import boards
from community.leaderboards.queries import get_current_period
from community.points.earning import board_scores
from community.points.earning.board_periods import BoardPeriod, PeriodKind
from community.points.earning.earn import BOARD_EFFECT, enqueue_board_update

log = logging.getLogger(__name__)

_MAX_COMPARED = 1_000
_MAX_BUILDS = 10


async def apply_pending(*, max_failures: int) -> int:
    """Apply every pending board update and return the number of updates.

    Raises `cache.CacheUnavailable` if Redis is unavailable. The updates stay pending then. If the updates of one
    community fail for another reason, the failure is recorded and the other communities continue. An update is parked
    after `max_failures`.
    """
    count = 0
    failed: set[int] = set()
    while pending := [
        update for update in await outbox.list_pending(BOARD_EFFECT) if update.args["community_id"] not in failed
    ]:
        by_community: dict[int, list[Effect]] = defaultdict(list)
        for update in pending:
            by_community[update.args["community_id"]].append(update)
        for community_id, updates in by_community.items():
            if await _apply_or_record_failure(community_id, updates, max_failures=max_failures):
                count += len(updates)
            else:
                failed.add(community_id)
    return count


async def _apply_or_record_failure(community_id: int, updates: Sequence[Effect], *, max_failures: int) -> bool:
    try:
        await _apply_updates(community_id, updates)
    except cache.CacheUnavailable:
        raise
    except Exception as error:
        log.exception("board updates failed: community=%s updates=%s", community_id, len(updates))
        for update in updates:
            await outbox.record_attempt_failure(
                update.id, attempt=update.attempt, error=describe_error(error), max_failures=max_failures
            )
        return False
    await outbox.mark_done(*(update.id for update in updates))
    return True


async def _apply_updates(community_id: int, updates: Sequence[Effect]) -> None:
    community = await queries.find_community(community_id)
    if community is None:
        log.warning("board updates of an unknown community are skipped: community=%s", community_id)
        return
    if not await boards.is_built(community_id):
        await rebuild(community)
        return
    try:
        await _put_scores(community, sorted({update.args["membership_id"] for update in updates}))
        await boards.note_history(community_id)
    except (boards.BoardNotBuilt, ResponseError):
        # Redis answered that a key is not what it should be. A new build deletes all of them.
        await rebuild(community)


async def _put_scores(community: CommunityRow, membership_ids: Sequence[int]) -> None:
    await board_scores.refresh(membership_ids)
    for period in _list_periods(community):
        rows = await board_scores.list_points(community.id, period, membership_ids)
        await boards.RedisBoard(community.id, period).put(rows)


def _list_periods(community: CommunityRow) -> list[BoardPeriod]:
    return [get_current_period(community, kind) for kind in PeriodKind]


async def rebuild(community: CommunityRow) -> None:
    """Build the community's boards again from the database.

    Members are hidden and shown as the rules say now. Updates in the meantime are not lost.
    Raises `cache.CacheUnavailable`.
    """
    token = uuid4().hex
    for _ in range(_MAX_BUILDS):
        await boards.begin_build(community.id, token)
        try:
            await _write_boards(community)
        except boards.BoardNotBuilt:
            # Another build deleted the boards while this one wrote. The build that began last writes them again.
            if not await boards.is_building(community.id, token):
                return
        else:
            await boards.finish_build(community.id, token)
            return


async def _write_boards(community: CommunityRow) -> None:
    last = 0
    while found := await board_scores.list_member_ids_after(community.id, last):
        await _put_scores(community, found)
        last = found[-1]


async def recount_all() -> int:
    """Sum the present periods of every community again, and build all boards. Return the number of communities.

    Raises `cache.CacheUnavailable`.
    """
    for community in await queries.list_all_communities():
        for period in _list_periods(community):
            await board_scores.recount(community.id, period)
    return await rebuild_all()


@db.transactional
async def queue_person_updates(person_id: int) -> None:
    """Put an update for each present and former membership of the person.

    It hides or shows the member.
    """
    for member in await queries.list_all_memberships(person_id):
        await enqueue_board_update(member.community_id, member.id)


async def rebuild_all() -> int:
    """Build all boards again and return the number of communities. Raises `cache.CacheUnavailable`."""
    communities = await queries.list_all_communities()
    for community in communities:
        await rebuild(community)
    return len(communities)


async def reconcile() -> int:
    """Build lost boards again and return the number of communities.

    Boards are lost if Redis has evicted them, or restored them from an old snapshot.
    """
    lost = [row for row in await queries.list_all_communities() if not await _is_complete(row)]
    for community in lost:
        await rebuild(community)
    return len(lost)


async def _is_complete(community: CommunityRow) -> bool:
    """Return True if the boards are built and none was evicted."""
    if not await boards.is_built(community.id):
        return False
    for period in _list_periods(community):
        if await boards.RedisBoard(community.id, period).is_evicted():
            return False
    return True


async def compare_with_ledger(community: CommunityRow) -> bool | None:
    """Return True if Redis matches the database, None without boards in Redis.

    A pending update makes them differ for a moment, so repeat the call before you rely on False. Raises
    `cache.CacheUnavailable`.
    """
    if not await _is_complete(community):
        return None
    for kind in PeriodKind:
        period = get_current_period(community, kind)
        expected = await boards.BooksBoard(community.id, period).list_top(_MAX_COMPARED)
        try:
            if await boards.RedisBoard(community.id, period).list_top(_MAX_COMPARED) != expected:
                return False
        except boards.BoardDamaged:
            return False
    return True
