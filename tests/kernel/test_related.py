"""Related rows of a statement, on a new connection."""

from __future__ import annotations

from community.kernel import db


class NumberRow(db.Row):
    id: int


NUMBERS = db.Select("SELECT 1 AS id", NumberRow)
LIST = db.Related("list", NumberRow, select="3 AS id", many=True)
ONE = db.Related("one", NumberRow, select="{parent}.id + 1 AS id", below=(LIST,))
NONE = db.Related("none", NumberRow, "WHERE 1 = 2", select="1 AS id")
PARAMETER = db.Related("is_same", bool, select="{parent}.id = {0} AS value")


async def test_first_statement_reads_list_inside_record(database):
    (row,) = await NUMBERS.including((ONE, NONE, PARAMETER)).all(1)
    assert (row.id, row.loaded["none"], row.loaded["is_same"]) == (1, None, True)
    assert (row.loaded["one"].id, row.loaded["one"].loaded["list"]) == (2, [NumberRow(3)])


async def test_row_without_related_rows_carries_none(database):
    (row,) = await NUMBERS.all()
    assert db.take_loaded([row], "one") is None


async def test_related_rows_are_not_compared(database):
    (row,), (bare,) = await NUMBERS.including((ONE,)).all(), await NUMBERS.all()
    assert row == bare == row
    assert (row == NumberRow(2), row == db.Count(1)) == (False, False)


async def test_rows_with_related_rows_give_them(database):
    (row,) = await NUMBERS.including((ONE, LIST)).all()
    assert db.take_loaded([row], "list") == [[NumberRow(3)]]
