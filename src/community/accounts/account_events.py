"""Events of an account, in the audit trail and as notices."""

from __future__ import annotations

from community.kernel import audit, outbox
from community.kernel.audit_actions import AuditAction

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
    event_id = await audit.record(audit.NO_COMMUNITY_ID, None, action, subject="person", subject_id=person_id, **detail)
    kind = NOTICES.get(action)
    if kind is not None and is_notified:
        await outbox.put("effects.notify_person", person_id=person_id, kind=kind, key=f"account:{event_id}")
