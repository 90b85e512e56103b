"""Verbs of the review, which decide cases.

A decision is one transaction: the verdict, the publication, the award and the audit row. Leaderboards follow by the
outbox.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple
from typing import Any

from community.communities.permissions import Actor, get_member_id
from community.communities.queries import MemberRow, find_active_members, find_inviter, get_members
from community.communities.trust.models import TrustEnd
from community.consent import consents
from community.consent.models import ConsentPurpose
from community.kernel import audit, clock, db
from community.kernel.enumerations import require_each
from community.kernel.errors import Conflict
from community.notices.models import NoticeKind
from community.notices.service import notify_member
from community.points import journal
from community.points.earning.earn import EarnRequest, count_approval, earn
from community.points.earning.models import Trigger
from community.points.earning.rules import BUILT_IN, Facts
from community.review import cases, rules, templates
from community.review.agreement import opinions
from community.review.appeals import reports
from community.review.errors import AuthorDisagrees, AuthorSuspended
from community.review.handling import notify_leaders
from community.review.models import CaseKind, TemplateKind, Verdict
from community.review.queries import CaseRow, has_approval
from community.review.rules import Approval, Decision
from community.review.screening.queries import find_of_revisions
from community.scores import scores
from community.scores.models import BoardKind
from community.scores.scores import BoardSource
from community.submissions import queries as submission_queries
from community.submissions import removal, review_steps
from community.submissions.models import SubmissionKind, SubmissionState
from community.submissions.queries import SubmissionRow
from community.submissions.review_steps import Publication
from community.submissions.rules import normalise_note

require_each(SubmissionKind, BUILT_IN[Trigger.SUBMISSION_APPROVED].by_kind)

_REFUSED_STATES = {Verdict.RETURNED: SubmissionState.RETURNED, Verdict.REJECTED: SubmissionState.REJECTED}

REVIEWS_SOURCE = BoardSource(
    BoardKind.REVIEWS,
    "SELECT community_id, decided_by AS membership_id, 1 AS amount, created_at AS at FROM review_decision"
    " WHERE decided_by IS NOT NULL",
)


@db.transactional
async def approve(actor: Actor | None, case_id: int, *, version: int, approval: Approval) -> CaseRow:
    """Publish the case's revision, award points, and return the closed case. The operator is None.

    Where the community wants two leaders, the first approval is kept, and the case stays open (`review/agreement/`).
    Points depend on kind and scores, and are paid once per submission.
    Raises LeadersOnly, NotFound, OwnSubmission, OwnOpinion, AuthorSuspended, AuthorDisagrees, InvalidInput, Conflict if
    the case or the submission has changed.
    """
    leader, case = await cases.lock_to_decide(actor, case_id, version=version, kind=CaseKind.REVISION)
    await require_publishable(case.author_id)
    recommended = rules.decide_recommended(approval.scores, requested=approval.recommended)
    note = None if approval.note is None else normalise_note(approval.note, path="note")
    submission_id, revision_id = case.revision_ids
    row = await _get_reviewed(case)
    agreement = await opinions.agree(leader, case, row.kind, scores=approval.scores, recommended=recommended)
    if leader is not None and not agreement.is_complete:
        await notify_leaders(
            case, kind=NoticeKind.CASE_AWAITS_SECOND, key=f"case:{case.id}:opinion:{leader.id}", except_id=leader.id
        )
        return await opinions.keep_open(case)
    case = await cases.close(case)
    (screening,) = await find_of_revisions([case.community_id], [revision_id])
    # What was published ahead of this approval is now published for the first time by a leader.
    is_first = row.published_at is None or (row.published_ahead and not await has_approval(submission_id))
    publication = await review_steps.publish(
        case.community_id, submission_id, revision_id=revision_id, recommended=agreement.recommended, note=note,
        masks=[] if screening is None else screening.list_masks(),
    )  # fmt: skip
    decision = Decision(Verdict.APPROVED, note, agreement.scores, agreement.recommended)
    await _record_decision(leader, case, decision, readers=publication.submission.published_for)
    await _notify_author(case, decision)
    await _award_points(leader, case, Publication(publication.submission, is_first), scores=agreement.scores)
    if not is_first:
        await reports.end_over(publication.submission)
    return case


async def _get_reviewed(case: CaseRow) -> SubmissionRow:
    """Return the locked submission of a case. Raises Conflict if another revision of it waits now."""
    submission_id, revision_id = case.revision_ids
    (row,) = await submission_queries.get_by_ids([submission_id])
    (latest,) = await submission_queries.get_revisions([(row.id, row.latest_revision)])
    if row.state is not SubmissionState.IN_REVIEW or latest.id != revision_id:
        raise Conflict("case", path=("version",))
    return row


@db.transactional
async def send_back(
    actor: Actor | None, case_id: int, *, version: int, what_to_change: str, template_id: int | None = None
) -> CaseRow:
    """Return the case's revision to its author, and return the closed case. The operator is None.

    The author may edit and submit it again.
    Raises LeadersOnly, NotFound, OwnSubmission, InvalidInput, and Conflict if the case or the submission has changed.
    """
    leader, case = await _close_case(actor, case_id, version=version)
    note = normalise_note(what_to_change, path="whatToChange")
    await templates.count_use(case.community_id, template_id, kind=TemplateKind.RETURN)
    return await _refuse(leader, case, Decision(Verdict.RETURNED, note), note)


@db.transactional
async def reject(
    actor: Actor | None, case_id: int, *, version: int, reason: str, template_id: int | None = None
) -> CaseRow:
    """Reject the case's revision for good, and return the closed case. Its author reads the reason.

    The operator is None.
    What was published before a leader looked is removed, and its points are clawed back. The trust in the author ends.
    Raises what `send_back` raises.
    """
    leader, case = await _close_case(actor, case_id, version=version)
    note = normalise_note(reason, path="reason")
    await templates.count_use(case.community_id, template_id, kind=TemplateKind.REJECTION)
    decision = Decision(Verdict.REJECTED, note)
    row = await _get_reviewed(case)
    if not row.published_ahead:
        closed = await _refuse(leader, case, decision, note)
        await removal.end_trust(
            case.community_id, case.author_id, cause=TrustEnd.REJECTION, by_id=get_member_id(leader)
        )
        return closed
    await _record_decision(leader, case, decision)
    # Accounts are locked together, in the order of their ids.
    reviewers = await _list_reviewers(leader, case)
    await journal.lock_accounts(case.community_id, [case.author_id, *reviewers])
    await removal.remove_locked(leader, row, note=note, cause=TrustEnd.REJECTION)
    await _award_reviewers(leader, case, reviewers)
    return case


async def _refuse(actor: MemberRow | None, case: CaseRow, decision: Decision, note: str) -> CaseRow:
    submission_id, revision_id = case.revision_ids
    row = await review_steps.refuse(
        case.community_id, submission_id, revision_id=revision_id, state=_REFUSED_STATES[decision.verdict], note=note
    )
    await _record_decision(actor, case, decision)
    await _notify_author(case, decision)
    await _award_reviewers(actor, case, await _list_reviewers(actor, case))
    await reports.end_over(row)
    return case


async def _close_case(actor: Actor | None, case_id: int, *, version: int) -> tuple[MemberRow | None, CaseRow]:
    """Return the leader as of now, and the closed case."""
    leader, case = await cases.lock_to_decide(actor, case_id, version=version, kind=CaseKind.REVISION)
    return leader, await cases.close(case)


async def require_publishable(author_id: int) -> None:
    """Raise AuthorSuspended, or AuthorDisagrees unless the author consents to publication.

    The consent is read after the submission is locked. A later withdrawal of the consent then finds it published, and
    withdraws it.
    """
    (author,) = await get_members([author_id])
    if not await find_active_members([author]):
        raise AuthorSuspended
    if not await consents.has_consent(author.person_id, ConsentPurpose.PUBLICATION):
        raise AuthorDisagrees


async def _award_points(
    actor: MemberRow | None, case: CaseRow, publication: Publication, *, scores: rules.Scores
) -> None:
    """Award points to the author, the reviewing leader and the author's inviter."""
    row = publication.submission
    cause = f"submission:{row.id}"
    inviter_id = await _find_inviter_to_award(publication)
    reviewers = await _list_reviewers(actor, case)
    # Accounts are locked together, in the order of their ids.
    await journal.lock_accounts(
        row.community_id, [row.author_id, *reviewers, *([] if inviter_id is None else [inviter_id])]
    )
    facts = Facts(kind=row.kind.value, scores=astuple(scores))
    approved, marked = Trigger.SUBMISSION_APPROVED, Trigger.SUBMISSION_RECOMMENDED
    await earn(row.community_id, row.author_id, EarnRequest(approved, cause, f"{cause}:approved", facts))
    if row.recommended:
        await earn(row.community_id, row.author_id, EarnRequest(marked, cause, f"{cause}:recommended", facts))
    await _award_reviewers(actor, case, reviewers)
    if publication.is_first:
        await count_approval(row.community_id, row.author_id)
    if inviter_id is not None:
        await earn(row.community_id, inviter_id, EarnRequest(Trigger.INVITATION, cause, f"invitation:{row.author_id}"))


