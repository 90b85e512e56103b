"""A fake of WeChat's checks of texts and pictures."""

from __future__ import annotations

import asyncio
import io
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

import httpx
from PIL import Image

from community.demo.platforms.common import FakeResponse
from community.safety.platform.messages import CallbackKeys, encrypt, sign

MAX_TEXT_LENGTH = 2_500
MAX_PICTURE_BYTES = 10 * 1_048_576
ACTIVE_S = 7_200
_NORMAL = 100
_NOT_FETCHED = -1_008
_PURE = 60
"""The largest average of a colour that counts as absent."""


@dataclass(slots=True)
class PushOptions:
    """The way in which answers are pushed. `copies` is 0 for an answer that is lost, 2 for one that is repeated.

    With `early` the answer comes before the trace id is returned. With `odd` lists are one object and numbers are
    texts. `fields` replace fields of the answer.
    """

    is_encrypted: bool = True
    is_xml: bool = False
    delay_s: float = 0.0
    copies: int = 1
    early: bool = False
    odd: bool = False
    fields: Mapping[str, Any] | None = None


class FakeChecks:
    """The checks of one mini-program.

    `words` and `colours` map a word, and the colour of most of a picture, to a suggestion and a label. `active_since`
    has the time of the last login of each openid. `callback_url` is the address that answers are pushed to. `texts` and
    `pictures` are the texts and the addresses that were checked. `answers` are the service's answers to pushes.
    """

    def __init__(self, app_id: str) -> None:
        self.keys = CallbackKeys("token0of0the0fake0wechat", app_id, "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG")
        self.active_since: dict[str, float] = {}
        self.reset()

    def reset(self) -> None:
        """Forget all questions, and use the usual options."""
        self.words = {"发票代开": ("risky", 20_008), "加群领取": ("review", 10_001)}
        self.colours = {"red": ("risky", 20_002), "blue": ("review", 20_012)}
        self.options = PushOptions()
        self.callback_url: str | None = None
        self.texts: list[str] = []
        self.pictures: list[str] = []
        self.answers: list[tuple[int, str]] = []
        self._pushes: set[asyncio.Task[None]] = set()

    def build_settings(self, public_url: str) -> dict[str, str]:
        """Return the further settings of a service at this address."""
        return {
            "wechat_callback_token": self.keys.token, "wechat_callback_key": self.keys.aes_key or "",
            "public_url": public_url,
        }  # fmt: skip

    def answer_text(self, given: Mapping[str, Any]) -> FakeResponse:
        """Answer `POST /wxa/msg_sec_check`."""
        error = self._check_question(given)
        content = given.get("content")
        if error is None and (not isinstance(content, str) or not 1 <= len(content) <= MAX_TEXT_LENGTH):
            error = _build_error(40_258, "invalid content size")
        if error is not None:
            return error
        self.texts.append(str(content))
        found = next((found for word, found in self.words.items() if word in str(content)), ("pass", _NORMAL))
        return FakeResponse({"errcode": 0, "errmsg": "ok", "trace_id": _new_trace_id(), **_build_result(*found)})

    async def answer_picture(self, given: Mapping[str, Any]) -> FakeResponse:
        """Answer `POST /wxa/media_check_async`, and push the answer about the picture."""
        error = self._check_question(given)
        if error is None and (given.get("media_type") != 2 or not isinstance(given.get("media_url"), str)):
            error = _build_error(47_001, "data format error")
        if error is not None:
            return error
        url, trace_id = str(given["media_url"]), _new_trace_id()
        self.pictures.append(url)
        push = asyncio.create_task(self._check_picture(url, trace_id))
        self._pushes.add(push)
        push.add_done_callback(self._pushes.discard)
        if self.options.early:
            await push
        return FakeResponse({"errcode": 0, "errmsg": "ok", "trace_id": trace_id})

    def _check_question(self, given: Mapping[str, Any]) -> FakeResponse | None:
        if given.get("version") != 2 or given.get("scene") not in {1, 2, 3, 4}:
            return _build_error(47_001, "data format error")
        since = self.active_since.get(str(given.get("openid")))
        if since is None:
            return _build_error(40_003, "invalid openid")
        return None if time.monotonic() - since < ACTIVE_S else _build_error(61_010, "code is expired")

    async def _check_picture(self, url: str, trace_id: str) -> None:
        await asyncio.sleep(self.options.delay_s)
        await self.push(trace_id, await self._judge_picture(url))

    async def _judge_picture(self, url: str) -> dict[str, Any]:
        async with httpx.AsyncClient() as client:
            fetched = await client.get(url)
        if fetched.status_code != httpx.codes.OK or len(fetched.content) > MAX_PICTURE_BYTES:
            return {"errcode": _NOT_FETCHED, "errmsg": "fetch media failed", "detail": []}
        colour = _name_colour(fetched.content)
        return {"errcode": 0, "errmsg": "ok", **_build_result(*self.colours.get(colour, ("pass", _NORMAL)))}

    async def push(self, trace_id: str, answer: Mapping[str, Any]) -> None:
        """Push an answer about a picture as often as the options say."""
        body = self.build_message(trace_id, answer)
        for _ in range(self.options.copies):
            await self.send(body)

    def build_message(self, trace_id: str, answer: Mapping[str, Any]) -> bytes:
        """Return the message with an answer about a picture, not encrypted."""
        message = {
            "ToUserName": "gh_0123456789ab", "FromUserName": "o_of_the_author", "CreateTime": int(time.time()),
            "MsgType": "event", "Event": "wxa_media_check", "appid": self.keys.app_id, "trace_id": trace_id,
            "version": 2, **answer, **(self.options.fields or {}),
        }  # fmt: skip
        if self.options.odd:
            message = _make_odd(message)
        return _encode_xml(message) if self.options.is_xml else json.dumps(message, ensure_ascii=False).encode()

    async def send(self, body: bytes, **query: str) -> None:
        """Send a message to the service. Parameters of the query replace those that are right."""
        timestamp, nonce = query.get("timestamp") or str(int(time.time())), secrets.token_hex(8)
        signed = {"timestamp": timestamp, "nonce": nonce, "signature": sign(self.keys, timestamp, nonce)}
        if self.options.is_encrypted:
            assert self.keys.aes_key is not None
            sealed = encrypt(self.keys.aes_key, self.keys.app_id, body, random=secrets.token_bytes(16))
            signed |= {"encrypt_type": "aes", "msg_signature": sign(self.keys, timestamp, nonce, sealed)}
            outer = {"ToUserName": "gh_0123456789ab", "Encrypt": sealed}
            body = _encode_xml(outer) if self.options.is_xml else json.dumps(outer).encode()
        assert self.callback_url is not None
        async with httpx.AsyncClient() as client:
            answer = await client.post(self.callback_url, params={**signed, **query}, content=body)
        self.answers.append((answer.status_code, answer.text))

    async def verify_address(self) -> bool:
        """Verify the address as the console does: the service must return the echo."""
        timestamp, nonce, echo = str(int(time.time())), secrets.token_hex(8), secrets.token_hex(16)
        query = {
            "signature": sign(self.keys, timestamp, nonce),
            "timestamp": timestamp,
            "nonce": nonce,
            "echostr": echo,
        }
        assert self.callback_url is not None
        async with httpx.AsyncClient() as client:
            return (await client.get(self.callback_url, params={**query, "echostr": echo})).text == echo


