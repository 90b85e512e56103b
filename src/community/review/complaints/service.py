"""Verbs of complaints.

A complaint is a case of kind COMPLAINT. A leader replies and solves under the lock of the case, so that claims and
exclusions count. The member who complained needs only the lock of the complaint.
"""

from __future__ import annotations

from community.communities import permissions
from community.communities import queries as communities
from community.communities import rules as community_rules
from community.communities.newcomers import Limited
from community.communities.permissions import Actor, get_member_id
from community.communities.queries import MemberRow
from community.kernel import audit, clock, db
from community.kernel.audit_actions import AuditAction
from community.kernel.ddl import REDACTED
from community.kernel.errors import InvalidInput, NotFound
from community.media import uses
from community.media.models import MediaSubject
from community.media.uses import MediaConsumer
from community.notices.models import NoticeKind
from community.notices.service import notify_member, notify_members
from community.review import case_words, cases
from community.review.complaints import queries, rules
from community.review.complaints.models import MessageKind
from community.review.complaints.queries import COLUMNS, MESSAGE_COLUMNS, ComplaintRow, MessageRow
from community.review.complaints.rules import ComplaintContent
from community.review.errors import ComplaintOver
from community.review.models import CaseKind, CaseReason, CaseState
from community.review.queries import CaseRow, find_case, get_cases
from community.rewards import queries as rewards
from community.rewards.kinds import RewardState
from community.rewards.pick_up.points import get_point
from community.search import index
from community.submissions import daily

_NEW = db.Change(
    "INSERT INTO complaint (community_id, membership_id, redemption_id, reward_id, pick_up_point_id, first_case_id,"
    f" case_id, opened_at) VALUES ($1, $2, $3, $4, $5, $6, $6, $7) RETURNING {COLUMNS}",
    ComplaintRow,
)
_NEW_MESSAGE = db.Change(
    "INSERT INTO complaint_message (community_id, complaint_id, author_id, kind, text, created_at)"
    f" VALUES ($1, $2, $3, $4, $5, $6) RETURNING {MESSAGE_COLUMNS}",
    MessageRow,
)
_LOCK = db.Select(f"SELECT {COLUMNS} FROM complaint WHERE community_id = $1 AND id = $2 FOR UPDATE", ComplaintRow)
_LOCK_ANSWERED = db.Select(
    f"SELECT {COLUMNS} FROM complaint WHERE id IN (SELECT complaint_id FROM complaint_message"
    " WHERE author_id = ANY($1)) ORDER BY id FOR UPDATE",
    ComplaintRow,
)
_COUNT = db.Select("SELECT count(*) AS count FROM complaint_message WHERE complaint_id = $1", db.Count)
_LEADERS = db.Select(
    "SELECT DISTINCT author_id AS id FROM complaint_message WHERE complaint_id = $1 AND author_id <> $2", db.Id
)
_SOLVE = db.Change(
    "UPDATE complaint SET solved_at = $3 WHERE community_id = $1 AND id = $2 AND solved_at IS NULL"
    f" RETURNING {COLUMNS}",
    ComplaintRow,
)
_REOPEN = db.Change(
    "UPDATE complaint SET solved_at = NULL, reopened_at = $3, case_id = $4 WHERE community_id = $1 AND id = $2"
    f" AND solved_at > $5 AND reopened_at IS NULL RETURNING {COLUMNS}",
    ComplaintRow,
)
_END_CASES = (
    "UPDATE review_case SET state = 'SUPERSEDED', version = version + 1, closed_at = $2, claimed_by = NULL,"
    " claimed_at = NULL, claimed_until = NULL WHERE author_id = ANY($1) AND kind = 'COMPLAINT' AND state = 'OPEN'"
)
_REDACT = (
    f"UPDATE complaint_message SET text = '{REDACTED}' WHERE text <> '{REDACTED}'"
    " AND complaint_id IN (SELECT id FROM complaint WHERE membership_id = ANY($1))"
)
_REDACT_WRITTEN = f"UPDATE complaint_message SET text = '{REDACTED}' WHERE text <> '{REDACTED}' AND author_id = ANY($1)"


