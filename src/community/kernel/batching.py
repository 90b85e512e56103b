"""Requests that wait in one process for the same scarce thing, carried out together.

One row that everybody wants is where databases collapse: each transaction waits for the row, and the waiters cost more
than the work. So the requests with one key form a queue. While one batch runs, the others wait. The next batch takes up
to 64 of them, and its `work` decides them in one transaction with one statement per table.

    _BATCHES = Batches(_reserve_together)
    answer = await _BATCHES.submit(community_id, request)

`work(key, requests)` returns an answer or a refusal for each request, in order. A call alone is a batch of one request.
So there is no second way through the code. If a batch raises, each of its requests runs alone. So one of them never
fails its neighbours. A caller that is cancelled leaves its request in the batch.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Generic, TypeVar

from community.kernel import db
from community.kernel.errors import Refusal

log = logging.getLogger(__name__)

Q = TypeVar("Q")
A = TypeVar("A")

MAX_BATCH_SIZE = 64


class Batches(Generic[Q, A]):
    """The queues of one kind of request, by key."""

    def __init__(self, work: Callable[[Hashable, Sequence[Q]], Awaitable[Sequence[A | Refusal]]]) -> None:
        self._work = work
        self._queues: dict[tuple[asyncio.AbstractEventLoop, Hashable], deque[tuple[Q, asyncio.Future[A]]]] = {}
        self._running: set[asyncio.Task[None]] = set()

    async def submit(self, key: Hashable, request: Q) -> A:
        """Carry out a request together with those that wait with the same key. Return its answer or raise its refusal.

        Must not run in a transaction, else raises RuntimeError. Raises what `work` raises for this request alone.
        """
        if db.in_transaction():
            raise RuntimeError("a batch opens its own transaction")
        await db.end_reading()  # A batch needs a connection, so that its waiters must keep none.
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[A] = loop.create_future()
        waiting = self._queues.get((loop, key))
        if waiting is not None:
            waiting.append((request, answer))
            return await answer
        self._queues[loop, key] = deque([(request, answer)])
        task = loop.create_task(self._run((loop, key)))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return await answer

    async def _run(self, where: tuple[asyncio.AbstractEventLoop, Hashable]) -> None:
        """Carry out the requests of a queue until it is empty."""
        waiting = self._queues[where]
        try:
            with db.without_begin_check():  # The check is that of one caller. `work` checks all of them.
                while waiting:
                    batch = [waiting.popleft() for _ in range(min(len(waiting), MAX_BATCH_SIZE))]
                    await self._answer(where[1], batch)
        finally:
            del self._queues[where]
            for _, answer in waiting:
                answer.cancel()

    async def _answer(self, key: Hashable, batch: Sequence[tuple[Q, asyncio.Future[A]]]) -> None:
        try:
            outcomes = await self._work(key, [request for request, _ in batch])
        except Exception as error:  # noqa: BLE001 - raised for each caller
            if len(batch) > 1:
                log.warning("batch is split: requests=%d error=%s", len(batch), type(error).__name__)
                await asyncio.gather(*(self._answer(key, [each]) for each in batch))
                return
            outcomes = [error]  # type: ignore[list-item]  # raised like a refusal
        except BaseException:
            for _, answer in batch:
                answer.cancel()
            raise
        for (_, answer), outcome in zip(batch, outcomes, strict=True):
            if answer.done():
                continue  # Its caller was cancelled.
            if isinstance(outcome, Exception):
                answer.set_exception(outcome)
            else:
                answer.set_result(outcome)
