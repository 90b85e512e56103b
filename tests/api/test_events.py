"""Fields of an event that say what the viewer may do now."""

from __future__ import annotations

from datetime import timedelta

from community.api import ids
from community.communities.queries import get_members
from community.events.kinds import EventKind, EventState
from community.kernel import clock, periods
from tests.support.contests import hold

READ = "query($id: ID!) { event(id: $id) { viewerCanEnter viewerVotesLeft } }"
FLAGGED = "query($id: ID!) { eventEntries(eventId: $id, flagged: true) { nodes { id } } }"


async def found(place):
    """Return a leader, a resident, and the leader as a member."""
    leader = await place.found_community()
    resident = await place.resident(leader, "小李")
    return leader, resident, (await get_members([ids.decode("Member", leader.member_id, path="id")]))[0]


def get_yesterday():
    return periods.local_date(clock.now(), "Asia/Shanghai") - timedelta(days=1)


async def read(caller, event):
    return (await caller.ask(READ, id=ids.encode("Event", event.id)))["event"]


async def test_late_member_reads_no_votes_left(place):
    _, resident, leads = await found(place)
    closed = await hold(leads, EventState.VOTING, voter_since=get_yesterday())
    opened = await hold(leads, EventState.VOTING)
    assert (await read(resident, closed))["viewerVotesLeft"] == 0
    assert (await read(resident, opened))["viewerVotesLeft"] == 2


async def test_late_member_reads_no_entering(place):
    _, resident, leads = await found(place)
    closed = await hold(leads, EventState.OPEN, entrant_since=get_yesterday())
    opened = await hold(leads, EventState.OPEN)
    assert (await read(resident, closed))["viewerCanEnter"] is False
    assert (await read(resident, opened))["viewerCanEnter"] is True


async def test_started_activity_takes_no_entry(place):
    _, resident, leads = await found(place)
    event = await hold(leads, EventState.OPEN, EventKind.ACTIVITY)
    assert (await read(resident, event))["viewerCanEnter"] is True
    with clock.at(event.conditions.starts_at):
        assert (await read(resident, event))["viewerCanEnter"] is False


async def test_flagged_entries_are_for_leaders(place):
    leader, resident, leads = await found(place)
    event = await hold(leads, EventState.OPEN)
    number = ids.encode("Event", event.id)
    assert (await leader.ask(FLAGGED, id=number))["eventEntries"]["nodes"] == []
    assert await resident.get_error_code(FLAGGED, id=number) == "LEADERS_ONLY"
