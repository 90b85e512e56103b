"""Effects outside the database: promised in the transaction that causes them, carried out behind it.

`put` writes a row in the caller's transaction. The relay offers every row that is due to the job runner, by name. A row
is done only when the worker's own commit says so; one that nobody reports done is due again after two minutes. So an
effect happens at least once whatever dies, and its job must make "again" harmless. Whichever offer comes first carries
it out, however long it waited in its queue: one whose work is in the database holds the row, and another whose work is
elsewhere becomes a new attempt, which is the fence: it ends every earlier one, and only the latest may finish.
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


@row_of(OutboxEffect)
@dataclass(slots=True)
class Effect:
    """A row as its job sees it."""

    id: int
    name: str
    args: dict[str, Any]
    attempt: int


@dataclass(slots=True)
class _FailuresRow:
    failures: int


@dataclass(slots=True)
class Backlog:
    """How far behind the effects are."""

    pending: int
    oldest: datetime | None
    parked: int


async def put(name: str, **args: Any) -> None:
    """Promise the effect `name`: it will be carried out if, and only if, this transaction commits.

    `name` is a job's name, `queue.verb`; `args` are JSON, small, and ids rather than contents.
    """
    if not db.in_transaction():
        raise RuntimeError(f"{name}: an effect belongs to the transaction that causes it")
    now = clock.now()
    await db.execute(
        "INSERT INTO outbox_effect (name, args, created_at, due_at) VALUES ($1, $2, $3, $3)", name, args, now
    )


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
    """Take what is due, in no order, and make it due again in `again_after_s`: two relays never take the same row."""
    now = clock.now()
    if not await _DUE.all(now):
        return []
    return await _LEASE.all(now, now + timedelta(seconds=lease_s))


async def release(effect_ids: Sequence[int]) -> None:
    """Make offers due at once, when the job runner could not be reached."""
    await db.execute("UPDATE outbox_effect SET due_at = $1 WHERE id = ANY($2)", clock.now(), list(effect_ids))


async def release_all() -> None:
    """Make everything pending due at once, when the job runner has lost what it was given.

    What is being carried out at this moment is offered a second time; the fence leaves its first attempt without effect
    or its second one with nothing to do.
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
    """The effect, held for this transaction against every other offer; None when it is done, parked or another's."""
    return await _LOCK.first(effect_id, name)


async def finish(effect: Effect) -> None:
    """Mark one effect as carried out by this attempt; nothing is marked when there has been another one since."""
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
    """The effect as a new attempt, which ends every earlier one; None when it is done, parked or another's."""
    return await _CLAIM.first(effect_id, name, clock.now() + timedelta(seconds=lease_s))


async def record_failure(effect_id: int, *, error: str, max_failures: int) -> None:
    """Note a failure of whichever attempt is the latest, as `failed` does."""
    attempt = await db.scalar("SELECT attempt FROM outbox_effect WHERE id = $1", effect_id)
    if attempt is not None:
        await record_attempt_failure(effect_id, attempt=attempt, error=error, max_failures=max_failures)


async def mark_done(*effect_ids: int) -> None:
    """Mark effects as carried out, whichever offer they were in: for a job that takes all that is pending at once."""
    await db.execute(
        "UPDATE outbox_effect SET done_at = $1, error = NULL WHERE id = ANY($2) AND done_at IS NULL",
        clock.now(), list(effect_ids),
    )  # fmt: skip


_PENDING = db.Select(
    f"SELECT {db.columns(Effect)} FROM outbox_effect"
    " WHERE name = $1 AND done_at IS NULL AND parked_at IS NULL ORDER BY failures, id LIMIT 500",
    Effect,
)


async def list_pending(name: str) -> list[Effect]:
    """Up to 500 effects of one name that are not done, for a job that drains them all.

    Oldest first, but those that have failed behind those that have not: they must not hold up the others.
    """
    return await _PENDING.all(name)


_FAIL = db.Change(
    "UPDATE outbox_effect SET failures = failures + 1, error = $3 WHERE id = $1 AND attempt = $2 AND done_at IS NULL"
    " RETURNING failures",
    _FailuresRow,
)


@db.transactional
async def record_attempt_failure(effect_id: int, *, attempt: int, error: str, max_failures: int) -> None:
    """Note a failure: the effect is due again soon, later with each failure, and parked after `most` of them."""
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
    """How many effects wait, since when, and how many an operator must look at."""
    return await _BACKLOG.one()


@db.transactional
async def unpark() -> None:
    """Offer every parked effect again, with its failures forgotten: for the operator, after the cause is mended."""
    await db.execute(
        "UPDATE outbox_effect SET parked_at = NULL, failures = 0, due_at = $1 WHERE parked_at IS NOT NULL", clock.now()
    )


_DELETE_OLD = db.Change("DELETE FROM outbox_effect WHERE done_at < $1 RETURNING id", db.Id)


@db.transactional
async def delete_old(before: datetime) -> int:
    """Drop effects that were done before `before`; how many."""
    return len(await _DELETE_OLD.all(before))
