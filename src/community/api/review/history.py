"""The history of a review case in the graph."""

from __future__ import annotations

from community.api.communities.types import load_optional_members
from community.api.context import Info
from community.api.declare import batched, declare_enum, field, related, type_over
from community.kernel import db
from community.kernel.paging import Page, PageRequest
from community.review import history
from community.review.appeals.queries import find_appeals
from community.review.history import HistoryKind, HistoryRow
from community.review.queries import CaseRow, find_cases, find_decisions_by_ids
from community.review.screening.queries import ScreeningRow, find_of_revisions
from community.submissions import queries as submissions
from community.submissions import restoration
from community.submissions.queries import RevisionRow
from community.submissions.rules import AUTHOR_ONLY_STATES

declare_enum(
    HistoryKind,
    name="ReviewHistoryKind",
    values={
        "SENT": "The author sent a revision, and its screening began.",
        "OPENED": "A case was opened.",
        "AHEAD": "It was published before a leader looked, because its author is trusted.",
        "REPORTED": "A resident reported it.",
        "APPEALED": "The author appealed.",
        "CLAIMED": "A leader claimed a case.",
        "RELEASED": "A leader ended the claim.",
        "HANDED_OVER": "A leader handed a case over.",
        "ESCALATED": "A leader escalated a case.",
        "OPINION": "A leader approved a revision that needs two leaders.",
        "DECIDED": "A leader decided about a revision.",
        "SUPERSEDED": "A case was closed by an edit, a withdrawal or a removal.",
        "CLOSED": "A leader closed a case about reports, a comment or a complaint.",
        "APPEAL_ANSWERED": "An appeal was granted, denied or ended.",
        "HIDDEN": "A leader hid the comment.",
        "SHOWN": "The comment was shown again.",
        "REMOVED": "A leader removed the submission.",
        "RESTORED": "The submission was restored.",
    },
)


async def list_entries(case: CaseRow, request: PageRequest, info: Info) -> Page[HistoryRow]:
    """Return a page of the history of a case. The first pages of several cases are read together."""
    if request.after is not None:
        return await history.list_history(case, request)
    found: Page[HistoryRow] = await info.context.load(_load_first_pages, case, info, first=request.first)
    return found


async def _load_first_pages(cases: list[CaseRow], info: Info, *, first: int) -> list[Page[HistoryRow]]:
    by_id = {case.id: case for case in cases}

    async def count(case_id: int) -> db.Count:
        found: db.Count = await info.context.load(_load_counts, by_id[case_id], info)
        return found

    pages = await history.list_first_pages(by_id, PageRequest(first), count=count)
    return [pages[case.id] for case in cases]


async def _load_counts(cases: list[CaseRow], info: Info) -> list[db.Count]:
    del info
    found = await history.count_all({case.id for case in cases})
    return [found[case.id] for case in cases]


async def _list_known(submission_ids: list[int], info: Info) -> list[bool]:
    """Return False for each submission that only its author may know of."""
    del info
    return [row.state not in AUTHOR_ONLY_STATES for row in await submissions.get_by_ids(submission_ids)]


async def _load_revision_ids(rows: list[HistoryRow], info: Info) -> list[int | None]:
    """Return the revision of each entry, or None if it is its author's alone."""
    about = sorted({row.submission_id for row in rows if row.submission_id is not None})
    known = dict(zip(about, await info.context.load_once(_list_known, about, info), strict=True)) if about else {}
    return [row.revision_id if known.get(row.submission_id or 0, False) else None for row in rows]


@type_over(HistoryRow)
class ReviewHistoryEntry:
    """One entry of the history of a submission, comment or other case."""

    kind = field(description="What happened.")
    happened_at = field(description="Time.")
    category = field(description="Ground of a report. Null for other kinds.")
    text = field(description="Text of a report, or note of an escalation. Null without one.")
    member = related(
        load_optional_members, "member_id", "Member who did it. Null for the service, the operator and who reported."
    )
    to = related(load_optional_members, "to_id", "Leader to whom the case was handed over. Null for other kinds.")
    review_case = related(find_cases, "case_id", "Review case. Null where it belongs to none.")
    decision = related(find_decisions_by_ids, "decision_id", "Decision. Null for other kinds.")
    appeal = related(find_appeals, "appeal_id", "Appeal. Null for other kinds.")
    removal = related(restoration.find_many, "removal_id", "Removal. Null for other kinds.")

    @batched
    async def revision(rows: list[HistoryRow], info: Info) -> list[RevisionRow | None]:
        """Revision that it is about. Null where it is about none, and once its author has withdrawn the submission."""
        shown = await _load_revision_ids(rows, info)
        found = await submissions.get_revisions_by_ids(sorted({number for number in shown if number is not None}))
        by_id = {each.id: each for each in found}
        return [None if number is None else by_id[number] for number in shown]

    @batched
    async def screening(rows: list[HistoryRow], info: Info) -> list[ScreeningRow | None]:
        """Screening of a sent revision. Null for other kinds, and where `revision` is null."""
        shown = await _load_revision_ids(rows, info)
        sent = [number if row.kind is HistoryKind.SENT else None for row, number in zip(rows, shown, strict=True)]
        return await find_of_revisions([row.community_id for row in rows], sent)
