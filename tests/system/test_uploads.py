"""Uploads while the work on them is killed. The long form is `tests/faults`."""

from __future__ import annotations

import pytest

from tests.support.uploads import build_expected_state, run_upload_scenario


@pytest.mark.long
@pytest.mark.processes
async def test_every_upload_is_finished_once_whatever_is_killed(tmp_path):
    state, killed = await run_upload_scenario(tmp_path, pictures=45, kills=3, within_s=60)
    assert killed == {"child": 2, "worker": 1}
    assert state == build_expected_state(45)
