"""The drift check, which compares the database with the models.

The declared tables are written as DDL and created by the same engine: as temporary tables on PostgreSQL, as a database
in memory on SQLite. Then the same statement reads both catalogues, and the answers are compared in both directions. So
the engine itself rewrites the declared conditions into its own form.

Not compared: the order of columns, and DEFAULT, which no model declares.
"""

from __future__ import annotations

from community.kernel import db
from community.kernel.schema_drift import postgres, sqlite
from community.kernel.schema_drift.declared import list_declared_tables
from community.kernel.schema_drift.schema_objects import list_differences

__all__ = ["list_drift"]


async def list_drift() -> list[str]:
    """Return one sentence per difference between the open database and the models.

    A sentence begins with the table and names the column, constraint, index or trigger. Nothing is changed.
    """
    read = postgres.read if db.dialect() is db.Dialect.POSTGRES else sqlite.read
    declared, real = await read(list_declared_tables())
    return list_differences(declared, real)
