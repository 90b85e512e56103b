"""A process refuses requests that would wait longer than a few seconds."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from community.api.edge.load import MAX_RUNNING, MAX_WAIT_S, MIN_RUNNING, Load
from community.kernel import clock
from community.kernel.errors import TryAgain


class Clock:
    def __init__(self):
        self.seconds = 0.0

    def __call__(self):
        return self.seconds


def work(load, time, *, rate, seconds):
    """Complete `rate` requests per second, while as many others run."""
    for _ in range(seconds):
        with ExitStack() as running:
            for _ in range(rate):
                running.enter_context(load)
            time.seconds += 1


def test_request_above_limit_is_refused_with_time():
    load = Load(Clock())
    with ExitStack() as running:
        for _ in range(load.limit):
            running.enter_context(load)
        with pytest.raises(TryAgain) as caught, load:
            pass
    assert caught.value.reason == "overloaded"
    assert caught.value.retry_at > clock.now()
    with load:
        pass


def test_limit_follows_the_rate():
    time = Clock()
    load = Load(time)
    work(load, time, rate=20, seconds=10)
    assert load.limit == max(MIN_RUNNING, MAX_WAIT_S * 20)
    work(load, time, rate=60, seconds=20)
    assert load.limit == pytest.approx(MAX_WAIT_S * 60, abs=2)


def test_stalled_process_keeps_the_smallest_limit():
    time = Clock()
    load = Load(time)
    with ExitStack() as running:
        for _ in range(50):
            running.enter_context(load)
        for _ in range(10):
            time.seconds += 1
            running.enter_context(load)
        assert load.limit == MIN_RUNNING


def test_idle_process_keeps_its_limit():
    time = Clock()
    load = Load(time)
    before = load.limit
    for _ in range(100):
        time.seconds += 10
        with load:
            pass
    assert MIN_RUNNING < load.limit == before <= MAX_RUNNING
