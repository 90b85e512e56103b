"""WeChat, Alipay and Douyin as a mini-program's server sees them: small servers of our own on this machine.

Written from the platforms' documentation, for the demo and for the tests. They know people by the names that the tests
or the story give them, hand out codes as the platforms' clients would, and answer as the platforms do: right, with each
of their error numbers, slowly, not at all, or with what is no JSON.

    with Platforms() as platforms:
        settings = Settings(**platforms.settings())
        code = platforms.wechat.code("王姐")
        platforms.trouble("/sns/jscode2session", Answer({"errcode": 45011}))
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import secrets
import socket
import threading
import time
from collections import Counter, defaultdict, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import parse_qsl

import uvicorn
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from community.identity.platforms.alipay import METHOD, NODE, REFUSED_NODE, sign, to_be_signed, verified

CODE_LASTS_S = 300
TOKEN_LASTS_S = 7_200
FORCED_A_DAY = 20
_START_S = 10.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server says instead of what it should: an object, or bytes that are none; late, or with a status."""

    body: Any = field(default_factory=dict)
    status: int = 200
    after_s: float = 0.0


@dataclass(slots=True)
class _Code:
    """A code that was handed out."""

    name: str
    made_at: float
    used: bool = False


class _Codes:
    """The codes of one platform: each is good once, for five minutes."""

    def __init__(self) -> None:
        self._known: dict[str, _Code] = {}

    def give(self, name: str) -> str:
        """A new code for this person."""
        code = secrets.token_hex(16)
        self._known[code] = _Code(name, time.monotonic())
        return code

    def take(self, code: str) -> str | None:
        """Whose code it is, once; None for one that is unknown, used or too old."""
        found = self._known.get(code)
        if found is None or found.used or time.monotonic() - found.made_at > CODE_LASTS_S:
            return None
        found.used = True
        return found.name

    def was_used(self, code: str) -> bool:
        """Whether it was good once."""
        return code in self._known and self._known[code].used

    def age(self, code: str, seconds: float) -> None:
        """Make a code older than it is."""
        self._known[code].made_at -= seconds


def _id(platform: str, name: str) -> str:
    """How a platform calls somebody: the same each time, and nothing that anybody could read."""
    return base64.urlsafe_b64encode(hashlib.sha256(f"{platform} {name}".encode()).digest())[:28].decode()


