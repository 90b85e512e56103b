"""An effect is put with its cause, leased until it is done, and fenced by its attempt."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from community.kernel import clock, db, outbox
from tests.kernel.processes import run_processes

LEASE_S = 120

RELAY = """
from community.kernel import outbox

async def work():
    taken = []
    while effects := await outbox.lease(lease_s=600):
        taken += [effect.id for effect in effects]
    return taken
"""


@db.transactional
async def put(*names, **args):
    for name in names:
        await outbox.put(name, **args)


async def lease_all():
    return sorted(await outbox.lease(lease_s=LEASE_S), key=lambda effect: effect.id)


@db.transactional
async def find_locked(effect):
    return await outbox.lock(effect.id, effect.name)


def later(seconds):
    return clock.at(clock.now() + timedelta(seconds=seconds))


async def fail(effect, *, max_failures=10):
    await outbox.record_attempt_failure(effect.id, attempt=effect.attempt, error="no route", max_failures=max_failures)


async def test_put_outside_a_transaction_raises(database):
    with pytest.raises(RuntimeError, match=r"effects\.a"):
        await outbox.put("effects.a")
    assert await lease_all() == []


async def test_rolled_back_effect_is_not_leased(database):
    @db.transactional
    async def fails():
        await outbox.put("effects.a")
        raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        await fails()
    assert await lease_all() == []
    assert (await outbox.get_backlog()).pending == 0


async def test_leased_effect_has_its_arguments(database):
    await put("effects.a", submission_id=7, 词=["汤", None], nested={"deep": True})
    assert await lease_all() == [
        outbox.Effect(1, "effects.a", {"submission_id": 7, "词": ["汤", None], "nested": {"deep": True}}, attempt=1)
    ]


async def test_unfinished_effect_is_leased_again(database):
    await put("effects.a")
    assert [effect.attempt for effect in await lease_all()] == [1]
    assert await lease_all() == []
    with later(LEASE_S - 5):
        assert await lease_all() == []
    with later(LEASE_S + 5):
        assert [effect.attempt for effect in await lease_all()] == [2]
        assert await lease_all() == []
    with later(2 * LEASE_S + 10):
        assert [effect.attempt for effect in await lease_all()] == [3]


async def test_only_latest_attempt_finishes_or_fails(database):
    await put("effects.a")
    [old] = await lease_all()
    with later(LEASE_S + 5):
        [new] = await lease_all()
    assert await find_locked(old) == new
    await fail(old, max_failures=1)
    assert await find_locked(new) == new
    await outbox.finish(old)
    assert await find_locked(new) == new
    claimed = await outbox.claim(new.id, new.name, lease_s=LEASE_S)
    await outbox.finish(new)
    assert await find_locked(new) == claimed
    await outbox.finish(claimed)
    assert await find_locked(new) is None


async def test_done_effect_is_not_leased(database):
    await put("effects.a", "effects.b", "effects.c")
    a, b, c = await lease_all()
    await outbox.mark_done(a.id, c.id)
    assert await find_locked(a) is None
    with later(LEASE_S + 5):
        assert [effect.name for effect in await lease_all()] == ["effects.b"]
    assert await outbox.list_pending("effects.a") == []
    assert [effect.id for effect in await outbox.list_pending("effects.b")] == [b.id]


async def test_rolled_back_job_leaves_effect_pending(database):
    await put("effects.a")
    [effect] = await lease_all()

    @db.transactional
    async def fails():
        assert await outbox.lock(effect.id, effect.name) == effect
        await outbox.mark_done(effect.id)
        raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        await fails()
    assert await find_locked(effect) == effect


async def test_each_failure_doubles_the_wait(database):
    await put("effects.a")
    waited = 0
    for wait_s in (2, 4, 8, 16, 32, 64, 128, 256, 300, 300):
        with later(waited):
            [effect] = await lease_all()
            await fail(effect, max_failures=99)
        with later(waited + wait_s - 1):
            assert await lease_all() == []
        waited += wait_s + 1


async def test_too_many_failures_park_until_unpark(database):
    await put("effects.a", "effects.b")
    for attempt in range(1, 4):
        with later(attempt * 1_000):
            a, _ = await lease_all()
            await outbox.record_attempt_failure(a.id, attempt=a.attempt, error="x" * 9_999, max_failures=3)
    assert (
        await db.scalar("SELECT length(error) FROM outbox_effect WHERE name = 'effects.a'") == outbox.MAX_ERROR_LENGTH
    )
    assert await find_locked(a) is None
    with later(10_000):
        assert [effect.name for effect in await lease_all()] == ["effects.b"]
        assert await outbox.list_pending("effects.a") == []
        assert (await outbox.get_backlog()).parked == 1
        await outbox.unpark()
        assert (await outbox.get_backlog()).parked == 0
        [again] = await lease_all()
        assert (again.name, again.attempt) == ("effects.a", 4)
        await fail(again, max_failures=3)  # unpark resets the failures
        assert (await outbox.get_backlog()).parked == 0


async def test_done_effect_cannot_fail(database):
    await put("effects.a")
    [effect] = await lease_all()
    await outbox.mark_done(effect.id)
    await fail(effect, max_failures=1)
    assert await outbox.get_backlog() == outbox.Backlog(pending=0, oldest=None, parked=0)


async def test_released_effect_is_due_immediately(database):
    await put("effects.a", "effects.b")
    a, _ = await lease_all()
    await outbox.release([a.id])
    await outbox.release([])
    assert [(effect.id, effect.attempt) for effect in await lease_all()] == [(a.id, 2)]


async def test_backlog_counts_effects_and_oldest(database):
    assert await outbox.get_backlog() == outbox.Backlog(pending=0, oldest=None, parked=0)
    with later(-3_600):
        before = clock.now()
        await put("effects.a")
        after = clock.now()
    await put("effects.b", "effects.c")
    [_, _, c] = await lease_all()
    await fail(c, max_failures=1)
    found = await outbox.get_backlog()
    assert (found.pending, found.parked) == (2, 1)
    assert before <= found.oldest <= after


async def test_pending_effects_are_oldest_first_and_limited(database):
    await put(*["boards.drain"] * 501, "effects.a")
    found = await outbox.list_pending("boards.drain")
    assert [effect.id for effect in found] == list(range(1, 501))


async def test_concurrent_relays_lease_each_effect_once(database):
    await put(*["effects.a"] * 450)
    taken = []

    async def relay():
        while effects := await outbox.lease(lease_s=LEASE_S):
            assert len(effects) <= outbox.LEASE_BATCH_SIZE
            taken.extend((effect.id, effect.attempt) for effect in effects)

    await asyncio.gather(*(relay() for _ in range(4)))
    assert await outbox.lease(lease_s=LEASE_S) == []
    with later(LEASE_S + 5):
        assert await lease_all()  # no effect was lost
    assert sorted(taken) == [(number, 1) for number in range(1, 451)]


async def test_relay_processes_lease_each_effect_once(database):
    await put(*["effects.a"] * 900)
    taken = await run_processes(2, RELAY, database)
    left = [effect.id for effect in await lease_all()]  # rows that the other relay had locked when one ended
    assert sorted(taken[0] + taken[1] + left) == list(range(1, 901))


async def test_old_done_effects_are_deleted(database):
    await put("effects.a", "effects.b", "effects.c")
    a, b, _ = await lease_all()
    with later(-8 * 86_400):
        await outbox.mark_done(a.id)
    await outbox.mark_done(b.id)
    await outbox.delete_old(clock.now() - timedelta(days=7))
    assert await db.scalar("SELECT count(*) FROM outbox_effect WHERE id = $1", a.id) == 0
    assert await db.scalar("SELECT count(*) FROM outbox_effect") == 2