def _new_trace_id() -> str:
    return f"{secrets.token_hex(4)}-{secrets.token_hex(4)}-{secrets.token_hex(4)}"


def _build_result(suggest: str, label: int) -> dict[str, Any]:
    result = {"suggest": suggest, "label": label}
    return {"result": result, "detail": [{"strategy": "content_model", "errcode": 0, **result, "prob": 90}]}


def _make_odd(message: Mapping[str, Any]) -> dict[str, Any]:
    detail = message.get("detail")
    result = {name: str(value) for name, value in (message.get("result") or {}).items()}
    single = detail[0] if isinstance(detail, list) and detail else {}
    return {**message, "errcode": str(message["errcode"]), "result": result, "detail": single}


def _name_colour(data: bytes) -> str:
    with Image.open(io.BytesIO(data)) as picture:
        red, green, blue = picture.convert("RGB").resize((1, 1)).getpixel((0, 0))  # type: ignore[misc]  # three bytes
    if max(green, blue) < _PURE < red:
        return "red"
    return "blue" if max(red, green) < _PURE < blue else "other"


def _encode_xml(value: Mapping[str, Any]) -> bytes:
    return f"<xml>{_encode_children(value)}</xml>".encode()


def _encode_children(value: Mapping[str, Any]) -> str:
    return "".join(
        f"<{name}>{_encode_children(item) if isinstance(item, Mapping) else escape(str(item))}</{name}>"
        for name, items in value.items()
        for item in (items if isinstance(items, list) else [items])
    )


def _build_error(number: int, message: str) -> FakeResponse:
    return FakeResponse({"errcode": number, "errmsg": f"{message}, rid: {secrets.token_hex(8)}"})
