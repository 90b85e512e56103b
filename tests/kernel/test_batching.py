"""Requests that wait for the same thing are carried out together, and none harms its neighbours."""

from __future__ import annotations

import asyncio

import pytest

from community.kernel import db
from community.kernel.batching import MAX_BATCH_SIZE, Batches
from community.kernel.errors import NotFound


class Work:
    """Work that doubles numbers, refuses 0 and raises for a negative one."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.free = asyncio.Event()
        self.free.set()

    async def __call__(self, key, requests):
        self.batches.append(list(requests))
        await self.free.wait()
        if any(number < 0 for number in requests):
            raise ZeroDivisionError
        return [number * 2 if number else NotFound() for number in requests]


@pytest.fixture
def work():
    return Work()


async def submit_all(batches, numbers, key="k"):
    return await asyncio.gather(*(batches.submit(key, number) for number in numbers), return_exceptions=True)


async def test_requests_that_wait_share_a_batch(work):
    numbers = list(range(1, MAX_BATCH_SIZE + 3))
    assert await submit_all(Batches(work), numbers) == [number * 2 for number in numbers]
    assert [len(batch) for batch in work.batches] == [MAX_BATCH_SIZE, 2]


async def test_refusal_concerns_its_own_request(work):
    outcomes = await submit_all(Batches(work), [1, 0, 3])
    assert (outcomes[0], type(outcomes[1]), outcomes[2]) == (2, NotFound, 6)


async def test_failed_batch_is_repeated_one_by_one(work):
    outcomes = await submit_all(Batches(work), [1, -1, 3])
    assert (outcomes[0], type(outcomes[1]), outcomes[2]) == (2, ZeroDivisionError, 6)
    assert work.batches == [[1, -1, 3], [1], [-1], [3]]


async def test_keys_do_not_wait_for_each_other(work):
    batches = Batches(work)
    work.free.clear()
    calls = [asyncio.create_task(batches.submit(key, 1)) for key in "ab"]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert work.batches == [[1], [1]]
    work.free.set()
    assert await asyncio.gather(*calls) == [2, 2]


async def test_cancelled_caller_leaves_its_request(work):
    batches = Batches(work)
    work.free.clear()
    first, second, third = (asyncio.create_task(batches.submit("k", number)) for number in (1, 2, 3))
    await asyncio.sleep(0)
    first.cancel()
    second.cancel()
    await asyncio.wait([first, second])
    work.free.set()
    assert await third == 6
    assert [number for batch in work.batches for number in batch] == [1, 2, 3]


async def test_batch_refuses_to_join_a_transaction(work, database):
    with pytest.raises(RuntimeError):
        await db.transaction(lambda: Batches(work).submit("k", 1))
