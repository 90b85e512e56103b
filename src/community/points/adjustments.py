"""Corrections by hand, with a reason. Above the community's limit they need two people.

The limit counts everything that one person corrected alone for a member within thirty days. Every decision locks the
correction first and then the member's account.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from community.communities import permissions
from community.communities.permissions import Actor, require_leader
from community.communities.queries import MemberRow, require_members
from community.kernel import audit, clock, db, mistakes
from community.kernel.errors import InvalidInput, NotFound
from community.kernel.listing import Listing
from community.kernel.paging import Page, PageRequest
from community.kernel.tables import row_of
from community.kernel.texts import normalise_text
from community.notices.models import NoticeKind
from community.notices.service import notify_member
from community.points import entries, journal, policy
from community.points.errors import AdjustmentDecided, InsufficientPoints, OwnAccount
from community.points.kinds import AccountKind, AdjustmentState, EntryKind
from community.points.models import Adjustment
from community.points.queries import StatementRow
from community.points.rules import MAX_POINTS, can_adjust

MAX_REASON_LENGTH = 200
SOLO_LIMIT_WINDOW = timedelta(days=30)
_SOURCE_PREFIX = "adjustment:"


@row_of(Adjustment)
class AdjustmentRow:
    """A correction. `requested_by` is None for the operator.

    `decided_by` is None for the operator, and as long as it is pending.
    """

    id: int
    community_id: int
    membership_id: int
    amount: int
    reason: str
    state: AdjustmentState
    requested_by: int | None
    decided_by: int | None
    created_at: datetime
    decided_at: datetime | None


@dataclass(slots=True)
class _SoloTotal:
    points: int


COLUMNS = db.columns(AdjustmentRow)
_ONE = db.Select(f"SELECT {COLUMNS} FROM adjustment WHERE community_id = $1 AND id = $2", AdjustmentRow)
_LOCK = db.Select(f"SELECT {COLUMNS} FROM adjustment WHERE community_id = $1 AND id = $2 FOR UPDATE", AdjustmentRow)
_NEW = db.Change(
    "INSERT INTO adjustment (community_id, membership_id, amount, reason, state, requested_by, created_at)"
    " VALUES ($1, $2, $3, $4, 'PENDING', $5, $6) RETURNING id",
    db.Id,
)
# No membership has the id 0. It stands for the operator.
_SOLO_TOTAL = db.Select(
    "SELECT CAST(COALESCE(sum(abs(amount)), 0) AS BIGINT) AS points FROM adjustment WHERE community_id = $1"
    " AND membership_id = $2 AND state = 'MADE' AND COALESCE(requested_by, 0) = $3 AND COALESCE(decided_by, 0) = $3"
    " AND decided_at > $4",
    _SoloTotal,
)
_DECIDE = db.Change(
    "UPDATE adjustment SET state = $3, decided_by = $4, entry_id = $5, decided_at = $6"
    f" WHERE community_id = $1 AND id = $2 AND state = 'PENDING' RETURNING {COLUMNS}",
    AdjustmentRow,
)


async def get_adjustment(community_id: int, adjustment_id: int) -> AdjustmentRow:
    """Return an adjustment of the community. Raises NotFound."""
    return _require_found(await _ONE.first(community_id, adjustment_id))


_PENDING = Listing(f"SELECT {COLUMNS} FROM adjustment WHERE community_id = $1 AND state = 'PENDING'", AdjustmentRow)


async def list_pending(actor: MemberRow, request: PageRequest) -> Page[AdjustmentRow]:
    """Return the pending adjustments of the actor's community, oldest first. Raises LeadersOnly."""
    require_leader(actor)
    return await _PENDING.page(request, actor.community_id)


async def list_pending_as_operator(community_id: int, request: PageRequest) -> Page[AdjustmentRow]:
    """Return the pending adjustments of a community, oldest first. Raises NotFound."""
    await policy.get_policy(community_id)
    return await _PENDING.page(request, community_id)


