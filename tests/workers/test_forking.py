"""Children that process pictures may die. No picture is lost, and the worker keeps running."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from community.communities.newcomers import LIMITS, Limit, Limited
from community.database import use_database
from community.kernel import clock, db, outbox, storage
from community.media import queries, rules
from community.media.models import MediaState
from tests.media import corpus
from tests.support.burst import run_burst
from tests.support.pictures import upload_picture
from tests.support.story import create_community, list_rows
from workers import registry
from workers.execution import run_effect
from workers.job import ExecutionMode, Job
from workers.queues import connect, enqueue, get_queue
from workers.relay import Relay


def in_database(settings, work):
    async def run():
        async with use_database(settings):
            storage.open_storage(settings)
            return await work()

    return asyncio.run(run())


def enqueue_due(settings, *, at=None):
    """Lease and enqueue all due effects, as the relay does, and return their number."""

    async def due():
        if at is None:
            return await outbox.lease(lease_s=60)
        with clock.at(at):
            return await outbox.lease(lease_s=60)

    connection = connect(settings)
    effects = [effect for effect in in_database(settings, due) if effect.name == "images.process"]
    enqueue(effects, connection)
    connection.close()
    return len(effects)


async def upload_pictures(count=1, **given):
    place = await create_community()
    return [await upload_picture(place.resident, number, **given) for number in range(count)]


def run_through_worker(settings, odds, marker):
    """Process odd files by a real worker's children.

    Return each file with its outcome, and the peak memory of a child in megabytes.
    """

    async def upload():
        person = (await create_community()).leader  # a newcomer may have 30 unused pictures
        return [await upload_picture(person, data=odd.data, key=f"k{number}") for number, odd in enumerate(odds)]

    async def read():
        return [row.refusal.value if row.refusal else row.state.value for row in await queries.get_by_ids(ids)]

    ids = in_database(settings, upload)
    # One step puts at most 200 on the queue.
    assert sum(iter(lambda: enqueue_due(settings), 0)) == len(odds)
    run_burst(settings, "measured", marker=marker, limit_s=400)
    return list(zip(odds, in_database(settings, read), strict=True)), max(map(int, marker.read_text().split()))


def list_states(settings):
    async def read():
        return [(row["state"], row["refusal"]) for row in await list_rows("media")]

    return in_database(settings, read)


def count_pending(settings):
    """Count the effects of pictures that are not done. People and nicknames have others."""
    return len(in_database(settings, lambda: outbox.list_pending("images.process")))


def get_retry_time():
    """Return a moment when every failed effect is due again."""
    return clock.now() + timedelta(seconds=outbox.MAX_RETRY_S + 1)


def failures(settings):
    return in_database(settings, lambda: db.scalar("SELECT max(failures) FROM outbox_effect"))


def test_children_work_pictures_off_and_nothing_is_left_in_redis(settings):
    in_database(settings, lambda: upload_pictures(20))
    assert enqueue_due(settings) == 20
    run_burst(settings)
    assert list_states(settings) == [("READY", None)] * 20
    assert count_pending(settings) == 0
    connection = connect(settings)
    assert get_queue("images", connection).count == 0
    assert list(connection.scan_iter("rq:job:*")) == []
    connection.close()


def test_a_child_that_is_killed_is_noted_and_its_picture_done_by_another(settings, tmp_path):
    in_database(settings, lambda: upload_pictures(3))
    enqueue_due(settings)
    run_burst(settings, "killed_once", marker=tmp_path / "killed")
    assert sorted(list_states(settings)) == [("PROCESSING", None), ("READY", None), ("READY", None)]
    assert (count_pending(settings), failures(settings)) == (1, 1)
    enqueue_due(settings, at=get_retry_time())
    run_burst(settings)
    assert list_states(settings) == [("READY", None)] * 3
    assert count_pending(settings) == 0


@pytest.mark.on_embedded
def test_a_picture_beyond_the_memory_limit_is_refused(settings):
    in_database(settings, upload_pictures)
    enqueue_due(settings)
    run_burst(settings, "memory")
    assert list_states(settings) == [("REFUSED", "TOO_COMPLEX")]
    assert (count_pending(settings), failures(settings)) == (0, 0)


@pytest.mark.on_embedded
@pytest.mark.parametrize("death", ["processor", "clock"])
def test_each_death_of_a_child_is_noted(settings, death, monkeypatch):
    monkeypatch.setattr("workers.queues.ISOLATED_TIMEOUT_S", 2)
    in_database(settings, upload_pictures)
    enqueue_due(settings)
    run_burst(settings, death)
    assert list_states(settings) == [("PROCESSING", None)]
    assert (count_pending(settings), failures(settings)) == (1, 1)


def test_a_picture_that_kills_every_child_is_refused(settings):
    in_database(settings, upload_pictures)
    for _ in range(rules.MAX_ATTEMPTS + 1):
        enqueue_due(settings, at=get_retry_time())
        run_burst(settings, "crash")
        if list_states(settings) == [("REFUSED", "TOO_COMPLEX")]:
            break
    assert list_states(settings) == [("REFUSED", "TOO_COMPLEX")]
    assert (count_pending(settings), in_database(settings, outbox.get_backlog).parked) == (0, 0)


@pytest.mark.long
@pytest.mark.on_embedded
def test_the_whole_corpus_ends_as_it_should_within_512_megabytes_and_no_child_dies(settings, monkeypatch, tmp_path):
    monkeypatch.setitem(LIMITS, Limited.UNUSED_PICTURES, Limit(1_000, 1_000))
    ended, peak = run_through_worker(settings, list(corpus.corpus()), tmp_path / "peaks")
    assert [(odd.name, end) for odd, end in ended if end not in odd.ends] == []
    assert peak < 512
    assert failures(settings) == 0
    assert in_database(settings, lambda: db.scalar("SELECT max(attempts) FROM media")) == 1


# --- a queue that outlasts a lease ---------------------------------------------------------------------------------


def test_an_effect_that_waits_in_the_queue_is_not_put_there_again(settings):
    in_database(settings, lambda: upload_pictures(5))
    enqueue_due(settings)
    for times in range(1, 4):
        assert enqueue_due(settings, at=clock.now() + timedelta(minutes=10 * times)) == 5
    connection = connect(settings)
    assert get_queue("images", connection).count == 5
    connection.close()


async def test_any_offer_of_a_picture_will_do_and_it_is_done_once(database):
    (media_id,) = await upload_pictures()
    first = next(effect for effect in await outbox.lease(lease_s=0) if effect.name == "images.process")
    again = next(effect for effect in await outbox.lease(lease_s=0) if effect.name == "images.process")
    assert again.attempt == first.attempt + 1
    await run_effect(database, "images.process", effect_id=first.id, attempt=first.attempt)
    assert (await queries.get_by_ids([media_id]))[0].state is MediaState.READY
    assert await outbox.claim(first.id, first.name, lease_s=60) is None
    await run_effect(database, "images.process", effect_id=again.id, attempt=again.attempt)


async def test_redis_cannot_lend_an_effect_to_the_work_on_pictures(database):
    await create_community()
    await db.transaction(lambda: outbox.put("effects.sweep"))
    effects = await outbox.lease(lease_s=0)
    for effect in effects:
        await run_effect(database, "images.process", effect_id=effect.id, attempt=effect.attempt)
    assert (await outbox.get_backlog()).pending == len(effects)


async def test_a_failure_of_the_work_is_noted_and_tried_again(database, monkeypatch):
    async def fails(media_id):
        raise RuntimeError("ours")

    monkeypatch.setitem(registry.JOBS, "images.process", Job(fails, ExecutionMode.ISOLATED))
    await upload_pictures()
    (effect,) = [effect for effect in await outbox.lease(lease_s=60) if effect.name == "images.process"]
    await run_effect(database, "images.process", effect_id=effect.id, attempt=effect.attempt)
    (failures, error) = (await db.scalar("SELECT failures FROM outbox_effect WHERE name = 'images.process'"),
                         await db.scalar("SELECT error FROM outbox_effect WHERE name = 'images.process'"))  # fmt: skip
    assert (failures, error) == (1, "RuntimeError")


async def test_the_relay_hands_pictures_to_their_own_queue(database):
    await upload_pictures()
    connection = connect(database)
    await Relay(database, connection).tick()
    assert get_queue("images", connection).count == 1
    connection.close()
