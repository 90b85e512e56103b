"""The two calls of WeChat: about a text, and about a picture."""

from __future__ import annotations

from typing import Any

from community.accounts.platforms import WeChat
from community.accounts.platforms.calls import get_identifier, parse_number
from community.accounts.platforms.wechat import raise_for_error
from community.kernel import clock, sealing
from community.media.addresses import MediaUrls
from community.media.renditions import RenditionFormat, RenditionSize, build_rendition_name
from community.safety.facts import Verdict
from community.safety.platform.answers import PASSED, Judgement, ask_leader, judge, split_text
from community.safety.platform.models import CheckReason
from community.settings import Settings

_ORDER = list(Verdict)
_VERSION = 2
_FORUM = 3
"""The scene: a text or picture for other people."""
_IMAGE = 2
_INACTIVE_AUTHOR = 61_010
_FILE = build_rendition_name(RenditionSize.WIDE_1080, RenditionFormat.JPEG)
_ADDRESS_LIFETIME_S = 1_800
"""WeChat answers within 30 minutes. The address expires after one to two times this long."""


async def check_text(wechat: WeChat, openid: str, text: str) -> Judgement:
    """Ask about each part of a text and return the worst judgement. Raises PlatformBusy, PlatformUnavailable."""
    worst = PASSED
    for part in split_text(text):
        if worst.verdict is Verdict.BLOCK:
            break
        answer = await _call(wechat, "/wxa/msg_sec_check", openid, {"content": part})
        if answer is None:
            return ask_leader(CheckReason.INACTIVE_AUTHOR)
        worst = max(worst, judge(answer), key=lambda found: _ORDER.index(found.verdict))
    return worst


async def request_media_check(settings: Settings, wechat: WeChat, openid: str, media_id: int) -> str | Judgement:
    """Ask about a picture and return the trace id of the answer.

    If there will be no answer, the judgement is returned instead. Raises PlatformBusy, PlatformUnavailable.
    """
    urls = MediaUrls(settings.public_url or "", sealing.list_secrets(settings), _ADDRESS_LIFETIME_S)
    url = urls.build_signed_url(media_id, _FILE, now=clock.now())
    answer = await _call(wechat, "/wxa/media_check_async", openid, {"media_url": url, "media_type": _IMAGE})
    return ask_leader(CheckReason.INACTIVE_AUTHOR) if answer is None else get_identifier(answer, "trace_id")


async def _call(wechat: WeChat, path: str, openid: str, question: dict[str, Any]) -> dict[str, Any] | None:
    """Return the answer, or None if the author was not active for two hours."""
    answer = await wechat.post(path, {"version": _VERSION, "scene": _FORUM, "openid": openid, **question})
    if parse_number(answer.get("errcode")) == _INACTIVE_AUTHOR:
        return None
    raise_for_error(answer)
    return answer
