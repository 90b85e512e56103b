"""The long form of `tests/points/test_machine.py`, with 500 random histories per backend.

.venv/bin/pytest tests/faults/test_points_machine.py
"""

from __future__ import annotations

from hypothesis import Phase

from tests.points.reward_machine import RedeemingBank
from tests.support.machines import run_machine


def test_five_hundred_lives_of_a_points_bank(backend):
    run_machine(RedeemingBank, backend, examples=500, steps=40, derandomize=False, phases=tuple(Phase))
