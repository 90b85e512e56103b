"""Verbs of sanctions. The member gets a notice of each outcome, once."""

from __future__ import annotations

from community.communities import permissions
from community.communities.permissions import Actor
from community.communities.queries import MemberRow
from community.communities.sanctions import queries, service
from community.communities.sanctions.models import SanctionKind
from community.communities.sanctions.queries import SanctionRow
from community.communities.sanctions.rules import SanctionContent
from community.communities.trust.models import TrustEnd
from community.kernel import db
from community.notices.models import NoticeKind
from community.notices.service import notify_member
from community.submissions import removal


@db.transactional
async def give(actor: Actor, membership_id: int, *, content: SanctionContent) -> SanctionRow:
    """Give a resident or an expert a sanction, and return it.

    The trust in the member as an author ends. A removal ends the membership and withdraws what waits for a decision,
    as leaving does. Raises LeadersOnly, NotFound, and LeaderProtected for a leader.
    """
    leader, member, row = await service.give(actor, membership_id, content=content)
    await removal.end_trust(member.community_id, member.id, cause=TrustEnd.SANCTION, by_id=leader.id)
    if row.kind is SanctionKind.REMOVAL:
        await removal.withdraw_waiting(member, by=leader)
    await _announce_given(row)
    return row


@db.transactional
async def lift(actor: Actor, sanction_id: int, *, reason: str) -> SanctionRow:
    """End a sanction early, and return it.

    `reason` is normalised. Raises LeadersOnly, NotFound and SanctionOver.
    """
    leader = await permissions.lock_leader(actor)
    return await lift_on_appeal(await queries.get_sanction(leader.community_id, sanction_id), by=leader, reason=reason)


async def lift_on_appeal(sanction: SanctionRow, *, by: MemberRow | None, reason: str) -> SanctionRow:
    """End a sanction for a locked leader or the operator, and return it.

    Raises SanctionOver.
    """
    row = await service.lift(sanction, by=by, reason=reason)
    await notify_member(
        row.community_id, row.membership_id, kind=NoticeKind.SANCTION_LIFTED, key=f"sanction:{row.id}:lifted",
        detail={"sanction": row.id},
    )  # fmt: skip
    return row


async def announce_ended() -> int:
    """Notify the members whose sanctions have ended, and return the number of sanctions. It is a job."""
    count = 0
    while ended := await _announce_batch():
        count += ended
    return count


@db.transactional
async def _announce_batch() -> int:
    ended = await service.mark_ended()
    for row in ended:
        await notify_member(
            row.community_id, row.membership_id, kind=NoticeKind.SANCTION_ENDED, key=f"sanction:{row.id}:ended",
            detail={"sanction": row.id},
        )  # fmt: skip
    return len(ended)


async def _announce_given(row: SanctionRow) -> None:
    key = f"sanction:{row.id}:given"
    if row.kind is SanctionKind.WARNING:
        await notify_member(
            row.community_id, row.membership_id, kind=NoticeKind.SANCTION_WARNING, key=key,
            detail={"sanction": row.id},
        )  # fmt: skip
    elif row.ends_at is not None and row.kind is SanctionKind.MUTE:
        await notify_member(
            row.community_id, row.membership_id, kind=NoticeKind.SANCTION_MUTE, key=key,
            detail={"sanction": row.id, "ends_at": row.ends_at.isoformat()},
        )  # fmt: skip
    else:
        await notify_member(
            row.community_id, row.membership_id, kind=NoticeKind.SANCTION_REMOVAL, key=key,
            detail={"sanction": row.id},
        )  # fmt: skip
