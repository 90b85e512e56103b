"""Idempotency for calls that name a source key.

This is a thin wrapper of `kernel/idempotency.run_once`. The journal's unique source key prevents a second booking for
ever. The idempotency record stores what the journal cannot store: the exact input, and a refusal. All calls of services
share one scope, so a key belongs to one call: a refused spend cannot become a freeze.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from community.kernel import db, idempotency
from community.kernel.idempotency import Answer, KeyReused
from community.points.errors import SourceReused

OPERATION = "points"
"""The operation of a record, for every call of a service."""
SERVICE_PREFIX = "service:"
"""Start of the source keys of services. A service changes only what services have spent or frozen."""
SENDER = "service"
"""Input field with the service token that sent a call. It is not compared, so a service may repeat calls with a new
token.
"""


@dataclass(frozen=True, slots=True)
class Source:
    """A source key and the inputs that explain its entry.

    The key is unique in the community.
    """

    key: str
    inputs: Mapping[str, Any] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """The key of the idempotency record."""
        return hashlib.sha256(self.key.encode()).hexdigest()


def is_same_input(stored: Mapping[str, Any], given: Mapping[str, Any]) -> bool:
    """Return True if the given input has what is stored, apart from the sender.

    Texts of an erased person are no longer stored, so they are not compared.
    """
    return all(given.get(name) == value for name, value in stored.items() if name != SENDER)


def compute_fingerprint(operation: str, given: Mapping[str, Any]) -> str:
    """Return a digest of a call: its operation and its input without the sender."""
    return idempotency.compute_fingerprint(_describe_call(operation, given))


def _describe_call(operation: str, given: Mapping[str, Any]) -> dict[str, Any]:
    return {**given, SENDER: None, "operation": operation}


async def run_once(
    community_id: int, operation: str, source: Source, given: Mapping[str, Any], work: Callable[[], Awaitable[Answer]]
) -> Answer:
    """Run `work` at most once per source key and return its answer.

    A repeated call gets the first answer, also if it was a refusal. `work` looks for the source key in the journal
    before any other condition, because records are retired. Inside a transaction this only runs `work`, because
    the idempotency key of the outermost verb applies there. Raises what `work` raises, SourceReused for a key with
    another input, and TryAgain.
    """
    if db.in_transaction():
        return await work()
    scope = idempotency.IdempotencyScope(community_id, 0, OPERATION)
    try:
        return await idempotency.run_once(scope, source.digest, _describe_call(operation, given), work)
    except KeyReused:
        raise SourceReused from None
