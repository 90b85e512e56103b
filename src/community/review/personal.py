"""The review's part in a person's rights: what they decided, and what was decided about what they wrote."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

from community.kernel import db
from community.kernel.ddl import REDACTED
from community.kernel.personal import DataSubject, ErasureContent, ExportFile, Part
from community.settings import Settings
from community.submissions import personal as submissions


@dataclass(slots=True)
class _DecisionRow:
    id: int
    community_id: int
    case_id: int
    submission_id: int
    verdict: str
    authenticity: int | None
    usefulness: int | None
    resonance: int | None
    recommended: bool
    reason: str | None
    created_at: datetime


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
_DECISIONS = (
    f"SELECT {db.columns(_DecisionRow, 'd', submission_id='c.submission_id')} FROM review_decision d"
    " JOIN review_case c ON c.id = d.case_id"
)
_DECISIONS_BY_MEMBER = db.Select(f"{_DECISIONS} WHERE d.decided_by = ANY($1) ORDER BY d.id", _DecisionRow)
_DECISIONS_ABOUT_MEMBER = db.Select(f"{_DECISIONS} WHERE c.author_id = ANY($1) ORDER BY d.id", _DecisionRow)


async def export(settings: Settings, subject: DataSubject) -> AsyncIterator[ExportFile]:
    """How what the person wrote was looked at, decisions on it, and those that they made on others' submissions."""
    del settings
    yield ExportFile.from_rows("cases.json", await _CASES.all(subject.membership_ids))
    yield ExportFile.from_rows("decisions_about_me.json", await _DECISIONS_ABOUT_MEMBER.all(subject.membership_ids))
    yield ExportFile.from_rows("decisions_by_me.json", await _DECISIONS_BY_MEMBER.all(subject.membership_ids))


async def erase(subject: DataSubject, content: ErasureContent) -> None:
    """Take out the reasons that they were given; with REMOVE those that they gave, too. What was decided stays."""
    reasons = await _DECISIONS_ABOUT_MEMBER.all(subject.membership_ids)
    if content is ErasureContent.REMOVE:
        given = await _DECISIONS_BY_MEMBER.all(subject.membership_ids)
        told = [row.reason for row in given if row.reason is not None and row.reason != REDACTED]
        if told:
            await submissions.redact_notes([row.submission_id for row in given], matching=told)
        reasons += given
    await db.execute(
        f"UPDATE review_decision SET reason = '{REDACTED}'"
        f" WHERE id = ANY($1) AND reason IS NOT NULL AND reason <> '{REDACTED}'",
        [row.id for row in reasons],
    )


PART = Part("review", export, erase)
