"""The audit trail of who did what to which thing, and when.

A row is written in the transaction of the action and never changed afterwards, except by erasure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from community.kernel import clock, db
from community.kernel.audit_actions import AuditAction
from community.kernel.listing import Listing, OneOf
from community.kernel.models import AuditEvent
from community.kernel.paging import Page, PageRequest
from community.kernel.tables import HasId, get_table_name, row_of

NO_COMMUNITY_ID = 0
"""The community of events about a person, who belongs to no community."""

_INSERT_SQL = (
    "INSERT INTO audit_event (community_id, actor_id, action, subject, subject_id, detail, created_at)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7)"
)
_INSERT = db.Change(f"{_INSERT_SQL} RETURNING id", db.Id)


async def record(
    community_id: int, actor_id: int | None, action: str, *, subject: str, subject_id: int, **detail: Any
) -> int:
    """Add a row to the audit trail, and return its id.

    Must run in the transaction of the action, else raises RuntimeError. `actor_id` is a membership, or None for the
    service itself and its operator. `action` is one of AuditAction, else raises ValueError. `subject` is the table of
    the thing. `detail` is JSON that explains the action, without names and words of people.
    """
    _, values = build_record(community_id, actor_id, action, subject=subject, subject_id=subject_id, **detail)
    return (await _INSERT.one(*values)).id


async def record_about(row: OfCommunity, action: str, *, by: HasId | int | None, **detail: Any) -> int:
    """Add what `record` adds, about a row in its community.

    The class of the row is declared. `by` is the membership or its id.
    """
    actor_id = by if by is None or isinstance(by, int) else by.id
    subject = get_table_name(type(row))
    return await record(row.community_id, actor_id, action, subject=subject, subject_id=row.id, **detail)


def build_record(
    community_id: int, actor_id: int | None, action: str, *, subject: str, subject_id: int, **detail: Any
) -> db.Write:
    """Build what `record` writes, for `execute_together`."""
    if not db.in_transaction():
        raise RuntimeError(f"{action}: an audit row belongs to the transaction of its action")
    return _INSERT_SQL, (community_id, actor_id, AuditAction(action).value, subject, subject_id, detail, clock.now())


class OfCommunity(HasId, Protocol):
    """A row of a community."""

    @property
    def community_id(self) -> int:
        """Id of the community."""


@row_of(AuditEvent)
class AuditEventRow:
    """One row of the trail about a thing."""

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
    """Return the first 1000 events of one thing, oldest first."""
    return await _EVENTS.all(community_id, subject, subject_id)


_SUBJECT_IDS = db.Select(
    "SELECT DISTINCT subject_id AS id FROM audit_event WHERE actor_id = ANY($1) AND action = $2 ORDER BY subject_id",
    db.Id,
)


async def list_subject_ids(actor_ids: list[int], action: str) -> list[int]:
    """Return the ids of the subjects of one action of these members.

    Without a limit, so that no request may call it.
    """
    return [row.id for row in await _SUBJECT_IDS.all(actor_ids, action)]


@row_of(AuditEvent)
class TrailRow:
    """One row of the trail, with its time."""

    id: int
    community_id: int
    actor_id: int | None
    action: AuditAction
    subject: str
    subject_id: int
    detail: dict[str, Any]
    created_at: datetime


_STATE_SQL = (
    "CASE WHEN subject = 'submission' AND action IN"
    " ('submission.create', 'submission.edit', 'submission.withdraw', 'submission.erase')"
    " THEN COALESCE(detail ->> 'was', detail ->> 'state', '') ELSE '' END"
)


@dataclass(frozen=True, slots=True)
class TrailFilter:
    """A filter of the trail. None does not narrow it, nor do no actors. `until` is not included."""

    community_id: int | None = None
    actions: Sequence[AuditAction] | None = None
    actor_ids: Sequence[int] | None = None
    event_id: int | None = None
    subject: str | None = None
    subject_id: int | None = None
    hidden_states: Sequence[str] | None = None
    since: datetime | None = None
    until: datetime | None = None

    def list_conditions(self) -> list[tuple[str, Any]]:
        """Return the conditions and their values."""
        return [
            ("action = ANY({})", None if self.actions is None else [action.value for action in self.actions]),
            ("community_id = {}", self.community_id),
            ("id = {}", self.event_id),
            ("subject = {}", self.subject),
            (f"NOT ({_STATE_SQL} = ANY({{}}))", None if self.hidden_states is None else list(self.hidden_states)),
            ("subject_id = {}", self.subject_id),
            ("created_at >= {}", self.since),
            ("created_at < {}", self.until),
        ]


_TRAIL = Listing(f"SELECT {db.columns(TrailRow)} FROM audit_event WHERE id > 0", TrailRow, newest_first=True)


async def list_trail(request: PageRequest, *, only: TrailFilter) -> Page[TrailRow]:
    """Return a page of events, newest first. The caller checks who may read them."""
    return await _TRAIL.page(request, filters=only.list_conditions(), one_of=OneOf("actor_id", only.actor_ids))


@row_of(AuditEvent)
class ActorAuditEventRow:
    """One row of the trail for the export of its actor."""

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
    """Return every event of these members, oldest first, for their own export."""
    return await _BY_ACTORS.all(actor_ids)


@row_of(AuditEvent)
class SubjectAuditEventRow:
    """One row of the trail for the export of its subject.

    The actor is left out, because it is another person's data.
    """

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
    """Return every event about these things, oldest first for each thing.

    A thing is a triple of community id, subject and subject id. Without a limit: for a person's own export.
    """
    return [row for thing in things for row in await _ABOUT.all(*thing)]


@db.transactional
async def redact_about(memberships: Sequence[tuple[int, int]]) -> None:
    """Remove the details from the events about these memberships. Idempotent.

    A membership is a pair of community id and membership id. Actor, action, subject and time stay, because by then no
    row behind these ids names a person.
    """
    for community_id, membership_id in memberships:
        await db.execute(
            "UPDATE audit_event SET detail = '{}' WHERE community_id = $1 AND subject = 'membership'"
            " AND subject_id = $2 AND detail <> '{}'",
            community_id, membership_id,
        )  # fmt: skip
