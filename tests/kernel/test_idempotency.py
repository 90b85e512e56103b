"""A call with an idempotency key runs once, and every repetition gets the same answer."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE
from dataclasses import replace
from datetime import timedelta

import pytest

from community.accounts.errors import GuardianNeeded
from community.consent.errors import ConsentMissing
from community.database import use_database
from community.kernel import clock, db
from community.kernel.errors import InvalidInput, NotFound, Refusal, TryAgain
from community.kernel.idempotency import (
    IdempotencyScope,
    KeyReused,
    compute_fingerprint,
    delete_old,
    release_key,
    run_once,
)
from community.media.errors import TooManyUploads
from tests.kernel.processes import run_processes
from tests.support.waiting import until_blocked

SCOPE = IdempotencyScope(community_id=1, person_id=1, operation="personAdd")
GIVEN = {"nickname": "阿明", "tags": ["汤", "面"]}

WORK = """
from community.kernel.idempotency import IdempotencyScope, run_once

async def add():
    await asyncio.sleep(0.3)
    await db.execute("INSERT INTO person (nickname, created_at) VALUES ('x', $1)", clock.now())
    return {"people": await db.scalar("SELECT count(*) FROM person")}

async def work():
    return await run_once(IdempotencyScope(1, 1, "personAdd"), "key", {}, add)
"""

# Another process that claims the same key, waits for a line and then rolls back.
FIRST = """
import asyncio, sqlite3, sys
import asyncpg

CLAIM = (
    "INSERT INTO idempotency_record (community_id, person_id, operation, key, fingerprint, answer, created_at)"
    " VALUES (1, 1, 'personAdd', 'key', '', '{}', '2026-01-01T00:00:00+00:00')"
)

def wait():
    print(flush=True)
    sys.stdin.readline()

async def postgres(address):
    connection = await asyncpg.connect("postgresql://" + address)
    async with connection.transaction():
        await connection.execute(CLAIM)
        wait()
        sys.exit()

def sqlite(path):
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    connection.execute(CLAIM)
    wait()

if "@" in sys.argv[1]:
    asyncio.run(postgres(sys.argv[1]))
else:
    sqlite(sys.argv[1])
