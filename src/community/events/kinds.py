"""Kinds of events, and their phases. A kind is what its declaration says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from community.kernel.enumerations import require_each


class EventKind(StrEnum):
    """The kind of an event."""

    PHOTO_CONTEST = "PHOTO_CONTEST"
    STORY_CALL = "STORY_CALL"
    ACTIVITY = "ACTIVITY"
    CHECK_IN_CHALLENGE = "CHECK_IN_CHALLENGE"
    RIDDLES = "RIDDLES"


class EventState(StrEnum):
    """The phase of an event."""

    DRAFT = "DRAFT"
    ANNOUNCED = "ANNOUNCED"
    OPEN = "OPEN"
    VOTING = "VOTING"
    JUDGING = "JUDGING"
    CLOSED = "CLOSED"
    CANCELLED = "CANCELLED"


class EntryState(StrEnum):
    """The state of an entry."""

    ENTERED = "ENTERED"
    WAITING = "WAITING"
    WITHDRAWN = "WITHDRAWN"
    DISQUALIFIED = "DISQUALIFIED"


class PrizeTier(StrEnum):
    """The tier of a prize. The earning rule EVENT_PRIZE has these kinds."""

    GOLD = "GOLD"
    SILVER = "SILVER"
    BRONZE = "BRONZE"
    DRAWN = "DRAWN"


class Formula(StrEnum):
    """The published way from the counts to the ranks."""

    VOTES = "VOTES"
    VOTES_AND_JURY = "VOTES_AND_JURY"
    PICKED = "PICKED"
    ATTENDED = "ATTENDED"
    DAYS = "DAYS"
    RIGHT = "RIGHT"


class TakingPart(StrEnum):
    """The way in which members take part. All but submissions are entries without a submission."""

    SUBMISSIONS = "SUBMISSIONS"
    PLACES = "PLACES"
    CHECK_INS = "CHECK_INS"
    ANSWERS = "ANSWERS"


class JuryCriterion(StrEnum):
    """A criterion of a jury."""

    THEME = "THEME"
    STORY = "STORY"
    COMPOSITION = "COMPOSITION"
    CREATIVITY = "CREATIVITY"
    TECHNIQUE = "TECHNIQUE"


class EventPart(StrEnum):
    """A part of an event that may be frozen."""

    WORDS = "WORDS"
    RULES = "RULES"
    OPENS_AT = "OPENS_AT"
    VOTING_AT = "VOTING_AT"
    JUDGING_AT = "JUDGING_AT"
    CLOSES_AT = "CLOSES_AT"


ENDED = frozenset({EventState.CLOSED, EventState.CANCELLED})
DATES = {
    EventState.OPEN: "opens_at",
    EventState.VOTING: "voting_at",
    EventState.JUDGING: "judging_at",
    EventState.CLOSED: "closes_at",
}
"""The phases that begin at a date, in their order, each with the column of its date."""


@dataclass(frozen=True, slots=True)
class KindRules:
    """The phases of a kind, its formula, and how members take part.

    An optional phase is left out if it has no date.
    """

    needs: frozenset[EventState]
    formula: Formula
    takes: TakingPart = TakingPart.SUBMISSIONS
    optional: frozenset[EventState] = frozenset()


_OPEN_ONLY = frozenset({EventState.OPEN, EventState.CLOSED})
KINDS: Mapping[EventKind, KindRules] = {
    EventKind.PHOTO_CONTEST: KindRules(
        frozenset({EventState.OPEN, EventState.VOTING, EventState.CLOSED}),
        Formula.VOTES,
        optional=frozenset({EventState.JUDGING}),
    ),
    EventKind.STORY_CALL: KindRules(
        frozenset({EventState.OPEN, EventState.JUDGING, EventState.CLOSED}), Formula.PICKED
    ),
    EventKind.ACTIVITY: KindRules(_OPEN_ONLY, Formula.ATTENDED, TakingPart.PLACES),
    EventKind.CHECK_IN_CHALLENGE: KindRules(_OPEN_ONLY, Formula.DAYS, TakingPart.CHECK_INS),
    EventKind.RIDDLES: KindRules(_OPEN_ONLY, Formula.RIGHT, TakingPart.ANSWERS),
}
require_each(EventKind, KINDS)
