"""The runner of a story, whose steps are real requests."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import httpx

_LINE_WIDTH = 90
_MAX_SHOWN_LENGTH = 600
_POLL_INTERVAL_S = 0.1

ResponseData = dict[str, Any]
ResponseCheck = Callable[[ResponseData], bool]


class StepFailed(Exception):  # noqa: N818 - the name says what is wrong
    """A step whose response failed its check. The response has been printed."""


@dataclass(slots=True)
class Actor:
    """A person or a service that sends requests. `token` is None before the login."""

    name: str
    token: str | None = None


class ScenarioRunner:
    """A client of one service that prints, checks and counts its steps."""

    def __init__(self, url: str, client: httpx.AsyncClient) -> None:
        self._url = url
        self._client = client
        self.steps = 0

    def begin_chapter(self, title: str) -> None:
        """Print the title of a chapter."""
        print("\n" + f"── {title} ".ljust(_LINE_WIDTH, "─"))

    async def run_step(
        self, actor: Actor, description: str, operation: str, *, check: ResponseCheck | None = None, **variables: Any
    ) -> ResponseData:
        """Send a GraphQL operation, print its response, and return its data.

        Raises StepFailed if the response has errors, or if `check` returns False for its data. Without it no payload
        may have errors.
        """
        self.steps += 1
        began = time.monotonic()
        response = await self._send(actor, operation, variables)
        return self._report_step(actor, description, response, check or _is_accepted, time.monotonic() - began)

    async def expect_refusal(
        self, actor: Actor, description: str, operation: str, *, code: str, **variables: Any
    ) -> None:
        """Send an operation that must fail. Raises StepFailed if `code` is not its only error code."""
        self.steps += 1
        began = time.monotonic()
        response = await self._send(actor, operation, variables)
        codes = [error["extensions"]["code"] for error in response.get("errors", ())]
        shown = {"status": response["status"], "data": {"refused": codes}}
        self._report_step(actor, description, shown, lambda it: it["refused"] == [code], time.monotonic() - began)

    async def fetch_file(
        self, actor: Actor, description: str, path: str, *, check: Callable[[bytes], str | None]
    ) -> None:
        """Fetch a file without a token. `check` describes its content, or returns None if it is wrong.

        Raises StepFailed if the content is wrong or the status is not 200.
        """
        self.steps += 1
        began = time.monotonic()
        response = await self._client.get(f"{self._url}{path}")
        found = check(response.content) if response.status_code == httpx.codes.OK else None
        shown = {"status": response.status_code, "data": {"found": found}}
        self._report_step(actor, description, shown, lambda it: it["found"] is not None, time.monotonic() - began)

    async def wait_for(
        self, actor: Actor, description: str, operation: str, *, check: ResponseCheck, within_s: float, **variables: Any
    ) -> ResponseData:
        """Repeat a query until `check` returns True. Raises StepFailed after `within_s` seconds."""
        self.steps += 1
        began = time.monotonic()
        while True:
            response = await self._send(actor, operation, variables)
            took_s = time.monotonic() - began
            if _is_satisfied(response, check) or took_s > within_s:
                return self._report_step(actor, description, response, check, took_s)
            await asyncio.sleep(_POLL_INTERVAL_S)

    async def run_call(
        self,
        actor: Actor,
        description: str,
        call: Callable[[httpx.AsyncClient], Awaitable[ResponseData]],
        *,
        check: ResponseCheck,
    ) -> ResponseData:
        """Run `call` and return its data.

        It sends requests that are not GraphQL operations in JSON.
        Raises StepFailed if `check` returns False, or if a request or its response is broken.
        """
        self.steps += 1
        began = time.monotonic()
        async with httpx.AsyncClient(base_url=self._url, headers=_build_headers(actor), timeout=30) as client:
            try:
                response = {"status": httpx.codes.OK, "data": await call(client)}
            except (httpx.HTTPError, ValueError, KeyError, OSError) as error:
                response = {"status": 0, "errors": [repr(error)]}
        return self._report_step(actor, description, response, check, time.monotonic() - began)

    async def _send(self, actor: Actor, operation: str, variables: dict[str, Any]) -> ResponseData:
        try:
            response = await self._client.post(
                f"{self._url}/graphql",
                json={"query": operation, "variables": variables},
                headers=_build_headers(actor),
            )
        except httpx.HTTPError as error:
            return {"status": 0, "errors": [{"message": repr(error), "extensions": {"code": "NO_RESPONSE"}}]}
        return {"status": response.status_code, **response.json()}

    def _report_step(
        self, actor: Actor, description: str, response: ResponseData, check: ResponseCheck, took_s: float
    ) -> ResponseData:
        succeeded = _is_satisfied(response, check)
        shown = response["data"] if succeeded else {name: part for name, part in response.items() if name != "status"}
        text = json.dumps(_redact_tokens(shown), ensure_ascii=False)
        if succeeded and len(text) > _MAX_SHOWN_LENGTH:
            text = text[:_MAX_SHOWN_LENGTH] + " …"
        print(f"{'✓' if succeeded else '✗'} {self.steps:>2} {actor.name} {description}  ({took_s * 1000:.0f} ms)")
        print(f"     {text}")
        if not succeeded:
            raise StepFailed(description)
        data: ResponseData = response["data"]
        return data


def _build_headers(actor: Actor) -> dict[str, str]:
    return {} if actor.token is None else {"Authorization": f"Bearer {actor.token}"}


def _is_accepted(data: ResponseData) -> bool:
    return not any(payload["errors"] for payload in data.values())


def _is_satisfied(response: ResponseData, check: ResponseCheck) -> bool:
    if response["status"] != httpx.codes.OK or response.get("errors") or not response.get("data"):
        return False
    try:
        return check(response["data"])
    except (KeyError, IndexError, TypeError):
        return False


def _redact_tokens(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: "…" if name in {"token", "secret"} else _redact_tokens(inner) for name, inner in value.items()}
    return [_redact_tokens(inner) for inner in value] if isinstance(value, list) else value
