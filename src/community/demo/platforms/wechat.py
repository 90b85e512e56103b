"""WeChat's server for mini-programs: codes, the stable token, telephone numbers, sessions."""

from __future__ import annotations

import base64
import hmac
import secrets
import time
from typing import Any

from starlette.requests import Request

from community.demo.platforms.common import CODE_LIFETIME_S, FakeResponse, LoginCodes, derive_platform_id

TOKEN_LIFETIME_S = 7_200
MAX_FORCED_REFRESHES_PER_DAY = 20


class FakeWeChat:
    """A mini-program at WeChat."""

    app_id = "wx0123456789abcdef"
    secret = "the secret of the mini-program at wechat"  # noqa: S105 - of a server that is made up

    def __init__(self) -> None:
        self._codes = LoginCodes()
        self._phones: dict[str, tuple[str, str | int, str | None]] = {}
        self._session_keys: dict[str, str] = {}
        self.unions: dict[str, str] = {}
        self.tokens: list[str] = []
        self.forced = 0

    def code(self, name: str, *, union: str | None = None) -> str:
        """What `wx.login` gives on this person's telephone; with `union` the answer to it has a unionid."""
        if union is not None:
            self.unions[name] = derive_platform_id("wechat union", union)
        return self._codes.issue(name)

    def used_code(self, name: str) -> str:
        """A code that somebody has used already."""
        code = self._codes.issue(name)
        self._codes.redeem(code)
        return code

    def old_code(self, name: str) -> str:
        """A code whose five minutes are over."""
        code = self._codes.issue(name)
        self._codes.backdate(code, CODE_LIFETIME_S + 1)
        return code

    def phone_code(self, number: str, *, country: str | int = "86", app_id: str | None = None) -> str:
        """What the button for the telephone number gives; the country code comes as a text or as a number."""
        code = secrets.token_hex(16)
        self._phones[code] = (number, country, app_id or self.app_id)
        return code

    def openid(self, name: str) -> str:
        """How WeChat calls this person."""
        return derive_platform_id("wechat", name)

    def session_key(self, name: str) -> str:
        """The key that the person's client shares with WeChat at the moment."""
        return self._session_keys[self.openid(name)]

    def renew_session(self, name: str) -> None:
        """The client logs in anew without telling the service: the key it has is good no more."""
        self._session_keys[self.openid(name)] = base64.b64encode(secrets.token_bytes(16)).decode()

    async def exchange(self, request: Request) -> FakeResponse:
        """`GET /sns/jscode2session`."""
        given = request.query_params
        refused = self._check_application(given)
        if refused is not None:
            return refused
        if given.get("grant_type") != "authorization_code":
            return _build_error(40_002, "invalid grant_type")
        code = given.get("js_code", "")
        name = self._codes.redeem(code)
        if name is None:
            used = self._codes.was_used(code)
            return _build_error(40_163, "code been used") if used else _build_error(40_029, "invalid code")
        self.renew_session(name)
        answer = {"openid": self.openid(name), "session_key": self.session_key(name)}
        if name in self.unions:
            answer["unionid"] = self.unions[name]
        return FakeResponse(answer)

    async def stable_token(self, request: Request) -> FakeResponse:
        """`POST /cgi-bin/stable_token`."""
        given = await request.json()
        refused = self._check_application(given)
        if refused is not None:
            return refused
        if given.get("force_refresh") is True:
            self.forced += 1
            if self.forced > MAX_FORCED_REFRESHES_PER_DAY:
                return _build_error(45_009, "reach max api daily quota limit")
        if given.get("force_refresh") is True or not self.tokens:
            self.tokens.append(f"token-{secrets.token_hex(24)}")
        return FakeResponse({"access_token": self.tokens[-1], "expires_in": TOKEN_LIFETIME_S})

    def replace_token(self) -> None:
        """The token that is good is good no more, without a word to the service."""
        self.tokens.append(f"token-{secrets.token_hex(24)}")

    async def phone(self, request: Request) -> FakeResponse:
        """`POST /wxa/business/getuserphonenumber`."""
        if not self._has_valid_token(request):
            return _build_error(40_001, "invalid credential, access_token is invalid or not latest")
        found = self._phones.pop((await request.json()).get("code", ""), None)
        if found is None:
            return _build_error(40_029, "invalid code")
        number, country, app_id = found
        info = {
            "phoneNumber": number if str(country) == "86" else f"{country}{number}",
            "purePhoneNumber": number,
            "countryCode": country,
            "watermark": {"appid": app_id, "timestamp": int(time.time())},
        }
        return FakeResponse({"errcode": 0, "errmsg": "ok", "phone_info": info})

    async def check_session(self, request: Request) -> FakeResponse:
        """`GET /wxa/checksession`."""
        if not self._has_valid_token(request):
            return _build_error(40_001, "invalid credential, access_token is invalid or not latest")
        key = self._session_keys.get(request.query_params.get("openid", ""), "")
        right = hmac.digest(key.encode(), b"", "sha256").hex()
        if not key or request.query_params.get("signature") != right:
            return _build_error(87_009, "invalid signature")
        return FakeResponse({"errcode": 0, "errmsg": "ok"})

    def _has_valid_token(self, request: Request) -> bool:
        return bool(self.tokens) and request.query_params.get("access_token") == self.tokens[-1]

    def _check_application(self, given: Any) -> FakeResponse | None:
        if given.get("appid") != self.app_id:
            return _build_error(40_013, "invalid appid")
        return None if given.get("secret") == self.secret else _build_error(40_125, "invalid appsecret")


def _build_error(number: int, message: str) -> FakeResponse:
    return FakeResponse({"errcode": number, "errmsg": f"{message}, rid: {secrets.token_hex(8)}"})
