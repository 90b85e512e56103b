"""Notices about events: one is open, its entering ends soon, or it is cancelled."""

from __future__ import annotations

from datetime import timedelta

from community.communities import memberships
from community.events import announcing, entering, jury, phases
from community.events.kinds import EventKind, EventState, JuryCriterion
from community.kernel import clock
from community.kernel.db import execute
from community.notices import service as notices
from community.notices.models import NoticeKind
from tests.support.contests import create_event, enter, make_event_content, reload
from tests.support.story import list_pending_effects, list_rows

RULES = {"jury_criteria": (JuryCriterion.STORY,), "jury_weight": 40, "jury_quorum": 1}


async def create_judged(place):
    content = make_event_content()
    return await create_event(
        place, judging_at=content.voting_at + (content.closes_at - content.voting_at) / 2, **RULES
    )


def list_ids(place):
    return sorted(member.id for member in [*place.leaders, *place.residents])


async def list_told(kind):
    """List the members whose inbox has a notice of this kind."""
    return sorted(row["membership_id"] for row in await list_rows("notice") if row["kind"] == kind)


async def announce(event):
    (given,) = await list_pending_effects("effects.announce_event")
    assert given == {"community_id": event.community_id, "event_id": event.id}
    await announcing.announce(**given)


async def test_open_event_is_announced_once(place):
    event = await create_event(place)
    for _ in range(2):
        await announce(event)
    assert await list_told("EVENT_OPEN") == list_ids(place)


async def test_announcement_reaches_more_than_one_batch(place, monkeypatch):
    event = await create_event(place)
    pages = []
    listed = notices.member_list.list_member_ids_after

    async def list_two(community_id, last):
        pages.append(last)
        return (await listed(community_id, last))[:2]

    monkeypatch.setattr(notices.member_list, "list_member_ids_after", list_two)
    await announce(event)
    assert await list_told("EVENT_OPEN") == list_ids(place)
    assert len(pages) == 5


async def test_event_that_is_over_is_not_announced(place):
    event = await create_event(place)
    with clock.at(clock.now() + timedelta(days=4)):
        await announce(event)
    assert await list_told("EVENT_OPEN") == []


async def test_muted_member_is_not_told(place):
    await notices.mute(place.residents[0], kinds=[NoticeKind.EVENT_OPEN])
    await announce(await create_event(place))
    assert place.residents[0].id not in await list_told("EVENT_OPEN")


async def test_members_without_entry_are_reminded_once(place):
    event = await create_event(place)
    await enter(event, place.residents[0], place)
    assert await announcing.remind_closing() == 0
    with clock.at(event.closes_at - timedelta(days=3)):
        assert [await announcing.remind_closing() for _ in range(2)] == [1, 0]
    assert await list_told("EVENT_CLOSING") == [one for one in list_ids(place) if one != place.residents[0].id]


async def test_reminder_repeats_after_a_stop_without_copies(place):
    event = await create_event(place)
    with clock.at(event.closes_at - timedelta(days=3)):
        await announcing.remind_closing()
        await execute("UPDATE event SET reminded_at = NULL")
        assert await announcing.remind_closing() == 1
    assert await list_told("EVENT_CLOSING") == list_ids(place)


async def test_short_phase_has_no_reminder(place):
    now = clock.now()
    await create_event(place, opens_at=now + timedelta(hours=1), voting_at=now + timedelta(hours=20))
    assert await announcing.remind_closing() == 0
    assert await list_told("EVENT_CLOSING") == []


async def test_activity_that_has_begun_has_no_reminder(place):
    now = clock.now()
    event = await create_event(
        place, EventState.OPEN, EventKind.ACTIVITY, starts_at=now + timedelta(days=2), closes_at=now + timedelta(days=5)
    )
    with clock.at((await reload(event)).closes_at - timedelta(hours=9)):
        assert await announcing.remind_closing() == 0


async def test_cancellation_notifies_participants_and_jurors_once(place):
    event = await create_judged(place)
    entrant, withdrawn, left, juror = place.residents[:4]
    entries = [await enter(event, member, place) for member in (entrant, withdrawn, left)]
    await entering.withdraw(withdrawn, entries[1].id)
    for member in (entrant, juror):
        await jury.appoint(place.leader, event.id, member_id=member.id)
    await memberships.leave(left)
    event = await reload(event)
    await phases.move(place.leader, event.id, version=event.version, to=EventState.CANCELLED)
    given = await list_pending_effects("effects.announce_event")
    assert len(given) == 2
    for one in given:
        await announcing.announce(**one)
    assert await list_told("EVENT_CANCELLED") == sorted([entrant.id, juror.id])
    assert await list_told("EVENT_OPEN") == []
