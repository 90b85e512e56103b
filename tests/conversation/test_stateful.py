"""Random histories of a thread: the service agrees with a model."""

from __future__ import annotations

import pytest

from tests.conversation.machine import Thread
from tests.support.machines import run_machine


def test_thread_agrees_with_the_model(backend):
    run_machine(Thread, backend, examples=10, steps=30)


@pytest.mark.long
def test_thread_agrees_with_the_model_for_long(backend):
    run_machine(Thread, backend, examples=16, steps=30)
