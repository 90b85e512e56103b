"""Corrections by hand: with a reason, and above the community's limit by two people.

The limit holds for what one person corrects alone for a member within thirty days, all together. Whoever decides holds
the correction first and then the member's account.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from community.communities.permissions import require_leader
from community.communities.queries import MemberRow, require_members
from community.kernel import audit, clock, db
from community.kernel.errors import InvalidInput, NotFound
from community.kernel.listing import Listing
from community.kernel.paging import Page, PageRequest
from community.kernel.tables import row_of
from community.kernel.texts import normalise_text
from community.notices import service as notices
from community.notices.models import NoticeKind
from community.points import entries, journal, policy
from community.points.errors import AdjustmentDecided, InsufficientPoints, OwnAccount
from community.points.models import AccountKind, Adjustment, AdjustmentState, EntryKind
from community.points.rules import MAX_POINTS

MAX_REASON_LENGTH = 200
SOLO_LIMIT_WINDOW = timedelta(days=30)


@row_of(Adjustment)
@dataclass(slots=True)
class AdjustmentRow:
    """A correction; `requested_by` and `decided_by` are None for the operator, or while nobody has decided."""

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
# No membership has the number 0: it stands for the operator.
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
    """An adjustment of that community. Raises NotFound."""
    row = await _ONE.first(community_id, adjustment_id)
    if row is None:
        raise NotFound("There is no such adjustment here.", path=("adjustmentId",))
    return row


_PENDING = Listing(f"SELECT {COLUMNS} FROM adjustment WHERE community_id = $1 AND state = 'PENDING'", AdjustmentRow)


async def list_pending(actor: MemberRow, request: PageRequest) -> Page[AdjustmentRow]:
    """What waits for a second leader, oldest first. Raises LeadersOnly."""
    require_leader(actor)
    return await _PENDING.page(request, actor.community_id)


async def list_pending_as_operator(community_id: int, request: PageRequest) -> Page[AdjustmentRow]:
    """What waits in a community for a second person, oldest first: for the operator. Raises NotFound."""
    await policy.get_policy(community_id)
    return await _PENDING.page(request, community_id)


@db.transactional
async def adjust(actor: MemberRow, membership_id: int, *, amount: int, reason: str) -> AdjustmentRow:
    """A leader's correction of another member's account: at once up to the limit, else when a second person agrees.

    Raises LeadersOnly, OwnAccount, NotFound, InvalidInput, InsufficientPoints.
    """
    require_leader(actor)
    if membership_id == actor.id:
        raise OwnAccount(path=("memberId",))
    row = await _insert_request(actor.community_id, membership_id, amount, reason, requested_by=actor.id)
    return await _apply(row, decided_by=actor.id) if await _can_apply_alone(row) else row


@db.transactional
async def adjust_as_operator(community_id: int, membership_id: int, *, amount: int, reason: str) -> AdjustmentRow:
    """The operator's correction: waits for a leader of the community above the limit, as a leader's does."""
    await policy.get_policy(community_id)
    row = await _insert_request(community_id, membership_id, amount, reason, requested_by=None)
    return await _apply(row, decided_by=None) if await _can_apply_alone(row) else row


@db.transactional
async def approve(actor: MemberRow, adjustment_id: int) -> AdjustmentRow:
    """Make what somebody else asked for.

    Raises LeadersOnly, NotFound, OwnAccount, AlreadyDecided, InsufficientPoints.
    """
    return await _apply_approved(await _lock_decidable(actor, adjustment_id), decided_by=actor.id)


@db.transactional
async def approve_as_operator(community_id: int, adjustment_id: int) -> AdjustmentRow:
    """The operator makes what a leader asked for, where no second leader does.

    Raises NotFound, OwnAccount for what the operator asked for, AlreadyDecided, InsufficientPoints.
    """
    row = await _lock_pending(community_id, adjustment_id)
    if row.requested_by is None:
        raise OwnAccount("A leader must do this: it is the operator's own request.", path=("adjustmentId",))
    return await _apply_approved(row, decided_by=None)


@db.transactional
async def decline(actor: MemberRow, adjustment_id: int) -> AdjustmentRow:
    """Leave it unmade, for good; whoever asked for it may decline it too. Raises as `approve`."""
    row = await _lock_decidable(actor, adjustment_id, allow_own_request=True)
    return await _save_decision(row, AdjustmentState.DECLINED, decided_by=actor.id, entry_id=None)


@db.transactional
async def decline_as_operator(community_id: int, adjustment_id: int) -> AdjustmentRow:
    """The operator leaves it unmade, for good, whoever asked for it. Raises NotFound, AlreadyDecided."""
    row = await _lock_pending(community_id, adjustment_id)
    return await _save_decision(row, AdjustmentState.DECLINED, decided_by=None, entry_id=None)


async def _can_apply_alone(row: AdjustmentRow) -> bool:
    """Whether whoever asked for it may make it, after all that they made alone for that member of late."""
    terms = await policy.get_policy(row.community_id)
    if abs(row.amount) > terms.adjustment_limit:
        return False
    # Of two at once, the second is decided when it sees what the first has made.
    await journal.lock_account(row.community_id, row.membership_id)
    alone = await _SOLO_TOTAL.one(
        row.community_id, row.membership_id, row.requested_by or 0, clock.now() - SOLO_LIMIT_WINDOW
    )
    return alone.points + abs(row.amount) <= terms.adjustment_limit


async def _insert_request(
    community_id: int, membership_id: int, amount: int, reason: str, *, requested_by: int | None
) -> AdjustmentRow:
    if amount == 0 or abs(amount) > MAX_POINTS:
        raise InvalidInput("This is not a number of points to add or take.", path=("amount",))
    reason = normalise_text(reason, max_length=MAX_REASON_LENGTH, path=("reason",))
    await require_members(community_id, membership_id)
    new = await _NEW.one(community_id, membership_id, amount, reason, requested_by, clock.now())
    await audit.record(
        community_id, requested_by, "adjustment.request", subject="adjustment", subject_id=new.id, amount=amount
    )
    return await get_adjustment(community_id, new.id)


async def _lock_decidable(actor: MemberRow, adjustment_id: int, *, allow_own_request: bool = False) -> AdjustmentRow:
    require_leader(actor)
    row = await _lock_pending(actor.community_id, adjustment_id)
    if row.membership_id == actor.id or (row.requested_by == actor.id and not allow_own_request):
        raise OwnAccount(path=("adjustmentId",))
    return row


async def _lock_pending(community_id: int, adjustment_id: int) -> AdjustmentRow:
    row = await _LOCK.first(community_id, adjustment_id)
    if row is None:
        raise NotFound("There is no such adjustment here.", path=("adjustmentId",))
    if row.state is not AdjustmentState.PENDING:
        raise AdjustmentDecided
    return row


async def _apply_approved(row: AdjustmentRow, *, decided_by: int | None) -> AdjustmentRow:
    try:
        return await _apply(row, decided_by=decided_by)
    except InsufficientPoints as refusal:
        raise InsufficientPoints(refusal.message, path=("adjustmentId",)) from None


async def _apply(row: AdjustmentRow, *, decided_by: int | None) -> AdjustmentRow:
    account = await journal.lock_account(row.community_id, row.membership_id)
    await account.expire_due_lots()
    entry = await entries.insert_entry(
        # The reason is a person's words: it stays with the adjustment, which unlike the journal can be redacted.
        row.community_id, EntryKind.ADJUSTMENT, f"adjustment:{row.id}", {"inputs": {}},
    )  # fmt: skip
    if row.amount > 0:
        terms = await policy.get_policy(row.community_id)
        await account.issue(entry, row.amount, expires_at=terms.compute_expiry(clock.now()), adds_growth=False)
    elif await account.take_exactly(entry, -row.amount, into=AccountKind.ISSUANCE) is None:
        raise InsufficientPoints(f"The account holds {account.balance} points.", path=("amount",))
    await notices.notify_member(
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
    await audit.record(
        row.community_id, decided_by, f"adjustment.{state.value.lower()}", subject="adjustment", subject_id=row.id
    )
    return decided
