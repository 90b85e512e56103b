"""Who did what to which thing, and when: written in the transaction of the deed, never changed afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from community.kernel import clock, db
from community.kernel.models import AuditEvent
from community.kernel.tables import row_of


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


@row_of(AuditEvent)
@dataclass(slots=True)
class AuditEventRow:
    """One line of the trail."""

    id: int
    actor_id: int | None
    action: str
    subject: str
    subject_id: int
    detail: dict[str, Any]


_EVENTS = db.Select(
    f"SELECT {db.columns(AuditEventRow)} FROM audit_event"
    " WHERE community_id = $1 AND subject = $2 AND subject_id = $3 ORDER BY id LIMIT 1000",
    AuditEventRow,
)


async def list_events(community_id: int, *, subject: str, subject_id: int) -> list[AuditEventRow]:
    """What happened to one thing, oldest first, a thousand rows at most."""
    return await _EVENTS.all(community_id, subject, subject_id)


@dataclass(slots=True)
class _SubjectIdRow:
    subject_id: int


_SUBJECT_IDS = db.Select(
    "SELECT DISTINCT subject_id FROM audit_event WHERE actor_id = ANY($1) AND action = $2 ORDER BY subject_id",
    _SubjectIdRow,
)


async def list_subject_ids(actor_ids: list[int], action: str) -> list[int]:
    """The things with which these members did that deed: for what they are owed, never for a request."""
    return [row.subject_id for row in await _SUBJECT_IDS.all(actor_ids, action)]


@row_of(AuditEvent)
@dataclass(slots=True)
class ActorAuditEventRow:
    """A line of the trail as its actor may have it."""

    id: int
    community_id: int
    action: str
    subject: str
    subject_id: int
    detail: dict[str, Any]
    created_at: datetime


_BY_ACTORS = db.Select(
    f"SELECT {db.columns(ActorAuditEventRow)} FROM audit_event WHERE actor_id = ANY($1) ORDER BY id",
    ActorAuditEventRow,
)


async def list_by_actors(actor_ids: list[int]) -> list[ActorAuditEventRow]:
    """Everything that these members did, oldest first: for their own export."""
    return await _BY_ACTORS.all(actor_ids)


@row_of(AuditEvent)
@dataclass(slots=True)
class SubjectAuditEventRow:
    """A line of the trail as the member or person it is about may have it: who did it is another's."""

    id: int
    community_id: int
    action: str
    detail: dict[str, Any]
    created_at: datetime


_ABOUT = db.Select(
    f"SELECT {db.columns(SubjectAuditEventRow)} FROM audit_event"
    " WHERE community_id = $1 AND subject = $2 AND subject_id = $3 ORDER BY id",
    SubjectAuditEventRow,
)


async def list_about(things: Sequence[tuple[int, str, int]]) -> list[SubjectAuditEventRow]:
    """Everything that was done to these things, each a community, a subject and its id: for somebody's own export."""
    return [row for thing in things for row in await _ABOUT.all(*thing)]


@db.transactional
async def redact_about(memberships: Sequence[tuple[int, int]]) -> None:
    """Take the details out of the rows about these memberships, pairs of community and membership.

    Who did what to which row, and when, stays: by then the row behind it names nobody.
    """
    for community_id, membership_id in memberships:
        await db.execute(
            "UPDATE audit_event SET detail = '{}' WHERE community_id = $1 AND subject = 'membership'"
            " AND subject_id = $2 AND detail <> '{}'",
            community_id, membership_id,
        )  # fmt: skip
