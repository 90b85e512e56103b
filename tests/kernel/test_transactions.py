"""Transactions are all or nothing, joined, and safe when the caller is cancelled."""

from __future__ import annotations

import asyncio

import pytest

from community.kernel import clock, db
from tests.support.waiting import wait_until

NEW = "INSERT INTO person (nickname, created_at) VALUES ($1, $2)"
COUNT = "SELECT count(*) FROM person"


async def add(nickname: str) -> None:
    await db.execute(NEW, nickname, clock.now())


async def test_exception_rolls_back_everything(database):
    @db.transactional
    async def fails():
        await add("阿明")
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        await fails()
    assert await db.scalar(COUNT) == 0


async def test_inner_function_joins_outer_transaction(database):
    @db.transactional
    async def inner():
        await add("内")

    @db.transactional
    async def outer():
        await inner()
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        await outer()
    assert await db.scalar(COUNT) == 0


async def test_savepoint_rolls_back_its_block_only(database):
    async def roll_back():
        async with db.savepoint():
            await add("去")
            raise RuntimeError("no")

    @db.transactional
    async def work():
        await add("留")
        with pytest.raises(RuntimeError):
            await roll_back()

    await work()
    assert await db.scalar(COUNT) == 1


async def test_cancelled_transaction_completes_without_leak(database):
    @db.transactional
    async def two():
        await add("一")
        await asyncio.sleep(0)
        await add("二")

    for turns in range(60):
        task = asyncio.create_task(two())
        for _ in range(turns % 12):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    await asyncio.wait_for(two(), 10)
    await wait_until(lambda: not db.count_transactions())
    assert await db.scalar("SELECT count(*) FROM person WHERE nickname = '一'") == await db.scalar(
        "SELECT count(*) FROM person WHERE nickname = '二'"
    )


async def test_task_outliving_its_transaction_cannot_write(database):
    late: list[asyncio.Task[None]] = []
    go = asyncio.Event()

    async def write_late():
        await go.wait()
        await add("迟")

    @db.transactional
    async def work():
        late.append(asyncio.create_task(write_late()))

    await work()
    go.set()
    with pytest.raises(RuntimeError, match="outlived"):
        await late[0]
    assert await db.scalar(COUNT) == 0
