"""A fake of WeChat's subscription messages."""

from __future__ import annotations

import re
import secrets
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from community.demo.platforms.common import FakeResponse

_FORMS: Mapping[str, Callable[[str], object]] = {
    "thing": lambda value: 1 <= len(value.encode("utf-16-le")) // 2 <= 20 and value.isprintable(),
    "phrase": lambda value: re.fullmatch(r"[\u4e00-\u9fff]{1,5}", value),
    "character_string": lambda value: re.fullmatch(r"[!-~]{1,32}", value),
    "number": lambda value: re.fullmatch(r"[0-9]{1,32}", value),
    "date": lambda value: re.fullmatch(r"\d{4}年\d{1,2}月\d{1,2}日", value),
    "time": lambda value: re.fullmatch(r"\d{4}年\d{1,2}月\d{1,2}日 \d{2}:\d{2}", value),
}


class FakeMessages:
    """The subscription messages of one mini-program.

    `templates` maps the id of each template to its fields. `accepted` counts what each openid accepted of a template.
    `sent` are the messages that people got.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget all messages, and have no template."""
        self.templates: dict[str, tuple[str, ...]] = {}
        self.accepted: Counter[tuple[str, str]] = Counter()
        self.sent: list[dict[str, Any]] = []

    def answer_send(self, given: Mapping[str, Any]) -> FakeResponse:
        """Answer `POST /cgi-bin/message/subscribe/send`."""
        openid, template, data = str(given.get("touser")), str(given.get("template_id")), given.get("data")
        if template not in self.templates:
            return _build_error(40_037, "invalid template_id")
        if not isinstance(data, dict) or set(data) != set(self.templates[template]):
            return _build_error(47_003, "argument invalid! data")
        for name, value in data.items():
            if not _FORMS[name.rstrip("0123456789")](str(value.get("value"))):
                return _build_error(47_003, f"argument invalid! data.{name}.value invalid")
        if not self.accepted[openid, template]:
            return _build_error(43_101, "user refuse to accept the msg")
        self.accepted[openid, template] -= 1
        self.sent.append(dict(given))
        return FakeResponse({"errcode": 0, "errmsg": "ok"})


def _build_error(number: int, message: str) -> FakeResponse:
    return FakeResponse({"errcode": number, "errmsg": f"{message}, rid: {secrets.token_hex(8)}"})
