"""From the bytes of a request to a GraphQL request, or a 400: nothing that a caller can send raises anything else."""

from __future__ import annotations

import json
import math
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NoReturn
from urllib.parse import parse_qsl

from starlette.requests import Request

from community.api.edge.codes import BODY_TOO_LARGE, ProtocolError, bad_request

MAX_NESTING = 64
MAX_DIGITS = 20  # 64 bits and a sign; what is longer no scalar takes, and converting it costs more than linear time
MAX_PARAMETERS = 50
MAX_DROPPED_BYTES = 1_048_576

# Neither can be stored or sent again: PostgreSQL has no NUL in a text, and a lone surrogate has no UTF-8.
FORBIDDEN_CHARACTERS = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class GraphQLParams:
    """A GraphQL request: types and texts are checked, the document is not yet parsed. No name is ever empty."""

    query: str
    variables: dict[str, Any] | None
    operation_name: str | None
    extensions: dict[str, Any] | None


async def read_body(request: Request, *, limit_bytes: int) -> bytes:
    """The body, or a 413 when it is longer than `limit_bytes`; no more than the limit is ever kept."""
    body = bytearray()
    async for chunk in stream_body(request, limit_bytes=limit_bytes):
        body += chunk
    return bytes(body)


async def stream_body(request: Request, *, limit_bytes: int) -> AsyncIterator[bytes]:
    """The body as it comes in, `limit_bytes` of it at most; then a 413 when there is more.

    The rest of a body that is too long is read and dropped as far as `DROPPED_BYTES`: a connection that is closed over
    unread bytes is reset, and the caller never sees the answer. What is beyond stays unread, and the connection closes.
    """
    announced = request.headers.get("content-length")
    if announced is not None and not (announced.isascii() and announced.isdigit()):
        raise bad_request("The Content-Length is not a number.")
    if not _is_announced_too_large(announced, limit_bytes + MAX_DROPPED_BYTES):
        received = 0
        async for chunk in request.stream():
            received += len(chunk)
            if received <= limit_bytes:
                yield chunk
            elif received > limit_bytes + MAX_DROPPED_BYTES:
                break
        if received <= limit_bytes:
            return
    raise ProtocolError(
        413,
        BODY_TOO_LARGE,
        f"The body is larger than {limit_bytes} bytes.",
        headers={"Connection": "close"},
    )


async def drop_body(request: Request) -> None:
    """Read and drop what a caller sends who is told no whatever it is, as far as `DROPPED_BYTES`."""
    with suppress(ProtocolError):
        async for _ in stream_body(request, limit_bytes=0):
            pass


def _is_announced_too_large(content_length: str | None, max_bytes: int) -> bool:
    return content_length is not None and (len(content_length) > MAX_DIGITS or int(content_length) > max_bytes)


def parse_body_params(body: bytes) -> GraphQLParams:
    """The GraphQL request in a JSON body."""
    if not body.strip():
        raise bad_request("The body is empty.")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise bad_request("The body is not UTF-8.") from error
    payload = load_json(text, what="The body")
    if isinstance(payload, list):
        raise bad_request("Batches are not supported: send one operation as a JSON object.")
    if not isinstance(payload, dict):
        raise bad_request("The body is not a JSON object.")
    return parse_payload_params(payload)


def parse_query_params(query_string: bytes) -> GraphQLParams:
    """The GraphQL request in the query string of a GET. Empty parameters are as good as missing ones."""
    fields = parse_query_string(query_string)
    payload: dict[str, Any] = {name: fields[name] for name in ("query", "operationName") if name in fields}
    for name in ("variables", "extensions"):
        if fields.get(name):
            payload[name] = load_json(fields[name], what=f"The parameter `{name}`")
    return parse_payload_params(payload)


def parse_query_string(query_string: bytes) -> dict[str, str]:
    """The parameters of a query string, each at most once, strictly UTF-8."""
    try:
        # `errors="strict"`: by default broken UTF-8 silently becomes U+FFFD.
        pairs = parse_qsl(
            query_string.decode("utf-8"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=MAX_PARAMETERS,
        )
    except ValueError as error:
        raise bad_request("The query string cannot be read.") from error
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise bad_request("A parameter of the query string is repeated.")
    return fields


def load_json(text: str, *, what: str) -> Any:
    """The value that `text` is in strict JSON: no NaN, no infinities, no number that only memory limits."""
    try:
        return json.loads(text, parse_constant=_refuse_constant, parse_int=_parse_int, parse_float=_parse_float)
    except RecursionError as error:
        raise bad_request(f"{what} is nested too deeply.") from error
    except ValueError as error:
        raise bad_request(f"{what} is not valid JSON.") from error


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _parse_int(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise ValueError(digits[:MAX_DIGITS])
    return int(digits)


def _parse_float(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise ValueError(digits[:MAX_DIGITS])
    return value


def parse_payload_params(payload: Mapping[str, Any]) -> GraphQLParams:
    """The GraphQL request that an object from JSON is."""
    _check_texts(payload)
    query = payload.get("query")
    if query is None or query == "":
        raise bad_request("The request has no `query`.")
    if not isinstance(query, str):
        raise bad_request("`query` must be a string.")
    operation_name = payload.get("operationName")
    if operation_name is not None and not isinstance(operation_name, str):
        raise bad_request("`operationName` must be a string or null.")
    return GraphQLParams(
        query=query,
        variables=_read_object(payload, "variables"),
        operation_name=operation_name or None,
        extensions=_read_object(payload, "extensions"),
    )


def _read_object(payload: Mapping[str, Any], name: str) -> dict[str, Any] | None:
    value = payload.get(name)
    if value is not None and not isinstance(value, dict):
        raise bad_request(f"`{name}` must be an object or null.")
    return value


def _check_texts(payload: Mapping[str, Any]) -> None:
    """Refuses texts that cannot be passed on and nests that later recursions would stumble over, anywhere in it."""
    stack: list[tuple[Any, int]] = [(payload, 0)]
    while stack:
        value, depth = stack.pop()
        if isinstance(value, str):
            if FORBIDDEN_CHARACTERS.search(value):
                raise bad_request("A string contains a NUL or half of a surrogate pair.")
        elif isinstance(value, dict | list):
            if depth > MAX_NESTING:
                raise bad_request("The request is nested too deeply.")
            items: Any = value if isinstance(value, list) else (*value, *value.values())
            stack.extend((item, depth + 1) for item in items)
