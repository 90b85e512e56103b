"""Tables of scores and of closed periods."""

from __future__ import annotations

from enum import Enum, StrEnum, auto

from community.communities.models import Membership
from community.kernel.tables import Check, PartialIndex, Table, Unique, fields, one_of
from community.scores.periods import PeriodKind


class ShownMembers(Enum):
    """The members whom a board shows, if nothing else hides them."""

    ALL = auto()
    RESIDENTS = auto()
    """All but leaders."""


class BoardKind(StrEnum):
    """The kind of a board, which says what it counts."""

    shows: ShownMembers

    def __new__(cls, name: str, shows: ShownMembers = ShownMembers.ALL) -> BoardKind:
        """Create the member."""
        member = str.__new__(cls, name)
        member._value_ = name
        member.shows = shows
        return member

    POINTS = "POINTS", ShownMembers.RESIDENTS
    PUBLISHED = "PUBLISHED", ShownMembers.RESIDENTS
    LIKES = "LIKES", ShownMembers.RESIDENTS
    REVIEWS = "REVIEWS"
    ENDORSEMENTS_GIVEN = "ENDORSEMENTS_GIVEN"
    CONTESTS = "CONTESTS", ShownMembers.RESIDENTS


RESIDENTS_BOARDS = tuple(kind for kind in BoardKind if kind.shows is ShownMembers.RESIDENTS)
"""The boards that do not show leaders."""


class LeaderboardScore(Table):
    """A member's score in a period that is not closed.

    `score` is the negative sum, so that one ascending index has the order of a board. `version` rises with each change.
    `hidden` says that no board may show the member, and `everywhere` that the board of all communities does. The
    community is not a foreign key, as in a lot.
    """

    community_id = fields.BigIntField()
    membership = Membership.foreign_key()
    board = fields.TextField()
    kind = fields.TextField()
    period = fields.TextField()
    starts_at = fields.DatetimeField()
    ends_at = fields.DatetimeField()
    score = fields.BigIntField()
    version = fields.BigIntField()
    hidden = fields.BooleanField()
    everywhere = fields.BooleanField()

    constraints = (
        Unique(("membership_id", "board", "period"), "leaderboard_score_once"),
        Check("board <> ''", "leaderboard_score_board"),
        Check(one_of("kind", PeriodKind), "leaderboard_score_kind"),
    )
    indexes = (
        PartialIndex(
            "leaderboard_score_of_community",
            ("community_id", "board", "period", "score", "membership_id"),
            "NOT hidden AND score < 0",
        ),
        PartialIndex(
            "leaderboard_score_everywhere",
            ("board", "period", "score", "membership_id"),
            "everywhere AND NOT hidden AND score < 0",
        ),
    )


class LeaderboardClosing(Table):
    """The end of a board's period. Nothing that happens later changes its podium.

    `community_id` is 0 for the board of all communities.
    """

    append_only = True

    community_id = fields.BigIntField()
    board = fields.TextField()
    kind = fields.TextField()
    period = fields.TextField()
    starts_at = fields.DatetimeField()
    ends_at = fields.DatetimeField()
    closed_at = fields.DatetimeField()

    constraints = (
        Unique(("community_id", "board", "period"), "leaderboard_closing_once"),
        Check("board <> ''", "leaderboard_closing_board"),
        Check(one_of("kind", PeriodKind), "leaderboard_closing_kind"),
    )
    indexes = ()
