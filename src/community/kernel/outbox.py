"""The outbox of effects that follow the commit of a transaction.

- `put` writes a row in the caller's transaction.
- The relay leases every due row to the job runner, by name.
- A row is done only when the worker's own commit marks it. Otherwise it is due again when its lease ends
  (`outbox_reoffer_s`, two minutes by default). So an effect happens at least once, even if a process dies, and its
  job must allow a repetition.
  A job that takes longer renews its lease (`renew`).
- The first job that starts carries out the effect, however long it waited in its queue. A job that works in the
  database locks the row (`lock`). A job that works elsewhere becomes a new attempt (`claim`). The attempt number is the
  fence: only the latest attempt may finish.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from community.kernel import clock, db
from community.kernel.models import OutboxEffect
from community.kernel.tables import row_of

LEASE_BATCH_SIZE = 200
MIN_RETRY_S = 2
MAX_RETRY_S = 300
MAX_ERROR_LENGTH = 500
MAX_LISTED = 500


@row_of(OutboxEffect)
class Effect:
    """A row of the outbox as its job sees it."""

    id: int
    name: str
    args: dict[str, Any]
    attempt: int


@dataclass(slots=True)
class _FailuresRow:
    failures: int


@dataclass(slots=True)
class WaitingRow:
    """The arguments of an effect that is not done, and when it was put."""

    args: dict[str, Any]
    created_at: datetime


@dataclass(slots=True)
class Backlog:
    """The effects that are not done. `oldest` is None if none is pending."""

    pending: int
    oldest: datetime | None
    parked: int


_INSERT_SQL = "INSERT INTO outbox_effect (name, args, created_at, due_at) VALUES ($1, $2, $3, $3)"


async def put_later(name: str, at: datetime, **args: Any) -> None:
    """Put an effect that is not due before `at`. It counts as pending from then on."""
    _require_transaction(name)
    await db.execute(_INSERT_SQL, name, args, at)


async def put(name: str, **args: Any) -> None:
    """Put an effect into the outbox. It is carried out if and only if this transaction commits.

    `name` is a job's name, `queue.verb`. `args` are small JSON values: ids, not contents.
    """
    _, values = build_put(name, **args)
    await db.execute(_INSERT_SQL, *values)


def build_put(name: str, **args: Any) -> db.Write:
    """Build what `put` writes, for `execute_together`."""
    _require_transaction(name)
    return _INSERT_SQL, (name, args, clock.now())


def _require_transaction(name: str) -> None:
    if not db.in_transaction():
        raise RuntimeError(f"{name}: an effect belongs to the transaction that causes it")


_DUE = db.Select(
    f"SELECT {db.columns(Effect)} FROM outbox_effect"
    " WHERE done_at IS NULL AND parked_at IS NULL AND due_at <= $1 LIMIT 1",
    Effect,
)
_LEASE = db.Change(
    "UPDATE outbox_effect SET attempt = attempt + 1, due_at = $2 WHERE id IN ("
    " SELECT id FROM outbox_effect WHERE done_at IS NULL AND parked_at IS NULL AND due_at <= $1"
    f" ORDER BY due_at, id LIMIT {LEASE_BATCH_SIZE} FOR UPDATE SKIP LOCKED)"
    f" RETURNING {db.columns(Effect)}",
    Effect,
)


async def lease(*, lease_s: int) -> list[Effect]:
    """Lease up to 200 due effects, in no order. They are due again in `lease_s` seconds.

    Two relays never lease the same row at the same time.
    """
    now = clock.now()
    if not await _DUE.all(now):
        return []
    return await _LEASE.all(now, now + timedelta(seconds=lease_s))


async def release(effect_ids: Sequence[int]) -> None:
    """Make these effects due now, if the job runner is unreachable."""
    await db.execute("UPDATE outbox_effect SET due_at = $1 WHERE id = ANY($2)", clock.now(), list(effect_ids))


async def release_all() -> None:
    """Make all pending effects due now, after the queue was lost.

    An effect that is being carried out at this moment is leased a second time. The fence then ends its first attempt,
    or the second one finds nothing to do.
    """
    await db.execute(
        "UPDATE outbox_effect SET due_at = $1"
        " WHERE done_at IS NULL AND parked_at IS NULL AND due_at > $1 AND attempt > 0",
        clock.now(),
    )


_LOCK = db.Select(
    f"SELECT {db.columns(Effect)} FROM outbox_effect"
    " WHERE id = $1 AND name = $2 AND done_at IS NULL AND parked_at IS NULL FOR UPDATE",
    Effect,
)


async def lock(effect_id: int, name: str) -> Effect | None:
    """Lock the effect for this transaction and return it.

    Returns None if it is done or parked, or has another name.
    """
    return await _LOCK.first(effect_id, name)


async def finish(effect: Effect) -> None:
    """Mark the effect as done by this attempt. Does nothing if there is a later attempt."""
    await db.execute(
        "UPDATE outbox_effect SET done_at = $1, error = NULL WHERE id = $2 AND attempt = $3 AND done_at IS NULL",
        clock.now(), effect.id, effect.attempt,
    )  # fmt: skip


_CLAIM = db.Change(
    "UPDATE outbox_effect SET attempt = attempt + 1, due_at = $3"
    f" WHERE id = $1 AND name = $2 AND done_at IS NULL AND parked_at IS NULL RETURNING {db.columns(Effect)}",
    Effect,
)


async def claim(effect_id: int, name: str, *, lease_s: int) -> Effect | None:
    """Start a new attempt, which fences all earlier ones, and return it.

    Returns None if it is done or parked, or has another name.
    """
    return await _CLAIM.first(effect_id, name, clock.now() + timedelta(seconds=lease_s))


async def renew(effect: Effect, *, lease_s: int) -> None:
    """Extend the lease of this attempt. Does nothing if there is a later attempt."""
    await db.execute(
        "UPDATE outbox_effect SET due_at = $1 WHERE id = $2 AND attempt = $3 AND done_at IS NULL AND parked_at IS NULL",
        clock.now() + timedelta(seconds=lease_s), effect.id, effect.attempt,
    )  # fmt: skip


async def record_failure(effect_id: int, *, error: str, max_failures: int) -> None:
    """Record a failure of the latest attempt, see `record_attempt_failure`."""
    attempt = await db.scalar("SELECT attempt FROM outbox_effect WHERE id = $1", effect_id)
    if attempt is not None:
        await record_attempt_failure(effect_id, attempt=attempt, error=error, max_failures=max_failures)


async def mark_done(*effect_ids: int) -> None:
    """Mark effects as done, in any attempt, for jobs that drain."""
    await db.execute(
        "UPDATE outbox_effect SET done_at = $1, error = NULL WHERE id = ANY($2) AND done_at IS NULL",
        clock.now(), list(effect_ids),
    )  # fmt: skip


_PENDING = db.Select(
    f"SELECT {db.columns(Effect)} FROM outbox_effect"
    " WHERE name = $1 AND done_at IS NULL AND parked_at IS NULL ORDER BY failures, id"
    f" LIMIT {MAX_LISTED}",
    Effect,
)
_WAITING = db.Select(
    "SELECT args, created_at FROM (SELECT args, created_at FROM outbox_effect WHERE name = $1 AND done_at IS NULL"
    f" AND parked_at IS NULL ORDER BY id LIMIT {MAX_LISTED}) AS pending UNION ALL SELECT args, created_at FROM"
    " (SELECT args, created_at FROM outbox_effect WHERE name = $1 AND parked_at IS NOT NULL ORDER BY id"
    f" LIMIT {MAX_LISTED}) AS parked",
    WaitingRow,
)


async def list_pending(name: str) -> list[Effect]:
    """Return up to 500 pending effects of one name.

    Fewest failures first, then oldest first, so that effects that fail do not delay the others.
    """
    return await _PENDING.all(name)


async def list_waiting(name: str) -> list[WaitingRow]:
    """Return the oldest 500 pending effects of one name, and 500 parked ones."""
    return await _WAITING.all(name)


_UNFINISHED = db.Select(
    "SELECT id FROM outbox_effect WHERE name = $1 AND done_at IS NULL AND parked_at IS NULL"
    " UNION ALL SELECT id FROM outbox_effect WHERE name = $1 AND parked_at IS NOT NULL LIMIT 1",
    db.Id,
)


async def is_unfinished(name: str) -> bool:
    """Return True if an effect of this name is pending or parked."""
    return bool(await _UNFINISHED.all(name))


_FAIL = db.Change(
    "UPDATE outbox_effect SET failures = failures + 1, error = $3 WHERE id = $1 AND attempt = $2 AND done_at IS NULL"
    " RETURNING failures",
    _FailuresRow,
)


@db.transactional
async def record_attempt_failure(effect_id: int, *, attempt: int, error: str, max_failures: int) -> None:
    """Record a failure of one attempt, and park the effect after `max_failures`.

    Before that it is due again after 2 s, then twice as long after each failure, at most 300 s. Does nothing if there
    is a later attempt.
    """
    row = await _FAIL.first(effect_id, attempt, error[:MAX_ERROR_LENGTH])
    if row is None:
        return
    now = clock.now()
    if row.failures >= max_failures:
        await db.execute("UPDATE outbox_effect SET parked_at = $2 WHERE id = $1", effect_id, now)
        return
    wait_s = min(MIN_RETRY_S * 2 ** (row.failures - 1), MAX_RETRY_S)
    await db.execute("UPDATE outbox_effect SET due_at = $2 WHERE id = $1", effect_id, now + timedelta(seconds=wait_s))


_BACKLOG = db.Select(
    "SELECT (SELECT count(*) FROM outbox_effect WHERE done_at IS NULL AND parked_at IS NULL) AS pending,"
    " (SELECT min(created_at) FROM outbox_effect WHERE done_at IS NULL AND parked_at IS NULL) AS oldest,"
    " (SELECT count(*) FROM outbox_effect WHERE parked_at IS NOT NULL) AS parked",
    Backlog,
)


async def get_backlog() -> Backlog:
    """Return how many effects wait, and since when."""
    return await _BACKLOG.one()


@db.transactional
async def unpark() -> None:
    """Make every parked effect due now and reset its failures.

    An operator calls it after removing the cause.
    """
    await db.execute(
        "UPDATE outbox_effect SET parked_at = NULL, failures = 0, due_at = $1 WHERE parked_at IS NOT NULL", clock.now()
    )


_DELETE_OLD = db.delete_batch("outbox_effect", "done_at < $1", by="done_at")


@db.transactional
async def delete_old(before: datetime) -> int:
    """Delete up to 500 effects done before `before` and return their number."""
    return len(await _DELETE_OLD.all(before))