@db.transactional
async def adjust(actor: Actor, membership_id: int, *, amount: int, reason: str) -> AdjustmentRow:
    """Correct another member's account as a leader.

    Up to the limit it is made immediately. Above the limit it stays pending until a second person approves it. Raises
    LeadersOnly, OwnAccount, NotFound, InvalidInput and InsufficientPoints.
    """
    actor = await permissions.lock_leader(actor)
    if not can_adjust(actor.id, membership_id):
        raise OwnAccount(path=("memberId",))
    row = await _insert_request(actor.community_id, membership_id, amount, reason, requested_by=actor.id)
    return await _apply(row, decided_by=actor.id) if await _can_apply_alone(row) else row


@db.transactional
async def adjust_as_operator(community_id: int, membership_id: int, *, amount: int, reason: str) -> AdjustmentRow:
    """Correct a member's account as the operator.

    Above the limit it stays pending until a leader approves it. Raises NotFound, InvalidInput and InsufficientPoints.
    """
    await policy.get_policy(community_id)
    row = await _insert_request(community_id, membership_id, amount, reason, requested_by=None)
    return await _apply(row, decided_by=None) if await _can_apply_alone(row) else row


@db.transactional
async def approve(actor: Actor, adjustment_id: int) -> AdjustmentRow:
    """Make a correction that another person requested.

    Raises LeadersOnly, NotFound, OwnAccount, AdjustmentDecided and InsufficientPoints.
    """
    actor = await permissions.lock_leader(actor)
    row = await _lock_of_another(actor, adjustment_id)
    if row.requested_by == actor.id:
        raise OwnAccount(path=("adjustmentId",))
    return await _apply_approved(row, decided_by=actor.id)


@db.transactional
async def approve_as_operator(community_id: int, adjustment_id: int) -> AdjustmentRow:
    """Make a leader's correction where there is no second leader.

    Raises NotFound, AdjustmentDecided, InsufficientPoints, and OwnAccount if the operator requested it.
    """
    row = await _lock_pending(community_id, adjustment_id)
    if row.requested_by is None:
        raise OwnAccount("operator", path=("adjustmentId",))
    return await _apply_approved(row, decided_by=None)


@db.transactional
async def decline(actor: Actor, adjustment_id: int) -> AdjustmentRow:
    """Reject a correction for good. The leader who requested it may decline it too.

    Raises LeadersOnly, NotFound, OwnAccount and AdjustmentDecided.
    """
    actor = await permissions.lock_leader(actor)
    row = await _lock_of_another(actor, adjustment_id)
    return await _save_decision(row, AdjustmentState.DECLINED, decided_by=actor.id, entry_id=None)


@db.transactional
async def decline_as_operator(community_id: int, adjustment_id: int) -> AdjustmentRow:
    """Reject a correction for good as the operator. Raises NotFound and AdjustmentDecided."""
    row = await _lock_pending(community_id, adjustment_id)
    return await _save_decision(row, AdjustmentState.DECLINED, decided_by=None, entry_id=None)


async def _can_apply_alone(row: AdjustmentRow) -> bool:
    """Return True if the requester may make it without a second person."""
    points_policy = await policy.get_policy(row.community_id)
    if abs(row.amount) > points_policy.adjustment_limit:
        return False
    # The lock puts two concurrent corrections in order, so that the second counts the first.
    await journal.lock_account(row.community_id, row.membership_id)
    alone = await _SOLO_TOTAL.one(
        row.community_id, row.membership_id, row.requested_by or 0, clock.now() - SOLO_LIMIT_WINDOW
    )
    return alone.points + abs(row.amount) <= points_policy.adjustment_limit


