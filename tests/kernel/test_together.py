"""Several writes are one statement of PostgreSQL, also those that are deferred."""

from __future__ import annotations

import pytest
from tortoise.exceptions import IntegrityError

from community.kernel import clock, db
from tests.support.statements import record_statements

NEW_EFFECT = "INSERT INTO outbox_effect (name, args, created_at, due_at) VALUES ($1, '{}', $2, $2)"
NAMES = db.Select("SELECT name FROM outbox_effect ORDER BY id", db.Name)


async def test_writes_run_together(database):
    @db.transactional
    async def write():
        await db.execute_together((NEW_EFFECT, ("first", clock.now())), (NEW_EFFECT, ("second", clock.now())))

    await write()
    assert await db.scalar("SELECT count(DISTINCT name) FROM outbox_effect") == 2


async def test_later_writes_use_the_id_of_the_first(database):
    first = f"{NEW_EFFECT} RETURNING id"
    then = "INSERT INTO outbox_effect (name, args, created_at, due_at) SELECT $1 || $ids, '{}', $2, $2"
    now = clock.now()

    @db.transactional
    async def write():
        await db.execute_together((first, ("first", now)), (then, ("second ", now)), (then, ("third ", now)))

    await write()
    number = await db.scalar("SELECT id FROM outbox_effect WHERE name = 'first'")
    names = "SELECT count(*) FROM outbox_effect WHERE name IN ($1, $2)"
    assert await db.scalar(names, f"second {number}", f"third {number}") == 2


async def test_deferred_writes_run_before_the_next_statement(database):
    @db.transactional
    async def write():
        db.defer((NEW_EFFECT, ("first", clock.now())))
        with record_statements() as sent:
            db.defer((f"{NEW_EFFECT} RETURNING id", ("second", clock.now())))
            assert sent == []
            found = await NAMES.all()
        return {row.name for row in found}, len(sent)

    assert await write() == ({"first", "second"}, 2 if db.dialect() is db.Dialect.POSTGRES else 3)


async def test_same_write_is_deferred_in_order(database):
    @db.transactional
    async def write():
        for name in ("first", "second", "third"):
            db.defer((NEW_EFFECT, (name, clock.now())))

    await write()
    assert [row.name for row in await NAMES.all()] == ["first", "second", "third"]


async def test_deferred_group_uses_its_own_ids(database):
    then = "INSERT INTO outbox_effect (name, args, created_at, due_at) SELECT 'after ' || $ids, '{}', $1, $1"
    now = clock.now()

    @db.transactional
    async def write():
        db.defer((f"{NEW_EFFECT} RETURNING name", ("first", now)))
        db.defer((f"{NEW_EFFECT} RETURNING id", ("second", now)), (then, (now,)))

    await write()
    second = await db.scalar("SELECT id FROM outbox_effect WHERE name = 'second'")
    assert {row.name for row in await NAMES.all()} == {"first", "second", f"after {second}"}


async def test_deferred_write_of_a_savepoint_is_rolled_back(database):
    async def roll_back():
        async with db.savepoint():
            db.defer((NEW_EFFECT, ("inside", clock.now())))
            raise RuntimeError("no")

    @db.transactional
    async def write():
        db.defer((NEW_EFFECT, ("before", clock.now())))
        with pytest.raises(RuntimeError):
            await roll_back()
        async with db.savepoint():
            db.defer((NEW_EFFECT, ("kept", clock.now())))

    await write()
    assert [row.name for row in await NAMES.all()] == ["before", "kept"]


async def test_failing_deferred_write_rolls_back(database):
    @db.transactional
    async def write():
        await db.execute(NEW_EFFECT, "first", clock.now())
        db.defer((NEW_EFFECT, (None, clock.now())))

    with pytest.raises(IntegrityError):
        await write()
    assert await NAMES.all() == []


def test_write_outside_a_transaction_cannot_be_deferred():
    with pytest.raises(RuntimeError):
        db.defer((NEW_EFFECT, ("first", clock.now())))
