"""Views: once per viewer and hour, written by a job, lost with Redis at most for minutes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from community.kernel import cache, clock
from community.submissions import views
from tests.support.story import create_community, create_published, list_rows


@pytest.fixture
async def row(database):
    place = await create_community()
    return await create_published(place)


async def view(row, *person_ids):
    for person_id in person_ids:
        views.record(row.id, person_id)
    await views.send()


async def test_viewer_counts_once_in_an_hour(row):
    await view(row, 1, 2, 1)
    await view(row, 2, 3)
    assert await views.store() == 1
    assert await views.count([row.id]) == {row.id: 3}


async def test_viewer_counts_again_in_another_hour(row):
    await view(row, 1)
    with clock.at(clock.now() + timedelta(hours=1)):
        await view(row, 1)
    await views.store()
    assert await views.count([row.id]) == {row.id: 2}


async def test_stored_views_add_up(row):
    await view(row, 1)
    await views.store()
    await view(row, 2)
    await views.store()
    assert await views.store() == 0
    assert await views.count([row.id]) == {row.id: 2}


async def test_nothing_is_written_before_the_job(row):
    await view(row, 1)
    assert await list_rows("submission_view") == []


async def test_lost_cache_loses_only_unstored_views(row):
    await view(row, 1)
    await views.store()
    await view(row, 2)
    await cache.client().flushdb()
    await views.store()
    assert await views.count([row.id]) == {row.id: 1}


async def test_unknown_counts_are_ignored(row):
    await view(row, 1)
    await cache.client().hset("views:pending", mapping={"x": "1", "99999": "3", "5": "y"})
    await views.store()
    assert await views.count([row.id, 99_999]) == {row.id: 1}


async def test_full_memory_counts_no_further_views(row, monkeypatch):
    monkeypatch.setattr(views, "MAX_WAITING", 1)
    await view(row, 1, 2)
    await views.store()
    assert await views.count([row.id]) == {row.id: 1}
