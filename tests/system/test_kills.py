"""Killed processes do not change the day's final state. The long form is `tests/faults`."""

from __future__ import annotations

import pytest

from tests.support.kills import VICTIMS, run_day_scenario


@pytest.mark.long
@pytest.mark.processes
async def test_a_day_with_kills_ends_as_one_without(tmp_path):
    quiet, day, _ = await run_day_scenario(tmp_path / "quiet", residents=6, each=5)
    assert {name: seen["balance"] for name, seen in quiet["people"].items()} == day.compute_balances()
    disturbed, _, killed = await run_day_scenario(tmp_path / "disturbed", residents=6, each=5, every=25)
    assert set(killed) == set(VICTIMS), killed
    assert disturbed == quiet
