"""Errors in the data that `community audit` finds, as an operator runs it. SQLite only."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3

import pytest

from community.database import use_database
from community.kernel import cache
from community.kernel.seals import chain
from tests.support import backends
from tests.support.commands import run
from tests.support.planted import ERRORS, SEALED, build_history

PLANTED = [*((name, one) for name, one in ERRORS), *SEALED.items()]


@pytest.fixture(scope="module")
def sealed(tmp_path_factory, backend):
    """A sealed database with every kind of entry, and the ids of its rows."""
    with backend.create_database() as settings:

        async def fill():
            async with use_database(settings):
                cache.open_cache(settings)
                ids = await build_history()
                await chain.seal_all()
                await cache.close_cache()
                return ids

        ids = asyncio.run(fill())
        folder = tmp_path_factory.mktemp("sealed")
        with sqlite3.connect(settings.sqlite_path) as connection:
            connection.execute("VACUUM INTO ?", [str(folder / "books.sqlite3")])
    return folder / "books.sqlite3", ids


@pytest.mark.on_embedded
@pytest.mark.parametrize(("name", "statements"), PLANTED, ids=[name for name, _ in PLANTED])
def test_audit_command_finds_planted_error(sealed, tmp_path, name, statements):
    books, ids = sealed
    path = tmp_path / "books.sqlite3"
    shutil.copyfile(books, path)
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        for (trigger,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {trigger}")
        for statement in [statements] if isinstance(statements, str) else statements:
            connection.execute(statement.format(**ids))
    done = run(
        "audit", cwd=tmp_path, DATABASE_URL=f"sqlite://{path}", TOKEN_SECRET=backends.SECRET,
        ENCRYPTION_KEY=backends.ENCRYPTION_KEY,
    )  # fmt: skip
    assert done.returncode == 1, done.stdout[-2000:] + done.stderr[-2000:]
    found = [line for line in done.stdout.splitlines() if line.startswith("BAD ")]
    assert [line for line in found if line.endswith(name) or (name in SEALED and "BAD  seal" in line)] != []
