"""The permission table. A test has the cells of one operation and target, and names each that is wrong.

.venv/bin/pytest -k submissionApprove-own
"""

from __future__ import annotations

import pytest

from tests.api.asking import MUTATIONS, OPERATIONS, SCHEMA, get_operation
from tests.api.who_may_what import OK, OWN, ROLES, TABLE

EVERY_ROLE = "every role"
"""No role of the table, so that an input which depends on the role raises KeyError."""


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


def list_groups():
    """Return one parameter for each operation and target, with an id like `submissionApprove-own`."""
    return [
        pytest.param(name, target, id=f"{name}-{target}".replace(" ", "_").replace("'", ""))
        for name, row in TABLE.items()
        for target in row.cells
    ]


async def make_input(world, name, role, target, shared):
    """Make the rows of a cell and return its input. Roles share what is not their own while they are refused."""
    if target == OWN:
        return await TABLE[name].ask(world, role, target)
    if name not in shared:
        try:
            shared[name] = await TABLE[name].ask(world, EVERY_ROLE, target)
        except KeyError:  # The input depends on the role.
            return await TABLE[name].ask(world, role, target)
    return shared[name]


async def read_cell(asker, name, role, target, shared):
    """Make the rows of a cell, ask, and undo a change of the role. Return the result, or the exception."""
    world = asker.world
    try:
        given = await make_input(world, name, role, target, shared)
        found = await asker.ask(name, given, token=world.tokens[role])
        if found == OK:
            if get_operation(name) in MUTATIONS:
                shared.clear()
            await world.restore(name, role)
    except Exception as error:  # noqa: BLE001 - the other cells are shown beside it
        return error
    return found


@pytest.mark.divided("name")
@pytest.mark.parametrize(("name", "target"), list_groups())
async def test_cells_get_their_results(asker, name, target):
    expected = dict(zip(ROLES, TABLE[name].cells[target], strict=True))
    shared = {}
    found = {role: await read_cell(asker, name, role, target, shared) for role in ROLES}
    for error in (each for each in found.values() if isinstance(each, Exception)):
        raise AssertionError(f"{name}: {found}") from error
    assert found == expected
