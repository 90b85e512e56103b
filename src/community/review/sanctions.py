"""Verbs of sanctions. The member gets a notice of each outcome, once. An appeal ends with its sanction."""

from __future__ import annotations

from collections.abc import Sequence

from community.communities import permissions
from community.communities.permissions import Actor
from community.communities.queries import MemberRow
from community.communities.sanctions import queries, service
from community.communities.sanctions.models import SanctionKind
from community.communities.sanctions.queries import SanctionRow
from community.communities.sanctions.rules import SanctionContent
from community.communities.trust.models import TrustEnd
from community.kernel import clock, db
from community.notices.models import NoticeKind
from community.notices.service import notify_member
from community.review.appeals import appeals
from community.review.appeals.models import AppealedAction
from community.review.appeals.subjects import SUBJECTS, Ground, Subject
from community.submissions import removal

_BATCH_SIZE = 100
_APPEALED_AFTER_END = db.Select(
    "SELECT s.id FROM appeal a JOIN sanction s ON s.id = a.subject_id WHERE a.state = 'OPEN'"
    " AND a.subject = 'SANCTION' AND (s.lifted_at IS NOT NULL OR s.ends_at <= $1)"
    f" ORDER BY a.id LIMIT {_BATCH_SIZE}",
    db.Id,
)


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
    found = await queries.find_sanction(sanction_id)
    leader = await permissions.lock_leader(actor, *([] if found is None else [found.membership_id]))
    row = await _lift(await queries.get_sanction(leader.community_id, sanction_id), leader, reason)
    await appeals.end_over_subject(row.community_id, AppealedAction.SANCTION, row.id)
    return row


async def _lift(sanction: SanctionRow, by: MemberRow | None, reason: str) -> SanctionRow:
    row = await service.lift(sanction, by=by, reason=reason)
    await notify_member(
        row.community_id, row.membership_id, kind=NoticeKind.SANCTION_LIFTED, key=f"sanction:{row.id}:lifted",
        detail={"sanction": row.id},
    )  # fmt: skip
    return row


async def announce_ended() -> int:
    """Notify the members whose sanctions have ended, and return the number of sanctions. It is a job.

    It also ends the open appeals against sanctions that are over.
    """
    count = 0
    while ended := await _announce_batch():
        count += ended
    while over := await _APPEALED_AFTER_END.all(clock.now()):
        for row in over:
            await _end_appeal(row.id)
    return count


@db.transactional
async def _end_appeal(sanction_id: int) -> None:
    sanction = await queries.find_sanction(sanction_id)
    assert sanction is not None
    await permissions.lock_membership(sanction.community_id, sanction.membership_id)
    await queries.lock_sanction(sanction_id)
    await appeals.end_over_subject(sanction.community_id, AppealedAction.SANCTION, sanction_id)


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
            row.community_id, row.membership_id, kind=NoticeKind.SANCTION_WARNING, key=key, detail={"sanction": row.id}
        )
    elif row.ends_at is not None and row.kind is SanctionKind.MUTE:
        await notify_member(
            row.community_id, row.membership_id, kind=NoticeKind.SANCTION_MUTE, key=key,
            detail={"sanction": row.id, "ends_at": row.ends_at.isoformat()},
        )  # fmt: skip
    else:
        await notify_member(
            row.community_id, row.membership_id, kind=NoticeKind.SANCTION_REMOVAL, key=key, detail={"sanction": row.id}
        )


async def _find_sanctions(numbers: Sequence[int]) -> list[Ground | None]:
    return [
        None
        if row is None
        else Ground(row.community_id, row.membership_id, row.given_by, row.starts_at, row.is_in_force)
        for row in await queries.find_sanctions(numbers)
    ]


async def _grant(number: int, by: MemberRow | None, answer: str) -> None:
    found = await queries.find_sanction(number)
    assert found is not None
    await _lift(found, by, answer)


SUBJECTS[AppealedAction.SANCTION] = Subject(_find_sanctions, _grant, lock=queries.lock_sanction)
