"""Random sequences of movements: the service agrees with a model."""

from __future__ import annotations

from tests.points.reward_machine import RedeemingBank
from tests.support.machines import run_machine


def test_whatever_is_done_the_books_are_right(backend):
    run_machine(RedeemingBank, backend, examples=12, steps=40)
