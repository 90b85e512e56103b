"""The space that a person's and a community's pictures may take."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import pytest
from msgspec.structs import replace

from community.communities.newcomers import LIMITS, NEWCOMER_PERIOD, Limit, Limited
from community.kernel import clock, db
from community.media import cleanup, rules
from community.media.errors import StorageFull, TooManyUploads
from community.media.invariants import INVARIANTS
from community.submissions import removal
from tests.support.pictures import create_ready_picture, upload_picture
from tests.support.story import (
    assert_refused,
    create_community,
    create_draft,
    create_person,
    edit_submission,
    list_rows,
    run_concurrently,
)

pytestmark = pytest.mark.usefixtures("database")

MEGABYTE = rules.MEGABYTE


@dataclass(slots=True)
class _FirstRow:
    unused_since: datetime


async def read_volumes() -> list[int]:
    """Return the stored sizes, and check them against the uses."""
    assert [await one.select_violations().all(0, 1_000) for one in INVARIANTS] == [[]]
    return [row["size_bytes"] for row in await list_rows("media_volume")]


async def test_concurrent_uploads_do_not_pass_the_limits(monkeypatch):
    monkeypatch.setitem(LIMITS, Limited.UNUSED_PICTURES, Limit(2, 2))
    place = await create_community()
    outcomes = await run_concurrently(*(upload_picture(place.resident, number) for number in range(4)))
    assert sum(isinstance(outcome, TooManyUploads) for outcome in outcomes) == 2
    assert len(await list_rows("media")) == 2


@pytest.fixture
def few(monkeypatch):
    """Limits of 2 pictures and 2 megabytes for a person, and of 1 for a newcomer."""
    for limited in (Limited.UNUSED_PICTURES, Limited.PICTURE_MEGABYTES):
        monkeypatch.setitem(LIMITS, limited, Limit(2, 1))


async def create_old_community():
    with clock.at(clock.now() - 2 * NEWCOMER_PERIOD):
        return await create_community()


async def upload_large(member, number: int = 0) -> datetime:
    """Upload a picture of two megabytes, and return the time of its end without a use."""
    await upload_picture(member, number)
    await db.execute("UPDATE media SET size_bytes = $1", 2 * MEGABYTE)
    return (await db.Select("SELECT unused_since FROM media", _FirstRow).one()).unused_since + rules.UNUSED_RETENTION


async def test_refused_upload_says_when_there_is_space(few):
    place = await create_old_community()
    ends_at = await upload_large(place.resident)
    refusal = await assert_refused(StorageFull, upload_picture(place.resident, 1))
    assert (refusal.reason, refusal.figures, refusal.retry_at) == ("person", {"max": 2, "actual": 2}, ends_at)
    await db.execute("UPDATE media SET size_bytes = 1")
    await upload_picture(place.resident, 1)
    refusal = await assert_refused(TooManyUploads, upload_picture(place.resident, 2))
    assert (refusal.figures, refusal.retry_at) == ({"max": 2, "actual": 2}, ends_at)


async def test_newcomer_has_less_space_until_settled(few):
    place = await create_community()
    await upload_picture(place.resident)
    refusal = await assert_refused(TooManyUploads, upload_picture(place.resident, 1))
    assert refusal.figures == {"max": 1, "actual": 1}
    await db.execute("UPDATE media SET unused_since = NULL, size_bytes = $1", MEGABYTE)
    refusal = await assert_refused(StorageFull, upload_picture(place.resident, 1))
    settled_at = place.resident.joined_at + NEWCOMER_PERIOD
    assert (refusal.figures, refusal.retry_at) == ({"max": 1, "actual": 1}, settled_at)
    with clock.at(settled_at):
        await upload_picture(place.resident, 1)


async def test_person_without_community_is_a_newcomer(few):
    place = await create_community()
    guest = replace(place.resident, person_id=await create_person())
    for member in (guest, place.leader):
        await upload_picture(member)
    await upload_picture(place.leader, 1)
    await assert_refused(TooManyUploads, upload_picture(guest, 1))


async def test_pictures_of_a_community_are_bounded(monkeypatch):
    monkeypatch.setattr(rules, "MAX_COMMUNITY_MEGABYTES", 4)
    place = await create_community()
    pictures = [await create_ready_picture(place.resident, number) for number in range(3)]
    await db.execute("UPDATE media SET size_bytes = $1", 2 * MEGABYTE)
    first = await create_draft(place, media_ids=pictures[:2])
    assert await read_volumes() == [4 * MEGABYTE]
    refusal = await assert_refused(StorageFull, create_draft(place, media_ids=pictures[2:]))
    assert (refusal.reason, refusal.figures, refusal.path) == (
        "community", {"max": 4, "actual": 6}, ("content", "mediaIds")
    )  # fmt: skip
    first = await edit_submission(first, place.resident, media_ids=pictures[:1])
    assert await read_volumes() == [2 * MEGABYTE]
    await create_draft(place, media_ids=pictures[2:])
    await removal.withdraw(place.resident, first.id, version=first.version)
    assert await read_volumes() == [2 * MEGABYTE]
    await cleanup.remove_all(place.resident.person_id)
    assert await read_volumes() == [0]


async def test_concurrent_submissions_do_not_pass_the_limit(monkeypatch):
    monkeypatch.setattr(rules, "MAX_COMMUNITY_MEGABYTES", 2)
    place = await create_community()
    members = (place.resident, place.other, place.leader)
    pictures = [await create_ready_picture(member, number) for number, member in enumerate(members)]
    await db.execute("UPDATE media SET size_bytes = $1", MEGABYTE)
    outcomes = await run_concurrently(
        *(create_draft(place, author=member, media_ids=[one]) for member, one in zip(members, pictures, strict=True))
    )
    assert sum(isinstance(outcome, StorageFull) for outcome in outcomes) == 1
    assert await read_volumes() == [2 * MEGABYTE]
