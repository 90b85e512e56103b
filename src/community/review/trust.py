"""Trusted authors: the verbs of leaders, and the publication before a leader looks.

A revision of a trusted author is published once all its checks passed. Its case stays open with the lowest urgency. The
approval gives scores and points as for every revision. A refusal hides what no leader has approved.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from community.communities import newcomers, permissions, roles
from community.communities.errors import TrustNotPossible, TrustOver
from community.communities.permissions import Actor
from community.communities.queries import MemberRow, find_active_members, get_communities
from community.communities.sanctions.rules import normalise_reason
from community.communities.trust import service
from community.communities.trust.models import TrustEnd
from community.communities.trust.service import IN_FORCE_SQL, TrustRow
from community.consent import consents
from community.consent.models import ConsentPurpose
from community.kernel import audit, clock, db
from community.kernel.audit_actions import AuditAction
from community.kernel.errors import NotFound
from community.notices.models import NoticeKind
from community.notices.service import notify_member
from community.review import cases
from community.review.agreement.opinions import list_kinds
from community.review.appeals import reports
from community.review.claims import find_claims
from community.review.models import CaseKind, CaseReason, CaseState
from community.review.queries import CaseRow, find_case, list_reasons
from community.review.screening.models import ScreeningState
from community.review.screening.queries import ScreeningRow, find_of_revisions
from community.safety.facts import Verdict
from community.submissions import queries as submissions
from community.submissions import removal, review_steps
from community.submissions.models import SubmissionState
from community.submissions.queries import SubmissionRow

_GIVE = db.Change(
    "INSERT INTO trust (community_id, membership_id, given_by, reason, given_at) VALUES ($1, $2, $3, $4, $5)"
    " RETURNING id",
    db.Id,
)


@dataclass(slots=True)
class _ObstacleRow:
    """Facts that keep a member from being trusted."""

    id: int
    is_allowed: bool
    is_proven: bool
    is_sanctioned: bool
    is_trusted: bool


_OBSTACLES = db.Select(
    "SELECT m.id, c.trusted_authors_publish AS is_allowed,"
    " EXISTS (SELECT 1 FROM review_case k JOIN review_decision d ON d.case_id = k.id WHERE k.author_id = m.id"
    " AND d.verdict = 'APPROVED') AS is_proven,"
    " EXISTS (SELECT 1 FROM sanction s WHERE s.community_id = m.community_id AND s.membership_id = m.id"
    " AND s.lifted_at IS NULL AND (s.ends_at IS NULL OR s.ends_at > $2)) AS is_sanctioned,"
    f" EXISTS (SELECT 1 FROM trust t WHERE t.membership_id = m.id AND {IN_FORCE_SQL}) AS is_trusted"
    " FROM membership m JOIN community c ON c.id = m.community_id WHERE m.id = ANY($1) AND m.left_at IS NULL",
    _ObstacleRow,
)


@db.transactional
async def give(actor: Actor, membership_id: int, *, reason: str) -> TrustRow:
    """Give a member the trust in an author, and return the trust.

    The member gets a notice.
    Raises LeadersOnly, NotFound, InvalidInput, and TrustNotPossible for the leader, for a member without an approved
    submission, with a sanction or who is trusted, and where the community does not allow it.
    """
    leader, member = await roles.lock_member_for_leader(actor, membership_id)
    text = normalise_reason(reason)
    (found,) = await _OBSTACLES.all([member.id], clock.now())
    if cause := _find_obstacle(found, leader):
        raise TrustNotPossible(cause, path=("memberId",))
    # A trust whose giver no longer leads has not ended yet.
    await service.end(member.community_id, member.id, cause=TrustEnd.GIVER)
    given = await _GIVE.one(leader.community_id, member.id, leader.id, text, clock.now())
    row = await _get(given.id)
    await audit.record_about(row, AuditAction.TRUST_GIVE, by=leader, member_id=member.id)
    await notify_member(
        row.community_id, member.id, kind=NoticeKind.TRUST_GIVEN, key=f"trust:{row.id}:given", detail={"trust": row.id}
    )
    return row


def _find_obstacle(row: _ObstacleRow, leader: MemberRow) -> str | None:
    """Return the reason for which the leader cannot trust the member, or None."""
    found = {
        "setting": not row.is_allowed,
        "self": row.id == leader.id,
        "unproven": not row.is_proven,
        "sanctioned": row.is_sanctioned,
        "already": row.is_trusted,
    }
    return next((reason for reason, applies in found.items() if applies), None)


async def list_possible(members: Sequence[MemberRow], viewers: Sequence[MemberRow | None]) -> list[bool]:
    """Return True for each member whom the viewer can trust as an author now."""
    led = {
        member.id: viewer
        for member, viewer in zip(members, viewers, strict=True)
        if viewer is not None and viewer.is_leader and viewer.community_id == member.community_id
    }
    rows = await _OBSTACLES.all(list(led), clock.now()) if led else []
    able = {row.id for row in rows if _find_obstacle(row, led[row.id]) is None}
    return [member.id in able for member in members]


@db.transactional
async def end(actor: Actor, trust_id: int) -> TrustRow:
    """End the trust in a member, and return it. The member gets a notice.

    Raises LeadersOnly, NotFound, and TrustOver if it has ended.
    """
    (found,) = await service.find_trusts([trust_id])
    # No leader gives the member another one meanwhile.
    leader = await permissions.lock_leader(actor, *([] if found is None else [found.membership_id]))
    (row,) = await service.find_trusts([trust_id])
    if row is None or row.community_id != leader.community_id:
        raise NotFound("trust")
    if row.ended_at is not None or not await removal.end_trust(
        row.community_id, row.membership_id, cause=TrustEnd.LEADER, by_id=leader.id
    ):
        raise TrustOver(path=("trustId",))
    return await _get(trust_id)


async def _get(trust_id: int) -> TrustRow:
    (row,) = await service.find_trusts([trust_id])
    assert row is not None
    return row


@db.transactional
async def publish_ahead(case_id: int) -> None:
    """Publish the waiting revision of a trusted author. Its case stays open. Idempotent.

    All conditions are read here under the locks. Without one of them the revision waits for a leader.
    """
    found = await find_case(case_id)
    if found is None or found.kind is not CaseKind.REVISION:
        return
    submission_id, revision_id = found.revision_ids
    author = await permissions.lock_membership(found.community_id, found.author_id)
    row = await submissions.lock(submission_id)
    case = await cases.lock_row(found)
    (screening,) = await find_of_revisions([case.community_id], [revision_id])
    if screening is None or not await _can_publish(case, row, author, screening):
        return
    publication = await review_steps.publish(
        case.community_id, submission_id, revision_id=revision_id, recommended=False, note=None,
        masks=screening.list_masks(), state=SubmissionState.IN_REVIEW,
    )  # fmt: skip
    await cases.mark_ahead(case)
    await audit.record(
        case.community_id, None, AuditAction.REVIEW_AHEAD, subject="submission", subject_id=submission_id,
        case_id=case.id, revision_id=revision_id, readers=publication.submission.published_for,
    )  # fmt: skip
    await notify_member(
        case.community_id, author.id, kind=NoticeKind.SUBMISSION_AHEAD, key=f"ahead:{case.id}",
        detail={"submission": submission_id},
    )  # fmt: skip
    await reports.end_over(publication.submission)


async def _can_publish(case: CaseRow, row: SubmissionRow, author: MemberRow, screening: ScreeningRow) -> bool:
    """Return True if the revision passed and its author may publish it.

    It is False while a leader works on the case.
    """
    (latest,) = await submissions.get_revisions([(row.id, row.latest_revision)])
    (claim,) = await find_claims([case])
    (reasons,) = await list_reasons([case.id])
    if (
        (case.state, row.state, latest.id) != (CaseState.OPEN, SubmissionState.IN_REVIEW, case.revision_id)
        or row.published_revision == row.latest_revision
        or (claim, case.urgency, case.excluded_id) != (None, 0, None)
        or not set(reasons) <= {CaseReason.NEW, CaseReason.EDIT}
        or (screening.state, screening.verdict) != (ScreeningState.DONE, Verdict.PASS)
    ):
        return False
    (community,) = await get_communities([case.community_id])
    (trust,) = await service.find_in_force([author.id])
    (kinds,) = await list_kinds([case.community_id])
    return (
        community.trusted_authors_publish
        and trust is not None
        and row.kind not in kinds
        and author.left_at is None
        and newcomers.get_settled_at(author) <= clock.now()
        and (author.muted_until is None or author.muted_until <= clock.now())
        and author.id in await find_active_members([author])
        and await consents.has_consent(author.person_id, ConsentPurpose.PUBLICATION)
    )
