"""Counting the statements that a piece of work sends to the database."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.support.shadow import compares_executors


class _Counter(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.statements: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        text = str(record.args[0] if isinstance(record.args, tuple) and record.args else record.msg)
        self.statements.append(text)


@contextmanager
def record_statements() -> Iterator[list[str]]:
    """Yield the list of the statements sent inside the block, in order.

    Skips the test where both executors answer, because both send statements.
    """
    if compares_executors():
        pytest.skip("both executors send statements")
    logger = logging.getLogger("tortoise.db_client")
    before = logger.level
    counter = _Counter()
    logger.addHandler(counter)
    logger.setLevel(logging.DEBUG)
    try:
        yield counter.statements
    finally:
        logger.removeHandler(counter)
        logger.setLevel(before)
