"""The long form of `tests/points/test_machine.py`, with 500 random histories per backend.

.venv/bin/pytest tests/faults/test_points_machine.py
"""

from __future__ import annotations

from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from hypothesis.stateful import run_state_machine_as_test

from tests.points.reward_machine import RedeemingBank

LONG = hypothesis_settings(
    max_examples=500,
    stateful_step_count=40,
    database=None,
    suppress_health_check=list(HealthCheck),
)


def test_five_hundred_lives_of_a_points_bank(backend):
    machine = type("FreshBank", (RedeemingBank,), {"fresh": staticmethod(backend.create_database)})
    run_state_machine_as_test(machine, settings=LONG)
