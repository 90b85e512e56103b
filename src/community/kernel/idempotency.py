"""A call with an idempotency key happens once, however often it arrives.

The record of the key is written in the transaction of the deed: who, which operation, a fingerprint of the input, and
the answer. A repeated call gets the same answer, a refusal too; the same key with other input is refused; a call that
arrives while the first one is still under way waits for it, and past the lock timeout is told to try again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from community.kernel import clock, db
from community.kernel.errors import InvalidInput, Refusal, TryAgain
from community.kernel.models import IdempotencyRecord
from community.kernel.tables import row_of

MAX_KEY_LENGTH = 64
Answer = dict[str, Any]


class KeyReused(Refusal):
    """The idempotency key has been used for something else."""

    code = "IDEMPOTENCY_KEY_REUSED"
    sentence = "This idempotency key was used with other input. Use a new key for a new deed."


@dataclass(frozen=True, slots=True)
class IdempotencyScope:
    """Whose key it is: the same text of another person, community or operation is another key.

    `community_id` is 0 for what is done outside any community.
    """

    community_id: int
    person_id: int
    operation: str


@dataclass(slots=True)
class _Record:
    fingerprint: str
    answer: dict[str, Any]


_CLAIM = db.Change(
    "INSERT INTO idempotency_record (community_id, person_id, operation, key, fingerprint, answer, created_at)"
    " VALUES ($1, $2, $3, $4, $5, '{}', $6)"
    " ON CONFLICT (community_id, person_id, operation, key) DO NOTHING RETURNING id",
    db.Id,
)
_FIND = db.Select(
    f"SELECT {db.columns(_Record)} FROM idempotency_record"
    " WHERE community_id = $1 AND person_id = $2 AND operation = $3 AND key = $4",
    _Record,
)

_DELETE_OLD = db.Change("DELETE FROM idempotency_record WHERE created_at < $1 RETURNING id", db.Id)


def compute_fingerprint(given: Mapping[str, Any]) -> str:
    """A digest of an input, the same whatever the order of its fields."""
    text = json.dumps(given, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def validate_key(key: str) -> str:
    """The key, when it is 1 to 64 printable ASCII characters without spaces. Raises InvalidInput."""
    if not 1 <= len(key) <= MAX_KEY_LENGTH or not all("!" <= character <= "~" for character in key):
        raise InvalidInput(
            f"An idempotency key is 1 to {MAX_KEY_LENGTH} printable ASCII characters.", path=("idempotencyKey",)
        )
    return key


async def run_once(
    scope: IdempotencyScope, key: str, given: Mapping[str, Any], work: Callable[[], Awaitable[Answer]]
) -> Answer:
    """Do `work` unless this key has done it, and answer what it answered then.

    `work` runs in a savepoint: when it refuses, what it changed is undone and the refusal is what the key answers from
    now on. Raises that Refusal, KeyReused for a key used with another input, TryAgain when the first call is not done.
    """
    if db.in_transaction():
        raise RuntimeError("an idempotency key is the outermost transaction: a refusal must be stored, not rolled back")
    outcome = await _attempt(
        (scope.community_id, scope.person_id, scope.operation, validate_key(key)), compute_fingerprint(given), work
    )
    if isinstance(outcome, Refusal):
        raise outcome
    return outcome


@db.transactional
async def _attempt(
    where: tuple[int, int, str, str], digest: str, work: Callable[[], Awaitable[Answer]]
) -> Answer | Refusal:
    claimed = await _CLAIM.first(*where, digest, clock.now())
    if claimed is None:
        return _replay(await _FIND.one(*where), digest)
    outcome: Answer | Refusal
    try:
        async with db.savepoint():
            outcome = await work()
    except TryAgain:
        raise
    except Refusal as refusal:
        outcome = refusal
    stored = {"refusal": outcome.to_json()} if isinstance(outcome, Refusal) else {"answer": outcome}
    await db.execute("UPDATE idempotency_record SET answer = $1 WHERE id = $2", stored, claimed.id)
    return outcome


def _replay(record: _Record, digest: str) -> Answer | Refusal:
    if record.fingerprint != digest:
        return KeyReused(path=("idempotencyKey",))
    if "refusal" in record.answer:
        return Refusal.from_json(record.answer["refusal"])
    return cast("Answer", record.answer["answer"])


@db.transactional
async def delete_old(before: datetime) -> int:
    """Drop the records of calls made before `before`, and say how many: a repeat that late is a new call."""
    return len(await _DELETE_OLD.all(before))


@row_of(IdempotencyRecord)
@dataclass(slots=True)
class CallRow:
    """A call as whoever made it may have it. What it answered they were told then: it may be a secret by now."""

    community_id: int
    operation: str
    key: str
    created_at: datetime


_CALLS = db.Select(f"SELECT {db.columns(CallRow)} FROM idempotency_record WHERE person_id = $1 ORDER BY id", CallRow)


async def list_calls(person_id: int) -> list[CallRow]:
    """Every call with a key that a person made and that is still remembered: for their own export."""
    return await _CALLS.all(person_id)


@db.transactional
async def erase(person_id: int) -> None:
    """Drop every record of a person's calls: the keys are their own words."""
    await db.execute("DELETE FROM idempotency_record WHERE person_id = $1", person_id)
