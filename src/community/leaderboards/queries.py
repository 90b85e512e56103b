"""Reading the boards: from Redis where it has them, else from the books. The answer is the same."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from community.identity import consents
from community.identity.queries import CommunityRow
from community.kernel import cache, clock
from community.leaderboards.boards import Board, Computed, NotBuilt, SortedSet
from community.leaderboards.rules import Period, PeriodKind, Standing, period
from community.points import queries as points
from community.points.queries import Earned

T = TypeVar("T")

NEIGHBOURS = 2


async def top(community: CommunityRow, kind: PeriodKind, *, first: int) -> list[Standing]:
    """The first `first` places of the board for the period that it is now."""
    return await _read(community, kind, lambda board: board.top(first))


async def around(
    community: CommunityRow, kind: PeriodKind, membership_id: int, *, span: int = NEIGHBOURS
) -> list[Standing]:
    """The member's own place with its neighbours; empty when the member has earned nothing in the period."""
    return await _read(community, kind, lambda board: board.around(membership_id, span=span))


async def _read(community: CommunityRow, kind: PeriodKind, ask: Callable[[Board], Awaitable[T]]) -> T:
    now = period(kind, clock.now(), community.time_zone)
    try:
        return await ask(SortedSet(community.id, now))
    except (NotBuilt, cache.Unavailable):
        return await ask(await computed(community, now))


async def computed(community: CommunityRow, of: Period) -> Computed:
    """The board of a period from the books alone."""
    hidden = await consents.hidden_from_boards(community.id)
    return Computed(shown(await points.earned(community.id, start=of.start, end=of.end), hidden))


def shown(rows: list[Earned], hidden: set[int]) -> list[Earned]:
    """Those of the rows whose members a board may show."""
    return [row for row in rows if row.membership_id not in hidden]
