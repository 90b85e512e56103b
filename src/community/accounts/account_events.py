"""Events of an account, in the audit trail and as notices."""

from __future__ import annotations

from collections.abc import Sequence

from community.kernel import audit, outbox
from community.kernel.audit import TrailFilter, TrailRow
from community.kernel.audit_actions import AuditAction
from community.kernel.paging import MAX_PAGE, PageRequest

NOTICES = {
    AuditAction.SESSION_BEGIN: "ACCOUNT_LOGIN",
    AuditAction.SESSION_REUSE: "SESSION_REUSED",
    AuditAction.IDENTITY_LINK: "LOGIN_LINKED",
    AuditAction.IDENTITY_UNLINK: "LOGIN_UNLINKED",
    AuditAction.PHONE_BIND: "PHONE_CHANGED",
    AuditAction.PHONE_UNBIND: "PHONE_CHANGED",
    AuditAction.EXPORT_REQUEST: "EXPORT_REQUESTED",
    AuditAction.ERASURE_REQUEST: "ERASURE_REQUESTED",
}
"""The kinds of notices that tell the person of an action, so that a thief cannot act unseen."""


async def record(person_id: int, action: AuditAction, *, is_notified: bool = True, **detail: object) -> None:
    """Add an event about the person, in the transaction of the action.

    The person did it, unless the action is the operator's. `detail` has neither platform ids nor addresses.
    """
    kind = NOTICES.get(action)
    if kind is not None:
        detail["is_notified"] = is_notified
    event_id = await audit.record(audit.NO_COMMUNITY_ID, None, action, subject="person", subject_id=person_id, **detail)
    if kind is not None and is_notified:
        await outbox.put("effects.notify_person", person_id=person_id, kind=kind, key=build_notice_key(event_id))


def build_notice_key(event_id: int) -> str:
    """Return the key of the notice about an event."""
    return f"account:{event_id}"


async def list_notified(person_id: int) -> Sequence[TrailRow]:
    """Return the person's events with a notice, oldest first. These are the last 100."""
    only = TrailFilter(
        community_id=audit.NO_COMMUNITY_ID, actions=list(NOTICES), subject="person", subject_id=person_id
    )
    page = await audit.list_trail(PageRequest(MAX_PAGE), only=only)
    return [row for row in reversed(page.rows) if row.detail.get("is_notified")]


async def queue_notices(person_id: int) -> None:
    """Queue the notices of earlier events, for a person who has joined."""
    await outbox.put("effects.notify_of_earlier_events", person_id=person_id)
