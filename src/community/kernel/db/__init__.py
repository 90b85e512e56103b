"""The database: one way to read, one way to change, the same on PostgreSQL and SQLite.

SQL is written once, in PostgreSQL's words with `$1` placeholders; the SQLite form is made from it. Times go in and
come out as aware UTC datetimes, JSON as dicts, arrays (for `= ANY($1)`) as lists.

    GET_PERSON = Select("SELECT id, nickname FROM person WHERE id = $1", PersonRow)
    row = await GET_PERSON.first(person_id)

A column becomes the field of the same name. A statement whose columns are not the fields of its row, in their order,
raises RowMismatchError the first time it is run.

    @transactional
    async def rename(actor, *, nickname): ...

A function marked `@transactional` is all or nothing. The outermost one opens the transaction, inner ones join it. It
runs in a task of its own, so that a caller who is cancelled neither leaks a connection nor leaves half of it done, and
it is run again (three times at most) when the database reports a deadlock or a serialization failure.
"""

from __future__ import annotations

from community.kernel.db.busy import AWAY, DatabaseAway
from community.kernel.db.connection import (
    APP,
    MIGRATIONS,
    Dialect,
    client,
    close_database,
    dialect,
    open_database,
    reach,
    tortoise_config,
    under_way,
)
from community.kernel.db.leftovers import overwrite_leftovers
from community.kernel.db.rows import Count, Id, Name, columns
from community.kernel.db.statements import Change, RowMismatchError, Select, execute, for_sqlite, scalar
from community.kernel.db.transactions import beginning_with, in_transaction, savepoint, transaction, transactional

__all__ = [
    "APP",
    "AWAY",
    "MIGRATIONS",
    "Change",
    "Count",
    "DatabaseAway",
    "Dialect",
    "Id",
    "Name",
    "RowMismatchError",
    "Select",
    "beginning_with",
    "client",
    "close_database",
    "columns",
    "dialect",
    "execute",
    "for_sqlite",
    "in_transaction",
    "open_database",
    "overwrite_leftovers",
    "reach",
    "savepoint",
    "scalar",
    "tortoise_config",
    "transaction",
    "transactional",
    "under_way",
]
