"""The figures of one request, for its metrics and its line in the log."""

from __future__ import annotations

import time
from contextvars import ContextVar
from dataclasses import dataclass, field

INTERNAL = "INTERNAL"


@dataclass(slots=True)
class RequestFigures:
    """The figures of one request. `operation` is one of a bounded set, never a client's own name."""

    request_id: str
    operation: str
    codes: list[str] = field(default_factory=list)
    statements: int = 0
    person_id: int | None = None
    started_at: float = field(default_factory=time.perf_counter)

    def get_duration_s(self) -> float:
        """Return the time since the request began."""
        return time.perf_counter() - self.started_at

    def get_outcome(self, status: int) -> str:
        """Return the kind of answer."""
        if status >= 500 or INTERNAL in self.codes:  # noqa: PLR2004 - HTTP
            return "error"
        if self.codes:
            return "refused"
        return "invalid" if status >= 400 else "ok"  # noqa: PLR2004


current: ContextVar[RequestFigures | None] = ContextVar("request_figures", default=None)


def note_code(code: str) -> None:
    """Note a code that the request answers."""
    if (figures := current.get()) is not None:
        figures.codes.append(code)


def note_person(person_id: int) -> None:
    """Note the person who calls."""
    if (figures := current.get()) is not None:
        figures.person_id = person_id


def note_operation(name: str) -> None:
    """Note the operation."""
    if (figures := current.get()) is not None:
        figures.operation = name


def count_statement() -> None:
    """Count a statement to the database."""
    if (figures := current.get()) is not None:
        figures.statements += 1
