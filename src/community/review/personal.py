"""Export and erasure of decisions by a person and about their submissions."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

from community.communities.permissions import Actor
from community.kernel import clock, db
from community.kernel.ddl import REDACTED
from community.kernel.personal import DataSubject, ErasureContent, ExportFile, Part, omit_others, own_rows
from community.kernel.tables import pick
from community.review import case_words
from community.review.agreement.opinions import OpinionRow
from community.review.appeals import personal as appeals
from community.review.complaints import service as complaints
from community.review.complaints.queries import ComplaintRow, list_messages_of
from community.review.models import ReviewCase
from community.review.queries import DECISIONS_SQL, DecisionContent, ReasonRow
from community.review.screening.models import Screening
from community.review.templates import TemplateRow
from community.settings import Settings
from community.submissions import personal as submissions
from community.submissions import removal, retention
from community.submissions.queries import SubmissionRow


@dataclass(slots=True)
class _DecisionRow(DecisionContent):
    """A decision without the leader, who is another person to the author."""

    id: int
    community_id: int
    case_id: int
    submission_id: int


_SCREENINGS = own_rows(
    "screenings.json",
    pick(Screening, "community_id submission_id revision_id state verdict started_at deadline_at checked_at done_at"),
    by="author_id",
)
_CASES = pick(
    ReviewCase,
    "id community_id kind submission_id revision_id thing thing_id thing_revision state"
    " version opened_at due_at solve_due_at answered_at closed_at"
    " escalated_at",
)
_ESCALATIONS = pick(ReviewCase, "id community_id escalated_by escalated_at escalation_note")
_REASONS_ABOUT_MEMBER = db.Select(
    f"SELECT {db.columns(ReasonRow, 'r')} FROM case_reason r JOIN review_case c ON c.id = r.case_id"
    " WHERE c.author_id = ANY($1) ORDER BY r.id",
    ReasonRow,
)
_DECISIONS = f"SELECT {db.columns(_DecisionRow, 'd', submission_id='c.submission_id')}{DECISIONS_SQL}"
_DECISIONS_BY_MEMBER = db.Select(f"{_DECISIONS} WHERE d.decided_by = ANY($1) ORDER BY d.id", _DecisionRow)
_DECISIONS_ABOUT_MEMBER = db.Select(f"{_DECISIONS} WHERE c.author_id = ANY($1) ORDER BY d.id", _DecisionRow)

_REDACT_ESCALATION = f"UPDATE review_case SET escalation_note = '{REDACTED}' WHERE escalation_note IS NOT NULL"
_REDACT_ESCALATIONS_BY = db.Change(f"{_REDACT_ESCALATION} AND escalated_by = ANY($1) RETURNING id", db.Id)
_REDACT_ESCALATIONS_ABOUT = db.Change(f"{_REDACT_ESCALATION} AND author_id = ANY($1) RETURNING id", db.Id)
_REDACT_ESCALATIONS_OF = db.Change(f"{_REDACT_ESCALATION} AND submission_id = $1 RETURNING id", db.Id)
_DELETE_TEMPLATES = db.Change(
    f"UPDATE reason_template SET text = '{REDACTED}', deleted_at = COALESCE(deleted_at, $2)"
    f" WHERE written_by = ANY($1) AND text <> '{REDACTED}' RETURNING id",
    db.Id,
)
_ABOUT_SUBMISSION = db.Select(f"SELECT d.id{DECISIONS_SQL} WHERE c.submission_id = $1", db.Id)


async def export(settings: Settings, subject: DataSubject) -> AsyncIterator[ExportFile]:
    """Yield the decisions about the person's submissions, their own, and messages of complaints."""
    del settings
    yield ExportFile.from_rows("decisions_about_me.json", await _DECISIONS_ABOUT_MEMBER.all(subject.membership_ids))
    yield ExportFile.from_rows("case_reasons.json", await _REASONS_ABOUT_MEMBER.all(subject.membership_ids))
    messages = omit_others(await list_messages_of(subject.membership_ids), subject.membership_ids, "author_id")
    yield ExportFile.from_rows("complaint_messages.json", messages)
    yield ExportFile.from_rows("decisions_by_me.json", await _DECISIONS_BY_MEMBER.all(subject.membership_ids))


async def erase(subject: DataSubject, content: ErasureContent) -> None:
    """Redact the reasons given to the person. Redact and end the person's complaints.

    With REMOVE the words that the person wrote as a leader are redacted too. Verdicts and scores stay. What the
    screening found in the person's words is deleted.
    """
    await db.execute("UPDATE screening SET findings = '[]' WHERE author_id = ANY($1)", subject.membership_ids)
    decisions = await _DECISIONS_ABOUT_MEMBER.all(subject.membership_ids)
    if content is ErasureContent.REMOVE:
        given = await _DECISIONS_BY_MEMBER.all(subject.membership_ids)
        # A submission keeps the last reason as its note to the author.
        texts = [row.reason for row in given if row.reason is not None and row.reason != REDACTED]
        if texts:
            await submissions.redact_matching_notes([row.submission_id for row in given], texts)
        decisions += given
        await _REDACT_ESCALATIONS_BY.all(subject.membership_ids)
        await _DELETE_TEMPLATES.all(subject.membership_ids, clock.now())
    await case_words.erase(subject.membership_ids)
    await complaints.erase(subject.membership_ids)
    if content is ErasureContent.REMOVE:
        await complaints.redact_written(subject.membership_ids)
    await _redact_reasons([row.id for row in decisions])
    await _REDACT_ESCALATIONS_ABOUT.all(subject.membership_ids)


@db.transactional
async def erase_submission(actor: Actor, submission_id: int, *, version: int) -> SubmissionRow:
    """Erase the actor's own submission, and the reasons that leaders gave for it. Return it.

    A reason may quote the submission. Verdicts and scores stay, without what the screening found. Idempotent: an
    erased submission stays unchanged.
    Raises NotFound, AuthorsOnly, Conflict.
    """
    row = await removal.erase(actor, submission_id, version=version)
    await db.execute("UPDATE screening SET findings = '[]' WHERE submission_id = $1", row.id)
    await _redact_reasons([decision.id for decision in await _ABOUT_SUBMISSION.all(row.id)])
    await _REDACT_ESCALATIONS_OF.all(row.id)
    await case_words.erase_submissions([row.id])
    await appeals.redact_about(row.id)
    return row


@db.transactional
async def redact_old_texts(before: datetime) -> int:
    """Redact up to 200 old submissions, and remove the words of their cases. Return the number redacted.

    These were withdrawn or removed before `before`. Call it until it returns 0.
    """
    redacted = await retention.redact_old_texts(before)
    if redacted:
        await case_words.erase_submissions(redacted)
    return len(redacted)


async def _redact_reasons(decision_ids: list[int]) -> None:
    await db.execute(
        f"UPDATE review_decision SET reason = '{REDACTED}'"
        f" WHERE id = ANY($1) AND reason IS NOT NULL AND reason <> '{REDACTED}'",
        decision_ids,
    )


PART = Part(
    room="review",
    own=(
        own_rows("cases.json", _CASES, by="author_id"),
        _SCREENINGS,
        own_rows("escalations.json", _ESCALATIONS, by="escalated_by"),
        own_rows("opinions.json", OpinionRow, by="given_by"),
        own_rows("reason_templates.json", TemplateRow, by="written_by"),
        own_rows("complaints.json", ComplaintRow, by="membership_id"),
    ),
    export=export,
    erase=erase,
)
