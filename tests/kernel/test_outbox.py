"""The outbox: an effect is promised with its cause, offered until it is done, and fenced by its attempt."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from community.kernel import clock, db, outbox
from tests.kernel.processes import at_once

AGAIN_S = 120

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


async def offered():
    return sorted(await outbox.lease(lease_s=AGAIN_S), key=lambda effect: effect.id)


@db.transactional
async def held(effect):
    return await outbox.lock(effect.id, effect.name)


def later(seconds):
    return clock.at(clock.now() + timedelta(seconds=seconds))


async def fail(effect, *, most=10):
    await outbox.record_attempt_failure(effect.id, attempt=effect.attempt, error="no route", max_failures=most)


async def test_an_effect_needs_the_transaction_that_causes_it(database):
    with pytest.raises(RuntimeError, match=r"effects\.a"):
        await outbox.put("effects.a")
    assert await offered() == []


async def test_what_is_rolled_back_is_never_offered(database):
    @db.transactional
    async def fails():
        await outbox.put("effects.a")
        raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        await fails()
    assert await offered() == []
    assert (await outbox.get_backlog()).pending == 0


async def test_an_offer_holds_what_was_put(database):
    await put("effects.a", submission_id=7, 词=["汤", None], nested={"deep": True})
    assert await offered() == [
        outbox.Effect(1, "effects.a", {"submission_id": 7, "词": ["汤", None], "nested": {"deep": True}}, attempt=1)
    ]


async def test_what_nobody_reports_done_is_offered_again_with_a_higher_attempt(database):
    await put("effects.a")
    assert [effect.attempt for effect in await offered()] == [1]
    assert await offered() == []
    with later(AGAIN_S - 5):
        assert await offered() == []
    with later(AGAIN_S + 5):
        assert [effect.attempt for effect in await offered()] == [2]
        assert await offered() == []
    with later(2 * AGAIN_S + 10):
        assert [effect.attempt for effect in await offered()] == [3]


async def test_only_the_latest_attempt_may_finish_or_fail(database):
    await put("effects.a")
    [old] = await offered()
    with later(AGAIN_S + 5):
        [new] = await offered()
    assert await held(old) == new
    await fail(old, most=1)
    assert await held(new) == new
    await outbox.finish(old)
    assert await held(new) == new
    claimed = await outbox.claim(new.id, new.name, lease_s=AGAIN_S)
    await outbox.finish(new)
    assert await held(new) == claimed
    await outbox.finish(claimed)
    assert await held(new) is None


async def test_what_is_done_is_neither_offered_nor_held(database):
    await put("effects.a", "effects.b", "effects.c")
    a, b, c = await offered()
    await outbox.mark_done(a.id, c.id)
    assert await held(a) is None
    with later(AGAIN_S + 5):
        assert [effect.name for effect in await offered()] == ["effects.b"]
    assert await outbox.list_pending("effects.a") == []
    assert [effect.id for effect in await outbox.list_pending("effects.b")] == [b.id]


async def test_done_belongs_to_the_transaction_of_the_deed(database):
    await put("effects.a")
    [effect] = await offered()

    @db.transactional
    async def fails():
        assert await outbox.lock(effect.id, effect.name) == effect
        await outbox.mark_done(effect.id)
        raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        await fails()
    assert await held(effect) == effect


async def test_a_failure_is_offered_again_later_each_time(database):
    await put("effects.a")
    waited = 0
    for wait_s in (2, 4, 8, 16, 32, 64, 128, 256, 300, 300):
        with later(waited):
            [effect] = await offered()
            await fail(effect, most=99)
        with later(waited + wait_s - 1):
            assert await offered() == []
        waited += wait_s + 1


async def test_too_many_failures_park_an_effect_until_an_operator_offers_it_again(database):
    await put("effects.a", "effects.b")
    for attempt in range(1, 4):
        with later(attempt * 1_000):
            a, _ = await offered()
            await outbox.record_attempt_failure(a.id, attempt=a.attempt, error="x" * 9_999, max_failures=3)
    assert (
        await db.scalar("SELECT length(error) FROM outbox_effect WHERE name = 'effects.a'") == outbox.MAX_ERROR_LENGTH
    )
    assert await held(a) is None
    with later(10_000):
        assert [effect.name for effect in await offered()] == ["effects.b"]
        assert await outbox.list_pending("effects.a") == []
        assert (await outbox.get_backlog()).parked == 1
        await outbox.unpark()
        assert (await outbox.get_backlog()).parked == 0
        [again] = await offered()
        assert (again.name, again.attempt) == ("effects.a", 4)
        await fail(again, most=3)  # the earlier failures are forgotten
        assert (await outbox.get_backlog()).parked == 0


async def test_what_was_done_cannot_fail_any_more(database):
    await put("effects.a")
    [effect] = await offered()
    await outbox.mark_done(effect.id)
    await fail(effect, most=1)
    assert await outbox.get_backlog() == outbox.Backlog(pending=0, oldest=None, parked=0)


async def test_what_is_taken_back_is_due_at_once(database):
    await put("effects.a", "effects.b")
    a, _ = await offered()
    await outbox.release([a.id])
    await outbox.release([])
    assert [(effect.id, effect.attempt) for effect in await offered()] == [(a.id, 2)]


async def test_the_backlog_says_how_many_wait_and_since_when(database):
    assert await outbox.get_backlog() == outbox.Backlog(pending=0, oldest=None, parked=0)
    with later(-3_600):
        before = clock.now()
        await put("effects.a")
        after = clock.now()
    await put("effects.b", "effects.c")
    [_, _, c] = await offered()
    await fail(c, most=1)
    found = await outbox.get_backlog()
    assert (found.pending, found.parked) == (2, 1)
    assert before <= found.oldest <= after


async def test_what_waits_under_one_name_is_found_oldest_first_and_at_most_500(database):
    await put(*["boards.drain"] * 501, "effects.a")
    found = await outbox.list_pending("boards.drain")
    assert [effect.id for effect in found] == list(range(1, 501))


async def test_relays_at_once_never_take_the_same_effect(database):
    await put(*["effects.a"] * 450)
    taken = []

    async def relay():
        while effects := await outbox.lease(lease_s=AGAIN_S):
            assert len(effects) <= outbox.LEASE_BATCH_SIZE
            taken.extend((effect.id, effect.attempt) for effect in effects)

    await asyncio.gather(*(relay() for _ in range(4)))
    assert await outbox.lease(lease_s=AGAIN_S) == []
    with later(AGAIN_S + 5):
        assert await offered()  # nothing was lost either
    assert sorted(taken) == [(number, 1) for number in range(1, 451)]


async def test_relays_in_processes_of_their_own_never_take_the_same_effect(database):
    await put(*["effects.a"] * 900)
    taken = await at_once(2, RELAY, database)
    left = [effect.id for effect in await offered()]  # rows that the other relay had locked when one gave up
    assert sorted(taken[0] + taken[1] + left) == list(range(1, 901))


async def test_what_was_done_long_ago_is_forgotten(database):
    await put("effects.a", "effects.b", "effects.c")
    a, b, _ = await offered()
    with later(-8 * 86_400):
        await outbox.mark_done(a.id)
    await outbox.mark_done(b.id)
    await outbox.delete_old(clock.now() - timedelta(days=7))
    assert await db.scalar("SELECT count(*) FROM outbox_effect WHERE id = $1", a.id) == 0
    assert await db.scalar("SELECT count(*) FROM outbox_effect") == 2
