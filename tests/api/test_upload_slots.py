"""Limits of uploads at the same time, by person, address and process."""

from __future__ import annotations

from contextlib import ExitStack
from itertools import count

import pytest

from community.api.media import slots
from community.api.media.slots import UploadSlots
from community.kernel import clock


def take(stack: ExitStack, taken: UploadSlots, person: int, address: str):
    return stack.enter_context(taken.take(person, address))


@pytest.mark.parametrize(
    ("limit", "who"),
    [
        (slots.MAX_OF_PERSON, lambda number: (1, f"10.0.0.{number}")),
        (slots.MAX_OF_ADDRESS, lambda number: (number, "10.0.0.1")),
        (slots.MAX_OF_PROCESS, lambda number: (number, f"10.0.0.{number}")),
    ],
)
def test_uploads_at_once_are_bounded(limit, who):
    taken, numbers = UploadSlots(), count()
    with ExitStack() as stack:
        assert [take(stack, taken, *who(next(numbers))) for _ in range(limit)] == [None] * limit
        refusal = take(stack, taken, *who(next(numbers)))
        assert (refusal.code, refusal.figures) == ("TOO_MANY_AT_ONCE", {"max": limit})
        assert refusal.retry_at > clock.now()
        assert take(stack, taken, 9_999, "other") is None or limit == slots.MAX_OF_PROCESS
    with ExitStack() as stack:
        assert take(stack, taken, *who(next(numbers))) is None
    assert not taken._running
