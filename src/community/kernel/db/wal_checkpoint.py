"""What is left of words that were taken out: on SQLite, their pages in the write-ahead log."""

from __future__ import annotations

from community.kernel.db.connection import Dialect, current_transaction, dialect
from community.kernel.db.statements import scalar
from community.kernel.errors import TryAgain


async def checkpoint_wal() -> bool:
    """Bring SQLite's write-ahead log into the file, where what was deleted is overwritten, and empty the log.

    False when somebody was reading for so long that it has to wait for another time. Always True on PostgreSQL, whose
    vacuum does it. Outside of any transaction.
    """
    if current_transaction.get() is not None:
        raise RuntimeError("the log is emptied after a transaction, not inside one")
    if dialect() is not Dialect.SQLITE:
        return True
    try:
        return not await scalar("PRAGMA wal_checkpoint(TRUNCATE)")
    except TryAgain:
        return False
