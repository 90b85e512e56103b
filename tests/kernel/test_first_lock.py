"""A transaction takes the lock of its caller before or with its first statement, and never ends without it."""

from __future__ import annotations

import asyncio
from contextlib import suppress

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


EFFECT = ("INSERT INTO outbox_effect (name, args, created_at, due_at) VALUES ('x', '{}', $1, $1)", (clock.now(),))


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
    db.defer(EFFECT)


async def defer_first():
    db.defer(EFFECT)
    return await put_first()


async def put_in_savepoint():
    async with db.savepoint():
        return await put()


async def put_after_a_refusal():
    with suppress(SessionEnded):
        await db.scalar("SELECT 1")
    return await put()


async def put_first_after_a_refusal():
    with suppress(SessionEnded):
        await put_first()
    db.defer(EFFECT)


async def put_together():
    return await asyncio.gather(db.scalar("SELECT 1"), put(), put_first(), return_exceptions=True)


async def fail_together():
    return await asyncio.gather(put_first(), put(), db.scalar("SELECT 1"))


REFUSED = [
    *(nothing, put_first, put, defer, defer_first, put_in_savepoint, put_after_a_refusal),
    *(put_first_after_a_refusal, put_together, fail_together),
]


@pytest.mark.parametrize("work", REFUSED, ids=lambda work: work.__name__)
async def test_refused_lock_undoes_the_work(database, work):
    with begin_with(Bearer(await create_person(), 404)), pytest.raises(SessionEnded):
        await db.transaction(work)
    assert await count_effects() == 0


@pytest.mark.parametrize("work", [put_first, put, defer, put_in_savepoint], ids=lambda work: work.__name__)
async def test_work_is_done_under_the_lock(database, bearer, work):
    with begin_with(bearer):
        await db.transaction(work)
    assert await count_effects() == 1


async def test_statements_at_the_same_time_wait_for_the_lock(database, bearer):
    with begin_with(bearer):
        await db.transaction(put_together)
    assert await count_effects() == 2


async def test_lock_is_taken_before_deferred_writes(database, bearer):
    with begin_with(bearer), record_statements() as sent:
        await db.transaction(defer_first)
    assert "login_session" in sent[0]
    assert await count_effects() == 2


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
        await sessions.end(bearer.person_id, session_id=bearer.session_id)
        locked.set()
        await over.wait()

    ending = asyncio.create_task(db.transaction(end))
    await asyncio.wait([ending, asyncio.create_task(locked.wait())], return_when=asyncio.FIRST_COMPLETED)
    with begin_with(bearer):
        working = asyncio.create_task(db.transaction(work))
    await until_blocked(1)
    over.set()
    await ending
    with pytest.raises(SessionEnded):
        await working
    assert await count_effects() == 0