@db.transactional
async def open_complaint(actor: Actor, *, content: ComplaintContent) -> ComplaintRow:
    """Open a complaint of the member, and return it.

    The leaders whom it concerns neither read nor decide it. These are the leader whom the member names, and the
    writer of its pick-up point. Raises NotAMember, NotFound, TooManyToday, MediaRefused and StorageFull.
    """
    member = await permissions.lock_member(actor)
    await daily.count(member, Limited.COMPLAINED)
    first, second, *_ = [*await _list_concerned(member, content), None, None]
    case = await cases.open_case(
        CaseKind.COMPLAINT, community_id=member.community_id, author_id=member.id,
        excluded_id=first, also_excluded_id=second, reasons=(CaseReason.COMPLAINED,),
    )  # fmt: skip
    assert case is not None  # only a case about a submission may be open already
    row = await _NEW.one(
        member.community_id, member.id, content.redemption_id, content.reward_id, content.pick_up_point_id, case.id,
        clock.now(),
    )  # fmt: skip
    await _add_message(row, member, MessageKind.OPENED, content.text)
    if content.media_ids:
        by = MediaConsumer(MediaSubject.COMPLAINT, row.id, row.community_id)
        await uses.add(member.person_id, content.media_ids, by=by, path=("mediaIds",))
    await _record(None, row, AuditAction.COMPLAINT_OPEN)
    return row


async def _list_concerned(member: MemberRow, content: ComplaintContent) -> set[int]:
    """Check the things of a complaint. Return the leaders whom it concerns, without the member."""
    here = member.community_id
    if content.redemption_id is not None:
        redemption = await rewards.get_redemption(here, content.redemption_id)
        if redemption.membership_id != member.id:
            raise NotFound("redemption")
    if content.reward_id is not None:
        reward = await rewards.get_reward(here, content.reward_id)
        if reward.state is RewardState.DRAFT:
            raise NotFound("reward")
    concerned: set[int] = set()
    if content.pick_up_point_id is not None:
        concerned.add((await get_point(here, content.pick_up_point_id)).written_by)
    if content.leader_id is not None:
        named = await communities.find_membership(content.leader_id)
        if named is None or named.community_id != here or not community_rules.can_lead(named):
            raise NotFound("member", path=("leaderId",))
        concerned.add(named.id)
    return concerned - {member.id}


@db.transactional
async def reply(actor: Actor, complaint_id: int, *, text: str) -> ComplaintRow:
    """Add a message to a complaint, and return the complaint.

    The member who complained may reply, also after leaving, and the leaders. `text` is normalised. Raises NotFound,
    LeadersOnly, ComplaintOver, InvalidInput after 50 messages, and what `cases.lock_case` raises.
    """
    found = await _get(actor, complaint_id)
    (own,) = await communities.find_own_memberships(actor.person_id, [actor.community_id])
    if own is not None and own.id == found.membership_id:
        member = await permissions.lock_current_or_former_member(actor)
        row = await _lock_unsolved(found)
        message = await _add_message(row, member, MessageKind.REPLY, text)
        leaders = await _LEADERS.all(row.id, member.id)
        await notify_members(
            row.community_id, kind=NoticeKind.COMPLAINT_REPLY, key=f"complaint_message:{message.id}",
            details={each.id: {"complaint": row.id} for each in leaders},
        )  # fmt: skip
        return row
    leader, case = await _lock_to_decide(actor, found)
    row = await _lock_unsolved(found)
    message = await _add_message(row, leader, MessageKind.REPLY, text)
    await cases.record_answer(case)
    await notify_member(
        row.community_id, row.membership_id, kind=NoticeKind.COMPLAINT_REPLY, key=f"complaint_message:{message.id}",
        detail={"complaint": row.id},
    )  # fmt: skip
    return row


@db.transactional
async def solve(actor: Actor | None, complaint_id: int, *, text: str, version: int | None = None) -> ComplaintRow:
    """Close a complaint with a solution, and return it. `text` is normalised. The operator is None.

    Raises LeadersOnly, NotFound, ComplaintOver, InvalidInput, and what `cases.lock_to_decide` raises.
    """
    found = await _get(actor, complaint_id)
    leader, case = await _lock_to_decide(actor, found, version)
    row = await _lock_unsolved(found)
    await _add_message(row, leader, MessageKind.SOLUTION, text)
    row = await _SOLVE.one(row.community_id, row.id, clock.now())
    await cases.close(case)
    await _record(leader, row, AuditAction.COMPLAINT_SOLVE)
    await notify_member(
        row.community_id, row.membership_id, kind=NoticeKind.COMPLAINT_SOLVED, key=f"review_case:{case.id}:solved",
        detail={"complaint": row.id},
    )  # fmt: skip
    return row


