"""Uploads in flight on a whole installation. The long form is `tests/faults/test_upload_memory.py`."""

from __future__ import annotations

import json

import pytest

from tests.support.flight import MEGABYTE, run_flight_scenario


@pytest.mark.processes
async def test_uploads_in_flight_are_not_in_memory(tmp_path):
    before, during, _, answers = await run_flight_scenario(tmp_path, people=1, size=8 * MEGABYTE)
    assert during < before + 40
    codes = [[error["code"] for error in json.loads(answer)["errors"]] for answer in answers]
    assert codes == [[]] * 10 + [["TOO_MANY_AT_ONCE"]]
