"""Seeds of draws. They are stored sealed, so that no copy of the database shows who will win."""

from __future__ import annotations

from dataclasses import dataclass

from community.events import draws
from community.events.contents import EventRules
from community.events.rows import EventRow
from community.kernel import db, sealing
from community.settings import Settings

_BATCH_SIZE = 500


@dataclass(slots=True)
class _SeedRow:
    id: int
    draw_seed: str | None


_SEED = db.Select("SELECT draw_seed AS name FROM event WHERE id = $1", db.Name)
_LOCK_BATCH = db.Select(
    f"SELECT {db.columns(_SeedRow)} FROM event WHERE id > $1 ORDER BY id LIMIT {_BATCH_SIZE} FOR NO KEY UPDATE",
    _SeedRow,
)


def make_seed(rules: EventRules) -> tuple[str | None, str | None]:
    """Return a new sealed seed and its commitment. Both are None without a draw."""
    if not rules.drawn_prizes:
        return None, None
    seed = draws.generate_seed()
    return sealing.seal_here(seed), draws.compute_commitment(seed)


async def find_seed(event: EventRow) -> str | None:
    """Return the seed of an event's draw, or None without a draw. Raises UnsealFailed."""
    if not event.conditions.drawn_prizes:
        return None
    return unseal((await _SEED.one(event.id)).name)


def unseal(stored: str) -> str:
    """Return a stored seed. Earlier versions stored it plainly. Raises UnsealFailed."""
    return stored if draws.is_seed(stored) else sealing.unseal_here(stored)


async def reseal(settings: Settings) -> int:
    """Seal every seed with the current key and return the row count."""
    count, after = 0, 0
    while rows := await _reseal_batch(settings, after):
        count, after = count + sum(row.draw_seed is not None for row in rows), rows[-1].id
    return count


@db.transactional
async def _reseal_batch(settings: Settings, after: int) -> list[_SeedRow]:
    rows = await _LOCK_BATCH.all(after)
    for row in rows:
        if row.draw_seed is not None:
            sealed = sealing.seal(settings, unseal(row.draw_seed))
            await db.execute("UPDATE event SET draw_seed = $2 WHERE id = $1", row.id, sealed)
    return rows
