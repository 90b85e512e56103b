"""Idempotency of calls with a key. A call runs at most once, and every repetition gets the first answer.

- Promise: the key's record is written in the same transaction as the work. The work has happened if and only if the
  key has an answer.
- Scope: a key belongs to one person, community and operation (`IdempotencyScope`).
- Fingerprint: a digest of the input. The same key with other input is refused (KeyReused).
- Refusals: a refusal undoes the work, and a transaction of its own stores it as the answer. So a call that was seen to
  fail never succeeds later. If another call with the key has an answer by then, that one is returned.
  Classes with `is_stored = False` (TryAgain, a missing consent) are not stored: the key stays free.
- Claim in another statement: a record without an answer says that the statement which inserted it has done the work
  (`points/spend.py`). The work is called and must find its result.
- Bugs: any other exception rolls back everything and leaves the key free.
- Waiting: a call that comes while the first one runs waits for it, up to the lock timeout (TryAgain).
- Lifetime: records are deleted after the days in `privacy/retention.py`. A later repetition is a new call.
- Lock order: the key is claimed after the caller's own row and before every other row.

Used by `api/mutations.py` (every mutation with an `idempotencyKey`), `points/idempotent.py` (calls of services) and
`media/uploads.py`. Not used for refresh tokens (`accounts/sessions.py`): a late repetition must end the session.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from community.kernel import clock, db
from community.kernel.errors import InvalidInput, Refusal
from community.kernel.seals.contents import record_deletions

MAX_KEY_LENGTH = 64
_encode = json.JSONEncoder(sort_keys=True, ensure_ascii=False, default=str).encode
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
_RELEASE = db.Change(
    "DELETE FROM idempotency_record WHERE community_id = $1 AND person_id = $2 AND operation = $3 AND key = $4"
    " RETURNING id",
    db.Id,
)
_ERASE = db.Change("DELETE FROM idempotency_record WHERE person_id = $1 RETURNING id", db.Id)
_DELETE_OLD = db.delete_batch("idempotency_record", "created_at < $1", by="created_at")


def compute_fingerprint(given: Mapping[str, Any]) -> str:
    """Return a digest of an input. The order of its fields does not matter."""
    return hashlib.sha256(_encode(given).encode()).hexdigest()


def validate_key(key: str) -> str:
    """Return the key. Raises InvalidInput unless it is 1 to 64 printable ASCII characters without spaces."""
    if not 1 <= len(key) <= MAX_KEY_LENGTH or not (key.isascii() and key.isprintable()) or " " in key:
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
    where, fingerprint = _to_columns(scope, validate_key(key)), compute_fingerprint(given)
    try:
        outcome = await _attempt(where, fingerprint, work)
    except _Undone as undone:
        outcome = await _attempt(where, fingerprint, work, refused=undone.refusal)
    if isinstance(outcome, Refusal):
        raise outcome
    return outcome


class _Undone(Exception):  # noqa: N818 - it rolls the work back
    """A refusal of the work that must be stored."""

    def __init__(self, refusal: Refusal) -> None:
        self.refusal = refusal


def _to_columns(scope: IdempotencyScope, key: str) -> tuple[int, int, str, str]:
    return scope.community_id, scope.person_id, scope.operation, key


@db.transactional
async def _attempt(
    where: tuple[int, int, str, str], fingerprint: str, work: Callable[[], Awaitable[Answer]],
    *, refused: Refusal | None = None,
) -> Answer | Refusal:  # fmt: skip
    claimed = await db.run_with_lock(_CLAIM, *where, fingerprint, clock.now())
    if claimed is None:
        record = await _FIND.one(*where)
        if record.answer or record.fingerprint != fingerprint:
            return _replay(record, fingerprint)
        # The statement that claimed this key did the work too, maybe after this call was refused. `work` finds its
        # result, and nothing is stored, because a committed record never changes.
        return await work()
    try:
        outcome = refused or await work()
    except Refusal as refusal:
        if not refusal.is_stored:
            raise
        # A savepoint would keep the claim, but takes two further round trips of each call that succeeds.
        raise _Undone(refusal) from refusal
    stored = {"refusal": outcome.to_json()} if isinstance(outcome, Refusal) else {"answer": outcome}
    db.defer(("UPDATE idempotency_record SET answer = $1 WHERE id = $2", (stored, claimed.id)))
    return outcome


def _replay(record: _Record, fingerprint: str) -> Answer | Refusal:
    if record.fingerprint not in ("", fingerprint):  # Empty for a call whose input is no longer known.
        return KeyReused(path=("idempotencyKey",))
    if "refusal" in record.answer:
        return Refusal.from_json(record.answer["refusal"])
    return cast("Answer", record.answer["answer"])


@dataclass(frozen=True, slots=True)
class KeyedCall:
    """A call with its key and the fingerprint of its input, for `run_all_once`."""

    scope: IdempotencyScope
    key: str
    fingerprint: str

    @property
    def name(self) -> tuple[int, int, str, str]:
        """The columns that identify the record."""
        return _to_columns(self.scope, self.key)


@dataclass(slots=True)
class _NamedRecord:
    id: int
    community_id: int
    person_id: int
    operation: str
    key: str
    fingerprint: str
    answer: dict[str, Any]

    @property
    def name(self) -> tuple[int, int, str, str]:
        return self.community_id, self.person_id, self.operation, self.key


_CALLS_SQL = "FROM jsonb_array_elements($1) AS part(value)"
# In one order, so that two transactions with the same keys do not wait for each other.
_CLAIM_ALL = db.Change(
    "INSERT INTO idempotency_record (community_id, person_id, operation, key, fingerprint, answer, created_at)"
    " SELECT CAST(part.value->>0 AS BIGINT), CAST(part.value->>1 AS BIGINT), part.value->>2, part.value->>3,"
    f" part.value->>4, '{{}}', $2 {_CALLS_SQL} WHERE TRUE ORDER BY 2, 4"
    " ON CONFLICT (community_id, person_id, operation, key) DO NOTHING"
    f" RETURNING {db.columns(_NamedRecord)}",
    _NamedRecord,
)
_FIND_ALL = db.Select(
    f"SELECT {db.columns(_NamedRecord, 'r')} {_CALLS_SQL} JOIN idempotency_record r"
    " ON r.community_id = CAST(part.value->>0 AS BIGINT) AND r.person_id = CAST(part.value->>1 AS BIGINT)"
    " AND r.operation = part.value->>2 AND r.key = part.value->>3",
    _NamedRecord,
)
_STORE_ALL = (
    f"UPDATE idempotency_record SET answer = part.value->1 {_CALLS_SQL}"
    " WHERE idempotency_record.id = CAST(part.value->>0 AS BIGINT)"
)


async def run_all_once(
    calls: Sequence[KeyedCall], work: Callable[[Sequence[int]], Awaitable[Sequence[Answer | Refusal]]]
) -> list[Answer | Refusal]:
    """Run `work` for the calls with a new key. Return every outcome, in order.

    It is `run_once` for many calls in one transaction of the caller. `work` gets the positions of the calls, and writes
    nothing for a call that it refuses.
    """
    first: dict[tuple[int, int, str, str], int] = {}
    for position, call in enumerate(calls):
        first.setdefault(call.name, position)
    given = json.dumps([(*calls[position].name, calls[position].fingerprint) for position in first.values()])
    claimed = {record.name: record for record in await _CLAIM_ALL.all(given, clock.now())}
    new = [position for name, position in first.items() if name in claimed]
    outcomes: dict[int, Answer | Refusal] = {}
    if new:
        outcomes = dict(zip(new, await work(new), strict=True))
        await _store_all({claimed[calls[position].name].id: outcome for position, outcome in outcomes.items()})
    known = {} if len(new) == len(first) else {record.name: record for record in await _FIND_ALL.all(given)}
    return [
        outcomes[position]
        if position in outcomes
        else _repeat(call, known.get(call.name), calls[first[call.name]], outcomes.get(first[call.name]))
        for position, call in enumerate(calls)
    ]


async def _store_all(outcomes: Mapping[int, Answer | Refusal]) -> None:
    stored = [
        (id_, {"refusal": outcome.to_json()} if isinstance(outcome, Refusal) else {"answer": outcome})
        for id_, outcome in outcomes.items()
        if not isinstance(outcome, Refusal) or outcome.is_stored
    ]
    if stored:
        await db.execute(_STORE_ALL, json.dumps(stored))
    if free := sorted(outcomes.keys() - {id_ for id_, _ in stored}):
        await db.execute("DELETE FROM idempotency_record WHERE id = ANY($1)", free)


def _repeat(
    call: KeyedCall, record: _NamedRecord | None, first: KeyedCall, outcome: Answer | Refusal | None
) -> Answer | Refusal:
    """Return the outcome of a call whose key was used before."""
    if outcome is not None:
        return outcome if call.fingerprint == first.fingerprint else KeyReused(path=("idempotencyKey",))
    if record is None:
        raise RuntimeError("a record that conflicts is not there")
    return _replay(_Record(record.id, record.fingerprint, record.answer), call.fingerprint)


async def find_answer(scope: IdempotencyScope, key: str) -> Answer | None:
    """Return the stored answer of a key, or None. A stored refusal is no answer."""
    record = await _FIND.first(*_to_columns(scope, key))
    return None if record is None else record.answer.get("answer")


async def is_known(scope: IdempotencyScope, key: str) -> bool:
    """Return True if a key has an answer or a stored refusal."""
    return await _FIND.first(*_to_columns(scope, key)) is not None


@db.transactional
async def release_key(scope: IdempotencyScope, key: str) -> None:
    """Delete the record of one key. Idempotent.

    The next call with the key is a new one. For work whose result has been removed, such as an uploaded picture.
    """
    await _record_deletions(await _RELEASE.all(*_to_columns(scope, key)))


@db.transactional
async def delete_old(before: datetime) -> int:
    """Delete up to 500 records made before `before` and return their number."""
    count = len(await _DELETE_OLD.all(before))
    await db.execute(
        "DELETE FROM redaction WHERE table_name = 'idempotency_record deleted'"
        " AND row_id < (SELECT min(r.id) FROM idempotency_record r)"
    )
    return count


async def _record_deletions(rows: Sequence[db.Id]) -> None:
    if rows:
        await record_deletions("idempotency_record", [row.id for row in rows])


@db.transactional
async def erase(person_id: int) -> None:
    """Delete every record of a person's calls. Keys are personal data."""
    await _record_deletions(await _ERASE.all(person_id))
