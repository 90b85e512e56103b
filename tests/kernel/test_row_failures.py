"""A long job continues after a row that fails or is locked, and ends with the database."""

from __future__ import annotations

import pytest

from community.kernel import db
from community.kernel.errors import TryAgain
from community.kernel.row_failures import MAX_BUSY_ROWS, RowFailures, RowsFailed, run_each, walk


@pytest.mark.parametrize("error", [TryAgain("locked"), TryAgain(), LookupError("no row")])
def test_row_that_fails_is_logged_and_counted(caplog, error):
    failures = RowFailures()
    with failures.skip("account 7"):
        raise error
    assert "row=account 7" in caplog.text
    with pytest.raises(RowsFailed, match="1 rows failed"):
        failures.raise_if_any()


@pytest.mark.parametrize("error", [TryAgain("away"), TryAgain("disk_full"), ConnectionError()])
def test_failure_of_the_database_ends_the_job(error):
    with pytest.raises(type(error)), RowFailures().skip("account 7"):
        raise error


def test_many_locked_rows_end_the_job():
    failures = RowFailures()
    for row in range(MAX_BUSY_ROWS):
        with failures.skip(f"account {row}"):
            raise TryAgain("locked")
    with pytest.raises(TryAgain), failures.skip("the next account"):
        raise TryAgain("locked")


async def read_numbers(last):
    return [db.Id(number) for number in range(last + 1, 6)][:2]


async def test_walk_reads_every_page_once():
    assert [row.id async for row in walk(read_numbers, 0)] == [1, 2, 3, 4, 5]


async def test_each_row_runs_beside_a_failing_one(caplog):
    async def work(row):
        if row.id == 3:
            raise LookupError
        done.append(row.id)
        return 1

    done = []
    with pytest.raises(RowsFailed, match="1 rows failed"):
        await run_each("hold", walk(read_numbers, 0), work)
    assert done == [1, 2, 4, 5]
    assert "row=hold 3" in caplog.text
    assert await run_each("hold", [db.Id(1), db.Id(2)], work) == 2
