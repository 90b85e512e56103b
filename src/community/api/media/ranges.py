"""Parts of a file and conditional requests (RFC 9110)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from http import HTTPStatus

from starlette.responses import Response

from community.api.edge import responses
from community.api.edge.codes import RANGE_NOT_SATISFIABLE

_RANGE = re.compile(r"bytes=\s*(\d{0,18})-(\d{0,18})\s*", re.IGNORECASE)


def is_known(etag: str, if_none_match: str) -> bool:
    """Return True if the client has the file already."""
    return etag in if_none_match


def is_any(if_none_match: str) -> bool:
    """Return True if the client does not want any file. It wants to know whether there is one."""
    return if_none_match.strip() == "*"


def build_file_response(
    data: bytes, method: str, request_headers: Mapping[str, str], headers: Mapping[str, str], *, media_type: str
) -> Response:
    """Build the response with the file, or with the requested part.

    Several ranges, ranges of another file than the client has, and ranges of a `HEAD` request get the whole file.
    """
    headers = {**headers, "Accept-Ranges": "bytes"}
    wanted = _RANGE.fullmatch(request_headers.get("range", ""))
    is_other_file = request_headers.get("if-range", headers["ETag"]) != headers["ETag"]
    # RFC 9110, 14.2: a range has a meaning for GET only.
    if method != "GET" or wanted is None or is_other_file or not any(wanted.groups()):
        return Response(data, headers=headers, media_type=media_type)
    first, last = wanted.groups()
    start = int(first) if first else max(0, len(data) - int(last))
    end = min(int(last) + 1, len(data)) if first and last else len(data)
    if start >= len(data) or (first and last and int(last) < start):
        return responses.build_error_response(
            HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
            RANGE_NOT_SATISFIABLE,
            f"The file has {len(data)} bytes.",
            headers={"Content-Range": f"bytes */{len(data)}"},
        )
    headers["Content-Range"] = f"bytes {start}-{end - 1}/{len(data)}"
    return Response(data[start:end], HTTPStatus.PARTIAL_CONTENT, headers, media_type)
