"""Giving and ending sanctions. `review/sanctions.py` has the verbs, which also notify and withdraw."""

from __future__ import annotations

from datetime import timedelta

from community.communities import memberships, roles
from community.communities.errors import LeaderProtected, SanctionOver
from community.communities.permissions import Actor, get_member_id
from community.communities.queries import MemberRow
from community.communities.sanctions.models import SanctionKind
from community.communities.sanctions.queries import COLUMNS, SanctionRow
from community.communities.sanctions.rules import SanctionContent
from community.kernel import audit, clock, db
from community.kernel.audit_actions import AuditAction
from community.kernel.ddl import REDACTED

_BATCH_SIZE = 100

_GIVE = db.Change(
    "INSERT INTO sanction (community_id, membership_id, kind, reason, given_by, starts_at, ends_at)"
    f" VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING {COLUMNS}",
    SanctionRow,
)
_LIFT = db.Change(
    "UPDATE sanction SET lifted_at = $3, lifted_by = $4, lift_reason = $5 WHERE community_id = $1 AND id = $2"
    f" AND lifted_at IS NULL AND (ends_at IS NULL OR ends_at > $3) RETURNING {COLUMNS}",
    SanctionRow,
)
_END = db.Change(
    "UPDATE sanction SET ended_at = $1 WHERE id IN (SELECT id FROM sanction WHERE lifted_at IS NULL"
    f" AND ended_at IS NULL AND ends_at <= $1 ORDER BY ends_at, id LIMIT {_BATCH_SIZE} FOR UPDATE SKIP LOCKED)"
    f" RETURNING {COLUMNS}",
    SanctionRow,
)

_REDACT_RECEIVED = (
    f"UPDATE sanction SET reason = '{REDACTED}', lift_reason = NULL WHERE membership_id = ANY($1)"
    f" AND (reason <> '{REDACTED}' OR lift_reason IS NOT NULL)"
)
_REDACT_GIVEN = f"UPDATE sanction SET reason = '{REDACTED}' WHERE given_by = ANY($1) AND reason <> '{REDACTED}'"


@db.transactional
async def give(
    actor: Actor, membership_id: int, *, content: SanctionContent
) -> tuple[MemberRow, MemberRow, SanctionRow]:
    """Give a member a sanction. Return the leader, the member as before, and the sanction.

    A removal ends the membership. Raises LeadersOnly, NotFound, and LeaderProtected for a leader.
    """
    leader, member = await roles.lock_member_for_leader(actor, membership_id)
    if member.is_leader:
        raise LeaderProtected(path=("memberId",))
    now = clock.now()
    ends_at = None if content.days is None else now + timedelta(days=content.days)
    row = await _GIVE.one(leader.community_id, member.id, content.kind, content.reason, leader.id, now, ends_at)
    await _record(leader, row, AuditAction.SANCTION_GIVE)
    if content.kind is SanctionKind.REMOVAL:
        await memberships.end_membership(member, by=leader)
    return leader, member, row


@db.transactional
async def lift(sanction: SanctionRow, *, by: MemberRow | None, reason: str) -> SanctionRow:
    """End a sanction early, and return it. The leader is locked, the operator is None.

    Raises SanctionOver if it has ended.
    """
    row = await _LIFT.first(sanction.community_id, sanction.id, clock.now(), get_member_id(by), reason)
    if row is None:
        raise SanctionOver(path=("sanctionId",))
    await _record(by, row, AuditAction.SANCTION_LIFT)
    return row


@db.transactional
async def mark_ended() -> list[SanctionRow]:
    """Mark up to 100 sanctions whose end has come, and return them. A sanction is returned once."""
    return await _END.all(clock.now())


async def redact_received(membership_ids: list[int]) -> None:
    """Redact the reasons of sanctions that these members received."""
    await db.execute(_REDACT_RECEIVED, membership_ids)


async def redact_given(membership_ids: list[int]) -> None:
    """Redact the reasons that these members wrote as leaders."""
    await db.execute(_REDACT_GIVEN, membership_ids)
    await db.execute(
        "UPDATE sanction SET lift_reason = NULL WHERE lifted_by = ANY($1) AND lift_reason IS NOT NULL", membership_ids
    )


async def _record(leader: MemberRow | None, row: SanctionRow, action: AuditAction) -> None:
    await audit.record_about(row, action, by=leader, member_id=row.membership_id, kind=row.kind.value)
