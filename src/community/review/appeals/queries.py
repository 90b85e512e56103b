"""Reads of appeals and reports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from community.kernel import db
from community.kernel.listing import Listing
from community.kernel.paging import Page, PageRequest
from community.kernel.tables import row_of
from community.review.appeals.models import (
    Appeal,
    AppealedAction,
    AppealState,
    Report,
    ReportCategory,
    ReportState,
)
from community.review.models import ThingKind

MAX_TEXTS = 5
"""The texts of reports of one category that a case shows."""


@row_of(Appeal)
class AppealRow(db.Row):
    """An appeal. `answered_by` is None for the operator."""

    id: int
    community_id: int
    case_id: int
    author_id: int
    subject: AppealedAction
    subject_id: int
    text: str
    state: AppealState
    answer: str | None
    answered_by: int | None
    created_at: datetime
    answered_at: datetime | None


@row_of(Report)
class ReportRow(db.Row):
    """A report. `case_id` is None if it was decided before."""

    id: int
    community_id: int
    case_id: int | None
    reporter_id: int
    submission_id: int | None
    revision_id: int | None
    thing: ThingKind | None
    thing_id: int | None
    thing_revision: int | None
    category: ReportCategory
    text: str | None
    state: ReportState
    created_at: datetime
    answered_at: datetime | None


@dataclass(slots=True)
class ReportGroup:
    """The reports of a case with one category, and some of their texts."""

    category: ReportCategory
    count: int
    texts: list[str]


@dataclass(slots=True)
class _GroupedRow:
    case_id: int
    category: ReportCategory
    count: int
    text: str | None


@dataclass(slots=True)
class _ReporterRow:
    case_id: int
    reporter_id: int


APPEAL_COLUMNS = db.columns(AppealRow)
REPORT_COLUMNS = db.columns(ReportRow)
_APPEAL = db.Select(f"SELECT {APPEAL_COLUMNS} FROM appeal WHERE id = ANY($1)", AppealRow)
_APPEALS_OF_CASES = db.Select(f"SELECT {APPEAL_COLUMNS} FROM appeal WHERE case_id = ANY($1)", AppealRow)
_APPEALS_ABOUT = db.Select(
    f"SELECT {APPEAL_COLUMNS} FROM appeal WHERE community_id = ANY($1) AND subject = $2 AND subject_id = ANY($3)"
    " AND state <> 'ENDED'",
    AppealRow,
)
_OWN_APPEALS = Listing(f"SELECT {APPEAL_COLUMNS} FROM appeal WHERE author_id = $1", AppealRow, newest_first=True)
_REPORT = db.Select(f"SELECT {REPORT_COLUMNS} FROM report WHERE id = $1", ReportRow)
_OWN_REPORTS = Listing(f"SELECT {REPORT_COLUMNS} FROM report WHERE reporter_id = $1", ReportRow, newest_first=True)
_REPORTERS = db.Select(
    "SELECT case_id, reporter_id FROM report WHERE case_id = ANY($1) AND reporter_id = ANY($2)", _ReporterRow
)
_GROUPED = db.Select(
    "SELECT case_id, category, count, text FROM (SELECT case_id, category, text,"
    " count(*) OVER (PARTITION BY case_id, category) AS count, row_number() OVER (PARTITION BY case_id, category"
    " ORDER BY CASE WHEN text IS NULL THEN 1 ELSE 0 END, id DESC) AS place FROM report WHERE case_id = ANY($1)"
    f" AND case_id IS NOT NULL) AS numbered WHERE place <= {MAX_TEXTS} ORDER BY case_id, count DESC, category, place",
    _GroupedRow,
)


async def find_appeal(appeal_id: int) -> AppealRow | None:
    """Return the appeal, or None. The caller checks who may know of it."""
    return (await find_appeals([appeal_id]))[0]


async def find_appeals(appeal_ids: Sequence[int]) -> list[AppealRow | None]:
    """Return the appeal of each id, in order, or None."""
    return db.in_order_or_none(await _APPEAL.all(list(appeal_ids)), appeal_ids)


async def find_appeals_of_cases(case_ids: Sequence[int]) -> list[AppealRow | None]:
    """Return the appeal of each case, in order. None stands for a case of another kind."""
    return db.in_order_or_none(await _APPEALS_OF_CASES.all(list(case_ids)), case_ids, by="case_id")


async def find_appeals_about(
    community_ids: Sequence[int], subject: AppealedAction, subject_ids: Sequence[int]
) -> list[AppealRow | None]:
    """Return the appeal about each subject of these communities, in order, or None.

    An appeal that ended without an answer does not count.
    """
    rows = await _APPEALS_ABOUT.all(list(set(community_ids)), subject, list(subject_ids))
    return db.in_order_or_none(rows, subject_ids, by="subject_id")


async def list_own_appeals(membership_id: int, request: PageRequest) -> Page[AppealRow]:
    """Return a page of a member's appeals, newest first."""
    return await _OWN_APPEALS.page(request, membership_id)


async def find_report(report_id: int) -> ReportRow | None:
    """Return the report, or None. Only its reporter may know of it."""
    return await _REPORT.first(report_id)


async def list_own_reports(membership_id: int, request: PageRequest) -> Page[ReportRow]:
    """Return a page of a member's reports, newest first."""
    return await _OWN_REPORTS.page(request, membership_id)


async def list_reporters(case_ids: Sequence[int], member_ids: Sequence[int]) -> set[tuple[int, int]]:
    """Return the pairs of a case and one of these members who reported it.

    Only this member may learn of it.
    """
    rows = await _REPORTERS.all(list(case_ids), list(member_ids)) if case_ids else []
    return {(row.case_id, row.reporter_id) for row in rows}


async def list_report_groups(case_ids: Sequence[int]) -> list[list[ReportGroup]]:
    """Return the reports of each case by category, the most frequent first."""
    groups: dict[int, dict[ReportCategory, ReportGroup]] = {case_id: {} for case_id in case_ids}
    for row in await _GROUPED.all(list(case_ids)):
        group = groups[row.case_id].setdefault(row.category, ReportGroup(row.category, row.count, []))
        if row.text is not None:
            group.texts.append(row.text)
    return [list(groups[case_id].values()) for case_id in case_ids]
