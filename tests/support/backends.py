"""The two places the suite runs on: the embedded default, and PostgreSQL with Redis where they answer."""

from __future__ import annotations

import asyncio
import atexit
import os
import shutil
import tempfile
from contextlib import asynccontextmanager, contextmanager
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg
import redis

from community.database import opened
from community.demo.platforms import Platforms
from community.kernel.migrate import migrate
from community.settings import Settings
from community.system.valkey import EmbeddedValkey

DATABASE_URL = os.environ.get("COMMUNITY_TEST_DATABASE_URL", "postgresql://postgres@127.0.0.1:5432/postgres")


def _redis_url() -> str:
    """The numbered database of Redis that is this process's own: of several that test, each takes the next lower."""
    parts = urlsplit(os.environ.get("COMMUNITY_TEST_REDIS_URL", "redis://127.0.0.1:6379/15"))
    process = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    return urlunsplit(parts._replace(path=f"/{int(parts.path[1:] or 0) - process}"))


REDIS_URL = _redis_url()
REQUIRED = os.environ.get("COMMUNITY_TEST_SERVERS") == "required"
SECRET = "a secret for tests, long enough to be taken"
ENCRYPTION_KEY = "a key for tests, which seals what they keep"


@cache
def servers_answer() -> bool:
    """Whether PostgreSQL and Redis can be used here; an error when they are required and cannot."""
    try:
        asyncio.run(_ask_postgres())
        redis.Redis.from_url(REDIS_URL, socket_timeout=1, socket_connect_timeout=1).ping()
    except (OSError, asyncpg.PostgresError, redis.RedisError, TimeoutError):
        if REQUIRED:
            raise
        return False
    return True


async def _ask_postgres() -> None:
    connection = await asyncpg.connect(DATABASE_URL, timeout=2)
    await connection.close()


def names() -> list[str]:
    """The backends that the suite runs on."""
    return ["embedded", "servers"] if servers_answer() else ["embedded"]


def settings_for(**given: object) -> Settings:
    """Settings of a test: nothing is taken from the environment but what is not given."""
    kept = {"token_secret": SECRET, "encryption_key": ENCRYPTION_KEY, "media_store": _media_store()}
    return Settings(**{**kept, "port": 0, "outbox_poll_ms": 20, **given})


@cache
def _media_store() -> str:
    """A folder for the files of this session's tests; random names keep them apart."""
    folder = tempfile.mkdtemp(prefix="community-media-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return f"file://{folder}"


def at_platforms(settings: Settings, platforms: Platforms, **given: object) -> Settings:
    """The same settings, with the platforms' servers of this machine for those of the platforms."""
    kept = {name: getattr(settings, name) for name in ("database_url", "redis_url", "database_pool")}
    return settings_for(**kept, **platforms.settings(), **given)


async def _migrated(settings: Settings) -> None:
    async with opened(settings):
        await migrate()


class Embedded:
    """SQLite files copied from one that is migrated, and a Valkey of the session's own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._template = folder / "template.sqlite3"
        self._valkey = EmbeddedValkey(folder)

    def start(self) -> None:
        self._valkey.start()
        asyncio.run(_migrated(settings_for(database_url=f"sqlite://{self._template}", redis_url=self._valkey.url)))

    def stop(self) -> None:
        self._valkey.stop()

    @contextmanager
    def fresh(self, *, migrated: bool = True):
        """Settings for an empty database and an empty Redis."""
        path = self._folder / f"{uuid4().hex}.sqlite3"
        if migrated:
            shutil.copy(self._template, path)
        _flush(self._valkey.url)
        yield settings_for(database_url=f"sqlite://{path}", redis_url=self._valkey.url)
        for suffix in ("", "-wal", "-shm"):
            Path(f"{path}{suffix}").unlink(missing_ok=True)


class Servers:
    """One PostgreSQL database that is emptied for each test, and one numbered database of Redis."""

    def __init__(self) -> None:
        self._name = f"community_test_{uuid4().hex[:12]}"
        self._shape = 0

    def start(self) -> None:
        asyncio.run(self._create())

    def stop(self) -> None:
        asyncio.run(_administer(f"DROP DATABASE {self._name} WITH (FORCE)"))

    @contextmanager
    def fresh(self, *, migrated: bool = True):
        """Settings for an empty database and an empty Redis."""
        _flush(REDIS_URL)
        if migrated:
            asyncio.run(self._empty())
            yield self._settings(self._name)
            return
        name = f"community_test_{uuid4().hex[:12]}"
        asyncio.run(_administer(f"CREATE DATABASE {name}"))
        try:
            yield self._settings(name)
        finally:
            asyncio.run(_administer(f"DROP DATABASE {name} WITH (FORCE)"))

    def _settings(self, name: str) -> Settings:
        return settings_for(database_url=_database(name), redis_url=REDIS_URL, database_pool=4)

    async def _create(self) -> None:
        await _administer(f"CREATE DATABASE {self._name}")
        await _migrated(self._settings(self._name))
        async with _connected(_database(self._name)) as connection:
            self._shape = await connection.fetchval(_SHAPE)

    async def _empty(self) -> None:
        """Creating a database for each test takes many times as long as emptying one whose tables are as they were."""
        async with _connected(_database(self._name)) as connection:
            as_it_was = await connection.fetchval(_SHAPE) == self._shape
            if as_it_was:
                await connection.execute(_EMPTY)
        if not as_it_was:
            await _administer(f"DROP DATABASE {self._name} WITH (FORCE)")
            await self._create()


_SHAPE = """SELECT md5(string_agg(line, ',' ORDER BY line)) FROM (
    SELECT concat(attrelid::regclass, attname, atttypid, attnotnull, attisdropped) FROM pg_attribute
        WHERE attrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)
    UNION ALL SELECT concat(conrelid::regclass, conname, pg_get_constraintdef(oid)) FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT concat(tgrelid::regclass, tgname, tgenabled) FROM pg_trigger WHERE NOT tgisinternal
) AS shape (line)"""
# As a replica nobody's triggers fire: neither those that refuse deletion nor those of foreign keys.
_EMPTY = """SET session_replication_role = replica;
DO $$ DECLARE name text; BEGIN
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'tortoise_migrations' LOOP
        EXECUTE format('DELETE FROM %I', name);
    END LOOP;
    FOR name IN SELECT sequencename FROM pg_sequences
        WHERE schemaname = 'public' AND sequencename NOT LIKE 'tortoise_%' LOOP
        PERFORM setval(quote_ident(name), 1, false);
    END LOOP;
END $$"""


@asynccontextmanager
async def _connected(url: str):
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()


def _database(name: str) -> str:
    return urlunsplit(urlsplit(DATABASE_URL)._replace(path=f"/{name}"))


async def _administer(statement: str) -> None:
    async with _connected(DATABASE_URL) as connection:
        await connection.execute(statement)


def _flush(url: str) -> None:
    with redis.Redis.from_url(url) as client:
        client.flushdb()
