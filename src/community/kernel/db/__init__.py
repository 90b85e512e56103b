"""Statements and transactions that work the same on PostgreSQL and SQLite.

SQL is written once, in PostgreSQL's dialect with `$1` placeholders. The SQLite form is derived from it. Times are
passed and returned as aware UTC datetimes, JSON as dicts, arrays (for `= ANY($1)`) as lists.

    GET_PERSON = Select("SELECT id, nickname FROM person WHERE id = $1", PersonRow)
    row = await GET_PERSON.first(person_id)

A column becomes the field of the same name. A statement whose columns are not the fields of its row, in their order,
raises RowMismatchError at its first run.

    @transactional
    async def rename(actor, *, nickname): ...

A function marked `@transactional` is all or nothing. The outermost one opens the transaction, inner ones join it. The
transaction runs in its own task, so that a cancelled caller neither leaks a connection nor leaves half of it done.
After a deadlock or a serialization failure it is repeated, at most three times.
"""

from __future__ import annotations

from community.kernel.db.batches import delete_batch
from community.kernel.db.connection import (
    APP,
    MIGRATIONS,
    Dialect,
    Write,
    client,
    close_database,
    count_connections,
    count_transactions,
    dialect,
    get_identity,
    open_database,
    ping,
    tortoise_config,
    wait_for_transactions,
)
from community.kernel.db.failures import UNAVAILABLE_ERRORS, DatabaseUnavailable
from community.kernel.db.lasting import Lasting
from community.kernel.db.locks import FirstLock, run_with_lock
from community.kernel.db.related import NOTHING, Preloading, Related
from community.kernel.db.rows import (
    NOT_CARRIED,
    Count,
    Id,
    Name,
    NotCarriedError,
    Row,
    as_dict,
    columns,
    field_names,
    group,
    group_values,
    in_order,
    in_order_or_none,
    take_loaded,
)
from community.kernel.db.statements import (
    Change,
    RowMismatchError,
    Select,
    encode_time,
    execute,
    scalar,
    translate_to_sqlite,
)
from community.kernel.db.together import Joined, defer, execute_together
from community.kernel.db.transactions import (
    end_reading,
    in_transaction,
    on_transaction_begin,
    reading,
    savepoint,
    transaction,
    transactional,
    without_begin_check,
)
from community.kernel.db.wal_checkpoint import checkpoint_wal
from community.kernel.db.writing_probe import write_pages

__all__ = [
    "APP",
    "MIGRATIONS",
    "NOTHING",
    "NOT_CARRIED",
    "UNAVAILABLE_ERRORS",
    "Change",
    "Count",
    "DatabaseUnavailable",
    "Dialect",
    "FirstLock",
    "Id",
    "Joined",
    "Lasting",
    "Name",
    "NotCarriedError",
    "Preloading",
    "Related",
    "Row",
    "RowMismatchError",
    "Select",
    "Write",
    "as_dict",
    "checkpoint_wal",
    "client",
    "close_database",
    "columns",
    "count_connections",
    "count_transactions",
    "defer",
    "delete_batch",
    "dialect",
    "encode_time",
    "end_reading",
    "execute",
    "execute_together",
    "field_names",
    "get_identity",
    "group",
    "group_values",
    "in_order",
    "in_order_or_none",
    "in_transaction",
    "on_transaction_begin",
    "open_database",
    "ping",
    "reading",
    "run_with_lock",
    "savepoint",
    "scalar",
    "take_loaded",
    "tortoise_config",
    "transaction",
    "transactional",
    "translate_to_sqlite",
    "wait_for_transactions",
    "without_begin_check",
    "write_pages",
]
