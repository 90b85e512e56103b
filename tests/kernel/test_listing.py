"""Counts of a list's rows."""

from __future__ import annotations

import pytest

from community.kernel import db
from community.kernel.listing import Listing
from community.kernel.paging import MAX_COUNT, PageRequest

NUMBERS = Listing(
    "SELECT id FROM (WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n WHERE id < 1100)"
    " SELECT id FROM n) AS numbers WHERE id <= CAST($1 AS BIGINT)",
    db.Id,
)


@pytest.mark.parametrize(
    ("rows", "counted"), [(0, 0), (3, 3), (MAX_COUNT, 1000), (MAX_COUNT + 1, 1001), (MAX_COUNT + 2, 1001)]
)
async def test_count_stops_after_the_limit(database, rows, counted):
    page = await NUMBERS.page(PageRequest(2), rows)
    assert (await page.count()).count == counted


async def test_count_ignores_the_cursor(database):
    first = await NUMBERS.page(PageRequest(2), 5)
    second = await NUMBERS.page(PageRequest(2, first.cursor_of(first.rows[-1])), 5)
    assert [row.id for row in second.rows] == [3, 4]
    assert (await second.count()).count == 5


async def test_count_obeys_the_filters(database):
    page = await NUMBERS.page(PageRequest(2), 5, filters=[("id > {}", 3), ("id < {}", None)])
    assert (await page.count()).count == 2
