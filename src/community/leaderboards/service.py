"""Keeping the boards in Redis: a cache that is computed from the books, absolutely and never by adding up.

Every score written is the whole sum for its period, so a step that is repeated, late or out of order does no harm.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

from community.identity import consents
from community.identity import queries as identity
from community.identity.queries import CommunityRow
from community.kernel import cache, clock, outbox
from community.kernel.outbox import Effect
from community.leaderboards import boards
from community.leaderboards.queries import computed, shown
from community.leaderboards.rules import Period, PeriodKind, period
from community.points import queries as points

log = logging.getLogger(__name__)

STEP = "leaderboards.drain"
_COMPARED = 1_000
_BUILDS = 10


async def drain(*, most_failures: int) -> int:
    """Carry out every pending board step; how many there were.

    Raises `cache.Unavailable` when Redis is away: the steps stay pending. A community whose steps fail for another
    reason has them noted as failures, and does not hold up the others.
    """
    count = 0
    failed: set[int] = set()
    while steps := [step for step in await outbox.pending(STEP) if step.args["community_id"] not in failed]:
        by_community: dict[int, list[Effect]] = defaultdict(list)
        for step in steps:
            by_community[step.args["community_id"]].append(step)
        for community_id, theirs in by_community.items():
            if await _try(community_id, theirs, most_failures=most_failures):
                count += len(theirs)
            else:
                failed.add(community_id)
    return count


async def _try(community_id: int, steps: Sequence[Effect], *, most_failures: int) -> bool:
    try:
        await _apply(community_id, steps)
    except cache.Unavailable:
        raise
    except Exception as error:
        log.exception("the board steps of community %s failed", community_id)
        for step in steps:
            kind = type(error).__name__
            await outbox.failed(step.id, attempt=step.attempt, error=kind, most=most_failures)
        return False
    await outbox.done(*(step.id for step in steps))
    return True


async def _apply(community_id: int, steps: Sequence[Effect]) -> None:
    community = (await identity.communities([community_id]))[0]
    if not await boards.is_built(community_id):
        await rebuild(community)
        return
    try:
        await _put(community, steps)
    except boards.NotBuilt:
        await rebuild(community)


async def _put(community: CommunityRow, steps: Sequence[Effect]) -> None:
    members = sorted({step.args["membership_id"] for step in steps})
    moments = {datetime.fromisoformat(step.args["at"]) for step in steps}
    hidden = await consents.hidden_from_boards(community.id)
    for touched in _periods(community, moments):
        earned = await points.earned(community.id, start=touched.start, end=touched.end, membership_ids=members)
        await boards.SortedSet(community.id, touched).put(shown(earned, hidden))


def _periods(community: CommunityRow, moments: set[datetime]) -> list[Period]:
    found = {period(kind, moment, community.time_zone) for kind in PeriodKind for moment in moments}
    return sorted(found, key=lambda one: one.name)


async def rebuild(community: CommunityRow) -> None:
    """Make the community's boards anew from the books alone, whatever Redis held; steps meanwhile are not lost.

    Raises `cache.Unavailable`.
    """
    token = uuid4().hex
    for _ in range(_BUILDS):
        await boards.begin_build(community.id, token)
        try:
            await _build(community)
        except boards.NotBuilt:
            # Another build was clearing away as this one wrote. The one that began last does it again.
            if not await boards.is_building(community.id, token):
                return
        else:
            await boards.finish_build(community.id, token)
            return


async def _build(community: CommunityRow) -> None:
    hidden = await consents.hidden_from_boards(community.id)
    for kind in PeriodKind:
        now = period(kind, clock.now(), community.time_zone)
        earned = shown(await points.earned(community.id, start=now.start, end=now.end), hidden)
        for begin in range(0, len(earned), 500):
            await boards.SortedSet(community.id, now).put(earned[begin : begin + 500])


async def rebuild_one(community_id: int) -> None:
    """Make one community's boards anew: somebody is to be seen on them, or not any more. Raises `cache.Unavailable`."""
    await rebuild((await identity.communities([community_id]))[0])


async def rebuild_all() -> int:
    """Make every community's boards anew; how many communities there are. Raises `cache.Unavailable`."""
    communities = await identity.every_community()
    for community in communities:
        await rebuild(community)
    return len(communities)


async def reconcile() -> int:
    """Make anew the boards that Redis has lost, or brought back from an older time; how many communities that were."""
    lost = [row for row in await identity.every_community() if not await _is_whole(row)]
    for community in lost:
        await rebuild(community)
    return len(lost)


async def _is_whole(community: CommunityRow) -> bool:
    """Whether the community's boards are built in this very server, and none of the present ones has been evicted."""
    if not await boards.is_built(community.id):
        return False
    for now in _periods(community, {clock.now()}):
        if await boards.SortedSet(community.id, now).is_lost():
            return False
    return True


async def agrees(community: CommunityRow) -> bool | None:
    """Whether the community's boards in Redis are what the books say; None when Redis does not hold them.

    A step that is on its way makes them differ for a moment: ask again before believing it. Raises `cache.Unavailable`.
    """
    if not await _is_whole(community):
        return None
    for kind in PeriodKind:
        now = period(kind, clock.now(), community.time_zone)
        books = await computed(community, now)
        if await boards.SortedSet(community.id, now).top(_COMPARED) != await books.top(_COMPARED):
            return False
    return True
