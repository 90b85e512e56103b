"""The trail of a submission for its author.

It names no leader, and leaves out what only leaders see: claims, first approvals and reports.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from community.kernel import db
from community.kernel.audit_actions import AuditAction
from community.submissions.queries import SubmissionRow

MAX_EVENTS = 50


class TrailSide(StrEnum):
    """The side that did something with a submission."""

    AUTHOR = "AUTHOR"
    LEADER = "LEADER"
    SERVICE = "SERVICE"


@dataclass(slots=True)
class AuthorEvent:
    """One event of a submission, as its author sees it."""

    action: AuditAction
    created_at: datetime
    by: TrailSide


class _EventRow(db.Row):
    id: int
    actor_id: int | None
    action: AuditAction
    created_at: datetime


class _SubmissionRow(db.Row):
    id: int
    community_id: int
    author_id: int


_ACTIONS = (
    *(action for action in AuditAction if action.value.startswith("submission.")),
    AuditAction.REVIEW_AHEAD,
    AuditAction.REVIEW_APPROVED,
    AuditAction.REVIEW_RETURNED,
    AuditAction.REVIEW_REJECTED,
)
EVENTS = db.Related(
    "events",
    _EventRow,
    "FROM audit_event WHERE community_id = {parent}.community_id AND subject = 'submission'"
    " AND subject_id = {parent}.id"
    f" AND action IN ({', '.join(repr(action.value) for action in _ACTIONS)}) ORDER BY id DESC LIMIT {MAX_EVENTS}",
    many=True,
)
SUBMISSIONS = db.Select(f"SELECT {db.columns(_SubmissionRow)} FROM submission WHERE id = ANY($1)", _SubmissionRow)


async def list_events(rows: Sequence[SubmissionRow]) -> list[list[AuthorEvent]]:
    """Return the newest 50 events of each submission, in order, the newest first. It is for their authors."""
    if not rows:
        return []
    found = {row.id: row for row in await SUBMISSIONS.including((EVENTS,)).all([row.id for row in rows])}
    return [[_describe(event, found[row.id].author_id) for event in found[row.id].loaded["events"]] for row in rows]


def _describe(event: _EventRow, author_id: int) -> AuthorEvent:
    if event.actor_id is None:
        side = TrailSide.SERVICE
    else:
        side = TrailSide.AUTHOR if event.actor_id == author_id else TrailSide.LEADER
    return AuthorEvent(event.action, event.created_at, side)
