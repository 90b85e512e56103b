"""Random histories of a thread: the service agrees with a model."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase
from hypothesis import settings as hypothesis_settings
from hypothesis.stateful import run_state_machine_as_test

from tests.conversation.machine import Thread

SHORT = hypothesis_settings(
    max_examples=10,
    stateful_step_count=30,
    deadline=None,
    derandomize=True,
    database=None,
    # Finding an error takes seconds, shrinking its sequence takes minutes.
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)
LONG = hypothesis_settings(SHORT, max_examples=16, stateful_step_count=30)


def run(backend, settings: hypothesis_settings) -> None:
    machine = type("HereAndNow", (Thread,), {"fresh": staticmethod(backend.create_database)})
    run_state_machine_as_test(machine, settings=settings)


def test_thread_agrees_with_the_model(backend):
    run(backend, SHORT)


@pytest.mark.long
def test_thread_agrees_with_the_model_for_long(backend):
    run(backend, LONG)
