"""Who did what to which thing, and when: written in the transaction of the deed, never changed afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from community.kernel import clock, db


async def record(
    community_id: int, actor_id: int | None, action: str, *, subject: str, subject_id: int, **detail: Any
) -> None:
    """Add a row to the trail.

    `actor_id` is a membership (None: the service itself or its operator), `action` is `noun.verb`, `subject` the table
    of the thing. `detail` holds what explains the deed, as JSON; no names and no words of people.
    """
    if not db.in_transaction():
        raise RuntimeError(f"{action}: an audit row belongs to the transaction of its deed")
    await db.execute(
        "INSERT INTO audit_event (community_id, actor_id, action, subject, subject_id, detail, created_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)",
        community_id, actor_id, action, subject, subject_id, detail, clock.now(),
    )  # fmt: skip


@dataclass(slots=True)
class AuditRow:
    """One line of the trail."""

    id: int
    actor_id: int | None
    action: str
    subject: str
    subject_id: int
    detail: dict[str, Any]


_OF = db.Select(
    "SELECT id, actor_id, action, subject, subject_id, detail FROM audit_event"
    " WHERE community_id = $1 AND subject = $2 AND subject_id = $3 ORDER BY id LIMIT 1000",
    AuditRow,
)


async def trail(community_id: int, *, subject: str, subject_id: int) -> list[AuditRow]:
    """What happened to one thing, oldest first, a thousand rows at most."""
    return await _OF.all(community_id, subject, subject_id)
