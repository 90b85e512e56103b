"""Bans of people by the operator, recorded in each of their communities."""

from __future__ import annotations

from community.accounts import people
from community.communities.queries import list_all_memberships
from community.kernel import audit, db
from community.kernel.audit_actions import AuditAction


@db.transactional
async def ban(person_id: int, *, reason: str) -> None:
    """Ban a person, and record it in each of their communities. Raises what `people.ban` raises."""
    await people.ban(person_id, reason=reason)
    await _record(person_id, AuditAction.PERSON_BAN)


@db.transactional
async def unban(person_id: int) -> None:
    """End a ban, and record it in each community. Raises what `people.unban` raises."""
    await people.unban(person_id)
    await _record(person_id, AuditAction.PERSON_UNBAN)


async def _record(person_id: int, action: AuditAction) -> None:
    for member in await list_all_memberships(person_id):
        if member.left_at is None:
            await audit.record_about(member, action, by=None)
