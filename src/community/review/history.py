"""The history of a case: what happened to its submission or thing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Any

from community.kernel import db
from community.kernel.audit_actions import AuditAction
from community.kernel.listing import Listing
from community.kernel.paging import LIMIT_SIZES, MAX_COUNT, Page, PageRequest
from community.review.appeals.models import ReportCategory
from community.review.models import CaseKind, ThingKind
from community.review.queries import CaseRow


class HistoryKind(StrEnum):
    """Kind of what happened. The order is that of entries with the same time."""

    SENT = "SENT"
    OPENED = "OPENED"
    AHEAD = "AHEAD"
    REPORTED = "REPORTED"
    APPEALED = "APPEALED"
    CLAIMED = "CLAIMED"
    RELEASED = "RELEASED"
    HANDED_OVER = "HANDED_OVER"
    ESCALATED = "ESCALATED"
    OPINION = "OPINION"
    DECIDED = "DECIDED"
    SUPERSEDED = "SUPERSEDED"
    CLOSED = "CLOSED"
    APPEAL_ANSWERED = "APPEAL_ANSWERED"
    HIDDEN = "HIDDEN"
    SHOWN = "SHOWN"
    REMOVED = "REMOVED"
    RESTORED = "RESTORED"


class HistoryRow(db.Row):
    """One entry of a history. `member_id` is None for the service, the operator and who reported.

    `thing_id` is the id in the table of the kind. `place` orders entries with the same time, and
    `to_id` is the leader to whom a case was handed over.
    """

    kind: HistoryKind
    place: int
    happened_at: datetime
    thing_id: int
    community_id: int
    member_id: int | None
    case_id: int | None
    case_kind: CaseKind | None
    submission_id: int | None
    revision_id: int | None
    category: ReportCategory | None
    text: str | None
    to_id: int | None

    def _get_id_of(self, *kinds: HistoryKind) -> int:
        return self.thing_id if self.kind in kinds else 0

    @property
    def decision_id(self) -> int:
        """Id of the decision, or 0."""
        return self._get_id_of(HistoryKind.DECIDED)

    @property
    def appeal_id(self) -> int:
        """Id of the appeal, or 0."""
        return self._get_id_of(HistoryKind.APPEALED, HistoryKind.APPEAL_ANSWERED)

    @property
    def removal_id(self) -> int:
        """Id of the removal, or 0."""
        return self._get_id_of(HistoryKind.REMOVED, HistoryKind.RESTORED)


_DEFAULTS = {
    **dict.fromkeys(("member_id", "case_id", "submission_id", "revision_id", "to_id"), "CAST(NULL AS BIGINT)"),
    **dict.fromkeys(("case_kind", "category", "text"), "CAST(NULL AS TEXT)"),
}
_OF_CASE = {"case_id": "c.id", "case_kind": "c.kind"} | {
    name: f"c.{name}" for name in ("community_id", "submission_id", "revision_id")
}
_OF_SUBMISSION = {name: f"t.{name}" for name in ("community_id", "submission_id")}
# $1 is the community, $2 the submission of the case or NULL, $3 the case, $4 and $5 its thing or NULL.
_PARAMETERS = ("community_id", "submission_id", "id", "thing", "thing_id")
_WHERE_CASE = "WHERE c.community_id = $1 AND (c.submission_id = $2 OR c.id = $3 OR (c.thing = $4 AND c.thing_id = $5))"
_WHERE_SUBMISSION = "WHERE t.community_id = $1 AND t.submission_id = $2"


def _select(kind: HistoryKind, source: str, happened_at: str, thing_id: str, **given: str) -> str:
    columns = {"happened_at": happened_at, "thing_id": thing_id} | _DEFAULTS | given
    selected = ", ".join(f"{value} AS {name}" for name, value in columns.items())
    return f"SELECT '{kind}' AS kind, {list(HistoryKind).index(kind)} AS place, {selected} FROM {source}"


def _select_events(kind: HistoryKind, action: AuditAction, **given: str) -> str:
    source = (
        "review_case c JOIN audit_event e ON e.community_id = c.community_id AND e.subject = 'review_case'"
        f" AND e.subject_id = c.id {_WHERE_CASE} AND e.action = '{action}'"
    )
    return _select(kind, source, "e.created_at", "e.id", member_id="e.actor_id", **_OF_CASE, **given)


_CASES, _APPEALS = f"review_case c {_WHERE_CASE}", f"review_case c JOIN appeal a ON a.case_id = c.id {_WHERE_CASE}"
_REMOVALS = f"submission_removal t {_WHERE_SUBMISSION}"
_CLOSED_BY = (
    "(SELECT e.actor_id FROM audit_event e WHERE e.community_id = c.community_id"
    " AND e.subject = CASE c.kind WHEN 'COMPLAINT' THEN 'complaint' ELSE COALESCE(lower(c.thing), 'submission') END"
    " AND e.subject_id = COALESCE(c.thing_id, c.submission_id,"
    " (SELECT k.id FROM complaint k WHERE k.case_id = c.id OR k.first_case_id = c.id))"
    f" AND e.action IN ('{AuditAction.REPORT_UPHELD}', '{AuditAction.REPORT_DISMISSED}',"
    f" '{AuditAction.COMMENT_PUBLISH}', '{AuditAction.COMMENT_REFUSE}', '{AuditAction.COMPLAINT_SOLVE}',"
    f" '{AuditAction.ENDORSEMENT_SHOW_NOTE}', '{AuditAction.ENDORSEMENT_REFUSE_NOTE}')"
    " AND CAST(e.detail->>'case_id' AS BIGINT) = c.id ORDER BY e.id LIMIT 1)"
)


def _select_hidings(kind: HistoryKind, action: AuditAction) -> str:
    source = "audit_event e WHERE e.community_id = $1 AND e.subject = lower($4) AND e.subject_id = $5"
    source = f"{source} AND e.action = '{action}'"
    return _select(kind, source, "e.created_at", "e.id", member_id="e.actor_id", community_id="e.community_id")


_PARTS = (
    _select(
        HistoryKind.SENT, f"screening t {_WHERE_SUBMISSION}", "t.started_at", "t.id",
        member_id="t.author_id", revision_id="t.revision_id", **_OF_SUBMISSION,
    ),
    _select(HistoryKind.OPENED, _CASES, "c.opened_at", "c.id", **_OF_CASE),
    _select(
        HistoryKind.AHEAD,
        "review_case c JOIN audit_event e ON e.community_id = c.community_id AND e.subject = 'submission'"
        f" AND e.subject_id = c.submission_id {_WHERE_CASE} AND e.action = '{AuditAction.REVIEW_AHEAD}'"
        " AND CAST(e.detail->>'case_id' AS BIGINT) = c.id", "e.created_at", "e.id", **_OF_CASE,
    ),
    _select(
        HistoryKind.REPORTED,
        "report t WHERE t.community_id = $1 AND (t.submission_id = $2 OR (t.thing = $4 AND t.thing_id = $5))",
        "t.created_at", "t.id",
        case_id="t.case_id", case_kind="'REPORT'", revision_id="t.revision_id", category="t.category", text="t.text",
        **_OF_SUBMISSION,
    ),
    _select(HistoryKind.APPEALED, _APPEALS, "a.created_at", "a.id", member_id="a.author_id", **_OF_CASE),
    _select_events(HistoryKind.CLAIMED, AuditAction.CASE_CLAIM),
    _select_events(HistoryKind.RELEASED, AuditAction.CASE_RELEASE),
    _select_events(
        HistoryKind.HANDED_OVER, AuditAction.CASE_HAND_OVER, to_id="CAST(e.detail->>'to_id' AS BIGINT)"
    ),
    _select_events(HistoryKind.ESCALATED, AuditAction.CASE_ESCALATE, text="c.escalation_note"),
    _select(
        HistoryKind.OPINION,
        "review_case c JOIN review_opinion o ON o.community_id = c.community_id AND o.case_id = c.id"
        f" {_WHERE_CASE}", "o.given_at", "o.id", member_id="o.given_by", **_OF_CASE,
    ),
    _select(
        HistoryKind.DECIDED, f"review_case c JOIN review_decision d ON d.case_id = c.id {_WHERE_CASE}",
        "d.created_at", "d.id", member_id="d.decided_by", **_OF_CASE,
    ),
    _select(HistoryKind.SUPERSEDED, f"{_CASES} AND c.state = 'SUPERSEDED'", "c.closed_at", "c.id", **_OF_CASE),
    _select(
        HistoryKind.CLOSED, f"{_CASES} AND c.state = 'DECIDED' AND c.kind NOT IN ('REVISION', 'APPEAL')",
        "c.closed_at", "c.id", member_id=_CLOSED_BY, **_OF_CASE,
    ),
    _select(
        HistoryKind.APPEAL_ANSWERED, f"{_APPEALS} AND a.answered_at IS NOT NULL",
        "a.answered_at", "a.id", member_id="a.answered_by", **_OF_CASE,
    ),
    _select_hidings(HistoryKind.HIDDEN, AuditAction.COMMENT_HIDE),
    _select_hidings(HistoryKind.SHOWN, AuditAction.COMMENT_RESTORE),
    _select(
        HistoryKind.REMOVED, _REMOVALS, "t.removed_at", "t.id",
        member_id="t.removed_by", **_OF_SUBMISSION,
    ),
    _select(
        HistoryKind.RESTORED, f"{_REMOVALS} AND t.restored_at IS NOT NULL", "t.restored_at", "t.id",
        member_id="t.restored_by", **_OF_SUBMISSION,
    ),
)  # fmt: skip
_HAPPENED = f"FROM ({' UNION ALL '.join(_PARTS)}) AS happened"
_KEYS = {"happened_at": datetime, "place": int, "thing_id": int}
HISTORY = Listing(f"SELECT {db.columns(HistoryRow)} {_HAPPENED} WHERE TRUE", HistoryRow, by=_KEYS)


class _CaseRow(db.Row):
    id: int
    community_id: int
    submission_id: int | None
    thing: ThingKind | None
    thing_id: int | None


CASES = db.Select(f"SELECT {db.columns(_CaseRow)} FROM review_case WHERE id = ANY($1)", _CaseRow)
_BELOW = _HAPPENED
for _place, _name in enumerate(_PARAMETERS, 1):
    _BELOW = _BELOW.replace(f"${_place}", f"{{parent}}.{_name}")
FIRST_PAGES = {
    limit: db.Related("found", HistoryRow, f"{_BELOW} ORDER BY {', '.join(_KEYS)} LIMIT {limit}", many=True)
    for limit in LIMIT_SIZES
}
TOTAL = db.Related(
    "found", int, select=f"(SELECT count(*) FROM (SELECT 1 {_BELOW} LIMIT {MAX_COUNT + 1}) AS c) AS value"
)


async def list_first_pages(
    case_ids: Collection[int], request: PageRequest, *, count: Callable[[int], Awaitable[db.Count]]
) -> dict[int, Page[HistoryRow]]:
    """Return the first page of the history of each case, by case. `count` counts the whole history of one."""
    found = await _load(FIRST_PAGES[request.limit], case_ids)
    return {number: request.page(rows, _get_key, count=partial(count, number)) for number, rows in found.items()}


async def count_all(case_ids: Collection[int]) -> dict[int, db.Count]:
    """Return the number of entries by case, at most MAX_COUNT + 1."""
    return {number: db.Count(value) for number, value in (await _load(TOTAL, case_ids)).items()}


async def _load(found: db.Related, case_ids: Collection[int]) -> dict[int, Any]:
    rows = await CASES.including((found,)).all(list(case_ids)) if case_ids else []
    return {row.id: row.loaded["found"] for row in rows}


def _get_key(row: HistoryRow) -> list[Any]:
    return [getattr(row, name) for name in _KEYS]


async def list_history(case: CaseRow, request: PageRequest) -> Page[HistoryRow]:
    """Return a page of the history of a case, oldest first.

    It has what happened to the submission or thing, else the case's own entries. The caller may read the case.
    """
    return await HISTORY.page(request, *(getattr(case, name) for name in _PARAMETERS))
