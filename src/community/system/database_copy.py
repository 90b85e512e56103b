"""Copies of the database: SQLite's own backup, or a dump of PostgreSQL's client tools."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

from community import addresses
from community.kernel import db
from community.settings import Settings

SQLITE_COPY = "database.sqlite3"
POSTGRES_DUMP = "database.dump"


class BackupRefused(Exception):  # noqa: N818 - the name states the condition
    """A backup or restore that is not possible. The message says why."""


def get_copy_name(settings: Settings) -> str:
    """Return the name of a copy of this kind of database."""
    return POSTGRES_DUMP if settings.sqlite_path is None else SQLITE_COPY


def copy_out(settings: Settings, folder: Path) -> None:
    """Copy the database into the folder, as of one moment, while others write. Raises BackupRefused."""
    if settings.sqlite_path is None:
        common = ("--format=custom", "--no-owner", "--no-privileges")
        _run_client(settings, "pg_dump", *common, f"--file={folder / POSTGRES_DUMP}")
        return
    with (
        closing(sqlite3.connect(settings.sqlite_path)) as source,
        closing(sqlite3.connect(folder / SQLITE_COPY)) as target,
    ):
        source.backup(target)
        target.execute("PRAGMA journal_mode = DELETE")  # one file, without a log beside it


def copy_in(settings: Settings, folder: Path) -> None:
    """Copy the database of a backup into the empty one. Raises BackupRefused, and changes nothing then."""
    path = settings.sqlite_path
    if path is None:
        options = ("--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error")
        database = addresses.parse_postgres_url(settings.database_url).database
        _run_client(settings, "pg_restore", *options, f"--dbname={database}", str(folder / POSTGRES_DUMP))
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.restoring")
    shutil.copyfile(folder / SQLITE_COPY, partial)
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    partial.replace(path)


async def count_tables() -> int:
    """Return the number of tables of the open database."""
    found = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    if db.dialect() is db.Dialect.POSTGRES:
        found = (
            "SELECT count(*) FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
            " WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema')"
        )
    return int(await db.scalar(found))


def _run_client(settings: Settings, program: str, *arguments: str) -> None:
    """Run a client tool of PostgreSQL. The password is in its environment, where other users cannot read it."""
    if shutil.which(program) is None:
        raise BackupRefused(f"{program} is not installed: install the PostgreSQL client of the server's version")
    address = addresses.parse_postgres_url(settings.database_url)
    given = {
        "PGHOST": address.host,
        "PGPORT": str(address.port),
        "PGUSER": address.user,
        "PGPASSWORD": address.password,
        "PGDATABASE": address.database,
        "PGSSLMODE": address.ssl,
    }
    done = subprocess.run(  # noqa: S603 - a fixed program
        [program, *arguments],
        env=os.environ | {name: value for name, value in given.items() if value is not None},
        capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    if done.returncode:
        raise BackupRefused(f"{program} failed: {' '.join(done.stderr.split())}")
