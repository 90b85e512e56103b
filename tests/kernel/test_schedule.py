"""The schedule puts an effect when its time has come, once, and never two of one kind."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from community.kernel import clock, db, outbox, schedule

HOURLY = {"effects.tidy": 3_600}


def later(seconds):
    return clock.at(clock.now() + timedelta(seconds=seconds))


async def finish(name):
    await outbox.mark_done(*(effect.id for effect in await outbox.list_pending(name)))


async def test_a_new_row_is_due_at_once_and_then_after_its_interval(database):
    await schedule.declare(HOURLY)
    assert await schedule.put_due_effects() == 1
    [effect] = await outbox.list_pending("effects.tidy")
    assert effect.args == {}
    await finish("effects.tidy")
    with later(3_590):
        assert await schedule.put_due_effects() == 0
    with later(3_610):
        assert await schedule.put_due_effects() == 1
        assert len(await outbox.list_pending("effects.tidy")) == 1


async def test_an_effect_that_still_waits_is_not_put_again(database):
    await schedule.declare(HOURLY)
    for days in range(3):
        with later(days * 86_400):
            await schedule.put_due_effects()
    assert len(await outbox.list_pending("effects.tidy")) == 1


async def test_after_a_day_away_there_is_one_to_do(database):
    await schedule.declare(HOURLY)
    await schedule.put_due_effects()
    await finish("effects.tidy")
    with later(86_400):
        for _ in range(3):
            await schedule.put_due_effects()
            await finish("effects.tidy")
    assert await db.scalar("SELECT count(*) FROM outbox_effect") == 2


async def test_feeding_twice_at_once_puts_one(database):
    await schedule.declare(HOURLY | {"effects.other": 60})
    await asyncio.gather(*(schedule.put_due_effects() for _ in range(5)))
    assert len(await outbox.list_pending("effects.tidy")) == 1
    assert len(await outbox.list_pending("effects.other")) == 1


async def test_declaring_again_keeps_the_time_and_takes_the_new_interval(database):
    await schedule.declare(HOURLY)
    await schedule.put_due_effects()
    await finish("effects.tidy")
    await schedule.declare({"effects.tidy": 60})
    assert await schedule.put_due_effects() == 0
    with later(3_610):
        assert await schedule.put_due_effects() == 1
        await finish("effects.tidy")
    with later(3_610 + 70):
        assert await schedule.put_due_effects() == 1


async def test_what_is_no_longer_declared_is_gone(database):
    await schedule.declare(HOURLY | {"effects.other": 60})
    await schedule.declare({"effects.other": 60})
    await schedule.put_due_effects()
    assert await outbox.list_pending("effects.tidy") == []
    await schedule.declare({})
    assert await db.scalar("SELECT count(*) FROM schedule") == 0


async def test_what_is_hurried_is_due_now_and_then_at_its_interval(database):
    await schedule.declare({"effects.sweep": 3_600})
    assert [await schedule.put_due_effects(), await schedule.put_due_effects()] == [1, 0]
    await schedule.run_now("effects.sweep")
    assert [await schedule.put_due_effects(), await schedule.put_due_effects()] == [1, 0]
