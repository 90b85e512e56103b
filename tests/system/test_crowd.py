"""Fifty concurrent members, on two API processes and two workers for each queue.

Every balance must equal the points earned.
"""

from __future__ import annotations

import httpx
import pytest

from community.communities import founding
from community.database import use_database
from tests.support.fleet import run_fleet
from tests.support.waiting import list_faults
from tests.support.workload import DayScenario


@pytest.mark.processes
@pytest.mark.on_servers
async def test_fifty_members_at_once_are_paid_what_they_earned(settings, tmp_path):
    async with use_database(settings):
        code = (await founding.create_community(name="幸福里")).code
    with run_fleet(settings, tmp_path, apis=2, workers=2, relays=2) as fleet:
        async with httpx.AsyncClient(timeout=20, limits=httpx.Limits(max_connections=60)) as client:
            day = DayScenario(fleet.urls, client, residents=50, each=2)
            await day.gather(code)
            await day.run()
            assert await day.wait_for_board(within_s=2.0)
            state = await day.read_end_state()
        faults = await list_faults(settings)
    due = day.compute_balances()
    assert {name: seen["balance"] for name, seen in state["people"].items()} == due
    assert {name: len(seen["amounts"]) for name, seen in state["people"].items()} == dict.fromkeys(due, 2)
    assert faults == []
