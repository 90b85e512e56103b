"""Fake servers of WeChat, Alipay and Douyin on this machine.

They serve the demo and the tests, and are written from the platforms' documentation. A person is known by a name that
the story or the test gives. The servers issue login codes, and answer as the platforms do. A test can queue
other responses, such as error numbers, late responses, or bodies that are not JSON.

    with FakePlatforms() as platforms:
        settings = Settings(**platforms.settings())
        code = platforms.wechat.code("王姐")
        platforms.queue_responses("/sns/jscode2session", FakeResponse({"errcode": 45011}))
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
_MAX_HELD_S = 60.0


class FakePlatforms:
    """The three servers on one port, while the block runs.

    They run in a thread of this process. `calls` counts the requests by path.
    """

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
            "/wxa/msg_sec_check": ("POST", self.wechat.check_text),
            "/wxa/media_check_async": ("POST", self.wechat.check_picture),
            "/cgi-bin/message/subscribe/send": ("POST", self.wechat.send_message),
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
            response = waiting.popleft() if waiting else await work(request)
            if response.held is not None:
                await asyncio.to_thread(response.held.wait, _MAX_HELD_S)
            body = response.body if isinstance(response.body, bytes) else json.dumps(response.body).encode()
            # WeChat sends its JSON as plain text.
            return Response(body, status_code=response.status, media_type="text/plain")

        return answer

    @property
    def url(self) -> str:
        """The base URL of the three servers."""
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def queue_responses(self, path: str, *responses: FakeResponse) -> None:
        """Queue responses for the next requests of a path, one each."""
        self._queued[path].extend(responses)

    def reset(self) -> None:
        """Remove all queued responses, counts, WeChat unionids, checks and messages."""
        self._queued.clear()
        self.wechat.checks.reset()
        self.wechat.messages.reset()
        self.calls.clear()
        self.wechat.unions.clear()

    def settings(self) -> dict[str, str]:
        """Return the settings that make a service call these servers."""
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
                raise TimeoutError("the fake platform servers did not start")
            time.sleep(0.01)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(_MAX_START_S)
        self._socket.close()
