"""What somebody asks for under a key of theirs happens once, and a refusal stays one.

The source key in the journal keeps a deed from happening twice for ever. What the journal cannot keep is a refusal,
and what exactly was asked for: both are kept as for every other key.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from community.kernel import db, idempotency
from community.kernel.idempotency import Answer, KeyReused
from community.points.errors import SourceReused

SENDER = "service"
"""The input that names the service which sent a deed. A service with a new token repeats its last calls safely."""


def hash_source_key(source_key: str) -> str:
    """The source key as the key of a record."""
    return hashlib.sha256(source_key.encode()).hexdigest()


def is_same_input(stored: Mapping[str, Any], given: Mapping[str, Any]) -> bool:
    """Whether two deeds are for the same thing, by whichever token they were sent."""
    return {**stored, SENDER: None} == {**given, SENDER: None}


async def run_once(
    community_id: int, operation: str, source_key: str, given: Mapping[str, Any], work: Callable[[], Awaitable[Answer]]
) -> Answer:
    """Do `work` once for the source key, and answer what it answered; a refusal is answered again too.

    Inside a transaction this is only the work: there the key of the outermost verb counts. Raises what `work` raises,
    SourceReused for a key that was used with something else, TryAgain.
    """
    if db.in_transaction():
        return await work()
    scope = idempotency.IdempotencyScope(community_id, 0, f"points.{operation}")
    try:
        return await idempotency.run_once(scope, hash_source_key(source_key), {**given, SENDER: None}, work)
    except KeyReused:
        raise SourceReused from None
