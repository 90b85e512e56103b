"""Messages that WeChat pushes to this service."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from community.kernel import clock
from community.safety.platform import checks
from community.safety.platform.answers import judge
from community.safety.platform.messages import CallbackKeys, open_message, verify_address
from community.settings import Settings

log = logging.getLogger(__name__)

_MEDIA_CHECK = "wxa_media_check"
_MAX_TRACE_ID_LENGTH = 128


def find_keys(settings: Settings) -> CallbackKeys | None:
    """Return the keys of the callbacks, or None if they are not set up."""
    token, key = settings.wechat_callback_token, settings.wechat_callback_key
    if token is None or settings.wechat_app_id is None:
        return None
    return CallbackKeys(
        token.get_secret_value(), settings.wechat_app_id, None if key is None else key.get_secret_value()
    )


def answer_question(keys: CallbackKeys, query: Mapping[str, str]) -> str:
    """Return the echo for WeChat's question about the address. Raises MessageRefused."""
    return verify_address(keys, query, now=clock.now())


async def receive(keys: CallbackKeys, query: Mapping[str, str], body: bytes) -> None:
    """Receive a message. One that is no answer about a picture is ignored. Raises MessageRefused."""
    message = open_message(keys, query, body, now=clock.now())
    if message.get("Event") != _MEDIA_CHECK:
        return
    trace_id, app_id = message.get("trace_id"), message.get("appid", keys.app_id)
    if app_id != keys.app_id or not _is_trace_id(trace_id):
        log.warning("platform answer is ignored: is_ours=%s", app_id == keys.app_id)
        return
    await checks.record_answer(str(trace_id), judge(message))


def _is_trace_id(value: object) -> bool:
    return isinstance(value, str) and 1 <= len(value) <= _MAX_TRACE_ID_LENGTH and value.isprintable()
