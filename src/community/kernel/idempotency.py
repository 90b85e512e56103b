"""Idempotency of calls with a key. A call runs at most once, and every repetition gets the first answer.

- Promise: the key's record is written in the same transaction as the work. The work has happened if and only if the
  key has an answer.
- Scope: a key belongs to one person, community and operation (`IdempotencyScope`).
- Fingerprint: a digest of the input. The same key with other input is refused (KeyReused).
- Refusals: the work runs in a savepoint. A refusal undoes it and is stored as the answer, so that a call that was seen
  to fail never succeeds later. Classes with `is_stored = False` (TryAgain, a missing consent) are not stored: the key
  stays free.
- Claim in another statement: a record without an answer says that the statement which inserted it has done the work
  (`points/spend.py`). The work is called and must find its result.
- Bugs: any other exception rolls back everything and leaves the key free.
- Waiting: a call that comes while the first one runs waits for it, up to the lock timeout (TryAgain).
- Lifetime: records are deleted after the days in `privacy/retention.py`. A later repetition is a new call.
- Lock order: the key is claimed after the caller's own row and before every other row.

Used by `api/mutations.py` (every mutation with an `idempotencyKey`), `points/idempotent.py` (calls of services, whose
source key is the key) and `media/uploads.py`. Not used for refresh tokens (`accounts/sessions.py`): a late repetition
must end the session.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from community.kernel import clock, db
from community.kernel.errors import InvalidInput, Refusal
from community.kernel.models import IdempotencyRecord
from community.kernel.tables import row_of

MAX_KEY_LENGTH = 64
Answer = dict[str, Any]


class KeyReused(Refusal):
    """The idempotency key was used with other input."""

    code = "IDEMPOTENCY_KEY_REUSED"


@dataclass(frozen=True, slots=True)
class IdempotencyScope:
    """The owner of a key. The same text in another scope is another key.

    `community_id` is 0 outside any community, `person_id` is 0 for a service.
    """

    community_id: int
    person_id: int
    operation: str


@dataclass(slots=True)
class _Record:
    id: int
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
    """Return a digest of an input. The order of its fields does not matter."""
    text = json.dumps(given, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def validate_key(key: str) -> str:
    """Return the key. Raises InvalidInput unless it is 1 to 64 printable ASCII characters without spaces."""
    if not 1 <= len(key) <= MAX_KEY_LENGTH or not all("!" <= character <= "~" for character in key):
        raise InvalidInput("idempotency_key", min=1, max=MAX_KEY_LENGTH, actual=len(key), path=("idempotencyKey",))
    return key


async def run_once(
    scope: IdempotencyScope, key: str, given: Mapping[str, Any], work: Callable[[], Awaitable[Answer]]
) -> Answer:
    """Run `work` at most once per idempotency key and return its answer.

    The answer must be JSON. Raises the Refusal of `work`, now or stored. Raises InvalidInput for a malformed key,
    KeyReused if the key came with another input, TryAgain if the first call takes longer than the lock timeout.
    """
    if db.in_transaction():
        raise RuntimeError("run_once must open the outermost transaction: a refusal must be stored, not rolled back")
    outcome = await _attempt(_to_columns(scope, validate_key(key)), compute_fingerprint(given), work)
    if isinstance(outcome, Refusal):
        raise outcome
    return outcome


def _to_columns(scope: IdempotencyScope, key: str) -> tuple[int, int, str, str]:
    return scope.community_id, scope.person_id, scope.operation, key


@db.transactional
async def _attempt(
    where: tuple[int, int, str, str], fingerprint: str, work: Callable[[], Awaitable[Answer]]
) -> Answer | Refusal:
    claimed = await _CLAIM.first(*where, fingerprint, clock.now())
    if claimed is None:
        record = await _FIND.one(*where)
        if record.answer or record.fingerprint != fingerprint:
            return _replay(record, fingerprint)
        # The statement that claimed this key did the work too. `work` finds its result, and nothing is stored, because
        # a committed record never changes.
        return await work()
    try:
        async with db.savepoint():
            outcome: Answer | Refusal = await work()
    except Refusal as refusal:
        if not refusal.is_stored:
            raise
        outcome = refusal
    stored = {"refusal": outcome.to_json()} if isinstance(outcome, Refusal) else {"answer": outcome}
    await db.execute("UPDATE idempotency_record SET answer = $1 WHERE id = $2", stored, claimed.id)
    return outcome


def _replay(record: _Record, fingerprint: str) -> Answer | Refusal:
    if record.fingerprint not in ("", fingerprint):  # Empty for a call whose input is no longer known.
        return KeyReused(path=("idempotencyKey",))
    if "refusal" in record.answer:
        return Refusal.from_json(record.answer["refusal"])
    return cast("Answer", record.answer["answer"])


async def find_answer(scope: IdempotencyScope, key: str) -> Answer | None:
    """Return the stored answer of a key, or None. A stored refusal is no answer."""
    record = await _FIND.first(*_to_columns(scope, key))
    return None if record is None else record.answer.get("answer")


@db.transactional
async def release_key(scope: IdempotencyScope, key: str) -> None:
    """Delete the record of one key. Idempotent.

    The next call with the key is a new one. For work whose result has been removed, such as an uploaded picture.
    """
    await db.execute(
        "DELETE FROM idempotency_record WHERE community_id = $1 AND person_id = $2 AND operation = $3 AND key = $4",
        *_to_columns(scope, key),
    )


@db.transactional
async def delete_old(before: datetime) -> int:
    """Delete the records made before `before` and return the number deleted."""
    return len(await _DELETE_OLD.all(before))


@row_of(IdempotencyRecord)
@dataclass(slots=True)
class CallRow:
    """A call for the export of its caller.

    The answer is left out, because the caller may no longer be allowed to see it.
    """

    community_id: int
    operation: str
    key: str
    created_at: datetime


_CALLS = db.Select(f"SELECT {db.columns(CallRow)} FROM idempotency_record WHERE person_id = $1 ORDER BY id", CallRow)


async def list_calls(person_id: int) -> list[CallRow]:
    """Return every recorded call of a person, for their export."""
    return await _CALLS.all(person_id)


@db.transactional
async def erase(person_id: int) -> None:
    """Delete every record of a person's calls. Keys are personal data."""
    await db.execute("DELETE FROM idempotency_record WHERE person_id = $1", person_id)
