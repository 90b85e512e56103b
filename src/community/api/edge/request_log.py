"""The line in the log about each request."""

from __future__ import annotations

import logging
from collections.abc import Callable

from community.kernel import metrics
from community.kernel.request_figures import RequestFigures

log = logging.getLogger("community.requests")


class RequestLog:
    """Log of requests. `digest_person` names a person without their id."""

    def __init__(self, digest_person: Callable[[int], str]) -> None:
        self._digest_person = digest_person

    def note_end(self, figures: RequestFigures, status: int) -> None:
        """Count a request that ended, and write its line."""
        metrics.observe(figures, status)
        if log.isEnabledFor(logging.INFO):
            log.info("request", extra={"fields": self._describe(figures, status)})

    def _describe(self, figures: RequestFigures, status: int) -> dict[str, object]:
        return {
            "request_id": figures.request_id,
            "operation": figures.operation,
            "outcome": figures.get_outcome(status),
            "status": status,
            "codes": figures.codes,
            "person": None if figures.person_id is None else self._digest_person(figures.person_id),
            "duration_ms": round(figures.get_duration_s() * 1000, 2),
            "statements": figures.statements,
        }
