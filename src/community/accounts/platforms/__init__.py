"""Platforms that persons log in from.

A platform exchanges the one-time code of its client for a `PlatformUser`, its own ids of the person. These are stored
encrypted and never leave the server.

    interface.py          `PlatformLogin`, the interface of every platform
    wechat.py             the code exchange, telephone numbers, and the check of a session key
    alipay.py             a form signed with RSA2, and a response with a verified signature
    douyin.py             the code exchange
    development.py        a login without a platform, outside production only
    calls.py              the call of a platform's server, limited in time and size
    platform_tokens.py    the token for the service's own calls, fetched by one process at a time
"""

from __future__ import annotations

from collections.abc import Mapping

from community.accounts.errors import PlatformUnavailable
from community.accounts.models import Platform
from community.accounts.platforms.alipay import Alipay
from community.accounts.platforms.development import DevelopmentLogin
from community.accounts.platforms.douyin import Douyin
from community.accounts.platforms.interface import PlatformLogin, PlatformUser
from community.accounts.platforms.wechat import WeChat
from community.kernel.errors import require_row
from community.settings import Environment, Settings

__all__ = ["PlatformLogin", "PlatformUser", "WeChat", "get", "get_wechat", "list_offered"]


def list_offered(settings: Settings) -> Mapping[Platform, PlatformLogin]:
    """Return the logins that this deployment has credentials for, by platform."""
    offered: dict[Platform, PlatformLogin] = {}
    if settings.environment is not Environment.PRODUCTION:
        offered[Platform.DEVELOPMENT] = DevelopmentLogin()
    if settings.wechat_app_id:
        offered[Platform.WECHAT] = WeChat(settings)
    if settings.alipay_app_id:
        offered[Platform.ALIPAY] = Alipay(settings)
    if settings.douyin_app_id:
        offered[Platform.DOUYIN] = Douyin(settings)
    return offered


def get(settings: Settings, platform: Platform) -> PlatformLogin:
    """Return a platform's login. Raises PlatformUnavailable if it is not offered."""
    return require_row(list_offered(settings).get(platform), PlatformUnavailable(path=("platform",)))


def get_wechat(settings: Settings) -> WeChat:
    """Return WeChat, which offers more than a login. Raises PlatformUnavailable if it is not offered."""
    if not settings.wechat_app_id:
        raise PlatformUnavailable(path=("platform",))
    return WeChat(settings)
