"""Quiet hours: notices wait until their end, right across midnight, changes of the clock and time zones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from community.communities import founding, profile, settings
from community.communities.queries import get_communities, get_members
from community.kernel import clock, db
from community.kernel.errors import InvalidInput
from community.kernel.paging import PageRequest
from community.kernel.periods import find_daily_span
from community.notices import queries, service
from community.notices.models import ALWAYS_PUT, URGENT, NoticeKind
from tests.support.story import create_community

SHANGHAI, NEW_YORK, KATHMANDU, APIA = "Asia/Shanghai", "America/New_York", "Asia/Kathmandu", "Pacific/Apia"
EVENING = datetime(2026, 3, 4, 15, tzinfo=UTC)
"""23:00 in Shanghai."""
MORNING = datetime(2026, 3, 4, 23, tzinfo=UTC)
"""07:00 in Shanghai."""


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "hours", "moment", "expected"),
    [
        (SHANGHAI, (22, 7), "2026-03-04T13:59:59", None),
        (SHANGHAI, (22, 7), "2026-03-04T14:00", ("2026-03-04T14:00", "2026-03-04T23:00")),
        (SHANGHAI, (22, 7), "2026-03-04T16:00", ("2026-03-04T14:00", "2026-03-04T23:00")),
        (SHANGHAI, (22, 7), "2026-03-04T22:59:59", ("2026-03-04T14:00", "2026-03-04T23:00")),
        (SHANGHAI, (22, 7), "2026-03-04T23:00", None),
        (SHANGHAI, (12, 14), "2026-03-04T05:00", ("2026-03-04T04:00", "2026-03-04T06:00")),
        (SHANGHAI, (0, 0), "2026-03-04T16:00", None),
        (SHANGHAI, (23, 0), "2026-03-04T15:30", ("2026-03-04T15:00", "2026-03-04T16:00")),
        (SHANGHAI, (0, 23), "2026-03-04T15:30", None),
        (KATHMANDU, (22, 7), "2026-03-04T16:15", ("2026-03-04T16:15", "2026-03-05T01:15")),
        # The clock goes forward at 02:00 on 8 March, so the night has eight hours.
        (NEW_YORK, (22, 7), "2026-03-08T10:59:59", ("2026-03-08T03:00", "2026-03-08T11:00")),
        (NEW_YORK, (22, 7), "2026-03-08T11:00", None),
        # The hours begin at a time that this day does not have.
        (NEW_YORK, (2, 4), "2026-03-08T07:00", ("2026-03-08T07:00", "2026-03-08T08:00")),
        (NEW_YORK, (2, 3), "2026-03-08T07:00", None),
        # The clock goes back at 02:00 on 1 November, so the night has ten hours.
        (NEW_YORK, (22, 7), "2026-11-01T11:59:59", ("2026-11-01T02:00", "2026-11-01T12:00")),
        (NEW_YORK, (1, 2), "2026-11-01T06:30", ("2026-11-01T05:00", "2026-11-01T07:00")),
        # 30 December 2011 does not exist in Samoa.
        (APIA, (22, 7), "2011-12-30T12:00", ("2011-12-30T08:00", "2011-12-30T17:00")),
    ],
)
def test_quiet_hours_contain_the_moment(zone, hours, moment, expected):
    span = find_daily_span(at(moment), zone, from_hour=hours[0], until_hour=hours[1])
    assert expected == (span and tuple(each.strftime("%Y-%m-%dT%H:%M") for each in (span.start, span.end)))


@pytest.fixture
async def place(database):
    """Return a community that is quiet from 22 to 7."""
    place = await create_community()
    await profile.edit_community(place.leader, version=1, edit={"quiet_from_hour": 22, "quiet_until_hour": 7})
    return place


async def notify(member, key, kind=NoticeKind.POINTS_ADJUSTED):
    await service.notify_member(member.community_id, member.id, kind=kind, key=key, detail={})
    return await db.scalar("SELECT max(id) FROM notice")


async def list_shown(member):
    rows = (await queries.list_inbox(member, PageRequest())).rows
    (unread,) = await queries.list_unread_by_kind([member], await get_communities([member.community_id]))
    unread_count = sum(row.read_at is None for row in rows)
    assert await queries.count_unread(member) == sum(each.count for each in unread) == unread_count
    for row in rows:
        assert await queries.find_notice(member, row.id) == row
    return [row.kind for row in rows]


async def test_notice_waits_until_the_hours_end(place):
    with clock.at(EVENING):
        number = await notify(place.resident, "a")
        assert await list_shown(place.resident) == []
        assert await queries.find_notice(place.resident, number) is None
    with clock.at(MORNING - timedelta(seconds=1)):
        assert await list_shown(place.resident) == []
    with clock.at(MORNING):
        assert await list_shown(place.resident) == [NoticeKind.POINTS_ADJUSTED]


async def test_earlier_notice_stays_visible(place):
    with clock.at(EVENING - timedelta(hours=2)):
        await notify(place.resident, "a")
    with clock.at(EVENING):
        assert await list_shown(place.resident) == [NoticeKind.POINTS_ADJUSTED]


@pytest.mark.parametrize("kind", sorted(ALWAYS_PUT))
async def test_only_account_notices_do_not_wait(place, kind):
    with clock.at(EVENING):
        await notify(place.resident, "a", kind)
        assert await list_shown(place.resident) == [kind] * (kind in URGENT)


async def test_waiting_notice_is_not_marked_as_read(place):
    with clock.at(EVENING):
        await notify(place.resident, "a")
        urgent = await notify(place.resident, "b", NoticeKind.ACCOUNT_LOGIN)
        await service.mark_read_up_to(place.resident, urgent)
        assert await queries.count_unread(place.resident) == 0
    with clock.at(MORNING):
        assert await queries.count_unread(place.resident) == 1


async def test_change_of_the_hours_counts_immediately(place):
    with clock.at(EVENING):
        await notify(place.resident, "a")
        await profile.edit_community(place.leader, version=2, edit={"quiet_from_hour": 7})
        assert await list_shown(place.resident) == [NoticeKind.POINTS_ADJUSTED]


async def test_each_community_has_its_own_hours(place):
    founded = await founding.create_community(name="枫林", time_zone=NEW_YORK)
    elsewhere = await create_community()
    assert [row.quiet_from_hour for row in await get_communities([founded.community_id, elsewhere.id])] == [0, 0]
    with clock.at(EVENING):
        for member in (place.resident, elsewhere.resident):
            await notify(member, "a")
        members = await get_members([place.resident.id, elsewhere.resident.id])
        communities = await get_communities([member.community_id for member in members])
        assert [len(each) for each in await queries.list_unread_by_kind(members, communities)] == [0, 1]


@pytest.mark.parametrize("hour", [-1, 24])
def test_hours_that_no_day_has_are_refused(hour):
    for name, path in (("quiet_from_hour", "quietFromHour"), ("quiet_until_hour", "quietUntilHour")):
        with pytest.raises(InvalidInput) as caught:
            settings.parse_edit({name: hour})
        assert (caught.value.reason, caught.value.path) == ("hour", (path,))
