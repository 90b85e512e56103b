"""Jobs in Redis, and a worker that finds foreign entries there."""

from __future__ import annotations

import asyncio
import json
import zlib
from datetime import timedelta

import pytest
from pydantic import SecretStr
from rq import Queue
from rq.serializers import JSONSerializer

from community.communities import founding
from community.database import use_database
from community.kernel import cache, clock, db, job_figures, outbox, processes
from tests.api.test_metrics import TOKEN, find_value, read
from workers import process, unreadable
from workers.guarded_worker import GuardedWorker
from workers.queues import ListedJob, connect, enqueue, get_queue


@pytest.fixture
def connection(settings):
    connection = connect(settings)
    yield connection
    connection.close()


def in_database(settings, work):
    async def run():
        async with use_database(settings):
            cache.open_cache(settings)
            answer = await work()
            await cache.close_cache()
            return answer

    return asyncio.run(run())


def run_worker(settings, name, monkeypatch):
    """Run a real worker until its queue is empty."""
    monkeypatch.setattr(process.QueueWorker, "work", burst)
    process.work(settings, name)


def burst(self, **kwargs):
    super(process.QueueWorker, self).work(burst=True, **kwargs)
    GuardedWorker.is_stopping = True


async def put_and_lease():
    await db.transaction(lambda: outbox.put("effects.sweep"))
    return await outbox.lease(lease_s=60)


def test_a_job_is_a_listed_name_and_two_numbers_in_json(settings, connection):
    (effect,) = in_database(settings, put_and_lease)
    enqueue([effect], connection)
    (job_id,) = get_queue("effects", connection).get_job_ids()
    (data,) = connection.hmget(f"rq:job:{job_id}", "data")

    assert json.loads(zlib.decompress(data)) == [
        "effects.sweep", None, [], {"effect_id": effect.id, "attempt": effect.attempt},
    ]  # fmt: skip


def test_a_worker_carries_out_what_was_enqueued(settings, connection, monkeypatch):
    enqueue(in_database(settings, put_and_lease), connection)
    run_worker(settings, "effects", monkeypatch)
    assert in_database(settings, outbox.get_backlog).pending == 0


def test_metrics_have_jobs_of_workers(settings, connection, monkeypatch):
    enqueue(in_database(settings, put_and_lease), connection)
    connection.hset(job_figures.KEY, "no number count", "x")
    run_worker(settings, "effects", monkeypatch)
    connection.hset(processes.KEY, *processes.build_sign("relay"))
    guarded = settings.model_copy(update={"metrics_token": SecretStr(TOKEN)})
    for _ in range(2):
        text = asyncio.run(read(guarded)).text
        assert find_value(text, 'community_jobs_total{name="effects.sweep",outcome="done"}') == 1
        assert find_value(text, 'community_job_seconds_total{name="effects.sweep"}') > 0
        assert find_value(text, 'community_processes{part="relay"}') == 1
        assert find_value(text, 'community_process_memory_bytes{part="relay"}') > 2**20
        assert find_value(text, "community_redis_up") == 1


def test_board_steps_share_a_job_that_has_not_begun(settings, connection, monkeypatch):
    async def steps():
        at = "2026-11-23T00:00:00+00:00"
        community = (await founding.create_community(name="幸福里")).community_id
        for member in range(5):
            await db.transaction(
                lambda member=member: outbox.put(
                    "leaderboards.drain", community_id=community, membership_id=member, at=at
                )
            )
        return await outbox.lease(lease_s=60)

    effects = in_database(settings, steps)
    for effect in effects:
        enqueue([effect], connection)
    assert get_queue("leaderboards", connection).count == 1
    run_worker(settings, "leaderboards", monkeypatch)
    assert in_database(settings, outbox.get_backlog).pending == 0


def test_a_queue_is_never_longer_than_what_is_pending_and_any_offer_is_carried_out(settings, connection, monkeypatch):
    """While no worker runs, effects are leased repeatedly. The queue still holds one job for each."""

    async def several():
        for _ in range(5):
            await db.transaction(lambda: outbox.put("effects.sweep"))

    in_database(settings, several)
    for minutes in range(0, 10, 3):

        async def offered(minutes=minutes):
            with clock.at(clock.now() + timedelta(minutes=minutes)):
                return await outbox.lease(lease_s=120)

        effects = in_database(settings, offered)
        assert len(effects) == 5
        enqueue(effects, connection)
        assert get_queue("effects", connection).count == 5
    run_worker(settings, "effects", monkeypatch)
    assert in_database(settings, outbox.get_backlog).pending == 0


HOSTILE = [
    ("os.system", {"args": ["touch {target}"]}),
    ("subprocess.check_call", {"args": [["touch", "{target}"]]}),
    ("builtins.open", {"args": ["{target}", "w"]}),
    ("workers.execution.run_effect", {"kwargs": {"name": "effects.sweep"}}),
]


@pytest.mark.parametrize(("name", "given"), HOSTILE)
def test_whoever_writes_to_redis_runs_no_function_of_theirs(settings, connection, monkeypatch, tmp_path, name, given):
    target = tmp_path / "it ran"
    given = json.loads(json.dumps(given).replace("{target}", str(target)))
    hostile = Queue("effects", connection=connection, serializer=JSONSerializer)
    hostile.enqueue_call(name, **given)
    run_worker(settings, "effects", monkeypatch)
    assert not target.exists()
    assert hostile.count == 0
    assert hostile.failed_job_registry.count == 1


