"""The long form of `tests/system/test_restarts.py`, with longer days.

.venv/bin/pytest tests/faults/test_restarts.py
"""

from __future__ import annotations

import pytest

from tests.support.restarts import run_restarts_scenario


@pytest.mark.processes
async def test_restarts_under_load_end_no_process(tmp_path):
    codes = await run_restarts_scenario(tmp_path, residents=30, each=6, every=150)
    assert codes.keys() <= {"TRY_AGAIN", "STALE_VERSION"}, codes
