"""Where people come from: the seam every platform's login goes through.

A platform turns the one-time code that its client handed out into a `Proof` of who the person is to it. What is in a
proof rests encrypted and never leaves the server.

    Login           what every platform offers: proof(code)
    wechat.py       the code exchange, telephone numbers, and whether a session key is still good
    alipay.py       a form signed with RSA2, and an answer whose signature is checked
    douyin.py       the code exchange
    calls.py        one way to call any of them, bounded in time and size, that knows no odd answer
    tokens.py       the token with which the service itself calls a platform, fetched by one process at a time
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
from community.settings import Environment, Settings

__all__ = ["PlatformLogin", "PlatformUser", "WeChat", "get", "get_wechat", "list_offered"]


def list_offered(settings: Settings) -> Mapping[Platform, PlatformLogin]:
    """The logins that this deployment offers: those it has credentials for."""
    found: dict[Platform, PlatformLogin] = {}
    if settings.environment is not Environment.PRODUCTION:
        found[Platform.DEVELOPMENT] = DevelopmentLogin()
    if settings.wechat_app_id:
        found[Platform.WECHAT] = WeChat(settings)
    if settings.alipay_app_id:
        found[Platform.ALIPAY] = Alipay(settings)
    if settings.douyin_app_id:
        found[Platform.DOUYIN] = Douyin(settings)
    return found


def get(settings: Settings, platform: Platform) -> PlatformLogin:
    """One platform's login. Raises PlatformUnavailable."""
    adapter = list_offered(settings).get(platform)
    if adapter is None:
        raise PlatformUnavailable(path=("platform",))
    return adapter


def get_wechat(settings: Settings) -> WeChat:
    """WeChat with all that it offers besides a login. Raises PlatformUnavailable."""
    if not settings.wechat_app_id:
        raise PlatformUnavailable(path=("platform",))
    return WeChat(settings)
