"""The schedule puts each due effect once, and none that is still pending."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from community.kernel import clock, db, outbox, schedule

HOURLY = {"effects.tidy": 3_600}


def later(seconds):
    return clock.at(clock.now() + timedelta(seconds=seconds))


async def finish(name):
    await outbox.mark_done(*(effect.id for effect in await outbox.list_pending(name)))


async def test_new_effect_is_due_now_then_at_intervals(database):
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


async def test_pending_effect_is_not_put_again(database):
    await schedule.declare(HOURLY)
    for days in range(3):
        with later(days * 86_400):
            await schedule.put_due_effects()
    assert len(await outbox.list_pending("effects.tidy")) == 1


async def test_missed_intervals_put_one_effect(database):
    await schedule.declare(HOURLY)
    await schedule.put_due_effects()
    await finish("effects.tidy")
    with later(86_400):
        for _ in range(3):
            await schedule.put_due_effects()
            await finish("effects.tidy")
    assert await db.scalar("SELECT count(*) FROM outbox_effect") == 2


async def test_concurrent_calls_put_one_effect(database):
    await schedule.declare(HOURLY | {"effects.other": 60})
    await asyncio.gather(*(schedule.put_due_effects() for _ in range(5)))
    assert len(await outbox.list_pending("effects.tidy")) == 1
    assert len(await outbox.list_pending("effects.other")) == 1


async def test_changed_interval_keeps_next_time(database):
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


async def test_undeclared_effect_is_removed(database):
    await schedule.declare(HOURLY | {"effects.other": 60})
    await schedule.declare({"effects.other": 60})
    await schedule.put_due_effects()
    assert await outbox.list_pending("effects.tidy") == []
    await schedule.declare({})
    assert await db.scalar("SELECT count(*) FROM schedule") == 0


async def test_run_now_restarts_the_interval(database):
    await schedule.declare({"effects.sweep": 3_600})
    assert [await schedule.put_due_effects(), await schedule.put_due_effects()] == [1, 0]
    await schedule.run_now("effects.sweep")
    assert [await schedule.put_due_effects(), await schedule.put_due_effects()] == [1, 0]
