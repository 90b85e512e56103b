"""Removal by a leader: drafts stay unknown, and the reason is validated."""

from __future__ import annotations

import pytest

from community.kernel.errors import InvalidInput, NotFound
from community.submissions import removal
from tests.support.story import create_community, create_draft, create_published, read_tables


@pytest.mark.parametrize("off", [0, 1])
async def test_draft_is_unknown_to_removing_leader(database, off):
    place = await create_community()
    row = await create_draft(place)
    before = await read_tables()
    with pytest.raises(NotFound):
        await removal.remove(place.leader, row.id, version=row.version + off, reason="广告")
    assert await read_tables() == before


@pytest.mark.parametrize("reason", ["a\x00b", "\ud800", "a\x1bb"], ids=ascii)
async def test_reason_with_unprintable_characters_is_refused(database, reason):
    place = await create_community()
    row = await create_published(place)
    before = await read_tables()
    with pytest.raises(InvalidInput) as refusal:
        await removal.remove(place.leader, row.id, version=row.version, reason=reason)
    assert refusal.value.path == ("reason",)
    assert await read_tables() == before


async def test_audit_trail_has_no_words_of_people(database):
    place = await create_community()
    row = await create_published(place)
    await removal.remove(place.leader, row.id, version=row.version, reason="王阿姨写的是广告")
    assert all("王阿姨" not in str(event["detail"]) for event in (await read_tables("audit_event"))["audit_event"])
