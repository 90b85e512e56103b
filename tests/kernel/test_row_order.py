"""Rows in the order of the keys that were asked for."""

from __future__ import annotations

import pytest

from community.kernel import db
from community.kernel.db import Id, Name

ROWS = [Id(1), Id(2)]


def test_rows_follow_keys_with_repetitions():
    assert db.in_order(ROWS, [2, 1, 2]) == [Id(2), Id(1), Id(2)]


def test_rows_missing_key_raises():
    with pytest.raises(KeyError):
        db.in_order(ROWS, [3])


def test_rows_missing_key_becomes_none():
    assert db.in_order_or_none(ROWS, [3, 1]) == [None, Id(1)]


def test_rows_by_another_field():
    assert db.in_order([Name("a"), Name("b")], ["b", "a"], by="name") == [Name("b"), Name("a")]


def test_rows_are_grouped_in_the_order_of_keys():
    rows = [Id(1), Id(2), Id(1)]
    assert db.group(rows, [2, 3, 1], by="id") == [[Id(2)], [], [Id(1), Id(1)]]
    assert db.group_values(rows, [1, 2], by="id", of="id") == [[1, 1], [2]]
