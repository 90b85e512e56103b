"""Refusals of events, entries and votes."""

from community.events.kinds import EntryState, EventPart, EventState
from community.kernel.errors import Forbidden, Refusal


class EventStateForbids(Refusal):
    """The phase of the event does not allow this."""

    reasons = frozenset(state.value.lower() for state in EventState)


class EventFrozen(Refusal):
    """A part of the event that the call changes is frozen."""

    reasons = frozenset(part.value.lower() for part in EventPart)


class EntryUnfit(Refusal):
    """The submission or its author does not meet a condition of the event."""


class EntryStateForbids(Refusal):
    """The state of the entry does not allow this."""

    reasons = frozenset(state.value.lower() for state in EntryState)


class OwnEntry(Forbidden):
    """A member neither votes for an own entry nor decides about it."""


class OwnQuestion(Forbidden):
    """A leader does not answer an own question."""


class NoVotesLeft(Refusal):
    """The member has given as many votes as the rules allow."""


class NotEligible(Refusal):
    """The member may not vote in this event."""


class NoJury(Refusal):
    """The event has no jury, or the member is not in it."""

    reasons = frozenset({"event", "member"})


class AttendanceCodeInvalid(Refusal):
    """The attendance code is not that of the activity."""

    counts_as_attempt = True
