"""The long form of `tests/system/test_kills.py`, with longer days and more kills.

.venv/bin/pytest tests/faults/test_kills.py
"""

from __future__ import annotations

import asyncio

import pytest

from tests.support.kills import VICTIMS, run_day_scenario


@pytest.fixture(scope="module")
def quiet(tmp_path_factory):
    state, day, _ = asyncio.run(run_day_scenario(tmp_path_factory.mktemp("quiet"), residents=30, each=6))
    assert {name: seen["balance"] for name, seen in state["people"].items()} == day.compute_balances()
    return state


@pytest.mark.processes
@pytest.mark.parametrize("every", [100, 50, 25])
async def test_a_day_with_kills_ends_as_one_without(quiet, tmp_path, every):
    disturbed, _, killed = await run_day_scenario(tmp_path, residents=30, each=6, every=every)
    assert set(killed) == set(VICTIMS), killed
    assert disturbed == quiet
