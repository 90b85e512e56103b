"""A fake of WeChat's server for mini-programs."""

from __future__ import annotations

import base64
import hmac
import secrets
import time
from typing import Any

from starlette.requests import Request

from community.demo.platforms.common import FakePlatform, FakeResponse
from community.demo.platforms.wechat_checks import FakeChecks
from community.demo.platforms.wechat_messages import FakeMessages

TOKEN_LIFETIME_S = 7_200
MAX_FORCED_REFRESHES_PER_DAY = 20


class FakeWeChat(FakePlatform):
    """A mini-program at WeChat.

    `unions` maps persons to their unionid. `tokens` are the stable tokens so far, of which the last is valid. `forced`
    counts the forced refreshes. `checks` are the checks of texts and pictures, `messages` the subscription messages.
    """

    key = "wechat"
    app_id = "wx0123456789abcdef"
    secret = "the secret of the mini-program at wechat"  # noqa: S105 - the secret of an invented server

    def __init__(self) -> None:
        super().__init__()
        self._phones: dict[str, tuple[str, str | int, str | None]] = {}
        self._session_keys: dict[str, str] = {}
        self.unions: dict[str, str] = {}
        self.tokens: list[str] = []
        self.forced = 0
        self.checks = FakeChecks(self.app_id)
        self.messages = FakeMessages()

    def code(self, person: str, *, union: str | None = None) -> str:
        """Issue a login code. With `union` the person has the unionid of that name from now on."""
        if union is not None:
            self.unions[person] = self.unionid(union)
        return super().code(person)

    def phone_code(self, number: str, *, country: str | int = "86", app_id: str | None = None) -> str:
        """Issue a code for a phone number, as the client does.

        The country code is sent as the text or number given. `app_id` is the mini-program in the watermark.
        """
        code = secrets.token_hex(16)
        self._phones[code] = (number, country, app_id or self.app_id)
        return code

    def session_key(self, person: str) -> str:
        """Return the key that the person's client shares with WeChat now."""
        return self._session_keys[self.openid(person)]

    def renew_session(self, person: str) -> None:
        """Replace the person's session key without notice to the service."""
        self._session_keys[self.openid(person)] = base64.b64encode(secrets.token_bytes(16)).decode()

    async def exchange(self, request: Request) -> FakeResponse:
        """Answer `GET /sns/jscode2session`, which exchanges a login code."""
        given = request.query_params
        error = self._check_application(given)
        if error is not None:
            return error
        if given.get("grant_type") != "authorization_code":
            return _build_error(40_002, "invalid grant_type")
        code = given.get("js_code", "")
        person = self._redeem(code)
        if person is None:
            used = self._was_used(code)
            return _build_error(40_163, "code been used") if used else _build_error(40_029, "invalid code")
        self.renew_session(person)
        self.checks.active_since[self.openid(person)] = time.monotonic()
        body = {"openid": self.openid(person), "session_key": self.session_key(person)}
        if person in self.unions:
            body["unionid"] = self.unions[person]
        return FakeResponse(body)

    async def stable_token(self, request: Request) -> FakeResponse:
        """Answer `POST /cgi-bin/stable_token`, which gives the token for further calls."""
        given = await request.json()
        error = self._check_application(given)
        if error is not None:
            return error
        if given.get("force_refresh") is True:
            self.forced += 1
            if self.forced > MAX_FORCED_REFRESHES_PER_DAY:
                return _build_error(45_009, "reach max api daily quota limit")
        if given.get("force_refresh") is True or not self.tokens:
            self.tokens.append(f"token-{secrets.token_hex(24)}")
        return FakeResponse({"access_token": self.tokens[-1], "expires_in": TOKEN_LIFETIME_S})

    def replace_token(self) -> None:
        """Replace the valid token without notice to the service."""
        self.tokens.append(f"token-{secrets.token_hex(24)}")

    async def phone(self, request: Request) -> FakeResponse:
        """Answer `POST /wxa/business/getuserphonenumber`, which gives a phone number once."""
        if refused := self._refuse_token(request):
            return refused
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
        """Answer `GET /wxa/checksession`, which checks a session key by its signature."""
        if refused := self._refuse_token(request):
            return refused
        key = self._session_keys.get(request.query_params.get("openid", ""), "")
        expected = hmac.digest(key.encode(), b"", "sha256").hex()
        if not key or request.query_params.get("signature") != expected:
            return _build_error(87_009, "invalid signature")
        return FakeResponse({"errcode": 0, "errmsg": "ok"})

    async def check_text(self, request: Request) -> FakeResponse:
        """Answer `POST /wxa/msg_sec_check`, which checks a text."""
        return self._refuse_token(request) or self.checks.answer_text(await request.json())

    async def check_picture(self, request: Request) -> FakeResponse:
        """Answer `POST /wxa/media_check_async`, which checks a picture and pushes the answer."""
        return self._refuse_token(request) or await self.checks.answer_picture(await request.json())

    async def send_message(self, request: Request) -> FakeResponse:
        """Answer `POST /cgi-bin/message/subscribe/send`, which sends a subscription message."""
        return self._refuse_token(request) or self.messages.answer_send(await request.json())

    def _refuse_token(self, request: Request) -> FakeResponse | None:
        if bool(self.tokens) and request.query_params.get("access_token") == self.tokens[-1]:
            return None
        return _build_error(40_001, "invalid credential, access_token is invalid or not latest")

    def _check_application(self, given: Any) -> FakeResponse | None:
        if given.get("appid") != self.app_id:
            return _build_error(40_013, "invalid appid")
        return None if given.get("secret") == self.secret else _build_error(40_125, "invalid appsecret")


def _build_error(number: int, message: str) -> FakeResponse:
    return FakeResponse({"errcode": number, "errmsg": f"{message}, rid: {secrets.token_hex(8)}"})
