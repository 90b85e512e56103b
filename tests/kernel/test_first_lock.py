"""A transaction takes the lock of its caller before or with its first statement, and never ends without it."""

from __future__ import annotations

import asyncio

import pytest

from community.accounts import person_lock, sessions
from community.accounts.access_tokens import Bearer
from community.accounts.errors import SessionEnded
from community.accounts.models import Platform
from community.kernel import clock, db
from tests.support.backends import make_settings
from tests.support.statements import record_statements
from tests.support.story import create_person
from tests.support.waiting import until_blocked

PUT = db.Change(
    "INSERT INTO outbox_effect (name, args, created_at, due_at) VALUES ($1, '{}', $2, $2) RETURNING id", db.Id
)


@pytest.fixture
async def bearer(database):
    session = await sessions.begin(make_settings(), await create_person(), Platform.DEVELOPMENT)
    return Bearer(session.person_id, session.session_id)


def begin_with(bearer):
    async def check():
        return person_lock.lock_caller(bearer)

    return db.on_transaction_begin(check)


async def count_effects():
    return await db.scalar("SELECT count(*) FROM outbox_effect")


async def nothing():
    return None


async def put_first():
    return await db.run_with_lock(PUT, "first", clock.now())


async def put():
    return await PUT.one("first", clock.now())


async def defer():
    db.defer(("INSERT INTO outbox_effect (name, args, created_at, due_at) VALUES ('x', '{}', $1, $1)", (clock.now(),)))


async def put_in_savepoint():
    async with db.savepoint():
        return await put()


@pytest.mark.parametrize("work", [nothing, put_first, put, defer, put_in_savepoint], ids=lambda work: work.__name__)
async def test_refused_lock_undoes_the_work(database, work):
    with begin_with(Bearer(await create_person(), 404)), pytest.raises(SessionEnded):
        await db.transaction(work)
    assert await count_effects() == 0


@pytest.mark.parametrize("work", [put_first, put, defer, put_in_savepoint], ids=lambda work: work.__name__)
async def test_work_is_done_under_the_lock(database, bearer, work):
    with begin_with(bearer):
        await db.transaction(work)
    assert await count_effects() == 1


async def test_first_statement_takes_the_lock_along(database, bearer):
    await PUT.one("before", clock.now())  # compared at its first answer
    with begin_with(bearer), record_statements() as sent:
        await db.transaction(put_first)
    assert len(sent) == (1 if db.dialect() is db.Dialect.POSTGRES else 2)


@pytest.mark.on_servers
@pytest.mark.parametrize("work", [nothing, put_first, put], ids=lambda work: work.__name__)
async def test_transaction_waits_for_who_ends_the_session(database, bearer, work):
    locked, over = asyncio.Event(), asyncio.Event()

    async def end():
        found = "SELECT id FROM login_session WHERE id = $2 FOR UPDATE"
        await db.execute(
            f"UPDATE login_session SET ended_at = $1 WHERE id IN ({found})", clock.now(), bearer.session_id
        )
        locked.set()
        await over.wait()

    ending = asyncio.create_task(db.transaction(end))
    await locked.wait()
    with begin_with(bearer):
        working = asyncio.create_task(db.transaction(work))
    await until_blocked(1)
    over.set()
    await ending
    with pytest.raises(SessionEnded):
        await working
    assert await count_effects() == 0