async def _list_reviewers(actor: MemberRow | None, case: CaseRow) -> list[int]:
    """Return the leader who decided and those who approved before, by id."""
    (given,) = await opinions.list_opinions([case])
    decided = [] if actor is None else [actor.id]
    return sorted({*decided, *(row.given_by for row in given)})


async def _award_reviewers(actor: MemberRow | None, case: CaseRow, reviewers: Sequence[int]) -> None:
    """Award points to each leader for a review, with any verdict.

    The cause is the case. So these points stay when the submission is removed.
    """
    cause = f"review:{case.id}"
    for leader_id in reviewers:
        key = cause if leader_id == get_member_id(actor) else f"{cause}:{leader_id}"
        await earn(case.community_id, leader_id, EarnRequest(Trigger.REVIEW_DONE, cause, key))


async def _find_inviter_to_award(publication: Publication) -> int | None:
    """Return the member who invited the author, or None.

    Points for an invitation are paid at the author's first published submission, and never to a leader, because
    inviting is a leader's work.
    """
    row = publication.submission
    if not publication.is_first or await submission_queries.count_published(row.community_id, row.author_id) != 1:
        return None
    inviter = await find_inviter(row.author_id)
    return None if inviter is None or inviter.is_leader else inviter.id


async def _record_decision(actor: MemberRow | None, case: CaseRow, decision: Decision, **detail: str | None) -> None:
    given: tuple[Any, ...] = (None, None, None) if decision.scores is None else astuple(decision.scores)
    decided_at = clock.now()
    await db.execute(
        "INSERT INTO review_decision (community_id, case_id, decided_by, verdict, authenticity, usefulness, resonance,"
        " recommended, reason, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        case.community_id, case.id, get_member_id(actor), decision.verdict, *given, decision.recommended,
        decision.reason, decided_at,
    )  # fmt: skip
    if actor is not None:
        await scores.count(BoardKind.REVIEWS, case.community_id, actor.id, 1, at=decided_at)
    await audit.record(
        case.community_id, get_member_id(actor), f"review.{decision.verdict.value.lower()}", subject="submission",
        subject_id=case.revision_ids[0], case_id=case.id, revision_id=case.revision_id, scores=given,
        recommended=decision.recommended, **detail,
    )  # fmt: skip


async def _notify_author(case: CaseRow, decision: Decision) -> None:
    await notify_member(
        case.community_id,
        case.author_id,
        kind=NoticeKind.SUBMISSION_RECOMMENDED
        if decision.recommended
        else {
            Verdict.APPROVED: NoticeKind.SUBMISSION_APPROVED,
            Verdict.RETURNED: NoticeKind.SUBMISSION_RETURNED,
            Verdict.REJECTED: NoticeKind.SUBMISSION_REJECTED,
        }[decision.verdict],
        key=f"case:{case.id}",
        detail={"submission": case.revision_ids[0]},
    )
