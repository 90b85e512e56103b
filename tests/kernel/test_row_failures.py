"""A long job continues after a row that fails or is locked, and ends with the database."""

from __future__ import annotations

import pytest

from community.kernel.errors import TryAgain
from community.kernel.row_failures import MAX_BUSY_ROWS, RowFailures, RowsFailed


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
