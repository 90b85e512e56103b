"""Many concurrent redemptions of a scarce reward."""

from __future__ import annotations

import pytest

from tests.support.redeeming import CrowdLoad, run_redeeming_crowd


@pytest.mark.processes
async def test_a_crowd_gets_all_pieces_and_no_more(settings, tmp_path):
    load = CrowdLoad(attempts=120, pieces=10, people=24, kills=1)
    await run_redeeming_crowd(settings, tmp_path, load, workers=0)
