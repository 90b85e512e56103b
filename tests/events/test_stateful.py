"""Random histories of an activity: the service agrees with a model."""

from __future__ import annotations

import pytest

from tests.events.places_machine import Activity
from tests.support.machines import run_machine


def test_activity_agrees_with_the_model(backend):
    run_machine(Activity, backend, examples=8, steps=30)


@pytest.mark.long
def test_activity_agrees_with_the_model_for_long(backend):
    run_machine(Activity, backend, examples=40, steps=40)
