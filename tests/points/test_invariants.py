"""Invariants: none is violated in a correct bank, each finds its planted error."""

from __future__ import annotations

import re

import pytest

from community.kernel import db
from community.kernel.derived_invariants import derive_invariants
from community.kernel.invariants import Position, check_invariants
from community.kernel.seals import chain
from community.kernel.seals.checks import check_seals
from community.kernel.tables import Table
from community.system.invariants import BOOKS, DERIVED, INVARIANTS
from tests.kernel.schema import populate
from tests.support.bank import find_violations
from tests.support.planted import ERRORS, SEALED, build_history
from tests.support.tampering import lift_triggers

BY_DESCRIPTION = {invariant.description: invariant for invariant in INVARIANTS}


async def read_violations(description: str) -> list[int]:
    (found,) = [one.violations async for one in check_invariants([BY_DESCRIPTION[description]])]
    return list(found)


async def list_faults() -> list[str]:
    return [finding.fault async for finding in check_seals() if finding.fault is not None]


@pytest.fixture
async def history(database):
    """The ids of a bank with every kind of entry."""
    return await build_history()


async def test_right_books_violate_nothing(history):
    assert await find_violations() == {}


def test_every_promise_has_an_error_that_breaks_it():
    tried = {promise for promise, _ in ERRORS}
    # The database has a unique key for source keys, so no statement can insert a second one.
    assert {invariant.description for invariant in INVARIANTS if invariant not in DERIVED} - tried == {
        "a source key is used once"
    }


async def test_every_planted_error_is_found(history):
    missed = []
    for promise, statements in ERRORS:
        before = await read_violations(promise)
        async with lift_triggers():
            for statement in [statements] if isinstance(statements, str) else statements:
                await db.execute(statement.format(**history))
            if await read_violations(promise) == before:
                missed.append((promise, statements))
    assert missed == []
    assert await find_violations() == {}


async def test_every_change_of_sealed_rows_is_found(history):
    await chain.seal_all()
    assert await list_faults() == []
    missed = []
    for name, statements in SEALED.items():
        async with lift_triggers():
            for statement in statements:
                await db.execute(statement.format(**history))
            if await list_faults() == []:
                missed.append(name)
    assert missed == []


async def test_removed_spend_violates_no_invariant(history):
    async with lift_triggers():
        for statement in SEALED["a removed spend"]:
            await db.execute(statement.format(**history))
        assert await find_violations() == {}


async def test_open_database_derives_the_same_invariants(database):
    derived = derive_invariants(Table.__subclasses__(), of=BOOKS)
    assert sorted(re.sub(r"r\d+", "r", one.sql) for one in derived) == sorted(
        re.sub(r"r\d+", "r", one.sql) for one in DERIVED
    )


async def test_every_reference_is_examined(database):
    await populate()
    missed = []
    for invariant in DERIVED:
        if not invariant.description.endswith("references rows of its own community"):
            continue
        async with lift_triggers():
            await db.execute(f"UPDATE {invariant.table} SET id = 9001 WHERE id = 1")
            columns = [join.split(" = t.")[1].split()[0] for join in invariant.sql.split("LEFT JOIN")[1:]]
            await db.execute(f"UPDATE {invariant.table} SET {columns[-1]} = 8000 WHERE id = 9001")
            if 9001 not in [row.id for row in await invariant.select_violations().all(9000, 9001)]:
                missed.append(invariant.description)
    assert missed == []


async def test_stopped_pass_continues_at_its_position(history):
    whole = [(one.invariant.description, one.rows_examined) async for one in check_invariants(INVARIANTS)]
    position, parts = Position(), []
    while len(parts) < len(whole):
        results = check_invariants(INVARIANTS, position=position, is_stopped=lambda _: True)
        parts += [(one.invariant.description, one.rows_examined) async for one in results]
    assert parts == whole
