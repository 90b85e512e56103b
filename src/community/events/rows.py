"""Rows of the room's tables."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from community.events.contents import EventRules
from community.events.kinds import (
    DATES,
    KINDS,
    EntryState,
    EventKind,
    EventPart,
    EventState,
    Formula,
    PrizeTier,
    TakingPart,
)
from community.events.models import Event, EventEntry, EventJuror, EventPrize, EventResult
from community.events.rules import list_frozen
from community.kernel import clock, db
from community.kernel.tables import row_of


@row_of(Event)
class EventRow(db.Row):
    """An event."""

    id: int
    community_id: int
    kind: EventKind
    state: EventState
    version: int
    title: str
    text: str
    rules: dict[str, Any]
    opens_at: datetime
    voting_at: datetime | None
    judging_at: datetime | None
    closes_at: datetime
    due_at: datetime | None
    frozen_at: datetime | None
    code: str | None
    draw_commitment: str | None
    written_by: int
    created_at: datetime
    ended_at: datetime | None

    @property
    def conditions(self) -> EventRules:
        """The rules."""
        return EventRules.from_json(self.rules)

    @property
    def formula(self) -> Formula:
        """The formula of the result."""
        return Formula.VOTES_AND_JURY if self.conditions.jury_criteria else KINDS[self.kind].formula

    @property
    def takes(self) -> TakingPart:
        """The way in which members take part."""
        return KINDS[self.kind].takes

    @property
    def has_places(self) -> bool:
        """True if members take part as far as there are places."""
        return self.takes is TakingPart.PLACES

    @property
    def has_started(self) -> bool:
        """True from the beginning of an activity on."""
        starts_at = self.conditions.starts_at
        return starts_at is not None and starts_at <= clock.now()

    @property
    def frozen_parts(self) -> list[EventPart]:
        """The parts that no longer change."""
        return list_frozen(self.state, has_entry=self.frozen_at is not None)

    @property
    def dates(self) -> dict[EventState, datetime]:
        """The dates of the phases that the event has, in their order."""
        found = {state: getattr(self, column) for state, column in DATES.items()}
        return {state: at for state, at in found.items() if at is not None}


@row_of(EventEntry, computed=("order_key",))
class EntryRow(db.Row):
    """An entry. `order_key` orders a list of entries for its viewer, and is 0 elsewhere."""

    id: int
    community_id: int
    event_id: int
    membership_id: int
    submission_id: int | None
    state: EntryState
    is_undated: bool
    tier: PrizeTier | None
    votes: int | None
    score: int | None
    place: int | None
    created_at: datetime
    ended_at: datetime | None
    ended_by: int | None
    reason: str | None
    attended_at: datetime | None
    revision: int | None
    order_key: int


@row_of(EventResult)
class ResultRow:
    """A result of an event."""

    id: int
    community_id: int
    event_id: int
    number: int
    document: str
    digest: str
    created_at: datetime


@row_of(EventPrize)
class PrizeRow:
    """A prize of an entry."""

    id: int
    community_id: int
    event_id: int
    entry_id: int
    membership_id: int
    tier: PrizeTier
    created_at: datetime
    taken_back_at: datetime | None
    reward_id: int | None
    redemption_id: int | None
    has_badge: bool

    @property
    def name(self) -> str:
        """The name of the prize in the other rooms."""
        return f"event_prize:{self.id}"

    @property
    def key(self) -> str:
        """The key of its next piece. A cancelled piece before it had another one."""
        return self.name if self.redemption_id is None else f"{self.name}:{self.redemption_id}"


@row_of(EventJuror)
class JurorRow(db.Row):
    """A juror."""

    id: int
    community_id: int
    event_id: int
    membership_id: int
    appointed_by: int
    created_at: datetime
    dropped_at: datetime | None
