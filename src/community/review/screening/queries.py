"""Reads of screenings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from community.kernel import clock, db
from community.kernel.tables import row_of
from community.review.screening.models import Screening, ScreeningState
from community.safety.checks import sort_findings
from community.safety.facts import Finding, Level, Verdict

SUBJECT_KIND = "revision"
MAX_DURATION = timedelta(minutes=45)
"""Time after which a leader looks at a revision whose screening has not ended."""
_GRACE = timedelta(minutes=5)
"""Time that the scheduled job has for it."""


@row_of(Screening)
class ScreeningRow:
    """A screening. `verdict` is None until its end."""

    id: int
    community_id: int
    submission_id: int
    revision_id: int
    author_id: int
    state: ScreeningState
    verdict: Verdict | None
    findings: list[dict[str, Any]]
    started_at: datetime
    deadline_at: datetime
    checked_at: datetime | None
    done_at: datetime | None

    @property
    def revision_ids(self) -> tuple[int, int]:
        """The submission and the revision."""
        return self.submission_id, self.revision_id

    @property
    def subject(self) -> str:
        """The name of the revision for the checks by the platform."""
        return f"{SUBJECT_KIND}:{self.revision_id}"

    def list_findings(self) -> list[Finding]:
        """Return the findings, the worst first."""
        return sort_findings(Finding.from_json(found) for found in self.findings)

    def list_masks(self) -> list[tuple[str, int, int]]:
        """Return the places that others see as stars: field, start and end."""
        return [
            (found.place.field, found.place.start, found.place.end)
            for found in self.list_findings()
            if found.level is Level.MASK and found.place is not None
        ]


COLUMNS = db.columns(ScreeningRow)
_ONE = db.Select(f"SELECT {COLUMNS} FROM screening WHERE id = $1", ScreeningRow)
_OF_REVISIONS = db.Select(
    f"SELECT {COLUMNS} FROM screening WHERE community_id = ANY($1) AND revision_id = ANY($2)", ScreeningRow
)
_OF_SUBMISSION = db.Select(f"SELECT {COLUMNS} FROM screening WHERE submission_id = $1 ORDER BY id", ScreeningRow)
_COUNT_OVERDUE = db.Select(
    "SELECT count(*) AS count FROM submission WHERE state = 'PENDING_SCREENING' AND updated_at <= $1", db.Count
)
_OF_REVISION = db.Select(
    "SELECT s.id FROM screening s JOIN submission_revision r ON r.community_id = s.community_id"
    " AND r.id = s.revision_id WHERE r.id = $1",
    db.Id,
)


async def find(screening_id: int) -> ScreeningRow | None:
    """Return the screening, or None."""
    return await _ONE.first(screening_id)


async def find_id(revision_id: int) -> int | None:
    """Return the id of the screening of a revision, or None."""
    row = await _OF_REVISION.first(revision_id)
    return None if row is None else row.id


async def find_of_revisions(
    community_ids: Sequence[int], revision_ids: Sequence[int | None]
) -> list[ScreeningRow | None]:
    """Return the screening of each revision, in order. None stands for one that was never screened."""
    rows = await _OF_REVISIONS.all(list(set(community_ids)), list(set(revision_ids) - {None}))
    return db.in_order_or_none(rows, revision_ids, by="revision_id")


async def list_of_submission(submission_id: int) -> list[ScreeningRow]:
    """Return the screenings of a submission, the oldest first."""
    return await _OF_SUBMISSION.all(submission_id)


async def count_overdue() -> int:
    """Return the number of submissions whose screening should have ended."""
    return (await _COUNT_OVERDUE.one(clock.now() - MAX_DURATION - _GRACE)).count
