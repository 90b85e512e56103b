"""The queues in Redis. A job there is a listed name and two numbers, as JSON."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from typing import Any
from uuid import uuid4

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import ResponseError
from redis.retry import Retry
from rq import Queue
from rq.exceptions import NoSuchJobError
from rq.intermediate_queue import IntermediateQueue
from rq.job import Job as RqJob
from rq.queue import EnqueueData
from rq.serializers import JSONSerializer

from community.kernel import cache, job_figures
from community.kernel.outbox import Effect
from community.settings import Settings
from workers import unreadable
from workers.job import ExecutionMode
from workers.registry import JOBS, get_queue_name

log = logging.getLogger(__name__)

JOB_TIMEOUT_S = 600
ISOLATED_TIMEOUT_S = 120
FAILURE_TTL_S = 86_400
_MAX_JOBS_SEEN = 100


def connect(settings: Settings, *, timeout_s: float | None = 2.0) -> Redis:
    """Return a connection for the job runner. `timeout_s` is None for a worker that waits for jobs."""
    return Redis.from_url(
        settings.redis_url,
        socket_timeout=timeout_s,
        socket_connect_timeout=2.0,
        retry=Retry(NoBackoff(), 0),
    )


def get_queue(name: str, connection: Redis) -> ListedQueue:
    """Return the queue of this name."""
    return ListedQueue(name, connection=connection, serializer=JSONSerializer, job_class=ListedJob)


class ListedJob(RqJob):
    """A job that runs a listed function only.

    A writer to Redis can put any importable function, method or callback into a job. So the name is looked up in the
    list of jobs and never imported, and callbacks and webhooks are ignored.
    """

    perform_listed: Callable[..., str] | None = None
    """The function that runs a listed job and returns its outcome. The worker process sets it."""

    @classmethod
    def fetch(cls, id: str, connection: Redis | None = None, serializer: Any = None) -> RqJob:
        """Return the job of this id. Moves an unreadable one aside, and raises NoSuchJobError as for a missing one."""
        try:
            return super().fetch(id, connection=connection, serializer=serializer)
        except NoSuchJobError:
            raise
        except Exception as error:
            if cache.find_cause(error):
                raise
            if connection is not None:
                unreadable.move_aside(connection, cls.key_for(id), error)
            raise NoSuchJobError("the job is not readable") from error

    @property
    def func(self) -> Callable[..., None]:
        """The function that runs this job. Raises LookupError if its name is not listed."""
        name = self.func_name
        if name is None or name not in JOBS or ListedJob.perform_listed is None:
            raise LookupError(f"{name!r} is not a job of this service")
        perform = ListedJob.perform_listed

        def run(*, effect_id: int, attempt: int) -> None:
            began = time.monotonic()
            outcome = perform(name, effect_id=int(effect_id), attempt=int(attempt))
            job_figures.add(self.connection, name, outcome, time.monotonic() - began)

        return run

    @property
    def success_callback(self) -> None:
        """None: callbacks in Redis are ignored."""

    @property
    def failure_callback(self) -> None:
        """None: callbacks in Redis are ignored."""

    @property
    def stopped_callback(self) -> None:
        """None: callbacks in Redis are ignored."""

    def send_webhooks(self, *args: Any, **kwargs: Any) -> None:
        """Send nothing: webhooks in Redis are ignored."""


class ListedQueue(Queue):
    """A queue that drops what cannot be the id of a job."""

    @classmethod
    def lmove(cls, connection: Redis, queue_key: str, timeout: int | None) -> Any:
        """Move the next readable id to the intermediate queue, and return key and id."""
        while True:
            try:
                found = super().lmove(connection, queue_key, timeout)
                if found is not None:
                    found[1].decode()
            except UnicodeDecodeError as error:
                intermediate = IntermediateQueue.get_intermediate_queue_key(queue_key)
                log.warning(
                    "job id in redis is not readable and is dropped: queue=%s error=%s", queue_key, error.reason
                )
                connection.lrem(intermediate, 1, error.object)  # type: ignore[arg-type]  # it takes bytes too
            except ResponseError as error:
                if not _drop_foreign_keys(connection, queue_key, error):
                    raise
            else:
                return found

    def get_job_ids(self, offset: int = 0, length: int = -1) -> list[str]:
        """Return the ids of waiting jobs. Other texts keep their readable characters."""
        end = offset + length - 1 if length > 0 else -1
        found = self.connection.lrange(self.key, offset, end)
        return [job_id.decode(errors="replace") for job_id in found]  # type: ignore[union-attr]  # without `decode_responses`


def _drop_foreign_keys(connection: Redis, queue_key: str, error: Exception) -> bool:
    """Move the queue's keys aside that are no lists. Return False if there are none."""
    keys = (queue_key, IntermediateQueue.get_intermediate_queue_key(queue_key))
    foreign = [key for key in keys if connection.type(key) not in (b"list", b"none")]
    for key in foreign:
        unreadable.move_aside(connection, key, error)
    return bool(foreign)


def enqueue(effects: Iterable[Effect], connection: Redis) -> None:
    """Put effects into their queues, except those whose job still waits there.

    One job is enough for all effects of a batch job. So a queue is never longer than the number of pending effects,
    even while its workers are away. Raises RedisError if some effects may not have arrived.
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
    """Return the beginning of the job ids of an effect. The ids of a batch job do not name the effect."""
    stem = effect.name.replace(".", "_")
    return stem if JOBS[effect.name].mode is ExecutionMode.BATCH else f"{stem}-{effect.id}"


def _list_waiting(target: Queue, effects: Iterable[Effect]) -> set[str]:
    """Return the id prefixes of waiting jobs, as far as these effects need them."""
    effects = list(effects)
    if any(effect.attempt > 1 for effect in effects):
        # Leased before: its job may wait anywhere in the queue.
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
