"""Migrations of empty and populated databases, by concurrent processes, all or nothing."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest
from tortoise.exceptions import BaseORMException

import community.migrations
from community.database import use_database
from community.kernel import clock, db
from community.kernel.migrate import list_pending_migrations, migrate
from community.kernel.schema_drift import list_drift
from community.kernel.schema_drift.postgres import SCHEMA_OBJECTS
from tests.kernel.processes import run_processes
from tests.kernel.schema import contents, migrations, populate, tables
from tests.support.waiting import until_blocked

WORK = """
from community.kernel.migrate import migrate

async def work():
    return await migrate()
"""

KNOWN = """
from importlib import import_module

Migration = import_module("{name}").Migration
"""

NEXT = """
from tortoise.migrations.migration import Migration as Base
from community.kernel.ddl import Ddl


class Migration(Base):
    operations = [Ddl({statements})]
"""


DROPPED_COLUMNS = {("media", "client_key"), ("media", "perceptual_hash")}
"""Columns that a later migration drops."""


@pytest.fixture
def release(tmp_path, monkeypatch):
    """Return a function that limits the process to some migrations, plus one of further statements."""
    monkeypatch.syspath_prepend(tmp_path)

    def become(names, *more):
        package = tmp_path / f"release_{uuid4().hex}"
        package.mkdir()
        (package / "__init__.py").touch()
        for name in names:
            (package / f"{name}.py").write_text(KNOWN.format(name=f"{community.migrations.__name__}.{name}"))
        if more:
            (package / "9999_next.py").write_text(NEXT.format(statements=", ".join(map(repr, more))))
        monkeypatch.setattr(db, "MIGRATIONS", package.name)

    return become


async def test_empty_database_gets_every_migration(bare_settings):
    async with use_database(bare_settings):
        assert await list_pending_migrations() == migrations()
        assert await migrate() == migrations()
        assert await list_pending_migrations() == []
        assert await list_drift() == []


async def test_second_migration_changes_nothing(database):
    await populate()
    before = await contents()
    assert await migrate() == []
    assert await contents() == before


async def test_concurrent_tasks_migrate_once(bare_settings):
    async with use_database(bare_settings):
        applied = await asyncio.gather(*(migrate() for _ in range(3)))
        assert sorted(applied) == [[], [], migrations()]
        assert await list_drift() == []


async def test_concurrent_processes_migrate_once(bare_settings):
    # The lock timeout is for requests. A migration waits as long as the first one takes.
    applied = await run_processes(3, WORK, bare_settings, COMMUNITY_LOCK_TIMEOUT_MS="100")
    assert sorted(applied) == [[], [], migrations()]
    async with use_database(bare_settings):
        assert await list_drift() == []


async def test_failed_migration_leaves_empty_database_empty(bare_settings, release):
    release(migrations(), "CREATE TABLE half (id BIGINT)", "INSERT INTO nowhere (id) VALUES (1)")
    async with use_database(bare_settings):
        with pytest.raises(BaseORMException):
            await migrate()
        assert await tables() == []
        assert await list_pending_migrations() == [*migrations(), "9999_next"]


async def test_failed_migration_leaves_populated_database_unchanged(database, release):
    await populate()
    before = await contents()
    release(
        migrations(),
        "ALTER TABLE person ADD COLUMN pronoun TEXT",
        "UPDATE person SET nickname = 'gone'",
        "INSERT INTO nowhere (id) VALUES (1)",
    )
    with pytest.raises(BaseORMException):
        await migrate()
    assert await contents() == before
    assert await list_drift() == []
    assert await list_pending_migrations() == ["9999_next"]


EMPTIED = {
    "0029_seal_reasons": {"seal", "seal_salt", "redaction"},
    "0049_leaderboards": {"board_score"},
    "0031_picture_keys_with_hashes": {"picture_fingerprint_key"},
}
"""The tables whose rows do not survive a migration. They are made again."""

PUT = dict.fromkeys(("0049_leaderboards", "0074_board_of_contests"), "leaderboards.recount_all")
"""The effects that a migration of a filled database puts."""


RELEASES = range(len(migrations()) + 1)


@pytest.fixture(scope="module")
def catalogues():
    """The catalogues of both databases after all migrations, which were compared with the models."""
    return []


async def assert_no_drift(catalogues):
    """Assert that the tables are those of the models. An upgrade mostly ends with the catalogue of the last one."""
    if db.dialect() is db.Dialect.POSTGRES:
        found = sorted(map(str, await SCHEMA_OBJECTS.all("public")))
    else:
        found = [dict(row) for row in await db.client().execute_query_dict("SELECT * FROM sqlite_master ORDER BY name")]
        for row in found:
            del row["rootpage"]
    if found not in catalogues:
        assert await list_drift() == []
        catalogues.append(found)


@pytest.mark.on_embedded
@pytest.mark.parametrize("known", RELEASES)
async def test_earlier_release_is_upgraded_with_its_rows(bare_settings, release, catalogues, known):
    await upgrade(bare_settings, release, catalogues, known)


# The migrations of PostgreSQL take several times as long. All of them run on rows of their last releases.
@pytest.mark.on_servers
@pytest.mark.parametrize("known", sorted({*RELEASES[::10], *RELEASES[-5:]}))
async def test_earlier_release_on_postgres_is_upgraded(bare_settings, release, catalogues, known):
    await upgrade(bare_settings, release, catalogues, known)


async def upgrade(settings, release, catalogues, known):
    """Upgrade a filled database of an earlier release, and compare its rows and tables."""
    earlier, later = migrations()[:known], migrations()[known:]
    async with use_database(settings):
        release(earlier)
        assert await migrate() == earlier
        await populate()
        before = without_dropped(await contents())
        release(migrations())
        assert await migrate() == later
        for migration in EMPTIED.keys() & later:
            before = {table: rows for table, rows in before.items() if table not in EMPTIED[migration]}
        after = await contents()
        # A migration may put effects into the outbox, which finish its work.
        kept = len(before.get("outbox_effect", []))
        added = [row["name"] for row in after["outbox_effect"][kept:]]
        assert added == [name for migration, name in PUT.items() if migration in later and before]
        after["outbox_effect"] = after["outbox_effect"][:kept]
        assert limit_to(before, after) == before
        await assert_no_drift(catalogues)


@pytest.mark.parametrize("known", ["0003_media", "0004_people"])
async def test_file_after_dropped_column_is_sound(bare_settings, release, known):
    async with use_database(bare_settings):
        if db.dialect() is not db.Dialect.SQLITE:
            pytest.skip("PostgreSQL drops a column itself")
        release(migrations()[: migrations().index(known) + 1])
        await migrate()
        await populate()
        release(migrations())
        await migrate()
        assert [dict(row) for row in await db.client().execute_query_dict("PRAGMA integrity_check")] == [
            {"integrity_check": "ok"}
        ]
        assert await db.client().execute_query_dict("PRAGMA foreign_key_check") == []
        with pytest.raises(BaseORMException):
            await db.client().execute_query(
                "INSERT INTO media (person_id, digest, size_bytes, state, name, original_name, created_at)"
                " SELECT person_id, 'd', 1, 'PROCESSING', name, 'p', created_at FROM media"
            )


INDEXES = next(number for number, name in enumerate(migrations()) if name.endswith("_read_indexes"))
ATTEMPT = "INSERT INTO login_attempt (who, since, attempts) VALUES ($1, $2, 1)"


@pytest.mark.on_servers
async def test_index_is_built_beside_a_writer(bare_settings, release):
    """A plain CREATE INDEX would wait for the open transaction, and every later writer for the CREATE INDEX."""
    async with use_database(bare_settings):
        release(migrations()[:INDEXES])
        await migrate()
        written, ended = asyncio.Event(), asyncio.Event()

        async def write():
            await db.execute(ATTEMPT, "first", clock.now())
            written.set()
            await ended.wait()

        writer = asyncio.create_task(db.transaction(write))
        await written.wait()
        release(migrations())
        upgrade = asyncio.create_task(migrate())
        await until_blocked()
        await asyncio.wait_for(db.execute(ATTEMPT, "second", clock.now()), 5)
        ended.set()
        await writer
        assert await upgrade == migrations()[INDEXES:]
        assert await list_drift() == []


@pytest.mark.on_servers
async def test_interrupted_index_is_built_again(bare_settings, release):
    async with use_database(bare_settings):
        release(migrations()[:INDEXES])
        await migrate()
        await db.execute("CREATE INDEX login_attempt_age ON login_attempt (since)")
        await db.execute("UPDATE pg_index SET indisvalid = FALSE WHERE indexrelid = 'login_attempt_age'::regclass")
        release(migrations())
        await migrate()
        assert await list_drift() == []


async def test_new_column_keeps_constraints_and_triggers(database, release):
    await populate()
    before = await contents()
    release(
        migrations(),
        "ALTER TABLE posting ADD COLUMN pronoun TEXT CONSTRAINT posting_pronoun CHECK (length(pronoun) < 9)",
        "ALTER TABLE submission ADD COLUMN pronouns BIGINT NOT NULL DEFAULT 7",
        "CREATE INDEX submission_pronouns ON submission (community_id, pronouns)",
    )
    assert await migrate() == ["9999_next"]
    after = await contents()
    assert limit_to(before, after) == before
    assert [row["pronouns"] for row in after["submission"]] == [7, 7]
    # Only the new objects differ from the models.
    found = await list_drift()
    assert found
    assert all("pronoun" in sentence and "is not declared" in sentence for sentence in found)
    for forbidden in (
        "UPDATE posting SET pronoun = 'x'",
        "DELETE FROM posting",
        "UPDATE submission SET like_count = -1",
        "INSERT INTO submission_like (community_id, submission_id, membership_id, created_at) VALUES (1, 99, 1, '')",
    ):
        with pytest.raises(BaseORMException):
            await db.client().execute_query(forbidden)
    assert await contents() == after


def limit_to(before, after):
    """Return `after`, limited to the tables and columns of `before`."""
    return {table: [{column: row[column] for column in before[table][0]} for row in after[table]] for table in before}


def without_dropped(found):
    """Return `found` without the columns that a migration drops."""
    return {
        table: [
            {column: value for column, value in row.items() if (table, column) not in DROPPED_COLUMNS} for row in rows
        ]
        for table, rows in found.items()
    }
