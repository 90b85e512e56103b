"""Douyin mini-programs: https://developer.open-douyin.com/docs/resource/zh-CN/mini-app/develop/server/log-in/."""

from __future__ import annotations

import logging

from community.identity.errors import LoginCodeInvalid, PlatformBusy, PlatformUnavailable
from community.identity.platforms.calls import call, checked, identifier, number, required
from community.identity.platforms.proof import Proof
from community.settings import Settings

log = logging.getLogger(__name__)

OK = 0
BAD_CODES = frozenset({40_018, 40_019})
MISCONFIGURED = frozenset({40_014, 40_015, 40_017})


class Douyin:
    """One mini-program at Douyin."""

    def __init__(self, settings: Settings) -> None:
        if settings.douyin_app_id is None or settings.douyin_secret is None:
            raise PlatformUnavailable(path=("platform",))
        self._settings = settings
        self._given = {"appid": settings.douyin_app_id, "secret": settings.douyin_secret.get_secret_value()}

    async def proof(self, code: str) -> Proof:
        """Who `tt.login` gave the code to. The code is good once."""
        answer, _ = await call(
            self._settings,
            "POST",
            f"{self._settings.douyin_url}/api/apps/v2/jscode2session",
            json={**self._given, "code": checked(code), "anonymous_code": ""},
        )
        code_of_error = number(answer.get("err_no"), missing=OK)
        if code_of_error != OK:
            log.warning("Douyin answers with err_no %s", code_of_error)
            if code_of_error in BAD_CODES:
                raise LoginCodeInvalid(path=("code",))
            raise PlatformUnavailable(path=("platform",)) if code_of_error in MISCONFIGURED else PlatformBusy()
        data = answer.get("data")
        if not isinstance(data, dict):
            log.warning("Douyin's answer has no data")
            raise PlatformBusy
        return Proof(
            subject=required(data, "openid"),
            union=identifier(data, "unionid"),
            session_key=identifier(data, "session_key"),
        )