"""


async def add():
    await db.execute("INSERT INTO person (nickname, created_at) VALUES ($1, $2)", "阿明", clock.now())
    return {"id": await db.scalar("SELECT max(id) FROM person"), "名": "阿明", "none": None}


async def add_and_refuse():
    await add()
    raise NotFound("person", path=("personId",))


async def people():
    return await db.scalar("SELECT count(*) FROM person")


async def records():
    return await db.scalar("SELECT count(*) FROM idempotency_record")


async def test_repeated_call_gets_first_answer(database):
    first = await run_once(SCOPE, "key", GIVEN, add)
    assert first == {"id": 1, "名": "阿明", "none": None}
    assert await run_once(SCOPE, "key", dict(reversed(GIVEN.items())), add) == first
    assert await people() == 1


async def test_repeated_call_gets_stored_refusal(database):
    with pytest.raises(NotFound):
        await run_once(SCOPE, "key", GIVEN, add_and_refuse)
    assert await people() == 0
    with pytest.raises(NotFound) as again:
        await run_once(SCOPE, "key", GIVEN, add)
    assert (again.value.reason, again.value.path) == ("person", ("personId",))
    assert await people() == 0


async def test_key_with_other_input_is_refused(database):
    first = await run_once(SCOPE, "key", GIVEN, add)
    with pytest.raises(KeyReused) as refused:
        await run_once(SCOPE, "key", GIVEN | {"nickname": "小红"}, add)
    assert (refused.value.code, refused.value.path) == ("IDEMPOTENCY_KEY_REUSED", ("idempotencyKey",))
    assert await people() == 1
    assert await run_once(SCOPE, "key", GIVEN, add) == first


@pytest.mark.parametrize("other", [{"community_id": 2}, {"person_id": 2}, {"operation": "personEdit"}], ids=str)
async def test_key_in_another_scope_is_another_key(database, other):
    await run_once(SCOPE, "key", GIVEN, add)
    assert (await run_once(replace(SCOPE, **other), "key", {"other": "input"}, add))["id"] == 2


async def test_another_key_is_another_call(database):
    await run_once(SCOPE, "key", GIVEN, add)
    assert (await run_once(SCOPE, "Key", GIVEN, add))["id"] == 2


async def test_concurrent_calls_run_once(database):
    answers = await asyncio.gather(*(run_once(SCOPE, "key", GIVEN, add) for _ in range(10)))
    assert answers == [answers[0]] * 10
    assert await people() == 1


async def test_concurrent_processes_run_once(database):
    assert await run_processes(2, WORK, database) == [{"people": 1}, {"people": 1}]
    assert await people() == 1


async def test_concurrent_calls_get_one_refusal(database):
    outcomes = await asyncio.gather(
        *(run_once(SCOPE, "key", GIVEN, add_and_refuse) for _ in range(5)), return_exceptions=True
    )
    assert [type(outcome) for outcome in outcomes] == [NotFound] * 5
    assert await people() == 0


async def test_try_again_leaves_the_key_free(database):
    async def busy():
        await add()
        raise TryAgain

    with pytest.raises(TryAgain):
        await run_once(SCOPE, "key", GIVEN, busy)
    assert (await records(), await people()) == (0, 0)
    await run_once(SCOPE, "key", {"even": "other input"}, add)
    assert await people() == 1


@pytest.mark.parametrize("refusal", [ConsentMissing, GuardianNeeded, TooManyUploads])
async def test_unstored_refusal_leaves_the_key_free(database, refusal):
    async def refuse():
        await add()
        raise refusal

    with pytest.raises(refusal):
        await run_once(SCOPE, "key", GIVEN, refuse)
    assert (await records(), await people()) == (0, 0)
    await run_once(SCOPE, "key", GIVEN, add)
    assert await people() == 1


async def test_bug_leaves_the_key_free(database):
    async def broken():
        await add()
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await run_once(SCOPE, "key", GIVEN, broken)
    assert (await records(), await people()) == (0, 0)
    await run_once(SCOPE, "key", GIVEN, add)
    assert await people() == 1


async def test_call_beyond_lock_timeout_raises_try_again(settings, monkeypatch):
    monkeypatch.setattr("community.kernel.db.connection.SQLITE_BUSY_MS", 100)
    holder = await asyncio.create_subprocess_exec(
        sys.executable, "-c", FIRST, settings.database_url.partition("://")[2], stdin=PIPE, stdout=PIPE
    )
    await holder.stdout.readline()
    try:
        async with use_database(settings.model_copy(update={"lock_timeout_ms": 100})):
            with pytest.raises(TryAgain):
                await run_once(SCOPE, "key", GIVEN, add)
            await holder.communicate(b"\n")
            assert await run_once(SCOPE, "key", GIVEN, add) == {"id": 1, "名": "阿明", "none": None}
    finally:
        await holder.communicate()


async def test_cancelled_call_is_answered_on_repetition(database):
    begun = asyncio.Event()

    async def slow():
        begun.set()
        await asyncio.sleep(0.05)
        return await add()

    leaving = asyncio.create_task(run_once(SCOPE, "key", GIVEN, slow))
    await begun.wait()
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    assert await run_once(SCOPE, "key", GIVEN, add) == {"id": 1, "名": "阿明", "none": None}
    assert await people() == 1


async def test_key_inside_a_transaction_raises(database):
    with pytest.raises(RuntimeError, match="outermost"):
        await db.transaction(lambda: run_once(SCOPE, "key", GIVEN, add))
    assert await people() == 0


@pytest.mark.parametrize("key", ["", "x" * 65, "a b", " ", "键", "é", "a\n", "\x00", "\x7f"])
async def test_malformed_key_is_refused(database, key):
    with pytest.raises(InvalidInput) as refused:
        await run_once(SCOPE, key, GIVEN, add)
    assert refused.value.path == ("idempotencyKey",)
    assert (await records(), await people()) == (0, 0)


@pytest.mark.parametrize("key", ["!", "~" * 64, "6f1c9b1e-3a52-4a8e-9d55-0c2a5f1f7b11", "';--"])
async def test_printable_key_is_accepted(database, key):
    assert await run_once(SCOPE, key, GIVEN, add) == await run_once(SCOPE, key, GIVEN, add)


async def test_deleted_key_is_free_again(database):
    long_ago = clock.now() - timedelta(days=8)
    with clock.at(long_ago):
        await run_once(SCOPE, "old", GIVEN, add)
    await run_once(SCOPE, "new", GIVEN, add)
    await delete_old(long_ago + timedelta(days=1))
    assert (await run_once(SCOPE, "new", GIVEN, add))["id"] == 2
    assert (await run_once(SCOPE, "old", GIVEN, add))["id"] == 3


async def test_released_key_is_free_again(database):
    await run_once(SCOPE, "key", GIVEN, add)
    await run_once(SCOPE, "other", GIVEN, add)
    await release_key(SCOPE, "key")
    assert (await run_once(SCOPE, "key", {"even": "other input"}, add))["id"] == 3
    assert (await run_once(SCOPE, "other", GIVEN, add))["id"] == 2


async def test_key_is_released_in_its_scope_only(database):
    await run_once(SCOPE, "key", GIVEN, add)
    await release_key(replace(SCOPE, person_id=2), "key")
    await release_key(SCOPE, "unknown")
    assert (await run_once(SCOPE, "key", GIVEN, add))["id"] == 1


def test_fingerprint_ignores_field_order_only():
    assert compute_fingerprint({"a": 1, "b": {"c": 2, "d": 3}}) == compute_fingerprint({"b": {"d": 3, "c": 2}, "a": 1})
    different = [{}, {"a": None}, {"a": 1}, {"a": "1"}, {"a": [1]}, {"a": True}, {"a": [1, 2]}, {"a": [2, 1]}]
    assert len({compute_fingerprint(given) for given in different}) == len(different)


def test_key_reused_is_a_refusal():
    assert issubclass(KeyReused, Refusal)


async def test_refused_call_and_waiting_call_agree(database):
    is_running, may_end = asyncio.Event(), asyncio.Event()

    async def refuse():
        is_running.set()
        await may_end.wait()
        raise NotFound("person")

    async def ask(work):
        try:
            return await run_once(SCOPE, "key", GIVEN, work)
        except NotFound as refusal:
            return refusal.code

    first = asyncio.create_task(ask(refuse))
    await is_running.wait()
    second = asyncio.create_task(ask(add))
    await asyncio.sleep(0.05)
    may_end.set()
    outcome = await first
    assert await second == outcome
    assert await ask(add) == outcome
    assert await people() == (0 if outcome == "NOT_FOUND" else 1)


_CLAIM_IN_A_STATEMENT = db.Change(
    "INSERT INTO idempotency_record (community_id, person_id, operation, key, fingerprint, answer, created_at)"
    " VALUES ($1, $2, $3, $4, $5, '{}', $6) ON CONFLICT (community_id, person_id, operation, key) DO NOTHING"
    " RETURNING id",
    db.Id,
)


async def test_refusal_gives_way_to_claiming_statement(database):
    """The statement of a spend claims the key between the rollback of a refused call and the storing of its refusal."""
    outcomes = [await _refuse_while_a_statement_claims(f"key-{number}") for number in range(10)]
    assert all(code == ("DONE" if is_done else "NOT_FOUND") for code, is_done in outcomes), outcomes
    assert any(is_done for _, is_done in outcomes)


async def _refuse_while_a_statement_claims(key: str) -> tuple[str, bool]:
    is_running, done = asyncio.Event(), []

    async def find_or_refuse():
        if done:
            return {"code": "DONE"}
        is_running.set()
        await until_blocked()
        raise NotFound("person")

    async def claim():
        await is_running.wait()
        where = (SCOPE.community_id, SCOPE.person_id, SCOPE.operation, key, compute_fingerprint(GIVEN), clock.now())
        done.extend(await _CLAIM_IN_A_STATEMENT.all(*where))

    async def ask():
        try:
            return (await run_once(SCOPE, key, GIVEN, find_or_refuse))["code"]
        except NotFound as refusal:
            return refusal.code

    code, _ = await asyncio.gather(ask(), db.transaction(claim))
    return code, bool(done)