class WeChat:
    """A mini-program at WeChat."""

    app_id = "wx0123456789abcdef"
    secret = "the secret of the mini-program at wechat"  # noqa: S105 - of a server that is made up

    def __init__(self) -> None:
        self._codes = _Codes()
        self._phones: dict[str, tuple[str, str | int, str | None]] = {}
        self._session_keys: dict[str, str] = {}
        self.unions: dict[str, str] = {}
        self.tokens: list[str] = []
        self.forced = 0

    def code(self, name: str, *, union: str | None = None) -> str:
        """What `wx.login` gives on this person's telephone; with `union` the answer to it has a unionid."""
        if union is not None:
            self.unions[name] = _id("wechat union", union)
        return self._codes.give(name)

    def used_code(self, name: str) -> str:
        """A code that somebody has used already."""
        code = self._codes.give(name)
        self._codes.take(code)
        return code

    def old_code(self, name: str) -> str:
        """A code whose five minutes are over."""
        code = self._codes.give(name)
        self._codes.age(code, CODE_LASTS_S + 1)
        return code

    def phone_code(self, number: str, *, country: str | int = "86", app_id: str | None = None) -> str:
        """What the button for the telephone number gives; the country code comes as a text or as a number."""
        code = secrets.token_hex(16)
        self._phones[code] = (number, country, app_id or self.app_id)
        return code

    def openid(self, name: str) -> str:
        """How WeChat calls this person."""
        return _id("wechat", name)

    def session_key(self, name: str) -> str:
        """The key that the person's client shares with WeChat at the moment."""
        return self._session_keys[self.openid(name)]

    def renew_session(self, name: str) -> None:
        """The client logs in anew without telling the service: the key it has is good no more."""
        self._session_keys[self.openid(name)] = base64.b64encode(secrets.token_bytes(16)).decode()

    async def exchange(self, request: Request) -> Answer:
        """`GET /sns/jscode2session`."""
        given = request.query_params
        refused = self._application(given)
        if refused is not None:
            return refused
        if given.get("grant_type") != "authorization_code":
            return _wechat_error(40_002, "invalid grant_type")
        code = given.get("js_code", "")
        name = self._codes.take(code)
        if name is None:
            used = self._codes.was_used(code)
            return _wechat_error(40_163, "code been used") if used else _wechat_error(40_029, "invalid code")
        self.renew_session(name)
        answer = {"openid": self.openid(name), "session_key": self.session_key(name)}
        if name in self.unions:
            answer["unionid"] = self.unions[name]
        return Answer(answer)

    async def stable_token(self, request: Request) -> Answer:
        """`POST /cgi-bin/stable_token`."""
        given = await request.json()
        refused = self._application(given)
        if refused is not None:
            return refused
        if given.get("force_refresh") is True:
            self.forced += 1
            if self.forced > FORCED_A_DAY:
                return _wechat_error(45_009, "reach max api daily quota limit")
        if given.get("force_refresh") is True or not self.tokens:
            self.tokens.append(f"token-{secrets.token_hex(24)}")
        return Answer({"access_token": self.tokens[-1], "expires_in": TOKEN_LASTS_S})

    def end_token(self) -> None:
        """The token that is good is good no more, without a word to the service."""
        self.tokens.append(f"token-{secrets.token_hex(24)}")

    async def phone(self, request: Request) -> Answer:
        """`POST /wxa/business/getuserphonenumber`."""
        if not self._knows(request):
            return _wechat_error(40_001, "invalid credential, access_token is invalid or not latest")
        found = self._phones.pop((await request.json()).get("code", ""), None)
        if found is None:
            return _wechat_error(40_029, "invalid code")
        number, country, app_id = found
        info = {
            "phoneNumber": number if str(country) == "86" else f"{country}{number}",
            "purePhoneNumber": number,
            "countryCode": country,
            "watermark": {"appid": app_id, "timestamp": int(time.time())},
        }
        return Answer({"errcode": 0, "errmsg": "ok", "phone_info": info})

    async def check_session(self, request: Request) -> Answer:
        """`GET /wxa/checksession`."""
        if not self._knows(request):
            return _wechat_error(40_001, "invalid credential, access_token is invalid or not latest")
        key = self._session_keys.get(request.query_params.get("openid", ""), "")
        right = hmac.digest(key.encode(), b"", "sha256").hex()
        if not key or request.query_params.get("signature") != right:
            return _wechat_error(87_009, "invalid signature")
        return Answer({"errcode": 0, "errmsg": "ok"})

    def _knows(self, request: Request) -> bool:
        return bool(self.tokens) and request.query_params.get("access_token") == self.tokens[-1]

    def _application(self, given: Any) -> Answer | None:
        if given.get("appid") != self.app_id:
            return _wechat_error(40_013, "invalid appid")
        return None if given.get("secret") == self.secret else _wechat_error(40_125, "invalid appsecret")


def _wechat_error(number: int, message: str) -> Answer:
    return Answer({"errcode": number, "errmsg": f"{message}, rid: {secrets.token_hex(8)}"})


class Alipay:
    """A mini-program at Alipay, which signs and is signed to."""

    app_id = "2021000000000000"

    def __init__(self) -> None:
        self._codes = _Codes()
        self._application_key = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
        self._own_key = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
        self.signs_wrongly = False

    @property
    def private_key(self) -> str:
        """The application's own key, as its console gives it."""
        made = self._application_key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        return base64.b64encode(made).decode()

    @property
    def public_key(self) -> str:
        """Alipay's key, in PEM."""
        return self._own_key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    def code(self, name: str) -> str:
        """What `my.getAuthCode` gives on this person's telephone."""
        return self._codes.give(name)

    def openid(self, name: str) -> str:
        """How Alipay calls this person."""
        return _id("alipay", name)

    async def gateway(self, request: Request) -> Answer:
        """`POST /gateway.do` for `alipay.system.oauth.token`."""
        given = dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))
        if given.get("app_id") != self.app_id:
            return _alipay_error("40002", "isv.invalid-app-id", "无效的AppID参数")
        signed = verified(self._application_key.public_key(), to_be_signed(given), given.get("sign"))
        if given.get("sign_type") != "RSA2" or not signed:
            return _alipay_error("40002", "isv.invalid-signature", "无效签名")
        if given.get("method") != METHOD or given.get("grant_type") != "authorization_code":
            return _alipay_error("40002", "isv.invalid-method", "不存在的方法名")
        name = self._codes.take(given.get("code", ""))
        if name is None:
            return _alipay_error("40002", "isv.code-invalid", "授权码code无效")
        node = json.dumps(
            {
                "access_token": f"authusrB{secrets.token_hex(16)}",
                "auth_start": "2026-01-01 00:00:00",
                "expires_in": 1_296_000,
                "re_expires_in": 2_592_000,
                "refresh_token": f"authusrB{secrets.token_hex(16)}",
                "open_id": self.openid(name),
                "note": '"quoted} and \\escaped',
            },
            separators=(",", ":"),
        )
        key = self._application_key if self.signs_wrongly else self._own_key
        return Answer(f'{{"{NODE}":{node},"sign":"{sign(key, node)}"}}'.encode())


