"""The permission table. Each cell is a test.

.venv/bin/pytest -k submissionApprove-leader
"""

from __future__ import annotations

import pytest
import pytest_asyncio

from tests.api.asking import OPERATIONS, SCHEMA, get_operation, open_asker
from tests.api.who_may_what import OK, ROLES, TABLE


def test_table_has_a_row_for_every_operation():
    rows = set(map(get_operation, TABLE))
    assert set(OPERATIONS) - rows == set(), "an operation without a row: say who may do it in who_may_what.py"
    assert rows - set(OPERATIONS) == set()


def test_table_has_a_row_for_every_node():
    assert {f"node {kind.name}" for kind in SCHEMA.get_possible_types(SCHEMA.type_map["Node"])} <= set(TABLE)


def test_row_has_a_result_for_every_role():
    for row in TABLE.values():
        assert row.cells
        assert {len(words) for words in row.cells.values()} == {len(ROLES)}


def list_cells():
    """Return one parameter for each cell, with an id like `submissionApprove-leader-own`."""
    return [
        pytest.param(name, role, target, expected, id=f"{name}-{role}-{target}".replace(" ", "_").replace("'", ""))
        for name, row in TABLE.items()
        for target, words in row.cells.items()
        for role, expected in zip(ROLES, words, strict=True)
    ]


@pytest.fixture(scope="module")
def world_settings(backend):
    """Settings for the database of all cells. No other test of this module may empty it."""
    with backend.create_database() as settings:
        yield settings


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def asker(world_settings):
    """One world for all cells. Each cell makes the rows that it asks for, and restores the role that it changed."""
    async with open_asker(world_settings) as one:
        yield one


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(("name", "role", "target", "expected"), list_cells())
async def test_cell_gets_its_result(asker, name, role, target, expected):
    world = asker.world
    found = await asker.ask(name, await TABLE[name].ask(world, role, target), token=world.tokens[role])
    if found == OK:
        await world.restore(name, role)
    assert found == expected
