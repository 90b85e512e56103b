"""The feed and a member's own list: content, order and pages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from community.kernel import clock, db
from community.kernel.errors import InvalidInput
from community.kernel.paging import InvalidCursor, PageRequest, encode_cursor
from community.submissions import feed as feeds
from community.submissions import queries, removal, review_steps
from community.submissions.feed import FeedFilter
from community.submissions.models import FeedOrder, SubmissionKind, SubmissionState
from community.submissions.reactions import likes
from tests.support.story import (
    FAIR_SCORES,
    HIGH_SCORES,
    add_revision,
    create_community,
    create_draft,
    create_in_review,
    create_in_state,
    create_published,
    edit_submission,
    get_revision,
    read_all_pages,
    reload_submission,
)


async def feed(place, *, order: FeedOrder = FeedOrder.NEWEST, **only) -> list[int]:
    page = await feeds.list_feed(place.community, PageRequest(100), only=FeedFilter(**only), order=order)
    return [row.id for row in page.rows]


async def read_feed(place, order: FeedOrder, **only) -> list[int]:
    """Read the whole feed one by one."""
    rows = await read_all_pages(
        lambda request: feeds.list_feed(place.community, request, only=FeedFilter(**only), order=order), first=1
    )
    return [row.id for row in rows]


async def test_feed_has_published_submissions_only(database):
    place = await create_community()
    for state in SubmissionState:
        await create_in_state(place, state)
    rows = (await feeds.list_feed(place.community, PageRequest(100))).rows
    assert [row.state for row in rows] == [SubmissionState.PUBLISHED]


async def test_the_feed_is_ordered_by_first_publication_newest_first(database):
    place = await create_community()
    rows = [await create_in_review(place) for _ in range(3)]
    order = [rows[1], rows[2], rows[0]]
    for row in order:
        revision = await get_revision(row)
        await review_steps.publish(place.id, row.id, revision_id=revision.id, recommended=False, note=None)
    assert await feed(place) == [row.id for row in reversed(order)]


async def test_edit_keeps_place_in_feed(database):
    place = await create_community()
    old, new = await create_published(place), await create_published(place)
    row = await edit_submission(old, place.resident)
    revision = await get_revision(row)
    await review_steps.publish(place.id, row.id, revision_id=revision.id, recommended=False, note=None)
    assert await feed(place) == [new.id, old.id]
    assert (await reload_submission(old)).published_at == old.published_at


async def test_the_feed_of_one_community_is_its_own(database):
    place, elsewhere = await create_community(), await create_community()
    row = await create_published(place)
    assert (await feed(place), await feed(elsewhere)) == ([row.id], [])
    assert await feed(elsewhere, author_id=place.resident.id) == []


async def test_the_feed_is_narrowed(database):
    place = await create_community()
    tip = await create_published(place, tags=("Tea", "番茄"))
    soup = await create_published(
        place, author=place.other, kind=SubmissionKind.RECIPE, tags=("番茄",), scores=HIGH_SCORES
    )
    story = await create_published(place, kind=SubmissionKind.NEIGHBOURHOOD_STORY, tags=(), scores=FAIR_SCORES)
    assert await feed(place) == [story.id, soup.id, tip.id]
    assert await feed(place, kinds=[SubmissionKind.RECIPE]) == [soup.id]
    assert await feed(place, author_id=place.resident.id) == [story.id, tip.id]
    assert await feed(place, recommended_only=True) == [soup.id]
    assert await feed(place, tags=["番茄"]) == [soup.id, tip.id]
    assert await feed(
        place, tags=["番茄"], author_id=place.other.id, kinds=[SubmissionKind.RECIPE], recommended_only=True
    ) == [soup.id]
    assert await feed(place, tags=["番茄"], kinds=[SubmissionKind.NEIGHBOURHOOD_STORY]) == []


async def test_feed_of_several_kinds_is_in_order(database):
    place = await create_community()
    kinds = (SubmissionKind.RECIPE, SubmissionKind.USAGE_TIP, SubmissionKind.PHOTOGRAPH, SubmissionKind.RECIPE)
    rows = [await create_published(place, kind=kind) for kind in kinds]
    wanted = [SubmissionKind.PHOTOGRAPH, SubmissionKind.RECIPE, SubmissionKind.RECIPE]
    for order in (FeedOrder.NEWEST, FeedOrder.RECOMMENDED_FIRST):
        assert await read_feed(place, order, kinds=wanted) == [rows[3].id, rows[2].id, rows[0].id]
    page = await feeds.list_feed(place.community, PageRequest(1), only=FeedFilter(kinds=wanted))
    assert (await page.count()).count == 3


async def test_feed_of_several_tags_has_each_submission_once(database):
    place = await create_community()
    both, one, _ = [await create_published(place, tags=tags) for tags in (("茶", "汤"), ("汤",), ("饭",))]
    assert await feed(place, tags=["茶", "汤"]) == [one.id, both.id]


async def test_recommended_come_first_each_newest_first(database):
    place = await create_community()
    rows = [await create_published(place, scores=scores) for scores in (HIGH_SCORES, FAIR_SCORES) * 2]
    expected = [rows[2].id, rows[0].id, rows[3].id, rows[1].id]
    assert await read_feed(place, FeedOrder.RECOMMENDED_FIRST) == expected


async def test_most_liked_counts_the_present_week(database):
    place = await create_community(residents=3)
    old, few, many, _ = [await create_published(place) for _ in range(4)]
    monday = datetime(2026, 11, 22, 16, tzinfo=UTC)  # in Shanghai
    with clock.at(monday - timedelta(hours=1)):
        for member in place.residents:
            await likes.like(member, old.id)
        await likes.like(place.residents[0], few.id)
    with clock.at(monday):
        for row, members in ((few, place.residents[1:2]), (many, place.residents[:2])):
            for member in members:
                await likes.like(member, row.id)
        assert await read_feed(place, FeedOrder.MOST_LIKED_THIS_WEEK) == [many.id, few.id]


async def test_unlike_takes_its_like_out_of_its_own_week(database):
    place = await create_community()
    row = await create_published(place)
    monday = datetime(2026, 11, 22, 16, tzinfo=UTC)
    with clock.at(monday - timedelta(hours=1)):
        await likes.like(place.resident, row.id)
    with clock.at(monday):
        await likes.like(place.other, row.id)
        await likes.unlike(place.resident, row.id)
        assert await feed(place, order=FeedOrder.MOST_LIKED_THIS_WEEK) == [row.id]
        await likes.unlike(place.other, row.id)
        assert await feed(place, order=FeedOrder.MOST_LIKED_THIS_WEEK) == []


@pytest.mark.parametrize("asked", ["tea", "TEA", "#Tea", "ＴＥＡ", " tea "])
async def test_a_tag_is_found_however_it_is_typed(database, asked):
    place = await create_community()
    row = await create_published(place, tags=("Tea",))
    assert await feed(place, tags=[asked]) == [row.id]
    assert await feed(place, tags=["te"]) == []


async def test_feed_with_invalid_tag_is_refused(database):
    place = await create_community()
    with pytest.raises(InvalidInput) as refusal:
        await feed(place, tags=["two words"])
    assert refusal.value.path == ("tags", "0")


async def test_feed_by_common_tag_is_in_order(database):
    place = await create_community()
    rows = [await create_published(place, tags=tags) for tags in (("汤",), ("饭",), ("汤",))]
    old = await get_revision(await add_revision(rows[1], place.resident))
    numbers = "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 600)"
    await db.execute(
        f"{numbers} INSERT INTO submission_revision (community_id, submission_id, number, title, text, created_at)"
        " SELECT $1, $2, n + 2, '题', '文', $3 FROM n", place.id, rows[1].id, clock.now(),
    )  # fmt: skip
    await db.execute(
        "INSERT INTO revision_tag (community_id, revision_id, position, tag)"
        " SELECT $1, id, 0, '汤' FROM submission_revision WHERE id > $2", place.id, old.id,
    )  # fmt: skip
    assert await feed(place, tags=["汤"]) == [rows[2].id, rows[0].id]


async def test_feed_matches_tags_of_published_revision(database):
    place = await create_community()
    row = await edit_submission(await create_published(place, tags=("旧",)), place.resident, tags=("新",))
    assert (await feed(place, tags=["旧"]), await feed(place, tags=["新"])) == ([row.id], [])
    revision = await get_revision(row)
    await review_steps.publish(place.id, row.id, revision_id=revision.id, recommended=False, note=None)
    assert (await feed(place, tags=["旧"]), await feed(place, tags=["新"])) == ([], [row.id])


@pytest.mark.parametrize("first", [1, 2, 3, 7])
async def test_the_pages_together_are_the_whole_feed(database, first):
    place = await create_community()
    ids = [(await create_published(place)).id for _ in range(6)]
    rows = await read_all_pages(lambda request: feeds.list_feed(place.community, request), first=first)
    assert [row.id for row in rows] == ids[::-1]


async def test_pages_stay_stable_while_rows_change(database):
    place = await create_community()
    rows = [await create_published(place) for _ in range(8)]
    newest_first = rows[::-1]
    page = await feeds.list_feed(place.community, PageRequest(3))
    seen = page.rows
    await create_published(place)  # newer than all: it belongs to a page that was read already
    # Two that were seen, the cursor's own among them, and one that was not.
    gone = [newest_first[0], newest_first[2], newest_first[4]]
    for row in gone:
        await removal.withdraw(place.resident, row.id, version=row.version)
    rest = await read_all_pages(
        lambda request: feeds.list_feed(place.community, PageRequest(2, request.after or page.cursor_of(seen[-1]))),
        first=2,
    )
    assert [row.id for row in seen] == [row.id for row in newest_first[:3]]
    assert [row.id for row in rest] == [row.id for row in newest_first[3:] if row not in gone]


async def test_submissions_published_together_are_paged_completely(database):
    place = await create_community()
    rows = [await create_in_review(place) for _ in range(5)]
    for row in rows:
        await review_steps.publish(
            place.id, row.id, revision_id=(await get_revision(row)).id, recommended=False, note=None
        )
    await db.execute("UPDATE submission SET published_at = $1", clock.now())
    pages = await read_all_pages(lambda request: feeds.list_feed(place.community, request), first=2)
    assert [row.id for row in pages] == await feed(place)
    assert len({row.id for row in pages}) == 5


async def test_a_page_says_whether_more_follow(database):
    place = await create_community()
    for _ in range(2):
        await create_published(place)
    assert [(await feeds.list_feed(place.community, PageRequest(first))).has_next for first in (1, 2, 3)] == [
        True,
        False,
        False,
    ]


@pytest.mark.parametrize("first", [0, -1, 101])
def test_a_page_has_one_to_a_hundred_rows(first):
    with pytest.raises(InvalidInput) as refusal:
        PageRequest(first)
    assert refusal.value.path == ("first",)


@pytest.mark.parametrize(
    "cursor", ["", "x", "WzFd", "WyIyMDI2IiwxXQ", "WyIyMDI2LTAxLTAxIiwxXQ", "W251bGwsbnVsbF0", "字", "\ud800"]
)
async def test_a_cursor_of_another_list_is_refused(database, cursor):
    place = await create_community()
    with pytest.raises(InvalidCursor):
        await feeds.list_feed(place.community, PageRequest(5, cursor))


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
async def test_a_cursor_beyond_the_calendar_is_refused(database, time):
    place = await create_community()
    with pytest.raises(InvalidCursor):
        await feeds.list_feed(place.community, PageRequest(5, encode_cursor([time, 1])))


async def test_ones_own_list_holds_every_state_newest_first(database):
    place = await create_community()
    rows = [await create_in_state(place, state) for state in SubmissionState]
    await create_draft(place, author=place.other)
    mine = await read_all_pages(lambda request: queries.list_own(place.id, place.resident.id, request), first=3)
    assert [row.id for row in mine] == [row.id for row in reversed(rows)]


async def test_ones_own_list_is_narrowed_to_a_state(database):
    place = await create_community()
    rows = [
        await create_in_state(place, state)
        for state in (SubmissionState.DRAFT, SubmissionState.PUBLISHED, SubmissionState.DRAFT)
    ]
    page = await queries.list_own(place.id, place.resident.id, PageRequest(1), states=[SubmissionState.DRAFT])
    rest = await queries.list_own(
        place.id, place.resident.id, PageRequest(5, page.cursor_of(page.rows[0])), states=[SubmissionState.DRAFT]
    )
    assert (page.rows + rest.rows, page.has_next, rest.has_next) == ([rows[2], rows[0]], True, False)


async def test_own_submissions_are_counted_by_state(database):
    place = await create_community()
    for state in (SubmissionState.DRAFT, SubmissionState.PUBLISHED, SubmissionState.DRAFT):
        await create_in_state(place, state)
    await create_draft(place, author=place.other)
    counts = await queries.count_own_by_state(place.id, place.resident.id)
    assert [(row.state, row.count) for row in counts] == [(SubmissionState.DRAFT, 2), (SubmissionState.PUBLISHED, 1)]


async def test_batches_follow_the_given_order(database):
    place = await create_community()
    one, two = (
        await create_published(place, title="一", tags=("a", "b")),
        await create_published(place, title="二", tags=()),
    )
    one = await edit_submission(one, place.resident, title="一改", tags=("c",))
    assert await queries.get_by_ids([two.id, one.id, two.id]) == [two, one, two]
    revisions = await queries.get_revisions([(one.id, 2), (two.id, 1), (one.id, 1)])
    assert [revision.title for revision in revisions] == ["一改", "二", "一"]
    assert await queries.get_revisions_by_ids([revision.id for revision in revisions]) == revisions
    assert await queries.list_tags([revision.id for revision in revisions]) == [["c"], [], ["a", "b"]]
