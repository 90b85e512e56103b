"""Thirty uploads of 19 megabytes in flight.

.venv/bin/pytest tests/faults/test_upload_memory.py
"""

from __future__ import annotations

import json

import pytest

from tests.support.flight import MEGABYTE, run_flight_scenario


@pytest.mark.processes
async def test_thirty_large_uploads_are_not_in_memory(tmp_path):
    before, during, after, answers = await run_flight_scenario(tmp_path, people=3, size=19 * MEGABYTE)
    print(f"memory of the API in MiB: before={before} during={during} after={after}")  # noqa: T201 - a figure to read
    assert during < before + 40
    assert after < before + 120
    assert sum(json.loads(answer)["errors"] == [] for answer in answers) == 30
