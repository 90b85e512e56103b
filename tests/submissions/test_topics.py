"""Topics: their days, their publications by tag, and the tags of the week."""

from __future__ import annotations

from datetime import timedelta

import pytest

from community.communities.errors import LeadersOnly
from community.kernel import clock, periods
from community.kernel.errors import Conflict, InvalidInput, NotFound
from community.kernel.paging import PageRequest
from community.submissions import feed, removal
from community.submissions.errors import TopicExists
from community.submissions.feed import FeedFilter
from community.submissions.topics import queries, service
from community.submissions.topics.rules import MAX_DAYS, TopicContent, TopicPlan
from tests.support.pictures import create_ready_picture
from tests.support.story import assert_refused, create_community, create_published, list_rows


@pytest.fixture
async def place(database):
    return await create_community(residents=2)


def get_day(place, days=0):
    return periods.local_date(clock.now(), place.community.time_zone) + timedelta(days=days)


def make_plan(place, tag="汤", first=None, last=9, text="", media_id=None):
    first_day = None if first is None else get_day(place, first)
    return TopicPlan(tag, TopicContent(text, get_day(place, last), media_id), first_day)


async def open_topic(place, **given):
    return await service.open_topic(place.leader, plan=make_plan(place, **given))


async def list_ids(place, *, past=False) -> list[int]:
    return [row.id for row in (await queries.list_topics(place.id, PageRequest(), past=past)).rows]


async def list_publications(place, topic) -> list[int]:
    only = FeedFilter(with_tag=topic.tag, since=topic.starts_at, until=topic.ends_at)
    return [row.id for row in (await feed.list_feed(place.community, PageRequest(), only=only)).rows]


async def count(topic, *, for_everyone=False) -> tuple[int, int]:
    found = (await queries.count([topic.id], for_everyone=for_everyone))[topic.id]
    return found.contributions, found.authors


async def test_topic_lasts_until_its_last_day_ends(place):
    row = await open_topic(place, tag="#老火汤", text=" 今天煮什么 ", last=2)
    assert (row.tag, row.description, row.version) == ("老火汤", "今天煮什么", 1)
    assert row.ends_at == periods.midnight(get_day(place, 3), place.community.time_zone)
    assert await list_ids(place) == [row.id]
    with clock.at(row.ends_at):
        assert (await list_ids(place), await list_ids(place, past=True)) == ([], [row.id])


async def test_future_topic_starts_at_midnight(place):
    row = await open_topic(place, first=1, last=1)
    assert row.starts_at == periods.midnight(get_day(place, 1), place.community.time_zone)
    assert row.ends_at - row.starts_at == timedelta(days=1)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"first": -1}, "topic_start"),
        ({"first": MAX_DAYS + 1, "last": 1}, "topic_start_late"),
        ({"first": 2, "last": 1}, "topic_end"),
        ({"last": -1}, "topic_end"),
        ({"last": MAX_DAYS}, "topic_length"),
        ({"tag": "a b"}, "tag"),
        ({"text": "字" * 501}, "length"),
    ],
)
async def test_impossible_topic_is_refused(place, given, reason):
    refusal = await assert_refused(InvalidInput, open_topic(place, **given))
    assert refusal.reason == reason
    assert await list_rows("topic") == []


async def test_resident_opens_no_topic(place):
    await assert_refused(LeadersOnly, service.open_topic(place.resident, plan=make_plan(place)))


async def test_tag_has_one_current_topic(place):
    row = await open_topic(place)
    await assert_refused(TopicExists, open_topic(place))
    await service.close_topic(place.leader, row.id)
    assert (await open_topic(place)).id != row.id


async def test_publication_joins_by_its_tag(place):
    before = await create_published(place, tags=("汤",))
    topic = await open_topic(place)
    first = await create_published(place, tags=("汤", "快手"))
    second = await create_published(place, author=place.other, tags=("汤",))
    await create_published(place, tags=("快手",))
    assert before.id not in await list_publications(place, topic)
    assert await list_publications(place, topic) == [second.id, first.id]
    assert await count(topic) == (2, 2)


async def test_ended_publication_leaves_its_topic(place):
    topic = await open_topic(place)
    row = await create_published(place, tags=("汤",))
    assert await count(topic) == (1, 1)
    await removal.withdraw(place.resident, row.id, version=row.version)
    assert (await list_publications(place, topic), await count(topic)) == ([], (0, 0))


async def test_stranger_counts_only_public_contributions(place):
    topic = await open_topic(place)
    await create_published(place, tags=("汤",))
    public = int((await list_rows("submission"))[0]["published_for"] == "PUBLIC")
    assert await count(topic, for_everyone=True) == (public, public)


async def test_closed_topic_takes_no_further_publication(place):
    topic = await open_topic(place)
    first = await create_published(place, tags=("汤",))
    closed = await service.close_topic(place.leader, topic.id)
    assert await service.close_topic(place.leader, topic.id) == closed
    await create_published(place, tags=("汤",))
    assert await list_publications(place, closed) == [first.id]
    assert (await list_ids(place), await list_ids(place, past=True)) == ([], [topic.id])


async def test_future_topic_is_closed_before_it_starts(place):
    topic = await open_topic(place, first=3)
    closed = await service.close_topic(place.leader, topic.id)
    assert closed.ends_at == closed.starts_at == topic.starts_at


async def test_edit_needs_the_version(place):
    row = await open_topic(place)
    content = TopicContent("新", get_day(place, 1))
    edited = await service.edit_topic(place.leader, row.id, version=1, content=content)
    assert (edited.description, edited.version) == ("新", 2)
    await assert_refused(Conflict, service.edit_topic(place.leader, row.id, version=1, content=content))
    elsewhere = await create_community()
    await assert_refused(NotFound, service.edit_topic(elsewhere.leader, row.id, version=2, content=content))


async def test_picture_is_replaced_and_removed(place):
    first, second = [await create_ready_picture(place.leader, number) for number in (1, 2)]
    row = await open_topic(place, media_id=first)
    assert await queries.list_picture_ids([row.id]) == [first]
    for version, media_id in enumerate((first, second, None), start=1):
        content = TopicContent("", get_day(place), media_id)
        await service.edit_topic(place.leader, row.id, version=version, content=content)
        assert await queries.list_picture_ids([row.id]) == [media_id]


async def test_popular_tags_count_publications_of_a_week(place):
    for tags in (("汤", "粥"), ("汤",), ("粥", "汤"), ("茶",)):
        await create_published(place, tags=tags)
    found = await queries.list_popular_tags(place.id, for_everyone=False)
    assert [(row.tag, row.count) for row in found] == [("汤", 3), ("粥", 2), ("茶", 1)]
    with clock.at(clock.now() + queries.POPULAR_FOR + timedelta(minutes=1)):
        assert await queries.list_popular_tags(place.id, for_everyone=False) == []
