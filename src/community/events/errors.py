"""Refusals of events, entries and votes."""

from community.events.kinds import EntryState, EventPart, EventState
from community.kernel.errors import Forbidden, Refusal


class EventStateForbids(Refusal):
    """The phase of the event does not allow this."""

    code = "EVENT_STATE_FORBIDS"
    reasons = frozenset(state.value.lower() for state in EventState)


class EventFrozen(Refusal):
    """A part of the event that the call changes is frozen."""

    code = "EVENT_FROZEN"
    reasons = frozenset(part.value.lower() for part in EventPart)


class EntryUnfit(Refusal):
    """The submission or its author does not meet a condition of the event."""

    code = "ENTRY_UNFIT"


class EntryStateForbids(Refusal):
    """The state of the entry does not allow this."""

    code = "ENTRY_STATE_FORBIDS"
    reasons = frozenset(state.value.lower() for state in EntryState)


class OwnEntry(Forbidden):
    """A member neither votes for an own entry nor decides about it."""

    code = "OWN_ENTRY"


class NoVotesLeft(Refusal):
    """The member has given as many votes as the rules allow."""

    code = "NO_VOTES_LEFT"


class NotEligible(Refusal):
    """The member may not vote in this event."""

    code = "NOT_ELIGIBLE"
