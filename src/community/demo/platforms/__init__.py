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
import json
import socket
import threading
import time
from collections import Counter, defaultdict, deque
from collections.abc import Awaitable, Callable
from typing import Self

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from community.demo.platforms.alipay import FakeAlipay
from community.demo.platforms.common import FakeResponse
from community.demo.platforms.douyin import FakeDouyin
from community.demo.platforms.wechat import FakeWeChat

__all__ = ["FakePlatforms", "FakeResponse"]

_MAX_START_S = 10.0
_LONGEST_HOLD_S = 60.0


class FakePlatforms:
    """The three servers on one port of this machine, in a thread of this process, until the block ends."""

    def __init__(self) -> None:
        self.wechat, self.alipay, self.douyin = FakeWeChat(), FakeAlipay(), FakeDouyin()
        self.calls: Counter[str] = Counter()
        self._queued: dict[str, deque[FakeResponse]] = defaultdict(deque)
        self._socket = socket.create_server(("127.0.0.1", 0))
        routes: dict[str, tuple[str, Callable[[Request], Awaitable[FakeResponse]]]] = {
            "/sns/jscode2session": ("GET", self.wechat.exchange),
            "/cgi-bin/stable_token": ("POST", self.wechat.stable_token),
            "/wxa/business/getuserphonenumber": ("POST", self.wechat.phone),
            "/wxa/checksession": ("GET", self.wechat.check_session),
            "/gateway.do": ("POST", self.alipay.gateway),
            "/api/apps/v2/jscode2session": ("POST", self.douyin.exchange),
        }
        app = Starlette(
            routes=[
                Route(path, self._build_endpoint(path, work), methods=[verb]) for path, (verb, work) in routes.items()
            ]
        )
        config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", ws="none")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True, name="platforms"
        )

    def _build_endpoint(
        self, path: str, work: Callable[[Request], Awaitable[FakeResponse]]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            self.calls[path] += 1
            waiting = self._queued[path]
            said = waiting.popleft() if waiting else await work(request)
            if said.held is not None:
                await asyncio.to_thread(said.held.wait, _LONGEST_HOLD_S)
            whole = said.body if isinstance(said.body, bytes) else json.dumps(said.body).encode()
            # WeChat says that its JSON is plain text.
            return Response(whole, status_code=said.status, media_type="text/plain")

        return answer

    @property
    def url(self) -> str:
        """Where they are."""
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def queue_responses(self, path: str, *answers: FakeResponse) -> None:
        """What the next calls of a path get instead, one each."""
        self._queued[path].extend(answers)

    def reset(self) -> None:
        """Forget the trouble that was to come, and the calls so far."""
        self._queued.clear()
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
        deadline = time.monotonic() + _MAX_START_S
        while not self._server.started:
            if time.monotonic() > deadline or not self._thread.is_alive():
                raise TimeoutError("the servers of the platforms do not start")
            time.sleep(0.01)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(_MAX_START_S)
        self._socket.close()
