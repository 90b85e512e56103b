"""Concurrent callers share one run of the same work."""

from __future__ import annotations

import asyncio

from community.kernel import flights


class Work:
    """Work that waits until the test lets it end, and counts its runs."""

    def __init__(self):
        self.runs = 0
        self.may_end = asyncio.Event()

    async def run(self):
        self.runs += 1
        await self.may_end.wait()
        return self.runs


async def start(work, count, key="key"):
    tasks = [asyncio.create_task(flights.share(key, work.run)) for _ in range(count)]
    await asyncio.sleep(0)
    return tasks


async def test_concurrent_callers_share_one_run():
    work = Work()
    tasks = await start(work, 3)
    work.may_end.set()
    assert await asyncio.gather(*tasks) == [1, 1, 1]
    assert await flights.share("key", work.run) == 2


async def test_other_key_runs_by_itself():
    work = Work()
    tasks = [*await start(work, 1), *await start(work, 1, key="other")]
    work.may_end.set()
    await asyncio.gather(*tasks)
    assert work.runs == 2


async def test_cancelled_first_caller_leaves_work_to_next():
    work = Work()
    first, *others = await start(work, 3)
    first.cancel()
    for _ in range(3):
        await asyncio.sleep(0)
    work.may_end.set()
    assert await asyncio.gather(*others) == [2, 2]
    assert first.cancelled()


async def test_cancelled_waiter_leaves_the_others():
    work = Work()
    first, waiter, other = await start(work, 3)
    waiter.cancel()
    work.may_end.set()
    assert await asyncio.gather(first, other) == [1, 1]
    assert waiter.cancelled()


async def test_error_is_raised_to_each_caller():
    async def fail():
        await asyncio.sleep(0)
        raise ValueError

    found = await asyncio.gather(*(flights.share("key", fail) for _ in range(2)), return_exceptions=True)
    assert [type(error) for error in found] == [ValueError, ValueError]
