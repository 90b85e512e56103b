"""Five hundred uploads with twenty kills, and the heaviest files.

.venv/bin/pytest tests/faults/test_uploads.py
"""

from __future__ import annotations

import pytest

from tests.media import corpus
from tests.support.uploads import build_expected_state, run_upload_scenario
from tests.workers.test_forking import failures, run_through_worker


@pytest.mark.processes
async def test_every_upload_is_finished_once_whatever_is_killed(tmp_path):
    state, killed = await run_upload_scenario(tmp_path, pictures=500, kills=20, within_s=120)
    assert killed == {"child": 14, "worker": 6}
    assert state == build_expected_state(500)


@pytest.mark.on_embedded
def test_the_heaviest_files_end_as_they_should_within_512_megabytes(settings, tmp_path):
    ended, peak = run_through_worker(settings, list(corpus.heavy()), tmp_path / "peaks")
    assert [(odd.name, end) for odd, end in ended if end not in odd.ends] == []
    assert peak < 512
    assert failures(settings) == 0
