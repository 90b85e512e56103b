"""Douyin's server for mini-programs: codes."""

from __future__ import annotations

import secrets

from starlette.requests import Request

from community.demo.platforms.common import FakeResponse, LoginCodes, derive_platform_id


class FakeDouyin:
    """A mini-program at Douyin."""

    app_id = "tt0123456789abcdef"
    secret = "the secret of the mini-program at douyin"  # noqa: S105 - of a server that is made up

    def __init__(self) -> None:
        self._codes = LoginCodes()

    def code(self, name: str) -> str:
        """What `tt.login` gives on this person's telephone."""
        return self._codes.issue(name)

    def openid(self, name: str) -> str:
        """How Douyin calls this person."""
        return derive_platform_id("douyin", name)

    async def exchange(self, request: Request) -> FakeResponse:
        """`POST /api/apps/v2/jscode2session`."""
        given = await request.json()
        if given.get("appid") != self.app_id:
            return _build_error(40_015, "bad appid")
        if given.get("secret") != self.secret:
            return _build_error(40_017, "bad secret")
        name = self._codes.redeem(given.get("code", ""))
        if name is None:
            return _build_error(40_018, "bad code")
        data = {
            "session_key": secrets.token_urlsafe(16),
            "openid": self.openid(name),
            "anonymous_openid": "",
            "unionid": derive_platform_id("douyin union", name),
            "dopenid": "",
        }
        return FakeResponse({"err_no": 0, "err_tips": "success", "data": data})


def _build_error(number: int, message: str) -> FakeResponse:
    return FakeResponse({"err_no": number, "err_tips": message, "log_id": secrets.token_hex(12)})
