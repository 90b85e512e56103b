"""One way to call a platform's server: bounded in time and size, and an odd answer is no answer.

Addresses and answers hold secrets and ids. None of them is logged here, and the library that does so at INFO is told
not to.
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

for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)

log = logging.getLogger(__name__)

MAX_CODE_LENGTH = 512
MAX_ID_LENGTH = 128
_MAX_RESPONSE_BYTES = 65_536


@lru_cache(maxsize=1)
def _create_ssl_context() -> ssl.SSLContext:
    """The certificates that are trusted; reading them takes longer than most calls."""
    return httpx.create_ssl_context()


async def request_json(settings: Settings, method: str, url: str, **given: Any) -> tuple[dict[str, Any], str]:
    """The JSON object that the platform answers, and its text. Raises PlatformBusy when there is no such answer.

    The whole call takes `login_timeout_s` at most, however steadily the answer drips, and one that is too large is not
    read to its end.
    """
    host = httpx.URL(url).host
    try:
        async with asyncio.timeout(settings.login_timeout_s):
            body = await _read_body(settings, host, method, url, given)
    except (httpx.HTTPError, TimeoutError) as error:
        log.warning("%s does not answer: %s", host, type(error).__name__)
        raise PlatformBusy from None
    try:
        text = body.decode()
        answer = json.loads(text)
    except (ValueError, RecursionError):
        answer = text = None
    if not isinstance(answer, dict) or text is None:
        log.warning("%s answers with something that is no JSON object", host)
        raise PlatformBusy
    return answer, text


async def _read_body(settings: Settings, host: str, method: str, url: str, given: dict[str, Any]) -> bytes:
    # Nothing is to be unpacked: how large an answer is is seen before it is taken in.
    headers = {"Accept-Encoding": "identity"}
    body = bytearray()
    async with (
        httpx.AsyncClient(timeout=settings.login_timeout_s, verify=_create_ssl_context(), headers=headers) as client,
        client.stream(method, url, **given) as response,
    ):
        if response.status_code != httpx.codes.OK:
            log.warning("%s answers with status %s", host, response.status_code)
            raise PlatformBusy
        async for part in response.aiter_raw():
            body += part
            if len(body) > _MAX_RESPONSE_BYTES:
                log.warning("%s answers with more than %s bytes", host, _MAX_RESPONSE_BYTES)
                raise PlatformBusy
    return bytes(body)


def parse_number(value: object, *, missing: int | None = None) -> int | None:
    """An error number, which some servers send as a text; `missing` when it is not there, None when it is no number."""
    if value is None:
        return missing
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    try:
        return int(value)
    except ValueError:
        return None


def find_identifier(answer: dict[str, Any], *names: str) -> str | None:
    """The first of these values that is there, when it can be an id; None when none is. Raises PlatformBusy."""
    for name in names:
        value = answer.get(name)
        if value in (None, ""):
            continue
        if not isinstance(value, str) or len(value) > MAX_ID_LENGTH or not value.isprintable():
            log.warning("a platform's answer has an odd %s", name)
            raise PlatformBusy
        return value
    return None


def get_identifier(answer: dict[str, Any], *names: str) -> str:
    """As `identifier`, but one must be there. Raises PlatformBusy."""
    value = find_identifier(answer, *names)
    if value is None:
        log.warning("a platform's answer lacks %s", names[0])
        raise PlatformBusy
    return value


def validate_code(code: str, *, path: str = "code") -> str:
    """A code that a platform may have given out. Raises LoginCodeInvalid for what cannot be one."""
    if not 1 <= len(code) <= MAX_CODE_LENGTH or not code.isascii() or not code.isprintable():
        raise LoginCodeInvalid(path=(path,))
    return code
