"""Failures of single rows of a long job, which continues with the other rows."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from community.kernel import db
from community.kernel.errors import TryAgain

log = logging.getLogger(__name__)


MAX_BUSY_ROWS = 20
"""Locked rows of a job, each of which may take the time limit of a lock. The next one ends the job."""


class RowsFailed(Exception):  # noqa: N818 - the name states the condition
    """Rows of a job failed, and the others were done. The log has each of them."""


class RowFailures:
    """The number of rows that failed so far."""

    def __init__(self) -> None:
        self.count = 0
        self._busy = 0

    @contextmanager
    def skip(self, row: str) -> Iterator[None]:
        """Log an error of the block and continue after it. A failure of the database itself is raised."""
        try:
            yield
        except db.UNAVAILABLE_ERRORS:
            raise
        except TryAgain as error:
            self._busy += 1
            if error.reason not in {None, "locked"} or self._busy > MAX_BUSY_ROWS:
                raise
            log.warning("row is busy: row=%s", row)
            self.count += 1
        except Exception:
            log.exception("row failed: row=%s", row)
            self.count += 1

    def raise_if_any(self) -> None:
        """Raise RowsFailed if a row failed, so that the job counts as failed."""
        if self.count:
            raise RowsFailed(f"{self.count} rows failed")
