"""Login and telephone numbers of WeChat mini-programs.

https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/
"""

from __future__ import annotations

import hmac
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from community.accounts.errors import LoginBlocked, LoginCodeInvalid, PlatformBusy, PlatformUnavailable
from community.accounts.models import Platform
from community.accounts.platforms import platform_tokens
from community.accounts.platforms.calls import (
    find_identifier,
    get_identifier,
    parse_number,
    request_json,
    validate_code,
)
from community.accounts.platforms.interface import PlatformUser
from community.kernel import clock
from community.kernel.errors import Refusal
from community.settings import Settings

log = logging.getLogger(__name__)

OK = 0
SYSTEM_BUSY = -1
RATE_LIMITED = 45_011
QUOTA_REACHED = 45_009
BLOCKED = 40_226
BAD_CODE = 40_029
USED_CODE = 40_163
BAD_SIGNATURE = 87_009
BAD_TOKEN = frozenset({40_001, 40_014, 42_001})
BUSY = BAD_TOKEN | {SYSTEM_BUSY, RATE_LIMITED, QUOTA_REACHED}
"""The error numbers of calls that did nothing and may succeed later."""

_RETRY_DELAY = timedelta(minutes=1)
_REFRESH_EARLY_S = 300


@dataclass(frozen=True, slots=True)
class VerifiedPhone:
    """A telephone number that WeChat has verified."""

    number: str = field(repr=False)
    country_code: str


class WeChat:
    """A mini-program at WeChat."""

    def __init__(self, settings: Settings) -> None:
        if settings.wechat_app_id is None or settings.wechat_secret is None:
            raise PlatformUnavailable(path=("platform",))
        self._settings = settings
        self._app_id = settings.wechat_app_id
        self._secret = settings.wechat_secret.get_secret_value()

    async def exchange_code(self, code: str) -> PlatformUser:
        """Exchange the code of `wx.login`, valid once and for five minutes."""
        answer = await request_json(
            self._settings,
            "GET",
            f"{self._settings.wechat_url}/sns/jscode2session",
            params={
                "appid": self._app_id, "secret": self._secret, "js_code": validate_code(code),
                "grant_type": "authorization_code",
            },
        )  # fmt: skip
        raise_for_error(answer)
        return PlatformUser(
            subject=get_identifier(answer, "openid"),
            union=find_identifier(answer, "unionid"),
            session_key=get_identifier(answer, "session_key"),
        )

    async def exchange_phone_code(self, code: str) -> VerifiedPhone:
        """Exchange the code of the button for the shared telephone number.

        Raises LoginCodeInvalid, LoginBlocked, PlatformBusy, PlatformUnavailable.
        """
        answer = await self.post("/wxa/business/getuserphonenumber", {"code": validate_code(code)})
        raise_for_error(answer)
        info = answer.get("phone_info")
        if not isinstance(info, dict):
            log.warning("WeChat response has no phone_info")
            raise PlatformBusy
        watermark = info.get("watermark")
        if isinstance(watermark, dict) and watermark.get("appid") not in (None, self._app_id):
            log.warning("WeChat response is for another application")
            raise LoginCodeInvalid(path=("code",))
        digits = get_identifier(info, "purePhoneNumber", "phoneNumber")
        # WeChat sends it as a number or as text.
        country = parse_number(info.get("countryCode"))
        if not digits.isdecimal() or country is None:
            log.warning("WeChat response has an invalid telephone number")
            raise PlatformBusy
        return VerifiedPhone(number=digits, country_code=str(country))

    async def is_session_key_valid(self, subject: str, session_key: str) -> bool:
        """Return True if the person's client still has this session key.

        Raises LoginBlocked, PlatformBusy, PlatformUnavailable.
        """
        signature = hmac.digest(session_key.encode(), b"", "sha256").hex()
        answer = await self._call_with_token(
            lambda token: request_json(
                self._settings,
                "GET",
                f"{self._settings.wechat_url}/wxa/checksession",
                params={
                    "access_token": token, "openid": subject, "signature": signature, "sig_method": "hmac_sha256",
                },
            )
        )  # fmt: skip
        if parse_number(answer.get("errcode"), missing=OK) == BAD_SIGNATURE:
            return False
        raise_for_error(answer)
        return True

    async def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Send one of the service's own calls and return the answer.

        It may have any error number. Raises PlatformBusy, PlatformUnavailable.
        """
        url = f"{self._settings.wechat_url}{path}"
        return await self._call_with_token(
            lambda token: request_json(self._settings, "POST", url, params={"access_token": token}, json=body)
        )

    async def get_access_token(self) -> str:
        """Return the token for the service's own calls.

        It is renewed five minutes before it expires.
        """
        return await platform_tokens.get_current(self._settings, Platform.WECHAT, self._fetch_token)

    async def _call_with_token(self, send: Callable[[str], Awaitable[dict[str, Any]]]) -> dict[str, Any]:
        """Send a call with the token and return the response.

        If WeChat refuses the token, the call is sent once more with a new one.
        """
        token = await self.get_access_token()
        answer = await send(token)
        if parse_number(answer.get("errcode")) in BAD_TOKEN:
            token = await platform_tokens.renew(
                self._settings, Platform.WECHAT, self._fetch_token, rejected_token=token
            )
            answer = await send(token)
        return answer

    async def _fetch_token(self, *, force: bool) -> platform_tokens.FetchedToken:
        answer = await request_json(
            self._settings,
            "POST",
            f"{self._settings.wechat_url}/cgi-bin/stable_token",
            json={
                "grant_type": "client_credential", "appid": self._app_id, "secret": self._secret,
                "force_refresh": force,
            },
        )  # fmt: skip
        raise_for_error(answer)
        token, lasts_s = answer.get("access_token"), parse_number(answer.get("expires_in"))
        if not isinstance(token, str) or not token or lasts_s is None:
            log.warning("WeChat response has no token")
            raise PlatformBusy
        return platform_tokens.FetchedToken(token, clock.now() + timedelta(seconds=max(lasts_s - _REFRESH_EARLY_S, 1)))


def raise_for_error(answer: dict[str, Any]) -> None:
    """Raise the refusal of an answer's error number, if it has one."""
    code = parse_number(answer.get("errcode"), missing=OK)
    if code == OK:
        return
    log.warning("WeChat refused a call: errcode=%s", code)
    raise _build_refusal(code)


def _build_refusal(code: int | None) -> Refusal:
    if code in {BAD_CODE, USED_CODE}:
        return LoginCodeInvalid(path=("code",))
    if code == BLOCKED:
        return LoginBlocked()
    if code is None or code in BUSY:
        return PlatformBusy(retry_at=clock.now() + _RETRY_DELAY if code in {RATE_LIMITED, QUOTA_REACHED} else None)
    # A wrong secret or a missing permission: the operator must repair it, and finds the number in the log.
    return PlatformUnavailable(path=("platform",))
