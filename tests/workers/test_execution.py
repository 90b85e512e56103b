"""An effect runs once by its latest lease. A failure is recorded and retried."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from datetime import timedelta

import pytest

from community.database import use_database
from community.kernel import clock, db, outbox
from workers import registry
from workers.execution import run_effect
from workers.job import ExecutionMode, Job
from workers.process import _Performer

NAME = "effects.for_a_test"


@contextmanager
def job(work, way=ExecutionMode.TRANSACTIONAL):
    registry.JOBS[NAME] = Job(work, way)
    try:
        yield
    finally:
        del registry.JOBS[NAME]


async def lease_new(**args):
    await db.transaction(lambda: outbox.put(NAME, **args))
    (effect,) = await outbox.lease(lease_s=0)
    return effect


async def count_done():
    return await db.scalar("SELECT count(*) FROM outbox_effect WHERE done_at IS NOT NULL")


@pytest.mark.parametrize("way", [ExecutionMode.TRANSACTIONAL, ExecutionMode.AT_LEAST_ONCE])
async def test_an_effect_is_carried_out_with_its_own_arguments(database, way):
    seen = []

    async def work(**args):
        seen.append(args)

    with job(work, way):
        effect = await lease_new(submission_id=7)
        await run_effect(database, NAME, effect_id=effect.id, attempt=effect.attempt)
    assert (seen, await count_done()) == ([{"submission_id": 7}], 1)


@pytest.mark.parametrize("way", [ExecutionMode.TRANSACTIONAL, ExecutionMode.AT_LEAST_ONCE])
async def test_whichever_offer_comes_first_carries_an_effect_out_and_none_does_again(database, way):
    seen = []

    async def work():
        seen.append(1)

    with job(work, way):
        effect = await lease_new()
        (again,) = await outbox.lease(lease_s=0)
        await run_effect(database, NAME, effect_id=effect.id, attempt=effect.attempt)
        assert seen == [1]
        for _ in range(2):
            await run_effect(database, NAME, effect_id=again.id, attempt=again.attempt)
    assert seen == [1]


async def test_work_elsewhere_that_was_offered_again_meanwhile_is_finished_by_the_later_offer(database):
    later = []

    async def work():
        if not later:
            with clock.at(clock.now() + timedelta(hours=1)):
                later.extend(await outbox.lease(lease_s=0))

    with job(work, ExecutionMode.AT_LEAST_ONCE):
        effect = await lease_new()
        await run_effect(database, NAME, effect_id=effect.id, attempt=effect.attempt)
        assert await count_done() == 0
        await run_effect(database, NAME, effect_id=effect.id, attempt=later[0].attempt)
    assert await count_done() == 1


async def test_the_same_offer_run_twice_at_once_happens_once(database):
    seen = []

    async def work():
        seen.append(1)
        await asyncio.sleep(0.05)

    with job(work):
        effect = await lease_new()
        await asyncio.gather(
            *(run_effect(database, NAME, effect_id=effect.id, attempt=effect.attempt) for _ in range(5))
        )
    assert (seen, await count_done()) == ([1], 1)


async def test_what_a_failing_job_wrote_is_undone_and_the_failure_noted(database):
    async def work():
        await db.execute("INSERT INTO schedule (name, every_s, next_at) VALUES ('x', 1, $1)", clock.now())
        raise ValueError("what a person wrote")

    with job(work):
        effect = await lease_new()
        await run_effect(database, NAME, effect_id=effect.id, attempt=effect.attempt)
    assert await db.scalar("SELECT count(*) FROM schedule") == 0
    assert await db.scalar("SELECT failures FROM outbox_effect") == 1
    assert await db.scalar("SELECT error FROM outbox_effect") == "ValueError"


async def test_long_work_renews_its_lease(database):
    async def work():
        first = await db.scalar("SELECT max(due_at) FROM outbox_effect")
        for _ in range(200):
            if await db.scalar("SELECT max(due_at) FROM outbox_effect") != first:
                break
            await asyncio.sleep(0.02)
        else:
            raise AssertionError("not renewed")
        assert await outbox.lease(lease_s=0) == []

    with job(work, ExecutionMode.AT_LEAST_ONCE):
        effect = await lease_new()
        short = database.model_copy(update={"outbox_reoffer_s": 1})
        await asyncio.wait_for(run_effect(short, NAME, effect_id=effect.id, attempt=effect.attempt), 30)
        assert asyncio.all_tasks() == {asyncio.current_task()}
    assert await count_done() == 1


def test_nothing_runs_between_two_jobs(settings):
    """The loop stands still then. What a job has left would keep its connection half open."""

    async def write_slowly():
        await db.execute("UPDATE outbox_effect SET failures = failures")
        await asyncio.sleep(0.3)

    async def leave_a_transaction():
        left = asyncio.create_task(db.transaction(write_slowly))
        await asyncio.sleep(0.1)
        left.cancel()  # the transaction continues

    with asyncio.Runner() as runner, job(leave_a_transaction, ExecutionMode.BATCH):
        database = use_database(settings)
        runner.run(database.__aenter__())
        assert _Performer(settings, runner).perform(NAME, effect_id=0, attempt=1) == "done"
        assert (db.count_transactions(), asyncio.all_tasks(runner.get_loop())) == (0, set())
        runner.run(database.__aexit__(None, None, None))


async def test_interrupted_work_is_due_again_without_failure(database):
    begun = asyncio.Event()

    async def work():
        begun.set()
        await asyncio.Event().wait()

    with job(work, ExecutionMode.AT_LEAST_ONCE):
        effect = await lease_new()
        running = asyncio.create_task(run_effect(database, NAME, effect_id=effect.id, attempt=effect.attempt))
        await begun.wait()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        (again,) = await outbox.lease(lease_s=60)
    assert (again.id, await db.scalar("SELECT failures FROM outbox_effect")) == (effect.id, 0)


async def test_redis_cannot_lend_an_effect_to_another_job(database):
    seen = []

    async def work():
        seen.append(1)

    with job(work):
        await db.transaction(lambda: outbox.put("effects.sweep"))
        (effect,) = await outbox.lease(lease_s=0)
        await run_effect(database, NAME, effect_id=effect.id, attempt=effect.attempt)
    assert (seen, await count_done()) == ([], 0)
