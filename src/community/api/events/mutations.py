"""Mutations of events, entries and votes."""

from __future__ import annotations

from datetime import datetime
from functools import partial

import strawberry

from community.api import ids
from community.api.context import Caller, Info
from community.api.declare import field, input_type, object_type
from community.api.events.inputs import EventContentInput
from community.api.events.types import is_entry_shown
from community.api.mutations import (
    KeyedInput,
    KeyedThingInput,
    ThingVerb,
    Verb,
    community_mutation,
    mutation,
    thing_mutation,
)
from community.api.nodes import find_community_id, find_readable
from community.communities.errors import NotAMember
from community.events import entering, phases, places, prizes, queries, rules, service, voting
from community.events.kinds import EventKind, EventState, PrizeTier
from community.events.rows import EntryRow, EventRow


@input_type
class EventCreateInput(KeyedInput):
    """Input for `eventCreate`, which writes a draft of an event."""

    kind: EventKind = field(description="Kind. It never changes.")
    content: EventContentInput = field(description="Content.")


@input_type
class EventEditInput(KeyedThingInput):
    """Input for `eventEdit`, which replaces the content of an event."""

    event_id: strawberry.ID = field(description="Id of the event.")
    version: int = field(description="Version that you read. If it has changed, nothing is done.")
    content: EventContentInput = field(description="Whole content. What is frozen must be as it was.")


@input_type
class EventMoveInput(KeyedThingInput):
    """Input for `eventMove`, which moves an event to another phase, or cancels it."""

    event_id: strawberry.ID = field(description="Id of the event.")
    version: int = field(description="Version that you read. If it has changed, nothing is done.")
    state: EventState = field(description="Next or previous phase, or CANCELLED.")
    until: datetime | None = field(
        default=None, description="End of the previous phase, to which the event goes back. Null for other moves."
    )


@input_type
class EventPrizesInput(KeyedThingInput):
    """Input for `eventPrizes`, which gives the rewards of open prizes."""

    event_id: strawberry.ID = field(description="Id of the event.")


@input_type
class EntryCreateInput(KeyedThingInput):
    """Input for `entryCreate`, which enters a submission in an event."""

    event_id: strawberry.ID = field(description="Id of the event.")
    submission_id: strawberry.ID | None = field(
        default=None, description="Id of the viewer's published submission. Null for an activity."
    )


@input_type
class EntryWithdrawInput(KeyedThingInput):
    """Input for `entryWithdraw`, which withdraws the viewer's entry."""

    entry_id: strawberry.ID = field(description="Id of the entry.")


@input_type
class EntryDisqualifyInput(KeyedThingInput):
    """Input for `entryDisqualify`, which excludes an entry with a reason."""

    entry_id: strawberry.ID = field(description="Id of the entry.")
    reason: str = field(description=f"Reason, 1 to {rules.MAX_REASON_LENGTH} characters, which the member reads.")


@input_type
class EntryReinstateInput(KeyedThingInput):
    """Input for `entryReinstate`, which reverses a disqualification."""

    entry_id: strawberry.ID = field(description="Id of the entry.")


@input_type
class EntryPickInput(KeyedThingInput):
    """Input for `entryPick`, which chooses the prize of an entry."""

    entry_id: strawberry.ID = field(description="Id of the entry.")
    tier: PrizeTier | None = field(default=None, description="Tier of the prize. Null for none.")


@input_type
class EntryAttendInput(KeyedThingInput):
    """Input for `entryAttend`, which says that the viewer came to an activity."""

    entry_id: strawberry.ID = field(description="Id of the viewer's entry.")
    code: str = field(description="Attendance code. Case, dashes and spaces are ignored.")


@input_type
class EntryVoteInput:
    """Input for `entryVote`, which votes for an entry."""

    entry_id: strawberry.ID = field(description="Id of the entry.")


_change = thing_mutation(of=(EventRow, "event_id"), unknown=queries.make_unknown_event, event="Event in its new phase.")
_change_entry = thing_mutation(
    of=(EntryRow, "entry_id"), unknown=queries.make_unknown_entry, entry="Entry in its new state."
)


