"""JSON responses in UTF-8, with headers that forbid caching and content sniffing."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache, partial
from typing import Any

import orjson
from starlette.responses import Response

from community.api.edge import media_types
from community.api.edge.codes import INTERNAL
from community.api.edge.languages import get_language
from community.kernel.correlation import get_request_id
from community.kernel.errors import TryAgain
from community.texts import translate

MIN_GZIP_BYTES = 1_024
MAX_GZIP_BYTES = 131_072
"""Maximum size of a body that is compressed in the event loop, in about 3 ms."""
GZIP_LEVEL = 4
RETRY_HEADERS = {"Retry-After": "2"}
_ENCODER = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=datetime.isoformat
)  # another object raises TypeError
PRIVATE_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def encode_json(payload: Any) -> bytes:
    """Encode the payload as JSON. A lone surrogate becomes a question mark.

    Raises ValueError or TypeError for values that JSON does not have, such as NaN.
    """
    return _ENCODER.encode(payload).encode("utf-8", errors="replace")


def encode_plain_json(payload: Any) -> bytes:
    """Encode a payload without fractions, with the bytes of `encode_json`."""
    try:
        return orjson.dumps(payload)
    except orjson.JSONEncodeError:  # a lone surrogate
        return encode_json(payload)


class _JsonResponse(Response):
    """A response whose headers are encoded already."""

    def __init__(self, body: bytes, status: int, headers: Sequence[tuple[bytes, bytes]]) -> None:
        self.status_code, self.body, self.background = status, body, None
        self.raw_headers = [*headers, (b"content-length", b"%d" % len(body))]


def build_json_response(
    payload: Any,
    *,
    status: int = 200,
    media_type: str = media_types.JSON,
    headers: Mapping[str, str] | None = None,
    encode: Callable[[Any], bytes] = encode_json,
) -> Response:
    """Build a JSON response. Raises ValueError or TypeError for values that JSON does not have."""
    further = [_encode_header(*header) for header in headers.items()] if headers else ()
    return _JsonResponse(encode(payload), status, [*_encode_headers(media_type), *further])


@cache
def _encode_headers(media_type: str) -> list[tuple[bytes, bytes]]:
    named = {**PRIVATE_HEADERS, "Content-Type": f"{media_type}; charset=utf-8"}
    return [_encode_header(*header) for header in named.items()]


def _encode_header(name: str, value: str) -> tuple[bytes, bytes]:
    return name.lower().encode("latin-1"), value.encode("latin-1")


async def compress(response: Response, accepted: str | None) -> None:
    """Compress a long body if the client accepts gzip.

    Tokens are in headers and not in cookies. So a foreign page cannot guess a secret from the length of the result.
    """
    body = bytes(response.body)
    if len(body) < MIN_GZIP_BYTES:
        return
    response.raw_headers.append((b"vary", b"Accept-Encoding"))
    if "gzip" not in (accepted or ""):
        return
    write = partial(gzip.compress, body, GZIP_LEVEL, mtime=0)
    response.body = await asyncio.to_thread(write) if len(body) > MAX_GZIP_BYTES else write()
    response.headers["Content-Length"], response.headers["Content-Encoding"] = str(len(response.body)), "gzip"


def build_error_response(
    status: int,
    code: str,
    message: str,
    *,
    media_type: str = media_types.JSON,
    headers: Mapping[str, str] | None = None,
    **extensions: Any,
) -> Response:
    """Build the response of a failed request, shaped like GraphQL without data."""
    error = {"message": message, "extensions": {"code": code, "requestId": get_request_id(), **extensions}}
    return build_json_response({"errors": [error]}, status=status, media_type=media_type, headers=headers)


def build_internal_error_response() -> Response:
    """Build the 500 for a masked bug."""
    return build_error_response(500, INTERNAL, translate("internal", get_language()))


def build_try_again_response(refusal: TryAgain) -> Response:
    """Build the 503 for a call outside GraphQL that can be repeated later."""
    retry_at = refusal.retry_at and refusal.retry_at.isoformat()
    sentence = refusal.translate(get_language())
    return build_error_response(503, refusal.code, sentence, headers=RETRY_HEADERS, retryAt=retry_at)
