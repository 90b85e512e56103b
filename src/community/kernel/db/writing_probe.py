"""A probe of the disk of PostgreSQL's tables, which another machine may have."""

from __future__ import annotations

from contextlib import suppress
from typing import NoReturn

from community.kernel.db.connection import Dialect, dialect
from community.kernel.db.statements import execute
from community.kernel.db.transactions import transaction


class _RollBackPages(Exception):  # noqa: N818 - not an error: it removes what was written
    pass


async def write_pages() -> None:
    """Write 360 kB of new pages on PostgreSQL, and roll them back. Raises TryAgain.

    A server whose disk is full still answers every read.
    """
    if dialect() is Dialect.POSTGRES:
        with suppress(_RollBackPages):
            await transaction(_write_and_roll_back)


async def _write_and_roll_back() -> NoReturn:
    await execute("SET LOCAL temp_tablespaces = ''")
    await execute("CREATE TEMPORARY TABLE community_check AS SELECT generate_series(1, 10000) AS number")
    raise _RollBackPages
