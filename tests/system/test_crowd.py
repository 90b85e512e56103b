"""Fifty members at once, on two API processes and two workers a queue: every balance is what was earned."""

from __future__ import annotations

import httpx
import pytest

from community.database import opened
from community.identity import service as identity
from community.system.checks import examine
from tests.support.fleet import fleet
from tests.support.workload import Day


@pytest.mark.processes
@pytest.mark.on_servers
async def test_fifty_members_at_once_are_paid_what_they_earned(settings, tmp_path):
    async with opened(settings):
        code = (await identity.found_community(name="幸福里")).code
    with fleet(settings, tmp_path, apis=2, workers=2, relays=2) as urls:
        async with httpx.AsyncClient(timeout=20, limits=httpx.Limits(max_connections=60)) as client:
            day = Day(urls, client, residents=50, each=3)
            await day.gather(code)
            await day.pass_by()
            assert await day.board_is_right(within_s=2.0)
            state = await day.end()
    due = day.due()
    assert {name: seen["balance"] for name, seen in state["people"].items()} == due
    assert {name: len(seen["amounts"]) for name, seen in state["people"].items()} == dict.fromkeys(due, 3)
    assert [finding for finding in await examine(settings) if not finding.well] == []
