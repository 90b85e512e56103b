"""Logging on standard error, one line per event, as text or JSON.

The same fault of many calls is one line.
"""

from __future__ import annotations

import json
import logging
import os
import time
from datetime import UTC, datetime

from community.kernel import request_figures
from community.kernel.correlation import get_request_id
from community.settings import PREFIX, LogFormat

WARNING_INTERVAL_S = 10.0
_warned: dict[tuple[str, str], tuple[float, int]] = {}
"""Time of the last line of each event and cause, and the number of warnings since then."""


class JsonFormatter(logging.Formatter):
    """A JSON object for each event. The attribute `fields` of a record adds to it."""

    def __init__(self, part: str) -> None:
        super().__init__()
        self._part = part

    def format(self, record: logging.LogRecord) -> str:
        """Return one line."""
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "part": self._part,
            "logger": record.name,
            "message": record.getMessage(),
        }
        figures = request_figures.current.get()
        if figures is not None:
            line["request_id"] = figures.request_id
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line | getattr(record, "fields", {}), ensure_ascii=False, default=str)


def _build_text_formatter(part: str) -> logging.Formatter:
    formatter = logging.Formatter(
        f"%(asctime)s.%(msecs)03dZ %(levelname)s {part} %(name)s: %(message)s", datefmt="%Y-%m-%dT%H:%M:%S"
    )
    formatter.converter = time.gmtime
    return formatter


def configure(part: str) -> None:
    """Configure logging for this part of the service (`api`, `relay`, `worker effects`)."""
    is_json = os.environ.get(f"{PREFIX}LOG_FORMAT") == LogFormat.JSON
    formatter: logging.Formatter = JsonFormatter(part) if is_json else _build_text_formatter(part)
    # Text has no line for each request.
    logging.getLogger("community.requests").setLevel(logging.INFO if is_json else logging.WARNING)
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    logging.getLogger("tortoise").setLevel(logging.WARNING)
    # Its pool logs each failure to connect with a traceback. The caller gets the same failure as an exception.
    logging.getLogger("asyncpg").setLevel(logging.ERROR)
    # It logs each attempt to connect while Redis is away.
    logging.getLogger("rq.worker").addFilter(_is_first)


def warn_by_cause(logger: logging.Logger, event: str, cause: str, error: BaseException) -> None:
    """Log the first warning of an event and a cause in ten seconds. The next line counts those left out."""
    left_out = _count_left_out(event, cause)
    if left_out is not None:
        text = "%s: cause=%s error=%s request_id=%s left_out=%s"
        logger.warning(text, event, cause, type(error).__name__, get_request_id(), left_out)


def _is_first(record: logging.LogRecord) -> bool:
    """Return True for the first line with the same fixed text in ten seconds."""
    return _count_left_out(record.name, str(record.msg)) is not None


def _count_left_out(event: str, cause: str) -> int | None:
    """Return the number of lines left out, or None to leave this one out."""
    now = time.monotonic()
    logged_at, left_out = _warned.get((event, cause), (-WARNING_INTERVAL_S, 0))
    is_due = now - logged_at >= WARNING_INTERVAL_S
    _warned[event, cause] = (now, 0) if is_due else (logged_at, left_out + 1)
    return left_out if is_due else None