def _alipay_error(code: str, sub_code: str, message: str) -> Answer:
    return Answer({REFUSED_NODE: {"code": code, "msg": "Business Failed", "sub_code": sub_code, "sub_msg": message}})


class Douyin:
    """A mini-program at Douyin."""

    app_id = "tt0123456789abcdef"
    secret = "the secret of the mini-program at douyin"  # noqa: S105 - of a server that is made up

    def __init__(self) -> None:
        self._codes = _Codes()

    def code(self, name: str) -> str:
        """What `tt.login` gives on this person's telephone."""
        return self._codes.give(name)

    def openid(self, name: str) -> str:
        """How Douyin calls this person."""
        return _id("douyin", name)

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
            "unionid": _id("douyin union", name),
            "dopenid": "",
        }
        return Answer({"err_no": 0, "err_tips": "success", "data": data})


def _douyin_error(number: int, message: str) -> Answer:
    return Answer({"err_no": number, "err_tips": message, "log_id": secrets.token_hex(12)})


class Platforms:
    """The three servers on one port of this machine, in a thread of this process, until the block ends."""

    def __init__(self) -> None:
        self.wechat, self.alipay, self.douyin = WeChat(), Alipay(), Douyin()
        self.calls: Counter[str] = Counter()
        self._trouble: dict[str, deque[Answer]] = defaultdict(deque)
        self._socket = socket.create_server(("127.0.0.1", 0))
        routes: dict[str, tuple[str, Callable[[Request], Awaitable[Answer]]]] = {
            "/sns/jscode2session": ("GET", self.wechat.exchange),
            "/cgi-bin/stable_token": ("POST", self.wechat.stable_token),
            "/wxa/business/getuserphonenumber": ("POST", self.wechat.phone),
            "/wxa/checksession": ("GET", self.wechat.check_session),
            "/gateway.do": ("POST", self.alipay.gateway),
            "/api/apps/v2/jscode2session": ("POST", self.douyin.exchange),
        }
        app = Starlette(
            routes=[Route(path, self._endpoint(path, work), methods=[verb]) for path, (verb, work) in routes.items()]
        )
        config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", ws="none")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True, name="platforms"
        )

    def _endpoint(
        self, path: str, work: Callable[[Request], Awaitable[Answer]]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            self.calls[path] += 1
            waiting = self._trouble[path]
            said = waiting.popleft() if waiting else await work(request)
            await asyncio.sleep(said.after_s)
            whole = said.body if isinstance(said.body, bytes) else json.dumps(said.body).encode()
            # WeChat says that its JSON is plain text.
            return Response(whole, status_code=said.status, media_type="text/plain")

        return answer

    @property
    def url(self) -> str:
        """Where they are."""
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def trouble(self, path: str, *answers: Answer) -> None:
        """What the next calls of a path get instead, one each."""
        self._trouble[path].extend(answers)

    def calm(self) -> None:
        """Forget the trouble that was to come, and the calls so far."""
        self._trouble.clear()
        self.calls.clear()
        self.wechat.unions.clear()

    def settings(self) -> dict[str, str]:
        """The settings with which the service takes these servers for the platforms'."""
        return {
            "wechat_app_id": self.wechat.app_id, "wechat_secret": self.wechat.secret, "wechat_url": self.url,
            "alipay_app_id": self.alipay.app_id, "alipay_private_key": self.alipay.private_key,
            "alipay_public_key": self.alipay.public_key, "alipay_url": self.url,
            "douyin_app_id": self.douyin.app_id, "douyin_secret": self.douyin.secret, "douyin_url": self.url,
        }  # fmt: skip

    def __enter__(self) -> Self:
        self._thread.start()
        deadline = time.monotonic() + _START_S
        while not self._server.started:
            if time.monotonic() > deadline or not self._thread.is_alive():
                raise TimeoutError("the servers of the platforms do not start")
            time.sleep(0.01)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(_START_S)
        self._socket.close()
