"""A fake of Douyin's server for mini-programs."""

from __future__ import annotations

import secrets

from starlette.requests import Request

from community.demo.platforms.common import FakePlatform, FakeResponse


class FakeDouyin(FakePlatform):
    """A mini-program at Douyin."""

    key = "douyin"
    app_id = "tt0123456789abcdef"
    secret = "the secret of the mini-program at douyin"  # noqa: S105 - the secret of an invented server

    async def exchange(self, request: Request) -> FakeResponse:
        """Answer `POST /api/apps/v2/jscode2session`, which exchanges a login code."""
        given = await request.json()
        if given.get("appid") != self.app_id:
            return _build_error(40_015, "bad appid")
        if given.get("secret") != self.secret:
            return _build_error(40_017, "bad secret")
        person = self._redeem(given.get("code", ""))
        if person is None:
            return _build_error(40_018, "bad code")
        data = {
            "session_key": secrets.token_urlsafe(16),
            "openid": self.openid(person),
            "anonymous_openid": "",
            "unionid": self.unionid(person),
            "dopenid": "",
        }
        return FakeResponse({"err_no": 0, "err_tips": "success", "data": data})


def _build_error(number: int, message: str) -> FakeResponse:
    return FakeResponse({"err_no": number, "err_tips": message, "log_id": secrets.token_hex(12)})
