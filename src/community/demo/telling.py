"""Telling a story while it happens: every step is a real request, and what came back is shown and judged."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import httpx

_SHOWN = 600
_LOOK_AGAIN_S = 0.1

Answer = dict[str, Any]
Judge = Callable[[Answer], bool]


class Broken(Exception):  # noqa: N818 - the story's end, told where it happens
    """A step did not do what it should; it has been shown already."""


@dataclass(slots=True)
class Actor:
    """A person with a telephone."""

    name: str
    token: str | None = None


class Teller:
    """Sends what the actors do to one service, prints each step, and counts them."""

    def __init__(self, url: str, client: httpx.AsyncClient) -> None:
        self._url = url
        self._client = client
        self.steps = 0

    def chapter(self, title: str) -> None:
        """Begin a chapter."""
        print(f"\n── {title} " + "─" * max(4, 90 - 2 * len(title)))

    async def does(self, actor: Actor, deed: str, operation: str, *, so_that: Judge, **variables: Any) -> Answer:
        """Send one operation, show what came back, and answer its data. Raises Broken when `so_that` does not hold."""
        self.steps += 1
        began = time.monotonic()
        answer = await self._send(actor, operation, variables)
        return self._judge(actor, deed, answer, so_that, time.monotonic() - began)

    async def refused(self, actor: Actor, deed: str, operation: str, *, code: str, **variables: Any) -> None:
        """Send one operation that must be refused as a whole with that code. Raises Broken when it is not."""
        self.steps += 1
        began = time.monotonic()
        answer = await self._send(actor, operation, variables)
        codes = [error["extensions"]["code"] for error in answer.get("errors", ())]
        shown = {"status": answer["status"], "data": {"refused": codes}}
        self._judge(actor, deed, shown, lambda it: it["refused"] == [code], time.monotonic() - began)

    async def fetches(self, actor: Actor, deed: str, path: str, *, so_that: Callable[[bytes], str | None]) -> None:
        """Fetch a file; `so_that` says what was found in it, or None. Raises Broken when it is None or not there."""
        self.steps += 1
        began = time.monotonic()
        response = await self._client.get(f"{self._url}{path}")
        found = so_that(response.content) if response.status_code == httpx.codes.OK else None
        answer = {"status": response.status_code, "data": {"found": found}}
        self._judge(actor, deed, answer, lambda it: it["found"] is not None, time.monotonic() - began)

    async def sees(
        self, actor: Actor, deed: str, operation: str, *, so_that: Judge, within_s: float, **variables: Any
    ) -> Answer:
        """Look again and again until `so_that` holds, for `within_s` at most. Raises Broken when it never does."""
        self.steps += 1
        began = time.monotonic()
        while True:
            answer = await self._send(actor, operation, variables)
            took_s = time.monotonic() - began
            if _holds(answer, so_that) or took_s > within_s:
                return self._judge(actor, deed, answer, so_that, took_s)
            await asyncio.sleep(_LOOK_AGAIN_S)

    async def sends(
        self, actor: Actor, deed: str, call: Callable[[httpx.AsyncClient], Awaitable[Answer]], *, so_that: Judge
    ) -> Answer:
        """Make another call than a GraphQL operation in JSON, as `does`; a failure to make it is shown too."""
        self.steps += 1
        began = time.monotonic()
        headers = {} if actor.token is None else {"Authorization": f"Bearer {actor.token}"}
        async with httpx.AsyncClient(base_url=self._url, headers=headers, timeout=30) as client:
            try:
                answer = {"status": httpx.codes.OK, "data": await call(client)}
            except (httpx.HTTPError, ValueError, KeyError, OSError) as error:
                answer = {"status": 0, "errors": [repr(error)]}
        return self._judge(actor, deed, answer, so_that, time.monotonic() - began)

    async def _send(self, actor: Actor, operation: str, variables: dict[str, Any]) -> Answer:
        headers = {} if actor.token is None else {"Authorization": f"Bearer {actor.token}"}
        response = await self._client.post(
            f"{self._url}/graphql", json={"query": operation, "variables": variables}, headers=headers
        )
        return {"status": response.status_code, **response.json()}

    def _judge(self, actor: Actor, deed: str, answer: Answer, so_that: Judge, took_s: float) -> Answer:
        well = _holds(answer, so_that)
        shown = {name: value for name, value in answer.items() if name != "status"} if not well else answer["data"]
        text = json.dumps(_without_tokens(shown), ensure_ascii=False)
        print(f"{'✓' if well else '✗'} {self.steps:>2} {actor.name} {deed}  ({took_s * 1000:.0f} ms)")
        print(f"     {text if len(text) <= _SHOWN or not well else text[:_SHOWN] + ' …'}")
        if not well:
            raise Broken(deed)
        data: Answer = answer["data"]
        return data


def _holds(answer: Answer, so_that: Judge) -> bool:
    if answer["status"] != httpx.codes.OK or answer.get("errors") or not answer.get("data"):
        return False
    try:
        return so_that(answer["data"])
    except (KeyError, IndexError, TypeError):
        return False


def _without_tokens(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: "…" if name in {"token", "secret"} else _without_tokens(inner) for name, inner in value.items()}
    return [_without_tokens(inner) for inner in value] if isinstance(value, list) else value
