"""The inbox: one notice per occasion, read marks, own notices only."""

from __future__ import annotations

import pytest

from community.kernel import clock, db
from community.kernel.errors import InvalidInput
from community.kernel.paging import InvalidCursor, PageRequest
from community.notices import queries, service
from community.notices.models import NoticeKind
from tests.support.story import (
    assert_refused,
    create_community,
    list_rows,
    read_all_pages,
    read_tables,
    run_concurrently,
)

ADJUSTED, EXPIRED = NoticeKind.POINTS_ADJUSTED, NoticeKind.POINTS_EXPIRED


def notify(member, key: str = "a", kind: NoticeKind = ADJUSTED, **detail):
    return service.notify_member(member.community_id, member.id, kind=kind, key=key, detail=detail)


async def list_inbox(member, first: int = 20, after: str | None = None):
    return await queries.list_inbox(member, PageRequest(first, after))


async def test_a_notice_has_its_figures_and_is_unread(database):
    place = await create_community()
    before = clock.now()
    await notify(place.resident, points=5, ends_at="2031-01-01")
    (row,) = (await list_inbox(place.resident)).rows
    assert (row.kind, row.detail, row.read_at) == (ADJUSTED, {"points": 5, "ends_at": "2031-01-01"}, None)
    assert before <= row.created_at <= clock.now()
    assert await queries.count_unread(place.resident) == 1


async def test_inbox_of_some_kinds_has_only_those(database):
    place = await create_community()
    await notify(place.resident)
    await notify(place.resident, "b", EXPIRED)
    page = await queries.list_inbox(place.resident, PageRequest(5), kinds=[EXPIRED])
    assert [row.kind for row in page.rows] == [EXPIRED]
    assert len((await list_inbox(place.resident)).rows) == 2


async def test_a_member_is_told_once_for_an_occasion(database):
    place = await create_community()
    await notify(place.resident, points=5)
    before = await read_tables("notice")
    await notify(place.resident, points=6)
    await notify(place.resident, kind=EXPIRED, points=7)
    assert await read_tables("notice") == before


async def test_twenty_at_once_for_one_occasion_tell_once(database):
    place = await create_community()
    answers = await run_concurrently(*(notify(place.resident) for _ in range(20)))
    assert (set(answers), len(await list_rows("notice"))) == ({None}, 1)


async def test_the_same_occasion_is_told_to_each_member_and_in_each_community(database):
    place, elsewhere = await create_community(), await create_community()
    for member in (place.resident, place.other, elsewhere.resident):
        await notify(member)
    assert [await queries.count_unread(member) for member in (place.resident, place.other, elsewhere.resident)] == [
        1
    ] * 3
    assert await queries.count_unread(place.leader) == 0


async def test_what_is_told_in_a_transaction_that_fails_was_never_told(database):
    place = await create_community()

    @db.transactional
    async def fails() -> None:
        await notify(place.resident)
        raise ValueError("too late")

    with pytest.raises(ValueError, match="too late"):
        await fails()
    assert await list_rows("notice") == []


@pytest.mark.parametrize("first", [1, 2, 5, 100])
async def test_the_newest_come_first_page_by_page(database, first):
    place = await create_community()
    for number in range(5):
        await notify(place.resident, str(number), points=number)
        await notify(place.other, str(number), points=number)
    rows = await read_all_pages(lambda request: queries.list_inbox(place.resident, request), first=first)
    assert [row.detail["points"] for row in rows] == [4, 3, 2, 1, 0]


async def test_a_notice_between_two_pages_neither_skips_nor_repeats(database):
    place = await create_community()
    for number in range(4):
        await notify(place.resident, str(number), points=number)
    page = await list_inbox(place.resident, 2)
    await notify(place.resident, "late", points=9)
    rest = await list_inbox(place.resident, 10, page.cursor_of(page.rows[-1]))
    assert [row.detail["points"] for row in page.rows + rest.rows] == [3, 2, 1, 0]


async def test_a_cursor_of_another_list_is_refused(database):
    place = await create_community()
    with pytest.raises(InvalidCursor):
        await list_inbox(place.resident, 5, "WyJ4Il0")


async def test_reading_up_to_a_notice_reads_it_and_all_before_it(database):
    place = await create_community()
    for number in range(3):
        await notify(place.resident, str(number))
    middle = (await list_inbox(place.resident)).rows[1]
    await service.mark_read_up_to(place.resident, middle.id)
    assert [row.read_at is None for row in (await list_inbox(place.resident)).rows] == [True, False, False]
    assert await queries.count_unread(place.resident) == 1


async def test_reading_again_changes_nothing_and_keeps_when_it_was_first_read(database):
    place = await create_community()
    await notify(place.resident)
    (row,) = (await list_inbox(place.resident)).rows
    await service.mark_read_up_to(place.resident, row.id)
    before = await read_tables()
    await service.mark_read_up_to(place.resident, row.id)
    await service.mark_read_up_to(place.resident, row.id - 1)
    assert await read_tables() == before


async def test_reading_reads_ones_own_only(database):
    place, elsewhere = await create_community(), await create_community()
    for member in (place.resident, place.other, elsewhere.resident):
        await notify(member)
    newest = (await list_rows("notice"))[-1]["id"]
    await service.mark_read_up_to(place.resident, newest)
    assert [await queries.count_unread(member) for member in (place.resident, place.other, elsewhere.resident)] == [
        0,
        1,
        1,
    ]


async def test_of_a_hundred_and_more_a_hundred_are_counted(database):
    place = await create_community()
    for number in range(103):
        await notify(place.resident, str(number))
    assert await queries.count_unread(place.resident) == 100
    oldest = (await list_rows("notice"))[9]["id"]
    await service.mark_read_up_to(place.resident, oldest)
    assert await queries.count_unread(place.resident) == 93


async def test_muted_kind_reaches_no_inbox(database):
    place = await create_community()
    await service.mute(place.resident, kinds=[ADJUSTED, EXPIRED])
    await service.mute(place.resident, kinds=[ADJUSTED])
    assert (await queries.list_muted([place.resident.id]))[place.resident.id] == [ADJUSTED]
    await notify(place.resident)
    await notify(place.resident, "b", EXPIRED)
    await service.notify_members(place.id, kind=ADJUSTED, key="c", details={place.resident.id: {}, place.other.id: {}})
    await service.renew_each(place.id, kind=ADJUSTED, details={(place.resident.id, "d"): {}})
    assert [row.kind for row in (await list_inbox(place.resident)).rows] == [EXPIRED]
    assert await queries.count_unread(place.other) == 1


async def test_notices_about_security_are_never_muted(database):
    place = await create_community()
    refusal = await assert_refused(
        InvalidInput, service.mute(place.resident, kinds=[ADJUSTED, NoticeKind.ACCOUNT_LOGIN])
    )
    assert (refusal.reason, refusal.figures) == ("notice_kind", {"kinds": "ACCOUNT_LOGIN"})


async def test_renewed_notice_is_unread_only_after_a_change(database):
    place = await create_community()
    for people, unread in ((1, 1), (1, 0), (2, 1)):
        await service.renew_each(
            place.id, kind=NoticeKind.LIKED, details={(place.resident.id, "k"): {"people": people}}
        )
        assert await queries.count_unread(place.resident) == unread
        await service.mark_read_up_to(place.resident, 2**40)
    assert len(await list_rows("notice")) == 1
