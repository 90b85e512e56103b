"""Verbs of the review: receive what was submitted, and decide on it.

What a decision promises commits together: the verdict, the publication, the award, the audit row. Boards follow.
"""

from __future__ import annotations

from typing import Any

from community.communities.queries import MemberRow, find_inviter, get_members
from community.consent import consents
from community.consent.models import ConsentPurpose
from community.kernel import audit, clock, db
from community.kernel.enumerations import require_each
from community.kernel.errors import Conflict
from community.media import queries as media
from community.media.models import MediaState
from community.points import journal as points
from community.points.earning.earn import count_approval, earn
from community.points.earning.models import Trigger
from community.points.earning.rules import BUILT_IN, Facts
from community.review import rules
from community.review.errors import AuthorDisagrees, OwnSubmission
from community.review.models import Verdict
from community.review.queries import COLUMNS, CaseRow, get_case
from community.submissions import queries as submission_queries
from community.submissions import rules as notes
from community.submissions import service as submissions
from community.submissions.models import SubmissionKind, SubmissionState
from community.submissions.queries import SubmissionRow

require_each(SubmissionKind, BUILT_IN[Trigger.SUBMISSION_APPROVED].by_kind)

_SUPERSEDE = db.Change(
    "UPDATE review_case SET state = 'SUPERSEDED', version = version + 1, closed_at = $2"
    " WHERE submission_id = $1 AND state = 'OPEN' AND NOT (revision_id = ANY($3)) RETURNING id",
    db.Id,
)
_OPEN = db.Change(
    "INSERT INTO review_case (community_id, submission_id, revision_id, author_id, state, opened_at, due_at)"
    " VALUES ($1, $2, $3, $4, 'OPEN', $5, $6)"
    " ON CONFLICT (community_id, submission_id) WHERE state = 'OPEN' DO NOTHING RETURNING id",
    db.Id,
)
_DECIDE = db.Change(
    "UPDATE review_case SET state = 'DECIDED', version = version + 1, closed_at = $4"
    f" WHERE community_id = $1 AND id = $2 AND version = $3 AND state = 'OPEN' RETURNING {COLUMNS}",
    CaseRow,
)


@db.transactional
async def sync_cases(submission_id: int) -> None:
    """Bring the cases of a submission in line with where it stands now. Doing it again changes nothing.

    What is pending screening goes into review and gets a case for its latest revision; open cases of any other
    revision, and of what is not in review any more, are superseded. It stays pending while its pictures are worked on,
    and goes back to its author when one of them cannot be used. No automatic check stands before the leader yet.
    """
    # Held from here on: a job that was slow must not judge by what it read before an edit or a decision.
    await submission_queries.lock(submission_id)
    row = (await submission_queries.get_by_ids([submission_id]))[0]
    if row.state is SubmissionState.PENDING_SCREENING:
        row = await _screen(row) or row
    now = clock.now()
    waiting = []
    if row.state is SubmissionState.IN_REVIEW:
        waiting = await submission_queries.get_revisions([(row.id, row.latest_revision)])
    await _SUPERSEDE.all(row.id, now, [revision.id for revision in waiting])
    for revision in waiting:
        await _OPEN.first(row.community_id, row.id, revision.id, row.author_id, now, now + rules.FIRST_ANSWER_DEADLINE)


async def _screen(row: SubmissionRow) -> SubmissionRow | None:
    """The submission in review, or back with its author; None while its pictures are not ready."""
    pictures = await media.get_by_ids(await submission_queries.list_revision_media_ids(row.id, row.latest_revision))
    refused = [(number, picture.refusal) for number, picture in enumerate(pictures, 1) if picture.refusal is not None]
    if refused:
        return await submissions.send_back(row.id, note=rules.format_refused_pictures(refused))
    if any(picture.state is MediaState.PROCESSING for picture in pictures):
        return None
    return await submissions.start_review(row.id)


@db.transactional
async def approve(
    actor: MemberRow,
    case_id: int,
    *,
    version: int,
    scores: rules.Scores,
    recommended: bool | None = None,
    note: str | None = None,
) -> CaseRow:
    """Publish the case's revision and thank its author: once a submission, by kind and scores.

    Raises LeadersOnly, NotFound, OwnSubmission, AuthorDisagrees, InvalidInput, and Conflict when the case or the
    submission has moved on; nothing is changed then.
    """
    case = await _close_case(actor, case_id, version=version)
    await _require_author_consent(case)
    marked = rules.decide_recommended(scores, requested=recommended)
    note = None if note is None else notes.normalise_note(note, path="note")
    row = await submissions.publish(
        case.community_id, case.submission_id, revision_id=case.revision_id, recommended=marked, note=note
    )
    await _write_decision(actor, case, Verdict.APPROVED, scores=scores, recommended=marked, reason=note)
    await _award_points(actor, case, row, scores=scores)
    return case


