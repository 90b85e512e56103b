"""The board of contests, which counts prizes."""

from __future__ import annotations

from community.events.kinds import PrizeTier
from community.events.rows import EventRow, PrizeRow
from community.kernel.enumerations import require_each
from community.scores import scores
from community.scores.models import BoardKind
from community.scores.scores import BoardSource

WEIGHTS = {PrizeTier.GOLD: 3, PrizeTier.SILVER: 2, PrizeTier.BRONZE: 1, PrizeTier.DRAWN: 0}
"""Points of each prize on the board. A drawn prize is won by chance and does not count."""
require_each(PrizeTier, WEIGHTS)
_WEIGHTS_SQL = " ".join(f"WHEN '{tier}' THEN {weight}" for tier, weight in WEIGHTS.items())
CONTESTS_SOURCE = BoardSource(
    BoardKind.CONTESTS,
    # A prize counts from the end of its event, also if it is given later, after a disqualification.
    f"SELECT z.community_id, z.membership_id, CASE z.tier {_WEIGHTS_SQL} END AS amount, e.closes_at AS at"
    " FROM event_prize z JOIN event e ON e.id = z.event_id WHERE z.taken_back_at IS NULL",
    since="board_of_contests",
)


async def count_given(event: EventRow, prize: PrizeRow) -> None:
    """Count a prize that was given in a closed event."""
    await _count(event, prize, WEIGHTS[prize.tier])


async def count_taken_back(event: EventRow, prize: PrizeRow) -> None:
    """Take back what a prize counted."""
    await _count(event, prize, -WEIGHTS[prize.tier])


async def _count(event: EventRow, prize: PrizeRow, amount: int) -> None:
    if amount:
        board = CONTESTS_SOURCE.board
        await scores.count(board, event.community_id, prize.membership_id, amount, at=event.closes_at)
