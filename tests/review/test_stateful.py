"""Random histories of authors, reporters and leaders: the service agrees with a model."""

from __future__ import annotations

import pytest

from tests.review.machine import Quarter
from tests.support.machines import run_machine


def test_review_agrees_with_the_model(backend):
    run_machine(Quarter, backend, examples=3, steps=40)


@pytest.mark.long
def test_review_agrees_with_the_model_for_long(backend):
    run_machine(Quarter, backend, examples=16, steps=50)
