"""Comparison of the two executors: each operation that a plan answers is also answered by graphql-core.

A query runs twice, for graphql-core without preloading: its rows carry no relations, which are loaded by statements of
their own. The root field of a mutation runs once, and its payload is shaped twice. The clock stands still in both,
because signed addresses contain the time.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime

from graphql import OperationType
from strawberry.types import ExecutionResult

from community.api import preloading
from community.api.compiled.completion import Completion
from community.api.compiled.operations import CompiledOperations, Request
from community.api.edge.responses import encode_json, encode_plain_json
from community.kernel import clock

_TOO_MANY = b'"TOO_MANY_ATTEMPTS"'
_stopped_at: ContextVar[datetime | None] = ContextVar("stopped_at", default=None)
_preloads: ContextVar[bool] = ContextVar("preloads", default=True)


def compares_executors() -> bool:
    """Return True if the whole run compares both executors."""
    return os.environ.get("COMMUNITY_TEST_EXECUTORS") == "both"


@dataclass
class Comparison:
    """The operations that were answered twice, the differences, and the documents without an answer of a plan."""

    compared: int = 0
    differences: list[str] = field(default_factory=list)
    fallbacks: list[str] = field(default_factory=list)

    def compare(self, request: Request, ours: bytes, theirs: bytes) -> None:
        """Note a difference between two answers."""
        self.compared += 1
        # The attempts of a code are counted, so that the second executor may be one too many.
        is_refused = _TOO_MANY in theirs and _TOO_MANY not in ours
        if ours != theirs and not is_refused:
            start = next((at for at, (a, b) in enumerate(zip(ours, theirs, strict=False)) if a != b), 0)
            parts = [each[max(0, start - 100) : start + 300].decode(errors="replace") for each in (ours, theirs)]
            self.differences.append("\n".join([request.text, str(request.variables), *parts]))


@contextmanager
def compare_executors() -> Iterator[Comparison]:
    """Answer each operation of this process by both executors inside the block."""
    found = Comparison()
    run, shape_payload, now = CompiledOperations.run, CompiledOperations._shape_payload, clock.now
    build_preloading = preloading._build_preloading

    async def run_both(self, request):
        token = _stopped_at.set(now())
        try:
            result = await run(self, request)
            if result is None:
                found.fallbacks.append(request.text)
            elif request.operation.operation is OperationType.QUERY:
                _forget(request)
                preloads = _preloads.set(False)
                try:
                    other = await self.run_by_graphql_core(request)
                finally:
                    _preloads.reset(preloads)
                found.compare(request, encode_plain_json(_format(result)), encode_json(_format(other)))
        finally:
            _stopped_at.reset(token)
        return result

    async def shape_both(self, request, plan_run, root, outcome):
        _forget(request)
        try:
            ours = await shape_payload(self, request, plan_run, root, outcome)
        except Exception:
            found.fallbacks.append(request.text)
            raise
        _forget(request)
        completion = Completion(self.build_executor(request))
        (key,) = ours
        theirs = await completion.complete(key, outcome)
        assert completion.errors == []
        found.compare(request, encode_plain_json(ours), encode_json({key: theirs}))
        return ours

    CompiledOperations.run = run_both
    CompiledOperations._shape_payload = shape_both
    clock.now = lambda: _stopped_at.get() or now()
    preloading._build_preloading = lambda offered, chosen, values, *, is_counted: build_preloading(
        offered, chosen if _preloads.get() else (), values, is_counted=is_counted and _preloads.get()
    )
    try:
        yield found
    finally:
        CompiledOperations.run, CompiledOperations._shape_payload, clock.now = run, shape_payload, now
        preloading._build_preloading = build_preloading


def _forget(request: Request) -> None:
    forget = getattr(request.context, "forget", None)
    if forget is not None:
        forget()


def _format(result: ExecutionResult) -> dict:
    return {"data": result.data, "errors": [error.formatted for error in result.errors or ()]}