@db.transactional
async def reopen(actor: Actor, complaint_id: int, *, text: str) -> ComplaintRow:
    """Open the actor's solved complaint again with a reason, and return it. `text` is normalised.

    It is possible once, within seven days, also after leaving. Raises NotFound, ComplaintOver.
    """
    found = await _get(actor, complaint_id)
    member = await permissions.lock_current_or_former_member(actor)
    if found.membership_id != member.id:
        raise NotFound("complaint")
    solved = await _LOCK.one(found.community_id, found.id)
    (before,) = await get_cases([solved.case_id])
    case = await cases.open_case(
        CaseKind.COMPLAINT, community_id=solved.community_id, author_id=member.id,
        excluded_id=before.excluded_id, also_excluded_id=before.also_excluded_id, reasons=(CaseReason.COMPLAINED,),
        urgency=1,
    )  # fmt: skip
    assert case is not None  # only a case about a submission may be open already
    now = clock.now()
    row = await _REOPEN.first(solved.community_id, solved.id, now, case.id, now - rules.REOPEN_PERIOD)
    if row is None:
        raise ComplaintOver("reopen", path=("complaintId",))
    await _add_message(row, member, MessageKind.REOPENED, text)
    await _record(None, row, AuditAction.COMPLAINT_REOPEN)
    return row


async def erase(membership_ids: list[int]) -> None:
    """Redact every message of the complaints of these members, and end their open cases.

    The caller has removed the words of the cases, and so has locked them.
    """
    await db.execute(_REDACT, membership_ids)
    await db.execute(_END_CASES, membership_ids, clock.now())


async def redact_written(membership_ids: list[int]) -> None:
    """Redact the messages that these members wrote as leaders, and remove their words."""
    answered = await _LOCK_ANSWERED.all(membership_ids)
    await db.execute(_REDACT_WRITTEN, membership_ids)
    for row in answered:
        await _index(row)
    await index.forget_removed()


async def _get(actor: Actor | None, complaint_id: int) -> ComplaintRow:
    row = await queries.find_complaint(complaint_id)
    if row is None or (actor is not None and row.community_id != actor.community_id):
        raise NotFound("complaint")
    return row


async def _lock_to_decide(
    actor: Actor | None, row: ComplaintRow, version: int | None = None
) -> tuple[MemberRow | None, CaseRow]:
    """Lock the leader and the case. A solved complaint, and one of an erased person, has none that is open."""
    case = await find_case(row.case_id)
    if case is None or case.state is not CaseState.OPEN:
        if actor is not None:
            await permissions.lock_leader(actor)
        raise ComplaintOver(path=("complaintId",))
    return await cases.lock_to_decide(actor, row.case_id, version=version, kind=CaseKind.COMPLAINT)


async def _lock_unsolved(found: ComplaintRow) -> ComplaintRow:
    row = await _LOCK.one(found.community_id, found.id)
    if row.solved_at is not None:
        raise ComplaintOver(path=("complaintId",))
    return row


async def _add_message(row: ComplaintRow, author: MemberRow | None, kind: MessageKind, text: str) -> MessageRow:
    """Add a message to a locked complaint. The last one of a full complaint can only be a solution."""
    count = (await _COUNT.one(row.id)).count
    if count >= rules.MAX_MESSAGES and kind is MessageKind.REPLY:
        raise InvalidInput("complaint_messages", max=rules.MAX_MESSAGES, actual=count, path=("text",))
    message = await _NEW_MESSAGE.one(row.community_id, row.id, get_member_id(author), kind, text, clock.now())
    await _index(row)
    return message


async def _index(row: ComplaintRow) -> None:
    """Replace the words of both cases of a locked complaint."""
    await case_words.add(sorted({row.first_case_id, row.case_id}))


async def _record(leader: MemberRow | None, row: ComplaintRow, action: AuditAction) -> None:
    """Write the audit row. It does not name who complained, because a leader whom it concerns reads it too."""
    await audit.record_about(row, action, by=leader, case_id=row.case_id)
