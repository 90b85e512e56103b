"""The source of each board, and the places that are honoured. What boards do and say of themselves follows from it."""

from __future__ import annotations

from dataclasses import dataclass

from community.events.contest_board import CONTESTS_SOURCE
from community.experts.endorsements import GIVEN_SOURCE
from community.kernel.enumerations import require_each
from community.leaderboards.models import HonourKind
from community.leaderboards.rules import LeaderboardTie
from community.points.earning.earn import POINTS_SOURCE
from community.review.service import REVIEWS_SOURCE
from community.scores.hiding import LeaderboardExclusion, list_exclusions
from community.scores.models import BoardKind
from community.scores.periods import PeriodKind
from community.submissions.board_counts import LIKES_SOURCE, PUBLISHED_SOURCE

SOURCES = {
    source.board: source
    for source in (POINTS_SOURCE, PUBLISHED_SOURCE, LIKES_SOURCE, REVIEWS_SOURCE, GIVEN_SOURCE, CONTESTS_SOURCE)
}
require_each(BoardKind, SOURCES)


@dataclass(frozen=True, slots=True)
class BoardDeclaration:
    """A declaration of a board: what it counts, and whom it does not show."""

    board: BoardKind
    tables: list[str]
    periods: list[PeriodKind]
    exclusions: list[LeaderboardExclusion]
    tie: LeaderboardTie


DECLARATIONS = [
    BoardDeclaration(board, source.tables, list(PeriodKind), list_exclusions(board), LeaderboardTie.SHARED_RANK)
    for board, source in SOURCES.items()
]


@dataclass(frozen=True, slots=True)
class HonourRule:
    """The first `places` of a board's period get the honour. Members with the same rank get it together."""

    board: BoardKind
    period: PeriodKind
    places: int


HONOURS = {
    HonourKind.GOLD_INTERACTION: HonourRule(BoardKind.POINTS, PeriodKind.YEAR, 3),
    HonourKind.SERVICE_STAR: HonourRule(BoardKind.REVIEWS, PeriodKind.YEAR, 1),
}
require_each(HonourKind, HONOURS)
