"""Figures of the decisions of each leader in a period."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import fmean, median, pstdev

from community.communities.permissions import require_leader
from community.communities.queries import MemberRow
from community.kernel import clock, db
from community.kernel.errors import InvalidInput
from community.review.models import Verdict

MAX_DAYS = 366
MAX_DECISIONS = 5_000
"""Number of the newest decisions of a period that figures look at."""


@dataclass(slots=True)
class DecidedRow:
    """A decision with the scores that its leader gave. `claimed_at` is the leader's last claim of the case."""

    decided_by: int
    verdict: Verdict
    authenticity: int | None
    usefulness: int | None
    resonance: int | None
    created_at: datetime
    opened_at: datetime
    claimed_at: datetime | None
    is_overturned: bool


@dataclass(slots=True)
class CriterionFigures:
    """Scores of one criterion, in hundredths. The spread is the standard deviation."""

    mean: int
    spread: int


@dataclass(slots=True)
class LeaderFigures:
    """Figures of one leader. Times are in seconds. `overturned` counts decisions that an appeal reversed."""

    membership_id: int
    decided: int
    approved: int
    returned: int
    rejected: int
    overturned: int
    median_s: int
    median_from_claim_s: int | None
    authenticity: CriterionFigures | None
    usefulness: CriterionFigures | None
    resonance: CriterionFigures | None


# A decision of two leaders has the lower scores of both. The opinion has the leader's own ones.
_DECIDED = db.Select(
    "SELECT d.decided_by, d.verdict, COALESCE(o.authenticity, d.authenticity) AS authenticity,"
    " COALESCE(o.usefulness, d.usefulness) AS usefulness, COALESCE(o.resonance, d.resonance) AS resonance,"
    " d.created_at, c.opened_at, (SELECT max(e.created_at) FROM audit_event e WHERE e.community_id = d.community_id"
    " AND e.subject = 'review_case' AND e.subject_id = d.case_id AND e.action = 'case.claim'"
    " AND e.actor_id = d.decided_by) AS claimed_at,"
    " EXISTS (SELECT 1 FROM appeal a WHERE a.community_id = d.community_id AND a.subject = 'DECISION'"
    " AND a.subject_id = d.id AND a.state = 'GRANTED') AS is_overturned"
    " FROM review_decision d JOIN review_case c ON c.id = d.case_id LEFT JOIN review_opinion o"
    " ON o.community_id = d.community_id AND o.case_id = d.case_id AND o.given_by = d.decided_by"
    " WHERE d.community_id = $1 AND d.created_at >= $2 AND d.created_at < $3"
    f" ORDER BY d.created_at DESC, d.id DESC LIMIT {MAX_DECISIONS}",
    DecidedRow,
)


async def list_figures(leader: MemberRow, *, since: datetime, until: datetime | None = None) -> list[LeaderFigures]:
    """Return the figures of each leader who decided in a period, most decisions first.

    Raises LeadersOnly, and InvalidInput unless the period has at most 366 days.
    """
    require_leader(leader)
    end = clock.now() if until is None else until
    if not since < end <= since + timedelta(days=MAX_DAYS):
        raise InvalidInput("figures_period", max=MAX_DAYS, path=("since",))
    return compute_figures(await _DECIDED.all(leader.community_id, since, end))


def compute_figures(rows: Iterable[DecidedRow]) -> list[LeaderFigures]:
    """Return the figures of each leader, most decisions first."""
    of_leader: dict[int, list[DecidedRow]] = {}
    for row in rows:
        of_leader.setdefault(row.decided_by, []).append(row)
    found = [_compute(number, decided) for number, decided in of_leader.items()]
    return sorted(found, key=lambda each: (-each.decided, each.membership_id))


def _compute(membership_id: int, rows: Sequence[DecidedRow]) -> LeaderFigures:
    verdicts = [row.verdict for row in rows]
    claimed = [(row.created_at - row.claimed_at).total_seconds() for row in rows if row.claimed_at is not None]
    return LeaderFigures(
        membership_id, len(rows),
        verdicts.count(Verdict.APPROVED), verdicts.count(Verdict.RETURNED), verdicts.count(Verdict.REJECTED),
        sum(row.is_overturned for row in rows),
        round(median((row.created_at - row.opened_at).total_seconds() for row in rows)),
        round(median(claimed)) if claimed else None,
        _summarise(row.authenticity for row in rows),
        _summarise(row.usefulness for row in rows),
        _summarise(row.resonance for row in rows),
    )  # fmt: skip


def _summarise(scores: Iterable[int | None]) -> CriterionFigures | None:
    given = [score for score in scores if score is not None]
    return CriterionFigures(round(100 * fmean(given)), round(100 * pstdev(given))) if given else None
