"""Removal of erased words from SQLite's write-ahead log."""

from __future__ import annotations

from community.kernel.db.connection import Dialect, current_transaction, dialect
from community.kernel.db.statements import scalar
from community.kernel.errors import TryAgain


async def checkpoint_wal() -> bool:
    """Copy SQLite's write-ahead log into the file and empty the log.

    In the file deleted data is overwritten. Returns False if a reader blocked it until the time limit: call it again
    later. Returns True on PostgreSQL without any work, because vacuum does it there. Raises RuntimeError inside a
    transaction.
    """
    if current_transaction.get() is not None:
        raise RuntimeError("the log is emptied after a transaction, not inside one")
    if dialect() is not Dialect.SQLITE:
        return True
    try:
        return not await scalar("PRAGMA wal_checkpoint(TRUNCATE)")
    except TryAgain:
        return False
