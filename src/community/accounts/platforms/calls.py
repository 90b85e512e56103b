"""Calls of a platform's server, limited in time and size.

URLs and responses hold secrets and ids. None of them is logged here. httpx would log them at INFO and is limited to
warnings.
"""

from __future__ import annotations

import asyncio
import json
import logging
import ssl
from functools import lru_cache
from typing import Any

import httpx

from community.accounts.errors import LoginCodeInvalid, PlatformBusy
from community.settings import Settings

for _library in ("httpx", "httpcore"):
    logging.getLogger(_library).setLevel(logging.WARNING)

log = logging.getLogger(__name__)

MAX_CODE_LENGTH = 512
MAX_ID_LENGTH = 128
_MAX_RESPONSE_BYTES = 65_536


@lru_cache(maxsize=1)
def _create_ssl_context() -> ssl.SSLContext:
    # Cached: reading the trusted certificates takes longer than most calls.
    return httpx.create_ssl_context()


async def request_json(settings: Settings, method: str, url: str, **options: Any) -> dict[str, Any]:
    """Call a platform and return its JSON object.

    `options` are httpx's. Raises what `request_text` raises, and PlatformBusy for an object with a repeated name.
    """
    text = await request_text(settings, method, url, **options)
    try:
        answer = json.loads(text, object_pairs_hook=build_unique_object)
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        log.warning("platform response is no JSON object: host=%s", httpx.URL(url).host)
        raise PlatformBusy
    return answer


def build_unique_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return a JSON object from its members.

    Raises ValueError for a repeated name, whose meaning is not defined.
    """
    answer = dict(pairs)
    if len(answer) < len(pairs):
        raise ValueError("a name is repeated")
    return answer


async def request_text(settings: Settings, method: str, url: str, **options: Any) -> str:
    """Call a platform and return the text of its response.

    The whole call takes at most `login_timeout_s`, even if the response arrives slowly. Raises PlatformBusy for every
    other response, and for one of more than 64 KiB, which is not read to its end.
    """
    host = httpx.URL(url).host
    try:
        async with asyncio.timeout(settings.login_timeout_s):
            body = await _read_body(settings, host, method, url, options)
        return body.decode()
    except (httpx.HTTPError, TimeoutError, UnicodeDecodeError) as error:
        log.warning("platform does not respond: host=%s error=%s", host, type(error).__name__)
        busy = PlatformBusy()
        busy.is_unsent = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)
        raise busy from None


async def _read_body(settings: Settings, host: str, method: str, url: str, options: dict[str, Any]) -> bytes:
    # Without compression, the size is known before the bytes are unpacked in memory.
    headers = {"Accept-Encoding": "identity"}
    body = bytearray()
    async with (
        httpx.AsyncClient(timeout=settings.login_timeout_s, verify=_create_ssl_context(), headers=headers) as client,
        client.stream(method, url, **options) as response,
    ):
        if response.status_code != httpx.codes.OK:
            log.warning("platform response has an error status: host=%s status=%s", host, response.status_code)
            raise PlatformBusy
        async for part in response.aiter_raw():
            body += part
            if len(body) > _MAX_RESPONSE_BYTES:
                log.warning("platform response is too large: host=%s max_bytes=%s", host, _MAX_RESPONSE_BYTES)
                raise PlatformBusy
    return bytes(body)


def parse_number(value: object, *, missing: int | None = None) -> int | None:
    """Return an error number, which some servers send as text.

    Returns `missing` if the value is None, and None if it is no number.
    """
    if value is None:
        return missing
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    try:
        return int(value)
    except ValueError:
        return None


def find_identifier(answer: dict[str, Any], *names: str) -> str | None:
    """Return the first of these fields that has a value, or None. Raises PlatformBusy if it cannot be an id."""
    for name in names:
        value = answer.get(name)
        if value in (None, ""):
            continue
        if not isinstance(value, str) or len(value) > MAX_ID_LENGTH or not value.isprintable():
            log.warning("platform response has an invalid field: field=%s", name)
            raise PlatformBusy
        return value
    return None


def get_identifier(answer: dict[str, Any], *names: str) -> str:
    """Return the first of these fields that has a value. Raises PlatformBusy if none has, or it cannot be an id."""
    value = find_identifier(answer, *names)
    if value is None:
        log.warning("platform response lacks a field: field=%s", names[0])
        raise PlatformBusy
    return value


def validate_code(code: str, *, path: str = "code") -> str:
    """Return the code if a platform can have issued it. Raises LoginCodeInvalid with `path` otherwise."""
    if not 1 <= len(code) <= MAX_CODE_LENGTH or not code.isascii() or not code.isprintable():
        raise LoginCodeInvalid(path=(path,))
    return code
