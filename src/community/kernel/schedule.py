"""The schedule of effects that are put into the outbox at intervals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from community.kernel import clock, db, outbox


@dataclass(slots=True)
class _DueRow:
    name: str
    every_s: int


_FIND_DUE = db.Select(
    f"SELECT {db.columns(_DueRow)} FROM schedule WHERE next_at <= $1 ORDER BY name LIMIT 100", _DueRow
)
_RESCHEDULE = db.Change("UPDATE schedule SET next_at = $2 WHERE name = $1 AND next_at <= $3 RETURNING name", db.Name)


@db.transactional
async def declare(every_s: dict[str, int]) -> None:
    """Make the schedule hold exactly these effects, with their intervals in seconds.

    A new effect is due immediately. The others keep the time at which they are due next.
    """
    await db.execute("DELETE FROM schedule WHERE NOT (name = ANY($1))", list(every_s))
    for name, seconds in every_s.items():
        await db.execute(
            "INSERT INTO schedule (name, every_s, next_at) VALUES ($1, $2, $3)"
            " ON CONFLICT (name) DO UPDATE SET every_s = excluded.every_s",
            name, seconds, clock.now(),
        )  # fmt: skip


async def run_now(name: str) -> None:
    """Make an effect of the schedule due now. Its interval counts from then on."""
    await db.execute("UPDATE schedule SET next_at = $2 WHERE name = $1", name, clock.now())


async def put_due_effects() -> int:
    """Put due effects into the outbox and return the number of them.

    Concurrent calls put each effect once. An effect that is still pending from last time is not put again, so that
    after a day without workers there is one to carry out.
    """
    due = await _FIND_DUE.all(clock.now())
    for row in due:
        await _put_effect(row)
    return len(due)


@db.transactional
async def _put_effect(row: _DueRow) -> None:
    now = clock.now()
    if await _RESCHEDULE.first(row.name, now + timedelta(seconds=row.every_s), now) is None:
        return
    if not await outbox.list_pending(row.name):
        await outbox.put(row.name)
