"""The database address of the settings, and the connections of reads and transactions."""

from __future__ import annotations

import asyncio
from urllib.parse import quote, urlsplit, urlunsplit

import pytest

from community.database import use_database
from community.kernel import db
from community.kernel.errors import TryAgain
from community.kernel.migrate import migrate
from tests.support.backends import administer, new_name
from tests.support.waiting import wait_until


@pytest.fixture
async def odd_names(settings):
    """Yield an owner and a database whose names need encoding, and their address without a query."""
    user, name = f"{new_name()} l@o/c:%25", f"{new_name()} a%b?#"
    await administer(f'CREATE ROLE "{user}" LOGIN SUPERUSER')
    await administer(f'CREATE DATABASE "{name}"')
    parts = urlsplit(settings.database_url)
    place = f"{quote(user, safe='')}@{parts.hostname}:{parts.port or 5432}"
    yield user, name, urlunsplit(parts._replace(netloc=place, path=f"/{quote(name, safe='')}"))
    await administer(f'DROP DATABASE "{name}" WITH (FORCE)')
    await administer(f'DROP ROLE "{user}"')


async def ask(settings, address, question):
    async with use_database(settings.model_copy(update={"database_url": address})):
        return await db.scalar(question)


@pytest.mark.on_servers
async def test_encoded_address_connects(settings, odd_names):
    user, name, address = odd_names
    question = "SELECT current_user || ' in ' || current_database()"
    assert await ask(settings, address, question) == f"{user} in {name}"


@pytest.mark.on_servers
async def test_address_sslmode_is_enforced(settings, odd_names):
    _, _, address = odd_names
    question = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
    assert await ask(settings, f"{address}?sslmode=disable", question) is False
    if await ask(settings, address, "SHOW ssl") == "on":
        assert await ask(settings, f"{address}?sslmode=require", question) is True
    else:
        with pytest.raises(TryAgain):
            await ask(settings, f"{address}?sslmode=require", question)


PID = "SELECT pg_backend_pid()"


@pytest.fixture
async def pool(database):
    """The pool of connections, which exists after the first statement."""
    await db.scalar(PID)
    return db.client()._pool


@pytest.mark.on_servers
async def test_released_connection_sends_no_reset_query(pool):
    async with pool.acquire() as taken:
        assert taken.get_reset_query() == ""


@pytest.mark.on_servers
async def test_open_transaction_is_rolled_back_on_release(pool):
    async with pool.acquire() as taken:
        await taken.execute("BEGIN")
    async with pool.acquire() as taken:
        assert not taken.is_in_transaction()


@pytest.mark.on_servers
async def test_transaction_leaves_session_settings_unchanged(pool):
    await migrate()
    changed = "SELECT count(*) FROM pg_settings WHERE source = 'session' AND setting <> reset_val"
    assert await db.scalar(changed) == 0


@pytest.mark.on_servers
async def test_reads_of_an_operation_share_one_connection(pool):
    await asyncio.gather(*(db.scalar("SELECT pg_sleep(0)") for _ in range(3)))
    async with db.reading():
        assert len({await db.scalar(PID) for _ in range(5)}) == 1
        held = await db.scalar(PID)
        async with pool.acquire() as other:
            assert await other.fetchval(PID) != held


@pytest.mark.on_servers
async def test_first_run_of_a_statement_takes_the_kept_connection(pool):
    async with db.reading():
        held = await db.scalar(PID)
        assert (await db.Select("SELECT pg_backend_pid() AS id", db.Id).one()).id == held


@pytest.mark.on_servers
async def test_transaction_takes_the_kept_connection(pool):
    await asyncio.gather(*(db.scalar("SELECT pg_sleep(0.01)") for _ in range(3)))
    async with db.reading():
        held = await db.scalar(PID)
        async with pool.acquire():  # the last one that returned would be the next one
            assert await db.transaction(lambda: db.scalar(PID)) == held
        assert pool.get_size() == pool.get_idle_size()


@pytest.mark.on_servers
async def test_transaction_replaces_a_kept_connection_that_was_lost(pool):
    async with db.reading():
        held = await db.scalar(PID)
        async with pool.acquire() as other:
            size = pool.get_size()
            await other.fetchval("SELECT pg_terminate_backend($1)", held)
            await wait_until(lambda: pool.get_size() < size)
        assert await db.transaction(lambda: db.scalar(PID)) != held
    assert pool.get_size() == pool.get_idle_size()


@pytest.mark.on_servers
async def test_operation_without_reads_takes_no_connection(pool):
    async with db.reading():
        assert pool.get_size() == pool.get_idle_size()


@pytest.mark.on_servers
async def test_simultaneous_reads_take_other_connections(pool):
    ask = "SELECT pg_backend_pid() FROM (SELECT count(*) FROM generate_series(1, 100000)) AS work"
    async with db.reading():
        assert len(set(await asyncio.gather(*(db.scalar(ask) for _ in range(3))))) > 1
    assert pool.get_size() == pool.get_idle_size()


@pytest.mark.on_servers
async def test_more_operations_than_connections_all_end(pool):
    async def operate():
        async with db.reading():
            await asyncio.gather(*(db.scalar(PID) for _ in range(3)))
            await db.transaction(lambda: db.scalar(PID))
            return await db.scalar(PID)

    async with asyncio.timeout(20):
        assert len(await asyncio.gather(*(operate() for _ in range(40)))) == 40
    assert pool.get_size() == pool.get_idle_size()


@pytest.mark.on_servers
async def test_cancelled_operation_returns_its_connection(pool):
    async def operate():
        async with db.reading():
            await db.scalar("SELECT pg_sleep(60)")

    task = asyncio.create_task(operate())
    await wait_until(lambda: pool.get_size() > pool.get_idle_size())
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert pool.get_size() == pool.get_idle_size()
