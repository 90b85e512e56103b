"""Downloads of an event: its calendar, parsed again, and the book of a story call."""

from __future__ import annotations

import re
from base64 import b64decode
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import pytest
from icalendar import Calendar

from community.api import ids
from community.api.events import book
from community.api.events.downloads import build_calendar
from community.communities.queries import get_members
from community.events import service
from community.events.kinds import EventKind, EventState
from community.kernel import clock
from community.submissions import removal
from community.submissions.models import SubmissionKind
from community.submissions.queries import get as get_submission
from tests.support.contests import enter, hold, make_event_content, move_to
from tests.support.pictures import create_ready_picture
from tests.support.story import SampleCommunity, create_community


async def get_as_member(caller):
    return (await get_members([ids.decode("Member", caller.member_id, path="id")]))[0]


async def fetch(caller, event, file):
    headers = {} if caller.token is None else {"Authorization": f"Bearer {caller.token}"}
    return await caller.client.get(f"/events/{ids.encode('Event', event.id)}/{file}", headers=headers)


@pytest.mark.parametrize(
    ("zone", "month", "offset"),
    [
        ("Asia/Shanghai", 7, 8),
        ("America/New_York", 7, -4),
        ("America/New_York", 12, -5),
        ("Australia/Lord_Howe", 12, 11),
    ],
)
async def test_calendar_has_times_in_the_zone(database, zone, month, offset):
    place = await create_community(time_zone=zone)
    begins = datetime(2027, month, 9, 10, tzinfo=UTC)
    content = make_event_content(
        EventKind.ACTIVITY, title="包粽子; 一起来, 好吗\\", text="带上：\n糯米,红枣;粽叶", starts_at=begins,
        opens_at=begins - timedelta(days=1), closes_at=begins + timedelta(hours=2),
    )  # fmt: skip
    event = await service.create(place.leader, kind=EventKind.ACTIVITY, content=content)
    read = Calendar.from_ical(build_calendar(event, zone, host="example.org"))
    found = {str(one["uid"]).split("@")[0].rpartition("-")[2]: one for one in read.walk("VEVENT")}
    assert set(found) == {"activity", "open", "closed"}
    assert (str(found["activity"]["summary"]), str(found["activity"]["description"])) == (event.title, event.text)
    assert (found["activity"].start, found["activity"].end) == (begins, event.closes_at)
    assert found["activity"].start.utcoffset() == timedelta(hours=offset)
    assert [str(one["tzid"]) for one in read.walk("VTIMEZONE")] == [zone]
    assert found["open"].start == event.opens_at


async def test_calendar_needs_the_rights_of_the_event(place):
    leader = await place.found_community()
    reader, guest = await place.resident(leader, "小李"), await place.log_in("路人")
    leads = await get_as_member(leader)
    event = await hold(leads, EventState.OPEN, EventKind.ACTIVITY)
    draft = await hold(leads, EventState.DRAFT, EventKind.ACTIVITY)
    answer = await fetch(reader, event, "calendar.ics")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/calendar; charset=utf-8")
    assert Calendar.from_ical(answer.content).walk("VEVENT")
    assert (await fetch(guest, event, "calendar.ics")).status_code == 404
    assert (await fetch(reader, draft, "calendar.ics")).status_code == 404
    assert (await fetch(leader, draft, "calendar.ics")).status_code == 200


class _Texts(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = []

    def handle_data(self, data):
        self.found.append(data)


async def test_book_has_the_published_stories(place):
    leader = await place.found_community()
    reader, guest = await place.resident(leader, "<b>小李"), await place.log_in("路人")
    leads = await get_as_member(leader)
    author = await get_as_member(reader)
    sample = SampleCommunity(None, [leads], [author])
    event = await hold(leads, EventState.OPEN, EventKind.STORY_CALL, entries_per_member=9, title="老照片<script>")
    picture = await create_ready_picture(author)
    given = {"kind": SubmissionKind.NEIGHBOURHOOD_STORY}
    await enter(event, author, sample, title="<img src=x>", text="第一段 & 第二段", media_ids=(picture,), **given)
    gone = await enter(event, author, sample, title="撤回的故事", **given)
    await move_to(leads, event, EventState.CLOSED)
    row = await get_submission(gone.community_id, gone.submission_id)
    await removal.withdraw(author, row.id, version=row.version)
    assert (await fetch(guest, event, "book.html")).status_code == 404
    answer = await fetch(reader, event, "book.html")
    assert answer.status_code == 200
    assert "attachment" in answer.headers["content-disposition"]
    read = _Texts()
    read.feed(answer.text)
    texts = "|".join(read.found)
    assert all(words in texts for words in ("老照片<script>", "<img src=x>", "第一段 & 第二段", "<b>小李"))
    assert "撤回的故事" not in texts
    assert re.findall(r"src=\"([^\"]{5})", answer.text) == ["data:"]
    assert "<script" not in answer.text


async def test_book_has_pictures_up_to_its_limit(place, monkeypatch):
    leader = await place.found_community()
    leads, author = await get_as_member(leader), await get_as_member(await place.resident(leader, "小李"))
    sample = SampleCommunity(None, [leads], [author])
    event = await hold(leads, EventState.OPEN, EventKind.STORY_CALL, entries_per_member=9)
    for number in range(3):
        picture = await create_ready_picture(author, number)
        given = {"kind": SubmissionKind.NEIGHBOURHOOD_STORY, "media_ids": (picture,)}
        await enter(event, author, sample, title=f"故事{number}", **given)
    await move_to(leads, event, EventState.CLOSED)
    whole = (await fetch(leader, event, "book.html")).text
    sizes = [len(b64decode(code)) for code in re.findall(r"base64,([^\"]+)", whole)]
    assert len(sizes) == 3
    assert book.MAX_PICTURE_BYTES == 12_000_000
    for limit, count in ((sum(sizes), 3), (sum(sizes) - 1, 2), (sizes[0], 1), (min(sizes) - 1, 0)):
        monkeypatch.setattr(book, "MAX_PICTURE_BYTES", limit)
        text = (await fetch(leader, event, "book.html")).text
        assert (text.count("base64,"), text.count("<article>")) == (count, 3)


async def test_book_is_there_after_the_end(place):
    leader = await place.found_community()
    event = await hold(await get_as_member(leader), EventState.OPEN, EventKind.STORY_CALL)
    assert (await fetch(leader, event, "book.html")).status_code == 404
    assert clock.now() < event.closes_at
