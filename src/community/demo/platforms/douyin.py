"""Douyin's server for mini-programs: codes."""

from __future__ import annotations

import secrets

from starlette.requests import Request

from community.demo.platforms.answers import Answer, Codes, known_as


class Douyin:
    """A mini-program at Douyin."""

    app_id = "tt0123456789abcdef"
    secret = "the secret of the mini-program at douyin"  # noqa: S105 - of a server that is made up

    def __init__(self) -> None:
        self._codes = Codes()

    def code(self, name: str) -> str:
        """What `tt.login` gives on this person's telephone."""
        return self._codes.give(name)

    def openid(self, name: str) -> str:
        """How Douyin calls this person."""
        return known_as("douyin", name)

    async def exchange(self, request: Request) -> Answer:
        """`POST /api/apps/v2/jscode2session`."""
        given = await request.json()
        if given.get("appid") != self.app_id:
            return _douyin_error(40_015, "bad appid")
        if given.get("secret") != self.secret:
            return _douyin_error(40_017, "bad secret")
        name = self._codes.take(given.get("code", ""))
        if name is None:
            return _douyin_error(40_018, "bad code")
        data = {
            "session_key": secrets.token_urlsafe(16),
            "openid": self.openid(name),
            "anonymous_openid": "",
            "unionid": known_as("douyin union", name),
            "dopenid": "",
        }
        return Answer({"err_no": 0, "err_tips": "success", "data": data})


def _douyin_error(number: int, message: str) -> Answer:
    return Answer({"err_no": number, "err_tips": message, "log_id": secrets.token_hex(12)})
