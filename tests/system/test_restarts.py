"""Restarts of PostgreSQL and Valkey under load. The long form is `tests/faults`."""

from __future__ import annotations

import pytest

from tests.support.restarts import run_restarts_scenario


@pytest.mark.long
@pytest.mark.processes
async def test_restarts_under_load_end_no_process(tmp_path):
    codes = await run_restarts_scenario(tmp_path, residents=5, each=4, every=15)
    assert codes.keys() <= {"TRY_AGAIN", "STALE_VERSION"}, codes
