"""The space that a person's and a community's pictures may take."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import pytest

from community.kernel import db
from community.media import cleanup, rules
from community.media.errors import StorageFull, TooManyUploads
from community.media.invariants import INVARIANTS
from community.submissions import removal
from tests.support.pictures import create_ready_picture, upload_picture
from tests.support.story import (
    assert_refused,
    create_community,
    create_draft,
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
    monkeypatch.setattr(rules, "MAX_UNUSED", 2)
    place = await create_community()
    outcomes = await run_concurrently(*(upload_picture(place.resident, number) for number in range(4)))
    assert sum(isinstance(outcome, TooManyUploads) for outcome in outcomes) == 2
    assert len(await list_rows("media")) == 2


async def test_refused_upload_says_when_there_is_space(monkeypatch):
    place = await create_community()
    await upload_picture(place.resident)
    first = await db.Select("SELECT unused_since FROM media", _FirstRow).one()
    await db.execute("UPDATE media SET size_bytes = $1", 3 * MEGABYTE)
    with monkeypatch.context() as few:
        few.setattr(rules, "MAX_UNUSED", 1)
        refusal = await assert_refused(TooManyUploads, upload_picture(place.resident, 1))
        assert refusal.figures == {"max": 1, "actual": 1}
        assert refusal.retry_at == first.unused_since + rules.UNUSED_RETENTION
    monkeypatch.setattr(rules, "MAX_PERSON_MEGABYTES", 3)
    refusal = await assert_refused(StorageFull, upload_picture(place.resident, 1))
    assert (refusal.reason, refusal.figures) == ("person", {"max": 3, "actual": 3})
    assert refusal.retry_at == first.unused_since + rules.UNUSED_RETENTION


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
