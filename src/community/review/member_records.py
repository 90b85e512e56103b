"""The record of members, for the leaders of their community."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from community.kernel import db


@dataclass(slots=True)
class MemberRecordRow:
    """Numbers of a member's submissions by state, of refusals, sanctions and upheld reports.

    Unsent submissions do not count.
    """

    membership_id: int
    published: int
    waiting: int
    returned: int
    rejected: int
    removed: int
    refusals: int
    sanctions: int
    upheld_reports: int


_SUBMISSIONS = "(SELECT count(*) FROM submission s WHERE s.author_id = m.id AND {})"
_STATE = "s.sent_revision IS NOT NULL AND s.state IN ({})"
_RECORDS = db.Select(
    "SELECT m.id AS membership_id,"
    f" {_SUBMISSIONS.format('s.published_revision IS NOT NULL')} AS published,"
    + "".join(
        f" {_SUBMISSIONS.format(_STATE.format(states))} AS {name},"
        for name, states in (
            ("waiting", "'PENDING_SCREENING', 'IN_REVIEW'"),
            ("returned", "'RETURNED'"),
            ("rejected", "'REJECTED'"),
            ("removed", "'REMOVED'"),
        )
    )
    + " (SELECT count(*) FROM review_case c JOIN review_decision d ON d.case_id = c.id WHERE c.author_id = m.id"
    " AND d.verdict <> 'APPROVED') AS refusals,"
    " (SELECT count(*) FROM sanction s WHERE s.membership_id = m.id) AS sanctions,"
    " (SELECT count(*) FROM review_case c WHERE c.author_id = m.id AND c.kind = 'REPORT' AND EXISTS (SELECT 1 FROM"
    " report t WHERE t.case_id = c.id AND t.state = 'UPHELD')) AS upheld_reports"
    " FROM membership m WHERE m.id = ANY($1)",
    MemberRecordRow,
)


async def get_records(membership_ids: Sequence[int]) -> dict[int, MemberRecordRow]:
    """Return the record of each member."""
    return {row.membership_id: row for row in await _RECORDS.all(list(membership_ids))}
