"""The request id, which links a response, its log lines and a person's report."""

from __future__ import annotations

import os
import re
from contextvars import ContextVar

NO_REQUEST = "-"
REQUEST_ID_PATTERN = re.compile(r"[A-Za-z0-9._-]{1,64}")

current_request_id: ContextVar[str] = ContextVar("request_id", default=NO_REQUEST)


def get_request_id() -> str:
    """Return the id of the current request, or `-` outside a request.

    Tasks that a request starts keep its id.
    """
    return current_request_id.get()


def choose_request_id(offered: str) -> str:
    """Return the client's id if it is valid, otherwise a new one."""
    return offered if offered and REQUEST_ID_PATTERN.fullmatch(offered) else os.urandom(16).hex()
