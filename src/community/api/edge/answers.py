"""Answers of the edge: JSON in plain UTF-8, never stored, never guessed at."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from community.api.edge import media
from community.api.edge.codes import INTERNAL, INTERNAL_MESSAGE
from community.api.edge.correlation import request_id

PRIVATE = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def encoded(payload: Any) -> bytes:
    """The payload as JSON. Half of a surrogate pair has no UTF-8 and becomes a question mark.

    Raises ValueError or TypeError for what JSON has no word for, such as NaN.
    """
    text = json.dumps(payload, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.encode("utf-8", errors="replace")


def answer(
    payload: Any, *, status: int = 200, media_type: str = media.JSON, headers: Mapping[str, str] | None = None
) -> Response:
    """A JSON answer; raises as `encoded` does."""
    content_type = {"Content-Type": f"{media_type}; charset=utf-8"}
    return Response(encoded(payload), status, headers={**PRIVATE, **(headers or {}), **content_type})


def failure(
    status: int, code: str, message: str, *, media_type: str = media.JSON, headers: Mapping[str, str] | None = None
) -> Response:
    """The answer to a request that failed as a whole, in the shape of a GraphQL answer without data."""
    error = {"message": message, "extensions": {"code": code, "requestId": request_id()}}
    return answer({"errors": [error]}, status=status, media_type=media_type, headers=headers)


def internal_failure() -> Response:
    """The 500 behind which a bug is hidden."""
    return failure(500, INTERNAL, INTERNAL_MESSAGE)
