"""Parsing of a GraphQL request. Every invalid input raises ProtocolError and nothing else."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NoReturn
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect, Request

from community.api.edge.codes import BODY_TOO_LARGE, ProtocolError, bad_request
from community.api.edge.headers import read_headers

MAX_NESTING = 64
MAX_ITEMS = 1_000
"""Maximum length of a list or an object. No input needs more than 100, and each item takes up to 30 µs."""
MAX_VALUES = 5_000
"""Maximum number of values of a request, with the names of fields."""
MAX_DIGITS = 20  # 64 bits and a sign: no scalar takes more, and converting longer numbers needs more than linear time
MAX_PARAMETERS = 50
MAX_DROPPED_BYTES = 1_048_576

# Neither can be stored or sent. PostgreSQL allows no NUL in a text, and UTF-8 has no lone surrogate.
FORBIDDEN_CHARACTERS = re.compile("[\x00\ud800-\udfff]")

DIGEST_PATTERN = re.compile(r"(?:sha256:)?([0-9A-Fa-f]{64})")


@dataclass(frozen=True, slots=True)
class GraphQLParams:
    """GraphQL request with checked types and texts. The document is not parsed. No name is empty.

    `document_id` is the SHA-256 of the document in hexadecimal. `query` is empty if only this is given.
    """

    query: str
    document_id: str | None
    variables: dict[str, Any] | None
    operation_name: str | None
    extensions: dict[str, Any] | None


async def read_body(request: Request, *, limit_bytes: int) -> bytes:
    """Read the body, and keep at most `limit_bytes`.

    Raises ProtocolError with 413 if it is longer.
    """
    chunks: list[bytes] = []
    await receive_body(request, chunks.append, limit_bytes=limit_bytes)
    return b"".join(chunks)


async def receive_body(request: Request, take: Callable[[bytes], object], *, limit_bytes: int) -> None:
    """Give each part of the body to `take`, at most `limit_bytes`. Raises ProtocolError with 413 if there is more.

    Up to `MAX_DROPPED_BYTES` of the rest are read and dropped. If a connection is closed with unread bytes, it is
    reset and the client loses the response. Bytes beyond that limit stay unread, and the connection closes.
    """
    announced = read_headers(request.scope).get(b"content-length")
    if announced is not None and not (announced.isascii() and announced.isdigit()):
        raise bad_request("The Content-Length is not a number.")
    if not _is_announced_too_large(announced, limit_bytes + MAX_DROPPED_BYTES):
        received, has_more = 0, True
        while has_more and received <= limit_bytes + MAX_DROPPED_BYTES:
            message = await request.receive()
            if message["type"] == "http.disconnect":
                raise ClientDisconnect
            chunk, has_more = message.get("body", b""), message.get("more_body", False)
            received += len(chunk)
            if received <= limit_bytes:
                take(chunk)
        if received <= limit_bytes:
            return
    raise ProtocolError(
        413,
        BODY_TOO_LARGE,
        f"The body is larger than {limit_bytes} bytes.",
        headers={"Connection": "close"},
    )


async def drop_body(request: Request) -> None:
    """Drop up to `MAX_DROPPED_BYTES` of the body of a request that is refused anyway."""
    with suppress(ProtocolError):
        await receive_body(request, lambda _: None, limit_bytes=0)


def _is_announced_too_large(content_length: str | None, max_bytes: int) -> bool:
    return content_length is not None and (len(content_length) > MAX_DIGITS or int(content_length) > max_bytes)


def parse_body_params(body: bytes) -> GraphQLParams:
    """Parse the GraphQL request in a JSON body."""
    if not body.strip():
        raise bad_request("The body is empty.")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise bad_request("The body is not UTF-8.") from error
    payload = load_json(text, what="The body")
    if isinstance(payload, list):
        raise bad_request("Batches are not supported. Send one operation as a JSON object.")
    if not isinstance(payload, dict):
        raise bad_request("The body is not a JSON object.")
    return parse_payload_params(payload)


def parse_query_params(query_string: bytes) -> GraphQLParams:
    """Parse the GraphQL request in the query string of a GET. Empty parameters count as missing."""
    fields = parse_query_string(query_string)
    payload: dict[str, Any] = {
        name: fields[name] for name in ("query", "operationName", "documentId") if name in fields
    }
    for name in ("variables", "extensions"):
        if fields.get(name):
            payload[name] = load_json(fields[name], what=f"The parameter `{name}`")
    return parse_payload_params(payload)


def parse_query_string(query_string: bytes) -> dict[str, str]:
    """Parse the parameters of a query string. Each occurs at most once, in strict UTF-8."""
    try:
        # Without `errors="strict"`, broken UTF-8 silently becomes U+FFFD.
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
    """Parse strict JSON, without NaN, infinities and numbers of unlimited length."""
    text = text.strip(" \t\n\r")
    try:
        value, end = _DECODER.raw_decode(text)
    except RecursionError as error:
        raise bad_request(f"{what} is nested too deeply.") from error
    except ValueError as error:
        raise bad_request(f"{what} is not valid JSON.") from error
    if end != len(text):
        raise bad_request(f"{what} is not valid JSON.")
    return value


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


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant, parse_int=_parse_int, parse_float=_parse_float)


def parse_payload_params(payload: Mapping[str, Any]) -> GraphQLParams:
    """Parse the GraphQL request in a JSON object."""
    _check_texts(payload)
    query = payload.get("query") or ""
    if not isinstance(query, str):
        raise bad_request("`query` must be a string.")
    extensions = _read_object(payload, "extensions")
    document_id = _read_document_id(payload, extensions or {})
    if not query and document_id is None:
        raise bad_request("The request has no `query`.")
    operation_name = payload.get("operationName")
    if operation_name is not None and not isinstance(operation_name, str):
        raise bad_request("`operationName` must be a string or null.")
    return GraphQLParams(
        query=query,
        document_id=document_id,
        variables=_read_object(payload, "variables"),
        operation_name=operation_name or None,
        extensions=extensions,
    )


def _read_document_id(payload: Mapping[str, Any], extensions: Mapping[str, Any]) -> str | None:
    """Return the digest of `documentId` or of `extensions.persistedQuery`, in lower case, or None."""
    digest = payload.get("documentId")
    persisted = extensions.get("persistedQuery")
    if digest is None and persisted is not None:
        if not isinstance(persisted, dict) or persisted.get("version") != 1:
            raise bad_request("`persistedQuery` must have the version 1.")
        digest = persisted.get("sha256Hash", "")
    if digest is None:
        return None
    found = DIGEST_PATTERN.fullmatch(digest) if isinstance(digest, str) else None
    if found is None:
        raise bad_request("The document's id must be its SHA-256 in hexadecimal.")
    return found[1].lower()


def _read_object(payload: Mapping[str, Any], name: str) -> dict[str, Any] | None:
    value = payload.get(name)
    if value is not None and not isinstance(value, dict):
        raise bad_request(f"`{name}` must be an object or null.")
    return value


def _check_texts(payload: Mapping[str, Any]) -> None:
    """Check all strings and the nesting, which later recursions need to be limited.

    Raises ProtocolError for a NUL, a lone surrogate, a deeper nesting than `MAX_NESTING` and too many values.
    """
    level: list[Any] = [payload]
    depth = count = 0
    while level:
        if depth > MAX_NESTING:
            raise bad_request("The request is nested too deeply.")
        below: list[Any] = []
        for value in level:
            items = value if isinstance(value, list) else (*value, *value.values())
            count += len(items)
            if len(value) > MAX_ITEMS or count > MAX_VALUES:
                raise bad_request(f"A list has more than {MAX_ITEMS} items, or the request more than {MAX_VALUES}.")
            texts: list[str] = []
            for item in items:
                if item.__class__ is str:
                    texts.append(item)
                elif item.__class__ is dict or item.__class__ is list:
                    below.append(item)
            if FORBIDDEN_CHARACTERS.search("".join(texts)):
                raise bad_request("A string contains a NUL or half of a surrogate pair.")
        level, depth = below, depth + 1
