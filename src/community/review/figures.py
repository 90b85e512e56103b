"""Figures of the decisions of each leader in a period."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from community.communities.permissions import require_leader
from community.communities.queries import MemberRow
from community.kernel import clock, db
from community.kernel.errors import InvalidInput
from community.review.appeals.models import AppealedAction
from community.review.models import Verdict

MAX_DAYS = 366
MAX_DECISIONS = 100_000
"""Number of the newest decisions of a period that figures look at."""
_CRITERIA = ("authenticity", "usefulness", "resonance")


@dataclass(slots=True)
class _ScoresRow:
    """The sums of the scores and of their squares, by criterion."""

    membership_id: int
    scored: int
    authenticity: int
    usefulness: int
    resonance: int
    authenticity_squares: int
    usefulness_squares: int
    resonance_squares: int


@dataclass(slots=True)
class _DecidedRow(_ScoresRow):
    decided: int
    approved: int
    returned: int
    rejected: int
    overturned: int
    median_s: int
    median_from_claim_s: int | None


@dataclass(slots=True)
class _CountRow:
    membership_id: int
    count: int


@dataclass(slots=True)
class CriterionFigures:
    """Scores of one criterion, in hundredths. The spread is the standard deviation."""

    mean: int
    spread: int


@dataclass(slots=True)
class LeaderFigures:
    """Figures of one leader. Times are in seconds. `overturned` counts decisions that an appeal reversed.

    `overturned_actions` counts removals, hidings of comments and sanctions that an appeal reversed. `opinions` counts
    first approvals of cases that another leader decided in the period.
    """

    membership_id: int
    decided: int
    approved: int
    returned: int
    rejected: int
    overturned: int
    overturned_actions: int
    opinions: int
    median_s: int | None
    median_from_claim_s: int | None
    authenticity: CriterionFigures | None
    usefulness: CriterionFigures | None
    resonance: CriterionFigures | None


_SUMS = ", ".join(
    [
        "count({0}authenticity) AS scored",
        *(f"COALESCE(sum({{0}}{name}), 0) AS {name}" for name in _CRITERIA),
        *(f"COALESCE(sum({{0}}{name} * {{0}}{name}), 0) AS {name}_squares" for name in _CRITERIA),
    ]
)
_WITH_DECIDED = (
    "WITH decided AS (SELECT * FROM review_decision WHERE community_id = $1 AND created_at >= $2 AND created_at < $3"
    f" AND decided_by IS NOT NULL ORDER BY created_at DESC, id DESC LIMIT {MAX_DECISIONS})"
)


def _count_verdict(verdict: Verdict) -> str:
    return f"count(CASE WHEN verdict = '{verdict}' THEN 1 END) AS {verdict.lower()}"


def _median(value: str, place: str, total: str) -> str:
    """Return the mean of the middle values, in whole seconds."""
    is_middle = f"2 * {place} >= {total} AND 2 * {place} <= {total} + 2"
    return f"CAST(round(avg(CASE WHEN {is_middle} THEN {value} END)) AS BIGINT)"


_DECIDED = db.Select(
    f"{_WITH_DECIDED},"
    # A decision of two leaders has the lower scores of both. The opinion has the leader's own ones.
    " fact AS (SELECT d.decided_by, d.verdict, d.created_at, c.opened_at, "
    + ", ".join(f"COALESCE(o.{name}, d.{name}) AS {name}" for name in _CRITERIA)
    + ", (SELECT max(e.created_at) FROM audit_event e WHERE e.community_id = d.community_id"
    " AND e.subject = 'review_case' AND e.subject_id = d.case_id AND e.action = 'case.claim'"
    " AND e.actor_id = d.decided_by) AS claimed_at,"
    " EXISTS (SELECT 1 FROM appeal a WHERE a.community_id = d.community_id AND a.subject = 'DECISION'"
    " AND a.subject_id = d.id AND a.state = 'GRANTED') AS is_overturned"
    " FROM decided d JOIN review_case c ON c.id = d.case_id LEFT JOIN review_opinion o"
    " ON o.community_id = d.community_id AND o.case_id = d.case_id AND o.given_by = d.decided_by),"
    " timed AS (SELECT fact.*, extract(epoch FROM created_at) - extract(epoch FROM opened_at) AS taken_s,"
    " extract(epoch FROM created_at) - extract(epoch FROM claimed_at) AS claim_s FROM fact),"
    " placed AS (SELECT timed.*, row_number() OVER (PARTITION BY decided_by ORDER BY taken_s) AS place,"
    " count(*) OVER (PARTITION BY decided_by) AS total,"
    " row_number() OVER (PARTITION BY decided_by ORDER BY claim_s NULLS LAST) AS claim_place,"
    " count(claim_s) OVER (PARTITION BY decided_by) AS claims FROM timed)"
    f" SELECT decided_by AS membership_id, {_SUMS.format('')}, count(*) AS decided,"
    f" {', '.join(map(_count_verdict, Verdict))}, count(CASE WHEN is_overturned THEN 1 END) AS overturned,"
    f" {_median('taken_s', 'place', 'total')} AS median_s,"
    f" {_median('claim_s', 'claim_place', 'claims')} AS median_from_claim_s"
    " FROM placed GROUP BY decided_by",
    _DecidedRow,
)
_OPINIONS = db.Select(
    f"{_WITH_DECIDED} SELECT o.given_by AS membership_id, {_SUMS.format('o.')} FROM decided d JOIN review_opinion o"
    " ON o.community_id = d.community_id AND o.case_id = d.case_id AND o.given_by <> d.decided_by GROUP BY o.given_by",
    _ScoresRow,
)
_OVERTURNED_ACTIONS = db.Select(
    "SELECT done_by AS membership_id, count(*) AS count FROM ("
    + " UNION ALL ".join(
        # Each action is read by its id. A join would read every action.
        f"SELECT (SELECT t.{done_by} FROM {table} t WHERE t.id = a.subject_id AND t.{done_at} >= $2"
        f" AND t.{done_at} < $3) AS done_by FROM appeal a"
        f" WHERE a.community_id = $1 AND a.subject = '{subject}' AND a.state = 'GRANTED'"
        for subject, table, done_by, done_at in (
            (AppealedAction.REMOVAL, "submission_removal", "removed_by", "removed_at"),
            (AppealedAction.HIDING, "comment_hiding", "hidden_by", "hidden_at"),
            (AppealedAction.SANCTION, "sanction", "given_by", "starts_at"),
        )
    )
    + ") AS done WHERE done_by IS NOT NULL GROUP BY done_by",
    _CountRow,
)


async def list_figures(leader: MemberRow, *, since: datetime, until: datetime | None = None) -> list[LeaderFigures]:
    """Return the figures of each leader, most decisions first.

    These are leaders with a decision, a first approval or an overturned action in the period.

    Raises LeadersOnly, and InvalidInput unless the period has at most 366 days.
    """
    require_leader(leader)
    end = clock.now() if until is None else until
    if not since < end <= since + timedelta(days=MAX_DAYS):
        raise InvalidInput("figures_period", max=MAX_DAYS, path=("since",))
    decided = {row.membership_id: row for row in await _DECIDED.all(leader.community_id, since, end)}
    opinions = {row.membership_id: row for row in await _OPINIONS.all(leader.community_id, since, end)}
    actions = {row.membership_id: row.count for row in await _OVERTURNED_ACTIONS.all(leader.community_id, since, end)}
    found = [
        _join(number, decided.get(number), opinions.get(number), actions.get(number, 0))
        for number in decided.keys() | opinions.keys() | actions.keys()
    ]
    return sorted(found, key=lambda each: (-each.decided, each.membership_id))


def _join(
    membership_id: int, decided: _DecidedRow | None, opinion: _ScoresRow | None, overturned_actions: int
) -> LeaderFigures:
    given = [row for row in (decided, opinion) if row is not None]
    return LeaderFigures(
        membership_id,
        *((0, 0, 0, 0, 0) if decided is None else (
            decided.decided, decided.approved, decided.returned, decided.rejected, decided.overturned
        )),
        overturned_actions,
        0 if opinion is None else opinion.scored,
        None if decided is None else decided.median_s,
        None if decided is None else decided.median_from_claim_s,
        *(_summarise(given, name) for name in _CRITERIA),
    )  # fmt: skip


def _summarise(rows: list[_DecidedRow | _ScoresRow], criterion: str) -> CriterionFigures | None:
    count = sum(row.scored for row in rows)
    if not count:
        return None
    total = sum(getattr(row, criterion) for row in rows)
    squares = sum(getattr(row, f"{criterion}_squares") for row in rows)
    return CriterionFigures(round(100 * total / count), round(100 * math.sqrt(squares * count - total * total) / count))
