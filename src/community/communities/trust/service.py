"""Reads of the trust in authors, and its end. `review/trust.py` has the verbs of leaders."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from community.communities.permissions import require_leader
from community.communities.queries import MemberRow
from community.communities.trust.models import Trust, TrustEnd
from community.kernel import audit, clock, db
from community.kernel.audit_actions import AuditAction
from community.kernel.ddl import REDACTED
from community.kernel.listing import Listing
from community.kernel.paging import Page, PageRequest
from community.kernel.tables import row_of


@row_of(Trust, computed=("is_in_force",))
class TrustRow:
    """A leader's trust in an author. `ended_by` is None for an end by itself."""

    id: int
    community_id: int
    membership_id: int
    given_by: int
    reason: str
    given_at: datetime
    ended_at: datetime | None
    end_cause: TrustEnd | None
    ended_by: int | None
    is_in_force: bool


IN_FORCE_SQL = (
    "t.ended_at IS NULL AND EXISTS (SELECT 1 FROM membership_role r JOIN membership g ON g.id = r.membership_id"
    " JOIN person q ON q.id = g.person_id WHERE r.community_id = t.community_id AND r.membership_id = t.given_by"
    " AND r.role = 'LEADER' AND r.granted_at <= t.given_at AND g.left_at IS NULL AND q.banned_at IS NULL)"
)
"""The condition that a trust `t` has not ended, and that its giver still leads."""

_COLUMNS = db.columns(TrustRow, "t", is_in_force=f"({IN_FORCE_SQL})")
_FIND = db.Select(f"SELECT {_COLUMNS} FROM trust t WHERE t.id = ANY($1)", TrustRow)
_IN_FORCE = db.Select(f"SELECT {_COLUMNS} FROM trust t WHERE t.membership_id = ANY($1) AND {IN_FORCE_SQL}", TrustRow)
_OF_COMMUNITY = Listing(
    f"SELECT {_COLUMNS} FROM trust t WHERE t.community_id = $1 AND t.ended_at IS NULL",
    TrustRow,
    by={"t.id": int},
    newest_first=True,
)
_END = db.Change(
    "UPDATE trust SET ended_at = $3, end_cause = $4, ended_by = $5"
    " WHERE community_id = $1 AND membership_id = $2 AND ended_at IS NULL RETURNING id",
    db.Id,
)
_REDACT = f"UPDATE trust SET reason = '{REDACTED}' WHERE {{}} = ANY($1) AND reason <> '{REDACTED}'"


async def find_trusts(trust_ids: Sequence[int]) -> list[TrustRow | None]:
    """Return the trust of each id, in order, or None. The caller checks who may know of it."""
    return db.in_order_or_none(await _FIND.all(list(trust_ids)), trust_ids)


async def find_in_force(membership_ids: Sequence[int]) -> list[TrustRow | None]:
    """Return the trust of each member that is in force, in order, or None."""
    return db.in_order_or_none(await _IN_FORCE.all(list(membership_ids)), membership_ids, by="membership_id")


async def list_of_community(leader: MemberRow, request: PageRequest) -> Page[TrustRow]:
    """Return a page of the trusts that have not ended, newest first. Raises LeadersOnly."""
    require_leader(leader)
    return await _OF_COMMUNITY.page(request, leader.community_id)


@db.transactional
async def end(community_id: int, membership_id: int, *, cause: TrustEnd, by_id: int | None = None) -> int | None:
    """End the trust in a member, and return its id. Return None if there is none.

    `by_id` is the leader whose action ended it.
    """
    ended = await _END.first(community_id, membership_id, clock.now(), cause, by_id)
    if ended is None:
        return None
    await audit.record(
        community_id, by_id, AuditAction.TRUST_END, subject="trust", subject_id=ended.id,
        member_id=membership_id, cause=cause.value,
    )  # fmt: skip
    return ended.id


async def redact_received(membership_ids: list[int]) -> None:
    """Redact the reasons of the trust in these members."""
    await db.execute(_REDACT.format("membership_id"), membership_ids)


async def redact_given(membership_ids: list[int]) -> None:
    """Redact the reasons that these members wrote as leaders."""
    await db.execute(_REDACT.format("given_by"), membership_ids)