def test_callbacks_and_webhooks_from_redis_are_not_looked_at(settings, connection, monkeypatch, tmp_path):
    (effect,) = in_database(settings, put_and_lease)
    enqueue([effect], connection)
    (job_id,) = get_queue("effects", connection).get_job_ids()
    for kind in ("success", "failure", "stopped"):
        connection.hset(f"rq:job:{job_id}", f"{kind}_callback_name", "tests.workers.test_queues.called_back")
    run_worker(settings, "effects", monkeypatch)
    assert CALLED == []
    assert in_database(settings, outbox.get_backlog).pending == 0


CALLED = []


def call_back(*args):
    CALLED.append(args)


def test_a_pickled_job_is_not_unpickled(settings, connection, monkeypatch, tmp_path):
    target = tmp_path / "it ran"
    Queue("effects", connection=connection).enqueue_call("os.system", args=[f"touch '{target}'"])
    run_worker(settings, "effects", monkeypatch)
    assert not target.exists()


POISON = {
    "date": {"data": b"[]", "created_at": "not a date"},
    "time": {"data": b"[]", "timeout": "soon"},
    "status": {"data": b"[]", "status": "poisoned"},
    "dependencies": {"data": b"[]", "dependency_ids": b"\xff"},
    "numbers": {"data": b"[]", "result_ttl": "1e99"},
    "origin": {"data": b"[]", "origin": b"\xff\xfe"},
    "lifetime": {"data": b"[]", "timeout": "9" * 30},
    "content": {"data": b"\xff\x00"},
    "nothing": {"x": "y"},
}


@pytest.mark.parametrize("kind", POISON)
def test_unreadable_job_does_not_end_a_worker(settings, connection, monkeypatch, kind):
    effects = in_database(settings, put_and_lease)
    connection.hset("rq:job:poison", mapping=POISON[kind])
    connection.rpush("rq:queue:effects", "poison")
    enqueue(effects, connection)
    run_worker(settings, "effects", monkeypatch)
    assert in_database(settings, outbox.get_backlog).pending == 0


def test_unreadable_job_is_moved_aside_with_one_line(settings, connection, monkeypatch, caplog):
    connection.hset("rq:job:poison", mapping=POISON["date"])
    connection.rpush("rq:queue:effects", "poison")
    run_worker(settings, "effects", monkeypatch)
    assert not connection.exists("rq:job:poison")
    assert connection.hget("unreadable:rq:job:poison", "created_at") == b"not a date"
    assert 0 < connection.ttl("unreadable:rq:job:poison") <= unreadable.KEEP_S
    assert len([record for record in caplog.records if "is not readable" in record.message]) == 1


@pytest.mark.parametrize("entry", [b"\xff\xfe", b"", b"a\x00b", "长" * 5_000, b"%s:{}"])
def test_entry_that_is_no_id_does_not_end_worker(settings, connection, monkeypatch, entry):
    effects = in_database(settings, put_and_lease)
    connection.rpush("rq:queue:effects", entry, entry)
    connection.rpush("rq:queue:effects:intermediate", entry)
    enqueue(effects, connection)
    run_worker(settings, "effects", monkeypatch)
    assert in_database(settings, outbox.get_backlog).pending == 0


@pytest.mark.parametrize(
    "key",
    ["rq:job:poison", "rq:queue:effects:intermediate", "rq:wip:effects", "rq:failed:effects", "rq:finished:effects"],
)
def test_key_of_another_type_does_not_end_worker(settings, connection, monkeypatch, key):
    effects = in_database(settings, put_and_lease)
    connection.rpush("rq:queue:effects", "poison")
    connection.set(key, "poison")
    enqueue(effects, connection)
    run_worker(settings, "effects", monkeypatch)
    assert in_database(settings, outbox.get_backlog).pending == 0


def test_queue_of_another_type_is_replaced(settings, connection, monkeypatch):
    connection.set("rq:queue:effects", "poison")
    run_worker(settings, "effects", monkeypatch)
    enqueue(in_database(settings, put_and_lease), connection)
    run_worker(settings, "effects", monkeypatch)
    assert in_database(settings, outbox.get_backlog).pending == 0


def test_relay_reads_a_queue_with_unreadable_ids(settings, connection):
    (effect,) = in_database(settings, put_and_lease)
    connection.rpush("rq:queue:effects", b"\xff")
    effect.attempt = 2
    enqueue([effect], connection)
    assert connection.llen("rq:queue:effects") == 2


def test_a_listed_job_without_a_process_runs_nothing(settings, connection):
    ListedJob.perform_listed = None
    job = ListedJob.create("effects.sweep", connection=connection, serializer=JSONSerializer)
    with pytest.raises(LookupError):
        _ = job.func


def test_worker_reports_that_it_is_alive(settings, monkeypatch):
    run_worker(settings, "effects", monkeypatch)
    signs = in_database(settings, processes.list_signs)
    assert [(sign.part, sign.is_alive) for sign in signs] == [("worker-effects", True)]
