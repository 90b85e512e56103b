"""Keeping the boards in Redis: a cache that is computed from the books, absolutely and never by adding up.

Every score written is the whole sum for its period, so a step that is repeated, late or out of order does no harm.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

from community.communities import queries, visibility
from community.communities.queries import CommunityRow
from community.kernel import cache, clock, outbox
from community.kernel.outbox import Effect
from community.leaderboards import boards
from community.leaderboards.queries import compute_board, exclude_hidden
from community.leaderboards.rules import BoardPeriod, PeriodKind, compute_period
from community.points import queries as points

log = logging.getLogger(__name__)

DRAIN_EFFECT = "leaderboards.drain"
_MAX_COMPARED = 1_000
_MAX_BUILDS = 10


async def apply_pending(*, max_failures: int) -> int:
    """Carry out every pending board step; how many there were.

    Raises `cache.Unavailable` when Redis is away: the steps stay pending. A community whose steps fail for another
    reason has them noted as failures, and does not hold up the others.
    """
    count = 0
    failed: set[int] = set()
    while steps := [
        step for step in await outbox.list_pending(DRAIN_EFFECT) if step.args["community_id"] not in failed
    ]:
        by_community: dict[int, list[Effect]] = defaultdict(list)
        for step in steps:
            by_community[step.args["community_id"]].append(step)
        for community_id, theirs in by_community.items():
            if await _apply_or_record_failure(community_id, theirs, max_failures=max_failures):
                count += len(theirs)
            else:
                failed.add(community_id)
    return count


async def _apply_or_record_failure(community_id: int, steps: Sequence[Effect], *, max_failures: int) -> bool:
    try:
        await _apply_steps(community_id, steps)
    except cache.CacheUnavailable:
        raise
    except Exception as error:
        log.exception("the board steps of community %s failed", community_id)
        for step in steps:
            kind = type(error).__name__
            await outbox.record_attempt_failure(step.id, attempt=step.attempt, error=kind, max_failures=max_failures)
        return False
    await outbox.mark_done(*(step.id for step in steps))
    return True


async def _apply_steps(community_id: int, steps: Sequence[Effect]) -> None:
    community = (await queries.get_communities([community_id]))[0]
    if not await boards.is_built(community_id):
        await rebuild(community)
        return
    try:
        await _put_scores(community, steps)
    except boards.BoardNotBuilt:
        await rebuild(community)


async def _put_scores(community: CommunityRow, steps: Sequence[Effect]) -> None:
    members = sorted({step.args["membership_id"] for step in steps})
    moments = {datetime.fromisoformat(step.args["at"]) for step in steps}
    hidden = await visibility.list_hidden_membership_ids(community.id)
    for touched in _list_periods(community, moments):
        earned = await points.list_earned_points(
            community.id, start=touched.start, end=touched.end, membership_ids=members
        )
        await boards.RedisBoard(community.id, touched).put(exclude_hidden(earned, hidden))


def _list_periods(community: CommunityRow, moments: set[datetime]) -> list[BoardPeriod]:
    found = {compute_period(kind, moment, community.time_zone) for kind in PeriodKind for moment in moments}
    return sorted(found, key=lambda one: one.name)


async def rebuild(community: CommunityRow) -> None:
    """Make the community's boards anew from the books alone, whatever Redis held; steps meanwhile are not lost.

    Raises `cache.Unavailable`.
    """
    token = uuid4().hex
    for _ in range(_MAX_BUILDS):
        await boards.begin_build(community.id, token)
        try:
            await _write_boards(community)
        except boards.BoardNotBuilt:
            # Another build was clearing away as this one wrote. The one that began last does it again.
            if not await boards.is_building(community.id, token):
                return
        else:
            await boards.finish_build(community.id, token)
            return


async def _write_boards(community: CommunityRow) -> None:
    hidden = await visibility.list_hidden_membership_ids(community.id)
    for kind in PeriodKind:
        now = compute_period(kind, clock.now(), community.time_zone)
        earned = exclude_hidden(await points.list_earned_points(community.id, start=now.start, end=now.end), hidden)
        for begin in range(0, len(earned), 500):
            await boards.RedisBoard(community.id, now).put(earned[begin : begin + 500])


async def rebuild_by_id(community_id: int) -> None:
    """Make one community's boards anew: somebody is to be seen on them, or not any more. Raises `cache.Unavailable`."""
    await rebuild((await queries.get_communities([community_id]))[0])


async def rebuild_person(person_id: int) -> None:
    """Rebuild the boards of every community that a person belongs or belonged to. Raises CacheUnavailable."""
    for member in await queries.list_all_memberships(person_id):
        await rebuild_by_id(member.community_id)


async def rebuild_all() -> int:
    """Make every community's boards anew; how many communities there are. Raises `cache.Unavailable`."""
    communities = await queries.list_all_communities()
    for community in communities:
        await rebuild(community)
    return len(communities)


async def reconcile() -> int:
    """Make anew the boards that Redis has lost, or brought back from an older time; how many communities that were."""
    lost = [row for row in await queries.list_all_communities() if not await _is_complete(row)]
    for community in lost:
        await rebuild(community)
    return len(lost)


async def _is_complete(community: CommunityRow) -> bool:
    """Whether the community's boards are built in this very server, and none of the present ones has been evicted."""
    if not await boards.is_built(community.id):
        return False
    for now in _list_periods(community, {clock.now()}):
        if await boards.RedisBoard(community.id, now).is_evicted():
            return False
    return True


async def compare_with_ledger(community: CommunityRow) -> bool | None:
    """Whether the community's boards in Redis are what the books say; None when Redis does not hold them.

    A step that is on its way makes them differ for a moment: ask again before believing it. Raises `cache.Unavailable`.
    """
    if not await _is_complete(community):
        return None
    for kind in PeriodKind:
        now = compute_period(kind, clock.now(), community.time_zone)
        books = await compute_board(community, now)
        if await boards.RedisBoard(community.id, now).list_top(_MAX_COMPARED) != await books.list_top(_MAX_COMPARED):
            return False
    return True
