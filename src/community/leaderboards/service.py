"""Writing of the boards in Redis, a cache of the sums in the database.

Every score that is written is the whole sum of its period. So an update may be repeated, late or out of order.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

from redis.exceptions import ResponseError

from community.communities import member_list, queries
from community.communities.queries import CommunityRow
from community.kernel import cache, clock, db, outbox
from community.kernel.errors import describe_error
from community.kernel.outbox import Effect
from community.leaderboards import closings, redis_boards
from community.leaderboards.declarations import SOURCES
from community.leaderboards.queries import StoredBoard
from community.leaderboards.redis_boards import RedisBoard
from community.scores import scores
from community.scores.boards import BoardKey
from community.scores.models import BoardKind
from community.scores.periods import BoardPeriod, list_periods
from community.scores.scores import BOARD_EFFECT, build_update

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
    if not await redis_boards.is_built(community_id):
        await rebuild(community)
        return
    members: dict[BoardKind, set[int]] = defaultdict(set)
    for update in updates:
        # An update of an earlier version names no board.
        kinds = [BoardKind(update.args["board"])] if "board" in update.args else list(BoardKind)
        for kind in kinds:
            members[kind].add(update.args["membership_id"])
    try:
        await scores.refresh(sorted(set().union(*members.values())))
        for kind, found in members.items():
            await _put_scores(community, kind, sorted(found))
        await redis_boards.note_history(community_id)
    except (redis_boards.BoardNotBuilt, ResponseError):
        # Redis answered that a key is not what it should be. A new build deletes all of them.
        await rebuild(community)


async def _put_scores(community: CommunityRow, board: BoardKind, membership_ids: Sequence[int]) -> None:
    periods = _list_present(community)
    rows = await scores.list_scores(community.id, board, [period.name for period in periods], membership_ids)
    for period in periods:
        await RedisBoard(community.id, board, period).put([row for row in rows if row.period == period.name])


def _list_present(community: CommunityRow) -> list[BoardPeriod]:
    return list_periods(clock.now(), community.time_zone)


async def rebuild(community: CommunityRow) -> None:
    """Build the community's boards again from the database.

    Members are hidden and shown as the rules say now. Updates in the meantime are not lost.
    Raises `cache.CacheUnavailable`.
    """
    token = uuid4().hex
    for _ in range(_MAX_BUILDS):
        began_at = clock.now()
        await redis_boards.begin_build(community.id, token)
        try:
            await _write_boards(community)
        except redis_boards.BoardNotBuilt:
            # Another build deleted the boards while this one wrote. The build that began last writes them again.
            if not await redis_boards.is_building(community.id, token):
                return
        else:
            await redis_boards.finish_build(community.id, token, as_of=began_at)
            return


async def _write_boards(community: CommunityRow) -> None:
    async for found in member_list.walk_member_ids(community.id):
        await scores.refresh(found)
        for board in BoardKind:
            await _put_scores(community, board, found)


async def recount_all() -> int:
    """Sum every board again, and build all boards in Redis. Return the number of communities.

    Raises `cache.CacheUnavailable`.
    """
    began = await closings.list_beginnings()
    for community in await queries.list_all_communities():
        # A period in which the counting began may have ended before this job runs.
        periods = {
            board: _list_present(community) + list_periods(at, community.time_zone) for board, at in began.items()
        }
        async for found in member_list.walk_member_ids(community.id):
            for source in SOURCES.values():
                await scores.fill(source, found, periods[source.board])
                await scores.recount(source, found)
    return await rebuild_all()


@db.transactional
async def queue_person_updates(person_id: int) -> None:
    """Put an update for each present and former membership of the person.

    It hides or shows the member.
    """
    for member in await queries.list_all_memberships(person_id):
        await db.execute_together(*(build_update(board, member.community_id, member.id) for board in BoardKind))


async def refresh_community(community_id: int) -> None:
    """Show or hide a community's members on the boards of all communities.

    Call it when the visibility of the community has changed.
    """
    async for found in member_list.walk_member_ids(community_id):
        await scores.refresh(found)


async def rebuild_all() -> int:
    """Build all boards again and return the number of communities. Raises `cache.CacheUnavailable`."""
    communities = await queries.list_all_communities()
    for community in communities:
        await rebuild(community)
    return len(communities)


async def reconcile() -> int:
    """Build lost boards again and return the number of communities.

    Boards are lost if Redis has evicted them, or restored them from an old snapshot. The others get the time as of
    which they are complete: that of the oldest update which is not applied, or now.
    """
    now = clock.now()
    waiting, complete_at = await outbox.list_waiting(BOARD_EFFECT), now
    oldest: dict[int, datetime] = {}
    for row in waiting:
        number = row.args["community_id"]
        oldest[number] = min(row.created_at, oldest.get(number, now))
    if len(waiting) >= outbox.MAX_LISTED:
        complete_at = min(row.created_at for row in waiting)
    lost = []
    for community in await queries.list_all_communities():
        if await _is_complete(community):
            await redis_boards.note_as_of(community.id, oldest.get(community.id, complete_at))
        else:
            lost.append(community)
    for community in lost:
        await rebuild(community)
    return len(lost)


async def _is_complete(community: CommunityRow) -> bool:
    """Return True if the boards are built and none was evicted."""
    if not await redis_boards.is_built(community.id):
        return False
    for board in _list_redis_boards(community):
        if await board.is_evicted():
            return False
    return True


def _list_redis_boards(community: CommunityRow) -> list[RedisBoard]:
    return [RedisBoard(community.id, kind, period) for kind in BoardKind for period in _list_present(community)]


async def compare_with_ledger(community: CommunityRow) -> bool | None:
    """Return True if Redis matches the database, None without boards in Redis.

    A pending update makes them differ for a moment, so repeat the call before you rely on False. Raises
    `cache.CacheUnavailable`.
    """
    if not await _is_complete(community):
        return None
    for board in _list_redis_boards(community):
        expected = await StoredBoard(BoardKey(community.id, board.kind, board.period.name)).list_top(_MAX_COMPARED)
        try:
            if await board.list_top(_MAX_COMPARED) != expected:
                return False
        except redis_boards.BoardDamaged:
            return False
    return True
