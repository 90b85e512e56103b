"""Export and erasure of decisions by a person and about their submissions."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

from community.kernel import db
from community.kernel.ddl import REDACTED
from community.kernel.personal import DataSubject, ErasureContent, ExportFile, Part
from community.review.queries import DECISIONS_SQL, DecisionContent
from community.settings import Settings
from community.submissions import personal as submissions


@dataclass(slots=True)
class _DecisionRow(DecisionContent):
    """A decision without the leader, who is another person to the author."""

    id: int
    community_id: int
    case_id: int
    submission_id: int


@dataclass(slots=True)
class _CaseRow:
    id: int
    community_id: int
    submission_id: int
    revision_id: int
    state: str
    version: int
    opened_at: datetime
    due_at: datetime
    closed_at: datetime | None


_CASES = db.Select(
    f"SELECT {db.columns(_CaseRow)} FROM review_case WHERE author_id = ANY($1) ORDER BY id",
    _CaseRow,
)
_DECISIONS = f"SELECT {db.columns(_DecisionRow, 'd', submission_id='c.submission_id')}{DECISIONS_SQL}"
_DECISIONS_BY_MEMBER = db.Select(f"{_DECISIONS} WHERE d.decided_by = ANY($1) ORDER BY d.id", _DecisionRow)
_DECISIONS_ABOUT_MEMBER = db.Select(f"{_DECISIONS} WHERE c.author_id = ANY($1) ORDER BY d.id", _DecisionRow)


async def export(settings: Settings, subject: DataSubject) -> AsyncIterator[ExportFile]:
    """Yield cases and decisions about the person's submissions, and their own decisions."""
    del settings
    yield ExportFile.from_rows("cases.json", await _CASES.all(subject.membership_ids))
    yield ExportFile.from_rows("decisions_about_me.json", await _DECISIONS_ABOUT_MEMBER.all(subject.membership_ids))
    yield ExportFile.from_rows("decisions_by_me.json", await _DECISIONS_BY_MEMBER.all(subject.membership_ids))


async def erase(subject: DataSubject, content: ErasureContent) -> None:
    """Redact the reasons given to the person.

    With REMOVE the reasons that the person gave are redacted too. Verdicts and scores stay.
    """
    decisions = await _DECISIONS_ABOUT_MEMBER.all(subject.membership_ids)
    if content is ErasureContent.REMOVE:
        given = await _DECISIONS_BY_MEMBER.all(subject.membership_ids)
        # A submission keeps the last reason as its note to the author.
        texts = [row.reason for row in given if row.reason is not None and row.reason != REDACTED]
        if texts:
            await submissions.redact_matching_notes([row.submission_id for row in given], texts)
        decisions += given
    await db.execute(
        f"UPDATE review_decision SET reason = '{REDACTED}'"
        f" WHERE id = ANY($1) AND reason IS NOT NULL AND reason <> '{REDACTED}'",
        [row.id for row in decisions],
    )


PART = Part("review", export, erase)
