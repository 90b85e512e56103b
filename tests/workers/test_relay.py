"""The relay enqueues due effects, and loses none when Redis loses its data."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
import redis

from community.kernel import clock, db, outbox, processes, schedule
from tests.support.waiting import wait_until
from workers import relay as process
from workers.queues import connect, get_queue
from workers.relay import Relay
from workers.schedule import SCHEDULE


@pytest.fixture
def connection(settings):
    connection = connect(settings)
    yield connection
    connection.close()


async def put_effect(name="effects.sweep"):
    await db.transaction(lambda: outbox.put(name))


async def test_what_is_due_is_handed_over_once(database, connection):
    await put_effect()
    relay = Relay(database, connection)
    assert [await relay.tick(), await relay.tick()] == [1, 0]
    assert get_queue("effects", connection).count == 1


async def test_the_schedule_is_fed(database, connection):
    await schedule.declare(SCHEDULE)
    assert await Relay(database, connection).tick() == len(SCHEDULE)


async def test_without_redis_an_effect_is_due_again_at_once(database):
    await put_effect()
    away = redis.Redis(port=1, retry=None)
    relay = Relay(database, away)
    relay._schedule_read_at = float("inf")
    with pytest.raises(redis.RedisError):
        await relay.tick()
    (effect,) = await outbox.lease(lease_s=60)
    assert effect.attempt == 2


async def test_another_redis_than_before_gets_everything_again(database, connection):
    await put_effect()
    relay = Relay(database, connection)
    await relay.tick()
    connection.flushdb()
    relay._server = "the one before"
    relay._schedule_read_at = 0.0
    assert await relay.tick() == 1
    assert get_queue("effects", connection).count == 1


async def test_another_redis_than_before_has_its_boards_looked_at(database, connection):
    await schedule.declare(SCHEDULE)
    relay = Relay(database, connection)
    assert [await relay.tick(), await relay.tick()] == [len(SCHEDULE), 0]
    await outbox.mark_done(*range(1, len(SCHEDULE) + 1))
    relay._server = "the one before"
    relay._schedule_read_at = 0.0
    assert await relay.tick() == 1
    assert get_queue("leaderboards", connection).count == 3


async def test_an_effect_without_a_job_waits_for_a_version_that_knows_it(database, connection, caplog):
    await put_effect("effects.of_tomorrow")
    await put_effect()
    assert await Relay(database, connection).tick() == 1
    assert "effects.of_tomorrow" in caplog.text
    assert (await outbox.get_backlog()).pending == 2


class Proxy:
    """A proxy to the database that can be cut, like a failing network or a restarting server."""

    def __init__(self, host, port):
        self.target = host, port
        self.writers = set()
        self.port = 0
        self.is_cut = False
        self.refused = 0

    @asynccontextmanager
    async def open(self):
        async with await asyncio.start_server(self._pass, "127.0.0.1", 0) as server:
            self.port = server.sockets[0].getsockname()[1]
            yield self
            self.cut()

    def cut(self):
        self.is_cut = True
        for writer in list(self.writers):
            writer.transport.abort()

    def restore(self):
        self.is_cut = False

    async def _pass(self, reader, writer):
        if self.is_cut:
            self.refused += 1
            writer.transport.abort()
            return
        to_reader, to_writer = await asyncio.open_connection(*self.target)
        self.writers |= {writer, to_writer}
        await asyncio.gather(self._copy(reader, to_writer), self._copy(to_reader, writer))
        self.writers -= {writer, to_writer}

    async def _copy(self, reader, writer):
        with suppress(OSError):
            while data := await reader.read(65_536):
                writer.write(data)
                await writer.drain()
        writer.close()


@pytest.mark.on_servers
async def test_a_lost_database_is_waited_for_and_told_once(settings, connection, caplog, monkeypatch):
    monkeypatch.setattr(process, "RETRY_PAUSE_S", 0.05)
    parts = urlsplit(settings.database_url)
    async with Proxy(parts.hostname, parts.port or 5432).open() as way:
        who = f"{parts.netloc.rpartition('@')[0]}@"
        through = urlunsplit(parts._replace(netloc=f"{who}127.0.0.1:{way.port}"))
        relaying = asyncio.create_task(process.run(settings.model_copy(update={"database_url": through})))
        try:
            await wait_until(lambda: get_queue("effects", connection).count >= 1)
            way.cut()
            await wait_until(lambda: way.refused >= 3)
            assert not relaying.done()
            before = get_queue("effects", connection).count
            async with open_second_connection(settings) as beside:
                await beside.execute(
                    "INSERT INTO outbox_effect (name, args, created_at, due_at) VALUES ('effects.sweep', '{}', $1, $1)",
                    clock.now(),
                )
            way.restore()
            await wait_until(lambda: get_queue("effects", connection).count > before)
        finally:
            relaying.cancel()
            with suppress(asyncio.CancelledError):
                await relaying
    told = [record.getMessage().partition(" error=")[0] for record in caplog.records if record.name == "workers.relay"]
    assert told == ["relay waits: for=database", "relay continues: after=database"]


@asynccontextmanager
async def open_second_connection(settings):
    connection = await asyncpg.connect(settings.database_url)
    try:
        yield connection
    finally:
        await connection.close()


async def test_relay_reports_that_it_is_alive(database, connection):
    await Relay(database, connection).tick()
    assert [(sign.part, sign.is_alive) for sign in await processes.list_signs()] == [("relay", True)]
