"""Two thousand attempts at a hundred pieces over HTTP, with two kills of an API process.

.venv/bin/pytest tests/faults/test_redeeming.py
"""

from __future__ import annotations

import pytest

from tests.support.redeeming import CrowdLoad, run_redeeming_crowd


@pytest.mark.processes
async def test_two_thousand_attempts_share_a_hundred_pieces(settings, tmp_path):
    load = CrowdLoad(attempts=2_000, pieces=100, people=400, kills=2)
    await run_redeeming_crowd(settings, tmp_path, load, workers=1)
