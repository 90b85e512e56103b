"""Announcements: to every member once, at their time, by a leader who still leads."""

from __future__ import annotations

from datetime import timedelta

import pytest

from community.communities import memberships, roles
from community.communities.errors import LeadersOnly
from community.communities.models import Role
from community.kernel import clock, db
from community.kernel.errors import Conflict, InvalidInput, NotFound
from community.kernel.paging import PageRequest
from community.notices import announcements
from community.notices.models import NoticeKind
from tests.support.story import assert_refused, create_community, list_rows, run_concurrently

DAY = timedelta(days=1)


@pytest.fixture
async def place(database):
    """Return a community with two leaders, two residents and a former member."""
    place = await create_community(leaders=2, residents=3)
    await memberships.leave(place.residents[2])
    return place


async def list_notified():
    rows = [row for row in await list_rows("notice") if row["kind"] == NoticeKind.ANNOUNCEMENT]
    return sorted(row["membership_id"] for row in rows)


def list_members(place):
    return sorted(member.id for member in (*place.leaders, *place.residents[:2]))


async def test_announcement_reaches_each_member_once(place):
    row = await announcements.announce(place.leader, text="七点取货", send_at=None)
    assert set(await run_concurrently(*(announcements.send_due() for _ in range(3)))) <= {0, 1}
    await announcements.send_due()
    assert await list_notified() == list_members(place)
    (sent,) = (await announcements.list_announcements(place.id, PageRequest(5), waiting=False)).rows
    assert (sent.id, sent.text, sent.sent_at is not None) == (row.id, "七点取货", True)


async def test_death_between_notices_repeats_none(place):
    row = await announcements.announce(place.leader, text="七点取货", send_at=None)
    await announcements.send_due()
    await db.execute("DELETE FROM notice WHERE membership_id = $1", place.other.id)
    await db.execute("UPDATE announcement SET sent_at = NULL WHERE id = $1", row.id)
    await announcements.send_due()
    assert await list_notified() == list_members(place)


async def test_announcement_waits_for_its_time(place):
    later = clock.now() + DAY
    row = await announcements.announce(place.leader, text="明天", send_at=later)
    assert (await announcements.send_due(), await list_notified()) == (0, [])
    waiting = await announcements.list_announcements(place.id, PageRequest(5), waiting=True)
    assert [one.id for one in waiting.rows] == [row.id]
    with clock.at(later):
        assert await announcements.send_due() == 1
    assert await list_notified() == list_members(place)


async def test_cancelled_announcement_is_not_sent(place):
    row = await announcements.announce(place.leader, text="明天", send_at=clock.now() + DAY)
    for _ in range(2):
        assert (await announcements.cancel(place.leaders[1], row.id)).cancelled_at is not None
    with clock.at(clock.now() + 2 * DAY):
        assert await announcements.send_due() == 0
    assert await list_notified() == []


async def test_writer_who_no_longer_leads_sends_nothing(place):
    await announcements.announce(place.leader, text="明天", send_at=clock.now() + DAY)
    await roles.take_role(place.leaders[1], place.leader.id, role=Role.LEADER)
    with clock.at(clock.now() + 2 * DAY):
        assert await announcements.send_due() == 0
    assert await list_notified() == []
    assert [row["cancelled_at"] is not None for row in await list_rows("announcement")] == [True]


async def test_wrong_announcements_are_refused(place):
    send = announcements.announce
    await assert_refused(LeadersOnly, send(place.resident, text="团", send_at=None))
    for at in (clock.now() - DAY, clock.now() + 91 * DAY):
        refusal = await assert_refused(InvalidInput, send(place.leader, text="", send_at=at))
        assert [one.path for one in refusal.list_all()] == [("text",), ("sendAt",)]
    await assert_refused(LeadersOnly, announcements.cancel(place.resident, 1))
    await assert_refused(NotFound, announcements.cancel(place.leader, 2**40))
    row = await send(place.leader, text="团", send_at=None)
    await announcements.send_due()
    await assert_refused(Conflict, announcements.cancel(place.leader, row.id))


async def test_few_announcements_wait(place):
    for _ in range(announcements.MAX_WAITING):
        await announcements.announce(place.leader, text="团", send_at=clock.now() + DAY)
    later = announcements.announce(place.leader, text="团", send_at=clock.now() + DAY)
    assert (await assert_refused(InvalidInput, later)).reason == "announcements"
