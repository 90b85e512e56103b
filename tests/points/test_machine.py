"""Random sequences of movements: the service agrees with a model."""

from __future__ import annotations

from hypothesis import HealthCheck, Phase
from hypothesis import settings as hypothesis_settings
from hypothesis.stateful import run_state_machine_as_test

from tests.points.reward_machine import RedeemingBank

SHORT = hypothesis_settings(
    max_examples=12,
    stateful_step_count=40,
    deadline=None,
    derandomize=True,
    database=None,
    # Finding an error takes seconds, shrinking its sequence takes minutes. The long form shrinks.
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)


def test_whatever_is_done_the_books_are_right(backend):
    machine = type("HereAndNow", (RedeemingBank,), {"fresh": staticmethod(backend.create_database)})
    run_state_machine_as_test(machine, settings=SHORT)
