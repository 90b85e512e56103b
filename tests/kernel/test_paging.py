"""Cursors return their keys, and all other texts are refused."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.kernel import db
from community.kernel.errors import InvalidInput
from community.kernel.paging import (
    DEFAULT_PAGE,
    LIMIT_SIZES,
    MAX_PAGE,
    InvalidCursor,
    PageRequest,
    decode_cursor,
    encode_cursor,
)

WHOLE = st.integers(min_value=-(2**63) + 1, max_value=2**63 - 1)
ZONES = st.integers(min_value=-14 * 60, max_value=14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
MOMENTS = st.builds(
    lambda since, zone: (datetime(1970, 1, 1, tzinfo=UTC) + since).astimezone(zone),
    st.timedeltas(min_value=timedelta(days=-700_000), max_value=timedelta(days=2_900_000)),
    ZONES,
)
PARTS = st.one_of(WHOLE, MOMENTS)


async def count_nothing():
    return db.Count(0)


@given(st.lists(PARTS, max_size=4))
def test_cursor_returns_its_key(key):
    cursor = encode_cursor(key)
    assert decode_cursor(cursor, [type(part) for part in key]) == tuple(key)
    assert cursor.isascii()
    assert "=" not in cursor


@given(st.lists(PARTS, min_size=1, max_size=3), st.lists(st.sampled_from([int, datetime]), max_size=4))
def test_cursor_of_another_list_is_refused(key, kinds):
    if [type(part) for part in key] == kinds:
        assert decode_cursor(encode_cursor(key), kinds) == tuple(key)
    else:
        with pytest.raises(InvalidCursor):
            decode_cursor(encode_cursor(key), kinds)


@given(st.text())
def test_any_text_is_refused_as_cursor(text):
    with pytest.raises(InvalidCursor) as refused:
        decode_cursor(text, (datetime, int))
    assert (refused.value.code, refused.value.path) == ("INVALID_CURSOR", ("after",))


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text() | st.integers(), st.lists, max_leaves=5))
def test_any_json_is_refused_or_valid(value):
    try:
        found = decode_cursor(base64.urlsafe_b64encode(json.dumps(value).encode()).decode(), (int,))
    except InvalidCursor:
        return
    assert list(found) == value
    assert type(found[0]) is int
    assert abs(found[0]) < 2**63


@pytest.mark.parametrize(
    "content",
    [b"", b"[", b"{}", b"null", b"5", b"[[5]]", b"[5.0]", b"[true]", b'["5"]', b"[NaN]", b"[1e999]",
     b"[9223372036854775808]", b"[" + b"9" * 5_000 + b"]", b"[" * 100_000, b"[5]\xff", b"\xff", b"[5,5]"],
    ids=lambda content: content[:20],
)  # fmt: skip
def test_forged_cursor_is_refused(content):
    with pytest.raises(InvalidCursor):
        decode_cursor(base64.urlsafe_b64encode(content).decode(), (int,))


@pytest.mark.parametrize("moment", ["", "now", "2026-01-01T00:00:00", "2026-13-01T00:00:00+00:00", 5, None])
def test_cursor_time_needs_an_offset(moment):
    with pytest.raises(InvalidCursor):
        decode_cursor(base64.urlsafe_b64encode(json.dumps([moment]).encode()).decode(), (datetime,))


@pytest.mark.parametrize("cursor", ["\ud800", "é", "=", "====", "A", "%00", "a b", "\x00"])
def test_cursor_that_is_not_base64_is_refused(cursor):
    with pytest.raises(InvalidCursor):
        decode_cursor(cursor, (int,))


@pytest.mark.parametrize("first", [0, -1, MAX_PAGE + 1, 2**63])
def test_page_size_is_limited(first):
    with pytest.raises(InvalidInput) as refused:
        PageRequest(first=first)
    assert refused.value.path == ("first",)


def test_limit_is_a_literal_above_page_size():
    assert PageRequest().first == DEFAULT_PAGE
    for first in range(1, MAX_PAGE + 1):
        limit = PageRequest(first=first).limit
        assert limit in LIMIT_SIZES
        assert limit > first


def test_first_page_has_no_key():
    assert PageRequest().key(datetime, int) is None


@pytest.mark.parametrize(("found", "shown", "more"), [(0, 0, False), (2, 2, False), (3, 2, True), (21, 2, True)])
def test_page_is_cut_and_has_next(found, shown, more):
    page = PageRequest(first=2).page(
        list(range(found)), lambda row: (datetime(2026, 1, 1, tzinfo=UTC), row), count=count_nothing
    )
    assert (page.rows, page.has_next) == (list(range(shown)), more)
    assert decode_cursor(page.cursor_of(1), (datetime, int)) == (datetime(2026, 1, 1, tzinfo=UTC), 1)


def test_pages_follow_without_a_gap():
    rows, seen, after = list(range(45)), [], None
    while True:
        request = PageRequest(first=7, after=after)
        key = request.key(int)
        left = [row for row in rows if key is None or row > key[0]]
        page = request.page(left[: request.limit], lambda row: (row,), count=count_nothing)
        seen += page.rows
        if not page.has_next:
            break
        after = page.cursor_of(page.rows[-1])
    assert seen == rows


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_cursor_time_beyond_utc_range_is_refused(moment):
    with pytest.raises(InvalidCursor):
        decode_cursor(base64.urlsafe_b64encode(json.dumps([moment]).encode()).decode(), (datetime,))
