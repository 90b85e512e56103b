"""The check that mutations refuse only with the codes that they declare."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from community.api.mutation_errors import logger


class _Collector(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


@contextmanager
def require_declared_codes() -> Iterator[list[str]]:
    """Raise AssertionError at the end if a mutation in this process refused with an undeclared code.

    It sees every refusal, also where the document does not ask for the codes. Yields the lines that it has seen.
    """
    collector = _Collector()
    logger.addHandler(collector)
    try:
        yield collector.lines
    finally:
        logger.removeHandler(collector)
    assert collector.lines == []
