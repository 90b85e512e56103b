"""A contest of two thousand members over HTTP, with two kills of an API process.

.venv/bin/pytest tests/faults/test_contest.py
"""

from __future__ import annotations

import pytest

from tests.support.voting import VotingLoad, run_voting_crowd


@pytest.mark.processes
async def test_twenty_thousand_votes_are_counted_exactly(settings, tmp_path):
    load = VotingLoad(people=2_000, entries=300, votes=20_000, kills=2)
    await run_voting_crowd(settings, tmp_path, load, workers=1)