@db.transactional
async def send_back(actor: MemberRow, case_id: int, *, version: int, what_to_change: str) -> CaseRow:
    """Return the case's revision to its author, who may change it and submit it again. Raises as `approve` does."""
    case = await _close_case(actor, case_id, version=version)
    return await _refuse(
        actor, case, Verdict.RETURNED, reason=notes.normalise_note(what_to_change, path="whatToChange")
    )


@db.transactional
async def reject(actor: MemberRow, case_id: int, *, version: int, reason: str) -> CaseRow:
    """Reject the case's revision for good, for a reason that its author reads. Raises as `approve` does."""
    case = await _close_case(actor, case_id, version=version)
    return await _refuse(actor, case, Verdict.REJECTED, reason=notes.normalise_note(reason, path="reason"))


async def _refuse(actor: MemberRow, case: CaseRow, verdict: Verdict, *, reason: str) -> CaseRow:
    state = SubmissionState.RETURNED if verdict is Verdict.RETURNED else SubmissionState.REJECTED
    await submissions.refuse(
        case.community_id, case.submission_id, revision_id=case.revision_id, state=state, note=reason
    )
    await _write_decision(actor, case, verdict, scores=None, recommended=False, reason=reason)
    await _award_reviewer(actor, case)
    return case


async def _close_case(actor: MemberRow, case_id: int, *, version: int) -> CaseRow:
    case = await get_case(actor, case_id)
    if case.author_id == actor.id:
        raise OwnSubmission
    await submission_queries.lock(case.submission_id)
    closed = await _DECIDE.first(case.community_id, case.id, version, clock.now())
    if closed is None:
        raise Conflict("This case has been decided or overtaken by an edit meanwhile.", path=("version",))
    return closed


async def _require_author_consent(case: CaseRow) -> None:
    """Behind the submission's lock: a consent that is withdrawn meanwhile finds it published, and takes it back."""
    (author,) = await get_members([case.author_id])
    if not await consents.has_consent(author.person_id, ConsentPurpose.PUBLICATION):
        raise AuthorDisagrees


async def _award_points(actor: MemberRow, case: CaseRow, row: SubmissionRow, *, scores: rules.Scores) -> None:
    """Pay whoever the approval pays: the author, the leader who read it, and who invited the author."""
    cause = f"submission:{row.id}"
    inviter_id = await _find_inviter_to_award(row)
    await points.lock_accounts(
        row.community_id, [row.author_id, actor.id, *([] if inviter_id is None else [inviter_id])]
    )
    given = Facts(kind=row.kind.value, scores=(scores.authenticity, scores.usefulness, scores.resonance))
    approved, marked = Trigger.SUBMISSION_APPROVED, Trigger.SUBMISSION_RECOMMENDED
    await earn(row.community_id, row.author_id, approved, cause=cause, source_key=f"{cause}:approved", facts=given)
    if row.recommended:
        await earn(row.community_id, row.author_id, marked, cause=cause, source_key=f"{cause}:recommended", facts=given)
    await _award_reviewer(actor, case)
    if row.published_at == row.updated_at:
        await count_approval(row.community_id, row.author_id)
    if inviter_id is not None:
        await earn(
            row.community_id, inviter_id, Trigger.INVITATION, cause=cause, source_key=f"invitation:{row.author_id}"
        )


async def _award_reviewer(actor: MemberRow, case: CaseRow) -> None:
    """Pay for the reading, whatever was decided and becomes of the submission: it has a cause of its own."""
    cause = f"review:{case.id}"
    await earn(case.community_id, actor.id, Trigger.REVIEW_DONE, cause=cause, source_key=cause)


async def _find_inviter_to_award(row: SubmissionRow) -> int | None:
    """Who invited the author, when this is the first publication of theirs; a leader, whose work it is, is not paid."""
    is_first = row.published_at == row.updated_at
    if not is_first or await submission_queries.count_published(row.community_id, row.author_id) != 1:
        return None
    inviter = await find_inviter(row.author_id)
    return None if inviter is None or inviter.is_leader else inviter.id


async def _write_decision(
    actor: MemberRow,
    case: CaseRow,
    verdict: Verdict,
    *,
    scores: rules.Scores | None,
    recommended: bool,
    reason: str | None,
) -> None:
    given: tuple[Any, ...] = (
        (scores.authenticity, scores.usefulness, scores.resonance) if scores else (None, None, None)
    )
    await db.execute(
        "INSERT INTO review_decision (community_id, case_id, decided_by, verdict, authenticity, usefulness, resonance,"
        " recommended, reason, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        case.community_id, case.id, actor.id, verdict, *given, recommended, reason, clock.now(),
    )  # fmt: skip
    await audit.record(
        case.community_id, actor.id, f"review.{verdict.value.lower()}", subject="submission",
        subject_id=case.submission_id, case_id=case.id, revision_id=case.revision_id, scores=given,
        recommended=recommended,
    )  # fmt: skip
