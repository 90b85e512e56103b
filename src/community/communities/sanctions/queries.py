"""Reads of sanctions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from community.communities.errors import Removed
from community.communities.sanctions.models import Sanction, SanctionKind
from community.kernel import clock, db
from community.kernel.errors import NotFound
from community.kernel.tables import row_of

MAX_LISTED = 20


@row_of(Sanction)
class SanctionRow:
    """A sanction. `ends_at` is None for a removal without an end."""

    id: int
    community_id: int
    membership_id: int
    kind: SanctionKind
    reason: str
    given_by: int
    starts_at: datetime
    ends_at: datetime | None
    lifted_at: datetime | None
    lifted_by: int | None
    lift_reason: str | None

    @property
    def is_in_force(self) -> bool:
        """True until the end or the lifting."""
        return self.lifted_at is None and (self.ends_at is None or self.ends_at > clock.now())


COLUMNS = db.columns(SanctionRow)
IN_FORCE_SQL = "s.lifted_at IS NULL AND (s.ends_at IS NULL OR s.ends_at > {})"
"""A condition on the sanction `s`, with a place for the present time."""

_FIND = db.Select(f"SELECT {COLUMNS} FROM sanction WHERE id = ANY($1)", SanctionRow)
_LOCK = db.Select("SELECT id FROM sanction WHERE id = $1 FOR UPDATE", db.Id)
# The newest sanctions of each member.
_OF_MEMBERS = db.Select(
    f"SELECT {db.columns(SanctionRow, 's')} FROM sanction s WHERE s.membership_id = ANY($1)"
    " AND s.id >= COALESCE((SELECT o.id FROM sanction o WHERE o.membership_id = s.membership_id"
    f" ORDER BY o.id DESC LIMIT 1 OFFSET {MAX_LISTED - 1}), 0) ORDER BY s.id DESC",
    SanctionRow,
)
_IN_FORCE = db.Select(
    f"SELECT {db.columns(SanctionRow, 's')} FROM sanction s WHERE s.community_id = $1 AND s.membership_id = $2"
    f" AND {IN_FORCE_SQL.format('$3')} ORDER BY s.id",
    SanctionRow,
)


async def find_sanction(sanction_id: int) -> SanctionRow | None:
    """Return the sanction of any community, or None. The caller checks who may know of it."""
    return (await find_sanctions([sanction_id]))[0]


async def find_sanctions(sanction_ids: Sequence[int]) -> list[SanctionRow | None]:
    """Return the sanction of each id, in order, or None."""
    return db.in_order_or_none(await _FIND.all(list(sanction_ids)), sanction_ids)


async def lock_sanction(sanction_id: int) -> None:
    """Lock a sanction of any community."""
    await _LOCK.first(sanction_id)


async def get_sanction(community_id: int, sanction_id: int) -> SanctionRow:
    """Return a sanction of the community. Raises NotFound."""
    row = await find_sanction(sanction_id)
    if row is None or row.community_id != community_id:
        raise NotFound("sanction")
    return row


async def list_of_members(membership_ids: Sequence[int]) -> dict[int, list[SanctionRow]]:
    """Return the newest 20 sanctions of each member, the newest first."""
    rows = await _OF_MEMBERS.all(list(membership_ids))
    return dict(zip(membership_ids, db.group(rows, membership_ids, by="membership_id"), strict=True))


async def list_in_force(community_id: int, membership_id: int) -> list[SanctionRow]:
    """Return the sanctions of a member that are in force, the oldest first."""
    return await _IN_FORCE.all(community_id, membership_id, clock.now())


async def require_not_removed(community_id: int, membership_id: int) -> None:
    """Raise Removed while a removal keeps a former member from joining again. The membership is locked."""
    in_force = await list_in_force(community_id, membership_id)
    removals = [row.ends_at for row in in_force if row.kind is SanctionKind.REMOVAL]
    if removals:
        ends = [end for end in removals if end is not None]
        raise Removed(retry_at=max(ends) if len(ends) == len(removals) else None)
