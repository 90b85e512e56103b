"""The queues in Redis, and the only form in which a job travels there: a listed name and two numbers, as JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from uuid import uuid4

from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from rq import Queue
from rq.job import Job as RqJob
from rq.queue import EnqueueData
from rq.serializers import JSONSerializer

from community.kernel.outbox import Effect
from community.settings import Settings
from workers.job import ExecutionMode
from workers.registry import JOBS, get_queue_name

JOB_TIMEOUT_S = 600
ISOLATED_TIMEOUT_S = 120
FAILURE_TTL_S = 86_400
_MAX_JOBS_SEEN = 100


def connect(settings: Settings, *, timeout_s: float | None = 2.0) -> Redis:
    """A connection for the job runner; with a time limit unless it is to wait for jobs."""
    return Redis.from_url(
        settings.redis_url,
        socket_timeout=timeout_s,
        socket_connect_timeout=2.0,
        retry=Retry(NoBackoff(), 0),
    )


def get_queue(name: str, connection: Redis) -> Queue:
    """One queue."""
    return Queue(name, connection=connection, serializer=JSONSerializer, job_class=ListedJob)


class ListedJob(RqJob):
    """A job that runs a listed function or nothing at all.

    Whoever can write to Redis can name any importable function, method or callback in a job: the name is looked up in
    the list of jobs here, never imported, and callbacks and webhooks are not looked at.
    """

    perform_listed: Callable[..., None] | None = None
    """What a worker process does with a listed name; set by the process."""

    @property
    def func(self) -> Callable[..., None]:
        """What carries out the job's name. Raises LookupError for a name that is not listed."""
        name = self.func_name
        if name not in JOBS or ListedJob.perform_listed is None:
            raise LookupError(f"{name!r} is not a job of this service")
        perform = ListedJob.perform_listed

        def run(*, effect_id: int, attempt: int) -> None:
            perform(name, effect_id=int(effect_id), attempt=int(attempt))

        return run

    @property
    def success_callback(self) -> None:
        """None, whatever Redis says."""

    @property
    def failure_callback(self) -> None:
        """None, whatever Redis says."""

    @property
    def stopped_callback(self) -> None:
        """None, whatever Redis says."""

    def send_webhooks(self, *args: Any, **kwargs: Any) -> None:
        """Send nothing, whatever Redis says."""


def enqueue(effects: Iterable[Effect], connection: Redis) -> None:
    """Hand effects to their queues; an effect of which a job has not begun yet is not put there again.

    Any offer of it will do; and of those that a draining job takes, one job is enough for all. So a queue is never
    longer than what is pending, however long its workers are away. Raises RedisError when some may not have arrived.
    """
    by_queue: dict[str, dict[str, Effect]] = {}
    for effect in effects:
        drains = JOBS[effect.name].mode is ExecutionMode.BATCH
        by_queue.setdefault(get_queue_name(effect.name), {})[
            effect.name if drains else f"{effect.name}:{effect.id}"
        ] = effect
    for name, chosen in by_queue.items():
        target = get_queue(name, connection)
        waiting = _list_waiting(target, chosen.values())
        target.enqueue_many(
            [_build_job_data(effect) for effect in chosen.values() if _get_job_id_prefix(effect) not in waiting]
        )


def _get_job_id_prefix(effect: Effect) -> str:
    """What the ids of an effect's jobs begin with: those of a draining job do not name the effect."""
    stem = effect.name.replace(".", "_")
    return stem if JOBS[effect.name].mode is ExecutionMode.BATCH else f"{stem}-{effect.id}"


def _list_waiting(target: Queue, effects: Iterable[Effect]) -> set[str]:
    """The stems of jobs that have not begun, as far as it matters for these effects."""
    effects = list(effects)
    if any(effect.attempt > 1 for effect in effects):
        # Offered before: its job may wait anywhere in the queue.
        found = target.get_job_ids()
    elif any(JOBS[effect.name].mode is ExecutionMode.BATCH for effect in effects):
        found = target.get_job_ids(0, _MAX_JOBS_SEEN)
    else:
        found = []
    return {job_id.rpartition("-")[0] for job_id in found}


def _build_job_data(effect: Effect) -> EnqueueData:
    return Queue.prepare_data(
        effect.name,
        kwargs={"effect_id": effect.id, "attempt": effect.attempt},
        timeout=ISOLATED_TIMEOUT_S if JOBS[effect.name].mode is ExecutionMode.ISOLATED else JOB_TIMEOUT_S,
        result_ttl=0,
        failure_ttl=FAILURE_TTL_S,
        job_id=f"{_get_job_id_prefix(effect)}-{uuid4().hex}",
    )
