"""Telling a story while it happens: every step is a real request, and what came back is shown and judged."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import httpx

_MAX_SHOWN_LENGTH = 600
_POLL_INTERVAL_S = 0.1

ResponseData = dict[str, Any]
ResponseCheck = Callable[[ResponseData], bool]


class StepFailed(Exception):  # noqa: N818 - the story's end, told where it happens
    """A step did not do what it should; it has been shown already."""


@dataclass(slots=True)
class Actor:
    """A person with a telephone."""

    name: str
    token: str | None = None


class ScenarioRunner:
    """Sends what the actors do to one service, prints each step, and counts them."""

    def __init__(self, url: str, client: httpx.AsyncClient) -> None:
        self._url = url
        self._client = client
        self.steps = 0

    def begin_chapter(self, title: str) -> None:
        """Begin a chapter."""
        print(f"\n── {title} " + "─" * max(4, 90 - 2 * len(title)))

    async def run_step(
        self, actor: Actor, description: str, operation: str, *, check: ResponseCheck, **variables: Any
    ) -> ResponseData:
        """Send one operation, show what came back, and answer its data. Raises Broken when `so_that` does not hold."""
        self.steps += 1
        began = time.monotonic()
        answer = await self._send(actor, operation, variables)
        return self._report_step(actor, description, answer, check, time.monotonic() - began)

    async def expect_refusal(
        self, actor: Actor, description: str, operation: str, *, code: str, **variables: Any
    ) -> None:
        """Send one operation that must be refused as a whole with that code. Raises Broken when it is not."""
        self.steps += 1
        began = time.monotonic()
        answer = await self._send(actor, operation, variables)
        codes = [error["extensions"]["code"] for error in answer.get("errors", ())]
        shown = {"status": answer["status"], "data": {"refused": codes}}
        self._report_step(actor, description, shown, lambda it: it["refused"] == [code], time.monotonic() - began)

    async def fetch_file(
        self, actor: Actor, description: str, path: str, *, check: Callable[[bytes], str | None]
    ) -> None:
        """Fetch a file; `so_that` says what was found in it, or None. Raises Broken when it is None or not there."""
        self.steps += 1
        began = time.monotonic()
        response = await self._client.get(f"{self._url}{path}")
        found = check(response.content) if response.status_code == httpx.codes.OK else None
        answer = {"status": response.status_code, "data": {"found": found}}
        self._report_step(actor, description, answer, lambda it: it["found"] is not None, time.monotonic() - began)

    async def wait_for(
        self, actor: Actor, description: str, operation: str, *, check: ResponseCheck, within_s: float, **variables: Any
    ) -> ResponseData:
        """Look again and again until `so_that` holds, for `within_s` at most. Raises Broken when it never does."""
        self.steps += 1
        began = time.monotonic()
        while True:
            answer = await self._send(actor, operation, variables)
            took_s = time.monotonic() - began
            if _is_satisfied(answer, check) or took_s > within_s:
                return self._report_step(actor, description, answer, check, took_s)
            await asyncio.sleep(_POLL_INTERVAL_S)

    async def run_call(
        self,
        actor: Actor,
        description: str,
        call: Callable[[httpx.AsyncClient], Awaitable[ResponseData]],
        *,
        check: ResponseCheck,
    ) -> ResponseData:
        """Make another call than a GraphQL operation in JSON, as `does`; a failure to make it is shown too."""
        self.steps += 1
        began = time.monotonic()
        headers = {} if actor.token is None else {"Authorization": f"Bearer {actor.token}"}
        async with httpx.AsyncClient(base_url=self._url, headers=headers, timeout=30) as client:
            try:
                answer = {"status": httpx.codes.OK, "data": await call(client)}
            except (httpx.HTTPError, ValueError, KeyError, OSError) as error:
                answer = {"status": 0, "errors": [repr(error)]}
        return self._report_step(actor, description, answer, check, time.monotonic() - began)

    async def _send(self, actor: Actor, operation: str, variables: dict[str, Any]) -> ResponseData:
        headers = {} if actor.token is None else {"Authorization": f"Bearer {actor.token}"}
        response = await self._client.post(
            f"{self._url}/graphql", json={"query": operation, "variables": variables}, headers=headers
        )
        return {"status": response.status_code, **response.json()}

    def _report_step(
        self, actor: Actor, description: str, answer: ResponseData, check: ResponseCheck, took_s: float
    ) -> ResponseData:
        well = _is_satisfied(answer, check)
        shown = {name: value for name, value in answer.items() if name != "status"} if not well else answer["data"]
        text = json.dumps(_redact_tokens(shown), ensure_ascii=False)
        print(f"{'✓' if well else '✗'} {self.steps:>2} {actor.name} {description}  ({took_s * 1000:.0f} ms)")
        print(f"     {text if len(text) <= _MAX_SHOWN_LENGTH or not well else text[:_MAX_SHOWN_LENGTH] + ' …'}")
        if not well:
            raise StepFailed(description)
        data: ResponseData = answer["data"]
        return data


def _is_satisfied(answer: ResponseData, check: ResponseCheck) -> bool:
    if answer["status"] != httpx.codes.OK or answer.get("errors") or not answer.get("data"):
        return False
    try:
        return check(answer["data"])
    except (KeyError, IndexError, TypeError):
        return False


def _redact_tokens(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: "…" if name in {"token", "secret"} else _redact_tokens(inner) for name, inner in value.items()}
    return [_redact_tokens(inner) for inner in value] if isinstance(value, list) else value
