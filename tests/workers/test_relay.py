"""The relay hands over what is due, and loses nothing when Redis does."""

from __future__ import annotations

import pytest
import redis

from community.kernel import db, outbox, schedule
from workers.queues import connect, queue
from workers.relay import Relay
from workers.schedule import SCHEDULE


@pytest.fixture
def connection(settings):
    connection = connect(settings)
    yield connection
    connection.close()


async def promised(name="effects.sweep"):
    await db.transaction(lambda: outbox.put(name))


async def test_what_is_due_is_handed_over_once(database, connection):
    await promised()
    relay = Relay(database, connection)
    assert [await relay.tick(), await relay.tick()] == [1, 0]
    assert queue("effects", connection).count == 1


async def test_the_schedule_is_fed(database, connection):
    await schedule.declare(SCHEDULE)
    assert await Relay(database, connection).tick() == len(SCHEDULE)


async def test_without_redis_an_effect_is_due_again_at_once(database):
    await promised()
    away = redis.Redis(port=1, retry=None)
    relay = Relay(database, away)
    relay._fed_at = float("inf")
    with pytest.raises(redis.RedisError):
        await relay.tick()
    (effect,) = await outbox.offer(again_after_s=60)
    assert effect.attempt == 2


async def test_another_redis_than_before_gets_everything_again(database, connection):
    await promised()
    relay = Relay(database, connection)
    await relay.tick()
    connection.flushdb()
    relay._server = "the one before"
    relay._fed_at = 0.0
    assert await relay.tick() == 1
    assert queue("effects", connection).count == 1


async def test_another_redis_than_before_has_its_boards_looked_at(database, connection):
    await schedule.declare(SCHEDULE)
    relay = Relay(database, connection)
    assert [await relay.tick(), await relay.tick()] == [len(SCHEDULE), 0]
    await outbox.done(*range(1, len(SCHEDULE) + 1))
    relay._server = "the one before"
    relay._fed_at = 0.0
    assert await relay.tick() == 1
    assert queue("leaderboards", connection).count == 2


async def test_an_effect_without_a_job_waits_for_a_version_that_knows_it(database, connection, caplog):
    await promised("effects.of_tomorrow")
    await promised()
    assert await Relay(database, connection).tick() == 1
    assert "effects.of_tomorrow" in caplog.text
    assert (await outbox.backlog()).pending == 2
