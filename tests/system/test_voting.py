"""Many concurrent votes in a contest."""

from __future__ import annotations

import pytest

from tests.support.voting import VotingLoad, run_voting_crowd


@pytest.mark.processes
async def test_votes_of_a_crowd_are_counted_exactly(settings, tmp_path):
    load = VotingLoad(people=30, entries=16, votes=260, kills=1)
    await run_voting_crowd(settings, tmp_path, load, workers=0)
