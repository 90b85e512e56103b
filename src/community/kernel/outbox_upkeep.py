"""Reading and repairing the outbox, for operators."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from community.kernel import audit, clock, db
from community.kernel.audit_actions import AuditAction
from community.kernel.errors import NotFound, require_row
from community.kernel.models import NOT_DONE, OutboxEffect
from community.kernel.tables import row_of

MAX_LISTED = 100


class EffectState(Enum):
    """The effects that a list shows, with their condition in SQL."""

    PENDING = NOT_DONE
    PARKED = "parked_at IS NOT NULL"


@row_of(OutboxEffect)
class EffectRow:
    """A whole effect. `error` is that of its last failure."""

    id: int
    name: str
    args: dict[str, Any]
    created_at: datetime
    due_at: datetime
    attempt: int
    failures: int
    done_at: datetime | None
    parked_at: datetime | None
    error: str | None


@dataclass(slots=True)
class BacklogOfName:
    """The pending effects of one name."""

    name: str
    pending: int
    oldest: datetime


_LISTS = {
    state: db.Select(
        f"SELECT {db.columns(EffectRow)} FROM outbox_effect WHERE {state.value} ORDER BY id LIMIT {MAX_LISTED}",
        EffectRow,
    )
    for state in EffectState
}
_GET = db.Select(f"SELECT {db.columns(EffectRow)} FROM outbox_effect WHERE id = $1", EffectRow)
_BACKLOGS = db.Select(
    "SELECT name, count(*) AS pending, min(created_at) AS oldest FROM outbox_effect"
    f" WHERE {NOT_DONE} GROUP BY name ORDER BY name",
    BacklogOfName,
)
_RETRY = db.Change(
    "UPDATE outbox_effect SET parked_at = NULL, failures = 0, due_at = $2 WHERE id = ANY($1) AND done_at IS NULL"
    " RETURNING id",
    db.Id,
)
_DROP = db.Change(
    "UPDATE outbox_effect SET parked_at = NULL, done_at = $2, attempt = attempt + 1"
    " WHERE id = ANY($1) AND done_at IS NULL RETURNING name",
    db.Name,
)


async def list_effects(state: EffectState) -> list[EffectRow]:
    """Return the oldest 100 effects in this state."""
    return await _LISTS[state].all()


async def get_effect(effect_id: int) -> EffectRow:
    """Return an effect. Raises NotFound."""
    return require_row(await _GET.first(effect_id), NotFound())


async def list_backlogs() -> list[BacklogOfName]:
    """Return the pending effects by name."""
    return await _BACKLOGS.all()


@db.transactional
async def retry(effect_ids: Sequence[int]) -> None:
    """Make effects due now, parked or not, and reset their failures. Raises NotFound if one is done or unknown."""
    if len(await _RETRY.all(list(set(effect_ids)), clock.now())) < len(set(effect_ids)):
        raise NotFound


@db.transactional
async def drop(effect_ids: Sequence[int]) -> None:
    """Mark effects as done without carrying them out, and record it in the trail.

    Raises NotFound if one is done or unknown.
    """
    for effect_id in sorted(set(effect_ids)):
        dropped = require_row(await _DROP.first([effect_id], clock.now()), NotFound())
        await audit.record(
            audit.NO_COMMUNITY_ID, None, AuditAction.EFFECT_DROP,
            subject="outbox_effect", subject_id=effect_id, name=dropped.name,
        )  # fmt: skip
