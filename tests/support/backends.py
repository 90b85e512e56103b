"""The backends that the suite runs on.

The default is the embedded backend alone: SQLite, and Valkey from the wheel. The suite uses PostgreSQL and Redis only
when COMMUNITY_TEST_DATABASE_URL and COMMUNITY_TEST_REDIS_URL give them. It looks for no server by itself.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import shutil
import tempfile
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg
import redis

from community.database import use_database
from community.demo.platforms import FakePlatforms
from community.kernel.migrate import migrate
from community.settings import Settings
from community.system.valkey import EmbeddedValkey
from tests.support.kept_connections import KEPT
from tests.support.redis_claims import RedisClaim

DATABASE_VARIABLE = "COMMUNITY_TEST_DATABASE_URL"
REDIS_VARIABLE = "COMMUNITY_TEST_REDIS_URL"
RUN_ID = os.environ.get("PYTEST_XDIST_TESTRUNUID", uuid4().hex)[:12]
"""Names this run. The processes of one run share it."""
SECRET = "a secret for tests, long enough to be taken"
ENCRYPTION_KEY = "a key for tests, which seals what they keep"


class ServersUnusable(Exception):  # noqa: N818 - the name says what is wrong
    """The servers that the environment gives cannot be used."""


@dataclass(frozen=True)
class ServerAddresses:
    """The PostgreSQL and the Redis that the suite was given."""

    database_url: str
    redis_url: str


def find_servers() -> ServerAddresses | None:
    """Return the servers that the environment gives, or None. Raises ServersUnusable if only one is given."""
    given = {name: os.environ.get(name, "") for name in (DATABASE_VARIABLE, REDIS_VARIABLE)}
    missing = [name for name, value in given.items() if not value]
    if len(missing) == len(given):
        return None
    if missing:
        raise ServersUnusable(f"{missing[0]} is missing: set both {DATABASE_VARIABLE} and {REDIS_VARIABLE}, or neither")
    return ServerAddresses(given[DATABASE_VARIABLE], given[REDIS_VARIABLE])


def get_servers() -> ServerAddresses:
    """Return the servers that the environment gives. Raises ServersUnusable if there are none."""
    servers = find_servers()
    if servers is None:
        raise ServersUnusable(f"set {DATABASE_VARIABLE} and {REDIS_VARIABLE}")
    return servers


def check_servers() -> None:
    """Ask the given servers for an answer. Raises ServersUnusable if one does not answer."""
    servers = find_servers()
    if servers is None:
        return
    try:
        asyncio.run(_ask_postgres(servers.database_url))
    except (OSError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise ServersUnusable(f"{DATABASE_VARIABLE} is set, and no PostgreSQL answers there: {error!r}") from None
    try:
        with redis.Redis.from_url(servers.redis_url, socket_timeout=5, socket_connect_timeout=5, retry=None) as client:
            client.ping()
    except (OSError, ValueError, redis.RedisError) as error:
        raise ServersUnusable(f"{REDIS_VARIABLE} is set, and no Redis answers there: {error!r}") from None


async def _ask_postgres(url: str) -> None:
    connection = await asyncpg.connect(url, timeout=5)
    await connection.close()


def list_backends() -> list[str]:
    """Return the names of the backends that the suite runs on."""
    return ["embedded"] if find_servers() is None else ["embedded", "servers"]


def make_settings(**given: object) -> Settings:
    """Return settings for a test. The environment gives only the values that are missing here."""
    kept = {"token_secret": SECRET, "encryption_key": ENCRYPTION_KEY, "media_store": _media_store()}
    return Settings(**{**kept, "port": 0, "outbox_poll_ms": 20, **given})


def _make_database_settings(database_url: str, redis_url: str, **given: object) -> Settings:
    """Return settings for a test's own database. Reading the environment takes as long as creating the database."""
    environment = tuple(sorted(item for item in os.environ.items() if item[0].startswith("COMMUNITY_")))
    made = _read_settings(environment, redis_url=redis_url, **given)
    return made.model_copy(update={"database_url": database_url})