@object_type
class EventMutation:
    """Mutations of events, entries and votes."""

    @community_mutation(event="New draft.")
    def event_create(self, input: EventCreateInput) -> Verb[EventRow]:
        """Write a draft of an event. Leaders only. Refuses with LEADERS_ONLY or INVALID_INPUT."""
        return partial(service.create, kind=input.kind, content=input.content.to_content(input.kind))

    @_change
    def event_edit(self, input: EventEditInput) -> ThingVerb[EventRow]:
        """Replace the content of an event that has not ended. Leaders only.

        Refuses with LEADERS_ONLY, INVALID_INPUT, NOT_FOUND, EVENT_STATE_FORBIDS, EVENT_FROZEN or STALE_VERSION.
        """

        async def edit(actor: Caller, event_id: int) -> EventRow:
            kind = (await queries.get_event(actor.community_id, event_id)).kind
            return await service.edit(actor, event_id, version=input.version, content=input.content.to_content(kind))

        return edit

    @_change
    def event_move(self, input: EventMoveInput) -> ThingVerb[EventRow]:
        """Move an event to its next or previous phase, or cancel it. Leaders only.

        Dates move events by themselves. No way leads back behind an entry or a vote, and none from the judging on. An
        activity is not closed before its beginning. Refuses with LEADERS_ONLY, INVALID_INPUT, NOT_FOUND,
        EVENT_STATE_FORBIDS or STALE_VERSION.
        """
        return partial(phases.move, version=input.version, to=input.state, until=input.until)

    @_change
    def event_prizes(self, input: EventPrizesInput) -> ThingVerb[EventRow]:
        """Give the rewards of open prizes, as far as stock and limits allow. Leaders only.

        An open prize is one whose reward could not be given before, for example without stock. So is one whose
        redemption a leader cancelled.
        `Event.openPrizeCount` has the number of those that are left. Refuses with LEADERS_ONLY, NOT_FOUND or
        EVENT_STATE_FORBIDS.
        """
        return prizes.grant_open

    @thing_mutation(of=(EventRow, "event_id"), unknown=queries.make_unknown_event, entry="Entry.")
    def entry_create(self, input: EntryCreateInput) -> ThingVerb[EntryRow]:
        """Enter the viewer's published submission, or sign up for an activity. A full one has a waiting list.

        `entryChecks` shows the conditions before. Refuses with INVALID_INPUT, NOT_FOUND, EVENT_STATE_FORBIDS,
        ENTRY_UNFIT, CONSENT_MISSING or GUARDIAN_NEEDED.
        """
        given = input.submission_id
        number = None if given is None else ids.decode("Submission", given, path="submissionId")
        return partial(entering.enter, submission_id=number)

    @_change_entry
    def entry_withdraw(self, input: EntryWithdrawInput) -> ThingVerb[EntryRow]:
        """Withdraw the viewer's entry before the result.

        Refuses with NOT_FOUND, EVENT_STATE_FORBIDS or ENTRY_STATE_FORBIDS.
        """
        return entering.withdraw

    @_change_entry
    def entry_disqualify(self, input: EntryDisqualifyInput) -> ThingVerb[EntryRow]:
        """Disqualify the entry of another member. After the result the others move up. Leaders only.

        Refuses with LEADERS_ONLY, NOT_FOUND, INVALID_INPUT, OWN_ENTRY, ENTRY_STATE_FORBIDS or EVENT_STATE_FORBIDS.
        """
        return partial(entering.disqualify, reason=input.reason)

    @_change_entry
    def entry_reinstate(self, input: EntryReinstateInput) -> ThingVerb[EntryRow]:
        """Reverse a disqualification, also after the result. Leaders only.

        Refuses with LEADERS_ONLY, NOT_FOUND, OWN_ENTRY, ENTRY_STATE_FORBIDS or EVENT_STATE_FORBIDS.
        """
        return entering.reinstate

    @_change_entry
    def entry_pick(self, input: EntryPickInput) -> ThingVerb[EntryRow]:
        """Choose the prize of another member's entry while a story call is judged. Leaders only.

        Refuses with LEADERS_ONLY, NOT_FOUND, OWN_ENTRY, ENTRY_STATE_FORBIDS, ENTRY_UNFIT or EVENT_STATE_FORBIDS.
        """
        return partial(entering.pick, tier=input.tier)

    @thing_mutation(
        of=(EntryRow, "entry_id"),
        unknown=queries.make_unknown_entry,
        attempt="attendance",
        entry="Entry in its new state.",
    )
    def entry_attend(self, input: EntryAttendInput) -> ThingVerb[EntryRow]:
        """Confirm by the attendance code that the viewer came to an activity. The member earns EVENT_PARTICIPATION.

        Refuses with NOT_FOUND, EVENT_STATE_FORBIDS, ENTRY_STATE_FORBIDS, ATTENDANCE_CODE_INVALID or TOO_MANY_ATTEMPTS.
        """
        return partial(places.attend, code=input.code)

    @mutation(entry="Entry.")
    async def entry_vote(self, info: Info, input: EntryVoteInput) -> EntryRow:
        """Vote for the entry of another member.

        Refuses with NOT_FOUND, EVENT_STATE_FORBIDS, ENTRY_STATE_FORBIDS, OWN_ENTRY, NOT_ELIGIBLE, NO_VOTES_LEFT,
        CONSENT_MISSING or GUARDIAN_NEEDED. Repeating: the first vote stays, and there is no second one.
        """
        number = ids.decode("EventEntry", input.entry_id, path="entryId")
        actor = Caller(info.context.viewer_id, await find_community_id(EntryRow, number))
        try:
            row = await voting.vote(actor, number, session_id=info.context.session_id)
        except NotAMember:
            raise queries.make_unknown_entry() from None
        # A repetition finds an entry that may no longer take part, which only some may read.
        return row if is_entry_shown(row) else await find_readable(EntryRow, number, info)  # type: ignore[return-value]
