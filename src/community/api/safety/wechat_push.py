"""The address to which WeChat pushes messages."""

from __future__ import annotations

import logging

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from community.api.edge.load import Load
from community.api.edge.params import parse_query_string, read_body
from community.api.edge.responses import PRIVATE_HEADERS
from community.safety.platform import callbacks
from community.safety.platform.messages import MAX_MESSAGE_BYTES, CallbackKeys, MessageRefused
from community.settings import Settings

log = logging.getLogger(__name__)

PATH = "/wechat/messages"
_RECEIVED = "success"
"""The answer after which WeChat does not repeat a message."""


def build_routes(settings: Settings, load: Load) -> list[Route]:
    """Return the route, or none if callbacks are not set up."""
    keys = callbacks.find_keys(settings)
    if keys is None:
        return []

    async def receive(request: Request) -> Response:
        with load:
            return await _receive(keys, request)

    return [Route(PATH, receive, methods=["GET", "POST"])]


async def _receive(keys: CallbackKeys, request: Request) -> Response:
    query = parse_query_string(request.scope["query_string"])
    text = _RECEIVED
    try:
        if request.method == "POST":
            await callbacks.receive(keys, query, await read_body(request, limit_bytes=MAX_MESSAGE_BYTES))
        else:
            text = callbacks.answer_question(keys, query)
    except MessageRefused as refused:
        log.warning("platform message is refused: reason=%s", refused)
        return PlainTextResponse("", 403, headers=PRIVATE_HEADERS)
    return PlainTextResponse(text, headers=PRIVATE_HEADERS)