@cache
def _read_settings(environment: tuple[tuple[str, str], ...], **given: object) -> Settings:
    del environment  # Settings of another environment are read again.
    return make_settings(database_url="sqlite:///unused.sqlite3", **given)


@cache
def _media_store() -> str:
    """Create a folder for the files of this session's tests. Their random names do not collide."""
    folder = tempfile.mkdtemp(prefix="community-media-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return f"file://{folder}"


def use_platform_servers(settings: Settings, platforms: FakePlatforms, **given: object) -> Settings:
    """Return the same settings with the fake platform servers."""
    kept = {name: getattr(settings, name) for name in ("database_url", "redis_url", "database_pool")}
    return make_settings(**kept, **platforms.settings(), **given)


async def _migrate_database(settings: Settings) -> None:
    async with use_database(settings):
        await migrate()


@contextmanager
def create_fast_folder():
    """Yield a new folder, in memory if this machine has 2 GB of it.

    No test of the suite ends the machine. On a disk, closing a database takes longer than a short test.
    """
    memory = Path("/dev/shm")
    in_memory = memory.is_dir() and shutil.disk_usage(memory).free > 2_000_000_000
    with tempfile.TemporaryDirectory(prefix="community-test-", dir=memory if in_memory else None) as folder:
        yield Path(folder)


class Embedded:
    """SQLite files copied from a migrated one, and the session's own Valkey."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._template = folder / "template.sqlite3"
        self._valkey = EmbeddedValkey(folder)

    def start(self) -> None:
        self._valkey.start()
        self._client = redis.Redis.from_url(self._valkey.url)
        asyncio.run(
            _migrate_database(make_settings(database_url=f"sqlite://{self._template}", redis_url=self._valkey.url))
        )

    def stop(self) -> None:
        self._client.close()
        self._valkey.stop()

    @contextmanager
    def create_database(self, *, migrated: bool = True):
        """Yield settings for an empty database and an empty Redis."""
        path = self._folder / f"{uuid4().hex}.sqlite3"
        if migrated:
            shutil.copy(self._template, path)
        self._client.flushall()
        yield _make_database_settings(f"sqlite://{path}", self._valkey.url)
        for suffix in ("", "-wal", "-shm"):
            Path(f"{path}{suffix}").unlink(missing_ok=True)


class Servers:
    """One PostgreSQL database that is emptied for each test, and one claimed database of Redis."""

    def __init__(self) -> None:
        self._template, self._name = new_name(), new_name()
        self._loop = asyncio.new_event_loop()
        self._connection: asyncpg.Connection | None = None
        self._schema_state = ""
        self._redis: RedisClaim | None = None

    def start(self) -> None:
        self._redis = RedisClaim(get_servers().redis_url)
        asyncio.run(self._create_template())
        self._loop.run_until_complete(self._create())

    def stop(self) -> None:
        self._loop.run_until_complete(self._drop())
        asyncio.run(administer(f"DROP DATABASE {self._template} WITH (FORCE)"))
        self._loop.close()
        self._redis.release()

    @contextmanager
    def create_database(self, *, migrated: bool = True):
        """Yield settings for an empty database and an empty Redis."""
        self._redis.empty()
        if migrated:
            self._loop.run_until_complete(self._empty())
            yield self._settings(self._name)
            return
        name = new_name()
        asyncio.run(create_postgres_database(name))
        try:
            yield self._settings(name)
        finally:
            asyncio.run(administer(f"DROP DATABASE {name} WITH (FORCE)"))

    def _settings(self, name: str) -> Settings:
        return _make_database_settings(_database_url(name), self._redis.url, database_pool=4)

    async def _create_template(self) -> None:
        await create_postgres_database(self._template)
        await _migrate_database(self._settings(self._template))

    async def _create(self) -> None:
        """Create the database, and a function that empties it, on a connection that lasts as long as the database.

        A new connection would have to read the catalogue of every table again.
        """
        await create_postgres_database(self._name, template=self._template)
        self._connection = await asyncpg.connect(_database_url(self._name))
        await self._connection.execute(_CREATE_EMPTY)
        self._schema_state = await self._connection.fetchval(_SCHEMA_STATE)

    async def _drop(self) -> None:
        KEPT.close_all()
        await self._connection.close()
        await administer(f"DROP DATABASE {self._name} WITH (FORCE)")

    async def _empty(self) -> None:
        """Empty the database, or create it again if a test has changed its tables.

        Creating it takes many times as long.
        """
        if await self._connection.fetchval(_SCHEMA_STATE) == self._schema_state:
            await self._connection.execute("SELECT pg_temp.empty()")
        else:
            await self._drop()
            await self._create()


# A change of a table, a column, a constraint, a trigger or a function writes its row of the catalogue again.
_SCHEMA_STATE = "SELECT concat_ws(' ', {})".format(
    ", ".join(
        f"(SELECT concat(count(*), ':', sum(xmin::text::bigint)) FROM {name} WHERE {ours})"
        for name, ours in (
            ("pg_class", "relnamespace = 'public'::regnamespace"),
            ("pg_attribute", "attrelid >= 16384"),  # the first number that PostgreSQL itself does not use
            ("pg_constraint", "connamespace = 'public'::regnamespace"),
            ("pg_trigger", "true"),
            ("pg_proc", "pronamespace = 'public'::regnamespace"),
        )
    )
)
# On a replica no trigger fires: neither those that refuse deletion nor those of foreign keys. Most tables have no row,
# and most sequences were not used: looking is several times as fast as a DELETE and a setval of each.
_CREATE_EMPTY = """SET session_replication_role = replica;
DO $$ BEGIN
    EXECUTE (SELECT format(
        'CREATE FUNCTION pg_temp.empty() RETURNS void LANGUAGE plpgsql AS $body$ DECLARE name TEXT; BEGIN
            FOR name IN %s LOOP EXECUTE format(''DELETE FROM %%I'', name); END LOOP;
            FOR name IN %s LOOP PERFORM setval(quote_ident(name), 1, false); END LOOP;
         END $body$',
        (SELECT string_agg(format('SELECT %L WHERE EXISTS (SELECT FROM %I)', tablename, tablename), ' UNION ALL ')
            FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'tortoise_migrations'),
        (SELECT string_agg(format('SELECT %L FROM %I WHERE is_called', sequencename, sequencename), ' UNION ALL ')
            FROM pg_sequences WHERE schemaname = 'public' AND sequencename NOT LIKE 'tortoise_%')));
END $$"""


@asynccontextmanager
async def _connect(url: str):
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()


def _database_url(name: str) -> str:
    return urlunsplit(urlsplit(get_servers().database_url)._replace(path=f"/{name}"))


def new_name() -> str:
    """Return a name for a PostgreSQL database or role, which begins with the name of this run."""
    return f"community_test_{RUN_ID}_{uuid4().hex[:8]}"


async def create_postgres_database(name: str, *, template: str = "template1") -> None:
    """Create a database like the template, whose commits do not wait for the disk.

    No test of the suite ends PostgreSQL, and waiting takes most of the time of a short test. A plan for any values is
    made once. With a few rows in each table, planning for each value takes longer than the statement.
    """
    await administer(f"CREATE DATABASE {name} TEMPLATE {template}")
    await administer(f"ALTER DATABASE {name} SET synchronous_commit = off")
    await administer(f"ALTER DATABASE {name} SET plan_cache_mode = force_generic_plan")


async def administer(statement: str) -> None:
    """Execute a statement in the given database, for example to create another one."""
    async with _connect(get_servers().database_url) as connection:
        await connection.execute(statement)