async def _insert_request(
    community_id: int, membership_id: int, amount: int, reason: str, *, requested_by: int | None
) -> AdjustmentRow:
    with mistakes.collect() as check:
        if amount == 0 or abs(amount) > MAX_POINTS:
            check.add(InvalidInput("adjustment", max=MAX_POINTS, actual=amount, path=("amount",)))
        reason = check(normalise_text, reason, max_length=MAX_REASON_LENGTH, path=("reason",))
    await require_members(community_id, membership_id)
    new = await _NEW.one(community_id, membership_id, amount, reason, requested_by, clock.now())
    await audit.record(
        community_id, requested_by, "adjustment.request", subject="adjustment", subject_id=new.id, amount=amount
    )
    return await get_adjustment(community_id, new.id)


async def _lock_of_another(actor: MemberRow, adjustment_id: int) -> AdjustmentRow:
    row = await _lock_pending(actor.community_id, adjustment_id)
    if row.membership_id == actor.id:
        raise OwnAccount(path=("adjustmentId",))
    return row


async def _lock_pending(community_id: int, adjustment_id: int) -> AdjustmentRow:
    row = _require_found(await _LOCK.first(community_id, adjustment_id))
    if row.state is not AdjustmentState.PENDING:
        raise AdjustmentDecided
    return row


def _require_found(row: AdjustmentRow | None) -> AdjustmentRow:
    if row is None:
        raise NotFound("adjustment")
    return row


async def _apply_approved(row: AdjustmentRow, *, decided_by: int | None) -> AdjustmentRow:
    try:
        return await _apply(row, decided_by=decided_by)
    except InsufficientPoints as refusal:
        raise refusal.move_to("adjustmentId") from None


async def _apply(row: AdjustmentRow, *, decided_by: int | None) -> AdjustmentRow:
    account = await journal.lock_account(row.community_id, row.membership_id)
    await account.expire_due_lots()
    entry = await entries.insert_entry(
        # The reason is a person's words. It stays in the adjustment, which can be redacted, unlike the journal.
        row.community_id, EntryKind.ADJUSTMENT, f"{_SOURCE_PREFIX}{row.id}", {"inputs": {}},
    )  # fmt: skip
    if row.amount > 0:
        points_policy = await policy.get_policy(row.community_id)
        await account.issue(entry, row.amount, expires_at=points_policy.compute_expiry(clock.now()))
    elif await account.take_exactly(entry, -row.amount, into=AccountKind.ISSUANCE) is None:
        raise InsufficientPoints("adjustment", min=-row.amount, actual=account.balance, path=("amount",))
    await notify_member(
        row.community_id, row.membership_id, kind=NoticeKind.POINTS_ADJUSTED, key=f"adjustment:{row.id}",
        detail={"points": row.amount},
    )  # fmt: skip
    return await _save_decision(row, AdjustmentState.MADE, decided_by=decided_by, entry_id=entry)


async def _save_decision(
    row: AdjustmentRow, state: AdjustmentState, *, decided_by: int | None, entry_id: int | None
) -> AdjustmentRow:
    decided = await _DECIDE.first(row.community_id, row.id, state, decided_by, entry_id, clock.now())
    if decided is None:
        raise AdjustmentDecided
    await audit.record_about(row, f"adjustment.{state.value.lower()}", by=decided_by)
    return decided


@dataclass(slots=True)
class _ReasonRow:
    id: int
    reason: str


_REASONS = db.Select(f"SELECT {db.columns(_ReasonRow)} FROM adjustment WHERE id = ANY($1)", _ReasonRow)


async def list_reasons(lines: Sequence[StatementRow]) -> list[str | None]:
    """Return the reason of the adjustment behind each statement line, in order. None for other lines."""
    ids = [
        int(line.source_key.removeprefix(_SOURCE_PREFIX)) if line.kind is EntryKind.ADJUSTMENT else None
        for line in lines
    ]
    found = {row.id: row.reason for row in await _REASONS.all([id_ for id_ in ids if id_ is not None])}
    return [None if id_ is None else found.get(id_) for id_ in ids]
