"""Login of Douyin mini-programs.

https://developer.open-douyin.com/docs/resource/zh-CN/mini-app/develop/server/log-in/
"""

from __future__ import annotations

import logging

from community.accounts.errors import LoginCodeInvalid, PlatformBusy, PlatformUnavailable
from community.accounts.platforms.calls import (
    find_identifier,
    get_identifier,
    parse_number,
    request_json,
    validate_code,
)
from community.accounts.platforms.interface import PlatformUser
from community.settings import Settings

log = logging.getLogger(__name__)

OK = 0
BAD_CODE_ERRORS = frozenset({40_018, 40_019})
MISCONFIGURATION_ERRORS = frozenset({40_014, 40_015, 40_017})


class Douyin:
    """A mini-program at Douyin."""

    def __init__(self, settings: Settings) -> None:
        if settings.douyin_app_id is None or settings.douyin_secret is None:
            raise PlatformUnavailable(path=("platform",))
        self._settings = settings
        self._credentials = {"appid": settings.douyin_app_id, "secret": settings.douyin_secret.get_secret_value()}

    async def exchange_code(self, code: str) -> PlatformUser:
        """Exchange the code of `tt.login`, which is valid once."""
        answer = await request_json(
            self._settings,
            "POST",
            f"{self._settings.douyin_url}/api/apps/v2/jscode2session",
            json={**self._credentials, "code": validate_code(code), "anonymous_code": ""},
        )
        error_number = parse_number(answer.get("err_no"), missing=OK)
        if error_number != OK:
            log.warning("Douyin refused a call: err_no=%s", error_number)
            if error_number in BAD_CODE_ERRORS:
                raise LoginCodeInvalid(path=("code",))
            raise (
                PlatformUnavailable(path=("platform",)) if error_number in MISCONFIGURATION_ERRORS else PlatformBusy()
            )
        data = answer.get("data")
        if not isinstance(data, dict):
            log.warning("Douyin response has no data")
            raise PlatformBusy
        return PlatformUser(
            subject=get_identifier(data, "openid"),
            union=find_identifier(data, "unionid"),
            session_key=find_identifier(data, "session_key"),
        )
