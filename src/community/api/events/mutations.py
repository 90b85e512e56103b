"""Mutations of events, entries and votes."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Annotated

import strawberry

from community.api import ids
from community.api.context import Caller, Info
from community.api.declare import argument, object_type
from community.api.events.inputs import EventContentInput
from community.api.events.types import is_entry_shown
from community.api.mutation_inputs import Version
from community.api.mutations import (
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
from community.kernel.errors import NotFound

_change = partial(thing_mutation, of=(EventRow, "event_id"), event="Event in its new phase.")
_change_entry = partial(thing_mutation, of=(EntryRow, "entry_id"), entry="Entry in its new state.")


@object_type
class EventMutation:
    """Mutations of events, entries and votes."""

    @community_mutation("which writes a draft of an event", event="New draft.")
    def event_create(
        self,
        kind: Annotated[EventKind, argument("Kind. It never changes.")],
        content: Annotated[EventContentInput, argument("Content.")],
    ) -> Verb[EventRow]:
        """Write a draft of an event. Leaders only. Refuses with LEADERS_ONLY or INVALID_INPUT."""
        return partial(service.create, kind=kind, content=content.to_content(kind))

    @_change("which replaces the content of an event")
    def event_edit(
        self,
        version: Version,
        content: Annotated[EventContentInput, argument("Whole content. What is frozen must be as it was.")],
    ) -> ThingVerb[EventRow]:
        """Replace the content of an event that has not ended. Leaders only.

        Refuses with LEADERS_ONLY, INVALID_INPUT, NOT_FOUND, EVENT_STATE_FORBIDS, EVENT_FROZEN or STALE_VERSION.
        """

        async def edit(actor: Caller, event_id: int) -> EventRow:
            kind = (await queries.get_event(actor.community_id, event_id)).kind
            return await service.edit(actor, event_id, version=version, content=content.to_content(kind))

        return edit

    @_change("which moves an event to another phase, or cancels it")
    def event_move(
        self,
        version: Version,
        state: Annotated[EventState, argument("Next or previous phase, or CANCELLED.")],
        until: Annotated[
            datetime | None, argument("End of the previous phase, to which the event goes back. Null for other moves.")
        ] = None,
    ) -> ThingVerb[EventRow]:
        """Move an event to its next or previous phase, or cancel it. Leaders only.

        Dates move events by themselves. No way leads back behind an entry or a vote, and none from the judging on. An
        activity is not closed before its beginning. Refuses with LEADERS_ONLY, INVALID_INPUT, NOT_FOUND,
        EVENT_STATE_FORBIDS or STALE_VERSION.
        """
        return partial(phases.move, version=version, to=state, until=until)

    @_change("which gives the rewards of open prizes")
    def event_prizes(self) -> ThingVerb[EventRow]:
        """Give the rewards of open prizes, as far as stock and limits allow. Leaders only.

        An open prize is one whose reward could not be given before, for example without stock. So is one whose
        redemption a leader cancelled.
        `Event.openPrizeCount` has the number of those that are left. Refuses with LEADERS_ONLY, NOT_FOUND or
        EVENT_STATE_FORBIDS.
        """
        return prizes.grant_open

    @thing_mutation(
        "which enters a submission in an event",
        of=(EventRow, "event_id"),
        entry="Entry.",
    )
    def entry_create(
        self,
        submission_id: Annotated[
            strawberry.ID | None, argument("Id of the viewer's published submission. Null for an activity.")
        ] = None,
    ) -> ThingVerb[EntryRow]:
        """Enter the viewer's published submission, or sign up for an activity. A full one has a waiting list.

        `entryChecks` shows the conditions before. Refuses with INVALID_INPUT, NOT_FOUND, EVENT_STATE_FORBIDS,
        ENTRY_UNFIT, CONSENT_MISSING or GUARDIAN_NEEDED.
        """
        number = None if submission_id is None else ids.decode("Submission", submission_id, path="submissionId")
        return partial(entering.enter, submission_id=number)

    @_change_entry("which withdraws the viewer's entry")
    def entry_withdraw(self) -> ThingVerb[EntryRow]:
        """Withdraw the viewer's entry before the result.

        Refuses with NOT_FOUND, EVENT_STATE_FORBIDS or ENTRY_STATE_FORBIDS.
        """
        return entering.withdraw

    @_change_entry("which excludes an entry with a reason")
    def entry_disqualify(
        self,
        reason: Annotated[str, argument(f"Reason, 1 to {rules.MAX_REASON_LENGTH} characters, which the member reads.")],
    ) -> ThingVerb[EntryRow]:
        """Disqualify the entry of another member. After the result the others move up. Leaders only.

        Refuses with LEADERS_ONLY, NOT_FOUND, INVALID_INPUT, OWN_ENTRY, ENTRY_STATE_FORBIDS or EVENT_STATE_FORBIDS.
        """
        return partial(entering.disqualify, reason=reason)

    @_change_entry("which reverses a disqualification")
    def entry_reinstate(self) -> ThingVerb[EntryRow]:
        """Reverse a disqualification, also after the result. Leaders only.

        Refuses with LEADERS_ONLY, NOT_FOUND, OWN_ENTRY, ENTRY_STATE_FORBIDS or EVENT_STATE_FORBIDS.
        """
        return entering.reinstate

    @_change_entry("which chooses the prize of an entry")
    def entry_pick(
        self, tier: Annotated[PrizeTier | None, argument("Tier of the prize. Null for none.")] = None
    ) -> ThingVerb[EntryRow]:
        """Choose the prize of another member's entry while a story call is judged. Leaders only.

        Refuses with LEADERS_ONLY, NOT_FOUND, OWN_ENTRY, ENTRY_STATE_FORBIDS, ENTRY_UNFIT or EVENT_STATE_FORBIDS.
        """
        return partial(entering.pick, tier=tier)

    @thing_mutation(
        "which says that the viewer came to an activity",
        of=(EntryRow, "entry_id", "Id of the viewer's entry."),
        attempt="attendance",
        entry="Entry in its new state.",
    )
    def entry_attend(
        self, code: Annotated[str, argument("Attendance code. Case, dashes and spaces are ignored.")]
    ) -> ThingVerb[EntryRow]:
        """Confirm by the attendance code that the viewer came to an activity. The member earns EVENT_PARTICIPATION.

        Refuses with NOT_FOUND, EVENT_STATE_FORBIDS, ENTRY_STATE_FORBIDS, ATTENDANCE_CODE_INVALID or TOO_MANY_ATTEMPTS.
        """
        return partial(places.attend, code=code)

    @mutation("which votes for an entry", entry="Entry.")
    async def entry_vote(
        self, info: Info, entry_id: Annotated[strawberry.ID, argument("Id of the entry.")]
    ) -> EntryRow:
        """Vote for the entry of another member.

        Refuses with NOT_FOUND, EVENT_STATE_FORBIDS, ENTRY_STATE_FORBIDS, OWN_ENTRY, NOT_ELIGIBLE, NO_VOTES_LEFT,
        CONSENT_MISSING or GUARDIAN_NEEDED. Repeating: the first vote stays, and there is no second one.
        """
        number = ids.decode("EventEntry", entry_id, path="entryId")
        actor = Caller(info.context.viewer_id, await find_community_id(EntryRow, number))
        try:
            row = await voting.vote(actor, number, session_id=info.context.session_id)
        except NotAMember:
            raise NotFound("entry") from None
        # A repetition finds an entry that may no longer take part, which only some may read.
        return row if is_entry_shown(row) else await find_readable(EntryRow, row, info)  # type: ignore[return-value]
