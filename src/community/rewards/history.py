"""The lock on a redemption, and the events of its history."""

from __future__ import annotations

from dataclasses import dataclass

from community.kernel import clock, db
from community.points import journal
from community.rewards import queries
from community.rewards.kinds import RedemptionEventKind
from community.rewards.rows import RedemptionRow

_NEW = db.Change(
    "INSERT INTO redemption_event (community_id, redemption_id, kind, quantity, actor_id, pick_up_point_id, about_id,"
    " reason, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id",
    db.Id,
)


_ERASED = db.Select(
    "SELECT m.id FROM membership m JOIN person p ON p.id = m.person_id WHERE m.id = $1 AND p.erased_at IS NOT NULL",
    db.Id,
)


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event to add. The actor is None for the service itself."""

    kind: RedemptionEventKind
    quantity: int
    actor_id: int | None = None
    pick_up_point_id: int | None = None
    about_id: int | None = None
    reason: str | None = None


async def lock(community_id: int, redemption_id: int) -> RedemptionRow:
    """Lock the account of a redemption, and return the redemption as of now.

    Every change of a redemption begins with this lock, so that it stays as it was read. Raises NotFound.
    """
    found = await queries.get_redemption(community_id, redemption_id)
    await journal.lock_account(community_id, found.membership_id)
    return await queries.get_redemption(community_id, redemption_id)


async def is_of_erased(row: RedemptionRow) -> bool:
    """Return True if the owner of a locked redemption was erased. Then it never opens again."""
    return await _ERASED.first(row.membership_id) is not None


async def add(row: RedemptionRow, event: NewEvent) -> int:
    """Add an event to the history of a redemption, and return its id."""
    made = await _NEW.one(
        row.community_id, row.id, event.kind, event.quantity, event.actor_id, event.pick_up_point_id, event.about_id,
        event.reason, clock.now(),
    )  # fmt: skip
    return made.id
