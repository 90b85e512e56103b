"""试用: promises to review what was handed over.

A promise begins with the first handover of a trial, and ends if it is undone. The member names the review. A review
that was sent in time does not break the promise while it waits for a decision. A later publication repairs a broken
one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from community.communities import permissions
from community.communities.permissions import Actor
from community.kernel import clock, db
from community.kernel.errors import InvalidInput, NotFound, require_row
from community.kernel.row_failures import BEGINNING, run_each, walk
from community.kernel.seals.contents import record_deletions
from community.notices.models import NoticeKind
from community.notices.service import notify_member
from community.rewards import history
from community.rewards.kinds import PromiseState
from community.rewards.pick_up.errors import NothingToUndo
from community.rewards.rows import PromiseRow, RedemptionRow
from community.submissions import queries as submissions
from community.submissions.models import SubmissionKind, SubmissionState
from community.submissions.queries import SubmissionRow

DUE_SOON = timedelta(days=2)
"""Time before the end of a promise at which the member gets a notice."""
_WAITING = frozenset({SubmissionState.PENDING_SCREENING, SubmissionState.IN_REVIEW})
_BATCH_SIZE = 100


@dataclass(slots=True)
class _RewardDaysRow:
    review_days: int


_COLUMNS = db.columns(PromiseRow)
_NEW = db.Change(
    "INSERT INTO trial_promise (community_id, redemption_id, membership_id, state, due_at, created_at)"
    " VALUES ($1, $2, $3, 'OPEN', $4, $5) ON CONFLICT (community_id, redemption_id) DO NOTHING"
    f" RETURNING {_COLUMNS}",
    PromiseRow,
)
_DAYS = db.Select("SELECT review_days FROM reward WHERE id = $1", _RewardDaysRow)
_DELETE = db.Change("DELETE FROM trial_promise WHERE community_id = $1 AND redemption_id = $2 RETURNING id", db.Id)
_OF_REDEMPTION = db.Select(
    f"SELECT {_COLUMNS} FROM trial_promise WHERE community_id = $1 AND redemption_id = $2", PromiseRow
)
_OF_REDEMPTIONS = db.Select(f"SELECT {_COLUMNS} FROM trial_promise WHERE redemption_id = ANY($1)", PromiseRow)
_OF_SUBMISSION = db.Select("SELECT id FROM trial_promise WHERE submission_id = $1", db.Id)
_LOCK_REVIEW = db.Select(
    f"SELECT {submissions.COLUMNS} FROM submission WHERE community_id = $1 AND id = $2 FOR SHARE", SubmissionRow
)
_SET = db.Change(
    f"UPDATE trial_promise SET state = $2, submission_id = $3, resolved_at = $4 WHERE id = $1 RETURNING {_COLUMNS}",
    PromiseRow,
)
_OPEN = (
    f"SELECT {db.columns(PromiseRow, 'p')} FROM trial_promise p LEFT JOIN submission s ON s.id = p.submission_id"
    " WHERE p.state = 'OPEN' AND (p.due_at, p.id) > ($1, $2) AND {}"
    f" ORDER BY p.due_at, p.id LIMIT {_BATCH_SIZE}"
)
# A muted member cannot send a review, and has two days for it after the mute.
_DECIDED = db.Select(
    _OPEN.format("(s.published_revision IS NOT NULL OR (p.due_at <= $3 AND COALESCE(s.state, 'DRAFT') NOT IN"
                 " ('PENDING_SCREENING', 'IN_REVIEW') AND NOT EXISTS (SELECT 1 FROM sanction m WHERE m.membership_id"
                 " = p.membership_id AND m.kind = 'MUTE' AND m.lifted_at IS NULL AND m.ends_at > $4)))"),
    PromiseRow,
)  # fmt: skip
_DUE_SOON = db.Select(_OPEN.format("p.due_at <= $3 AND p.submission_id IS NULL"), PromiseRow)


async def begin(row: RedemptionRow) -> None:
    """Begin the promise of a trial that is handed over. Idempotent."""
    now = clock.now()
    due_at = now + timedelta(days=(await _DAYS.one(row.reward_id)).review_days)
    promise = await _NEW.first(row.community_id, row.id, row.membership_id, due_at, now)
    if promise is not None:
        await notify_member(
            promise.community_id, promise.membership_id, kind=NoticeKind.TRIAL_PROMISED,
            key=f"trial_promise:{promise.id}:begun",
            detail={"redemption": promise.redemption_id, "ends_at": promise.due_at.isoformat()},
        )  # fmt: skip


async def end_undone(row: RedemptionRow) -> None:
    """Delete the promise of a trial of which nothing is handed over any longer.

    Raises NothingToUndo for a kept promise. Its member may have another trial, and a new promise would be a second one.
    """
    promise = await find_promise(row)
    if promise is not None and promise.state is PromiseState.KEPT:
        raise NothingToUndo("reviewed")
    deleted = await _DELETE.all(row.community_id, row.id)
    await record_deletions("trial_promise", [each.id for each in deleted])


async def find_promise(row: RedemptionRow) -> PromiseRow | None:
    """Return the promise of a redemption, or None."""
    return await _OF_REDEMPTION.first(row.community_id, row.id)


async def find_promises(redemption_ids: Sequence[int]) -> list[PromiseRow | None]:
    """Return the promise of each redemption, in order. None for one without a promise."""
    return db.in_order_or_none(await _OF_REDEMPTIONS.all(list(redemption_ids)), redemption_ids, by="redemption_id")


@db.transactional
async def name_review(actor: Actor, redemption_id: int, *, submission_id: int) -> PromiseRow:
    """Name the review of the actor's own trial, and return the promise.

    A published review keeps it immediately. One that waits for a decision keeps it when it is published. Idempotent: a
    kept promise stays. Raises NotAMember, NotFound and InvalidInput.
    """
    member = await permissions.lock_member(actor)
    review = await _LOCK_REVIEW.first(member.community_id, submission_id)
    if review is None or review.author_id != member.id:
        raise NotFound("submission")
    row = await history.lock(member.community_id, redemption_id)
    if row.membership_id != member.id:
        raise NotFound("redemption")
    promise = require_row(await find_promise(row), NotFound("promise", path=("redemptionId",)))
    if promise.state is PromiseState.KEPT:
        return promise
    _check_review(promise, review)
    used = await _OF_SUBMISSION.first(review.id)
    if used is not None and used.id != promise.id:
        raise InvalidInput("review_used", path=("submissionId",))
    if review.published_revision is not None:
        return await _SET.one(promise.id, PromiseState.KEPT, review.id, clock.now())
    return await _SET.one(promise.id, promise.state, review.id, promise.resolved_at)


def _check_review(promise: PromiseRow, review: SubmissionRow) -> None:
    if review.kind is not SubmissionKind.PRODUCT_REVIEW:
        raise InvalidInput("review_kind", path=("submissionId",))
    if review.published_at is not None and review.published_at < promise.created_at:
        raise InvalidInput("review_older", path=("submissionId",))
    if review.published_revision is not None:
        return
    if promise.state is PromiseState.BROKEN or review.state not in _WAITING:
        raise InvalidInput("review_not_published", path=("submissionId",))


async def resolve_due() -> int:
    """Keep promises with a published review, and break others that are due.

    Return their number. What fails is logged, and the others are resolved. Raises RowsFailed at the end.
    """
    now = clock.now()
    decided = walk(lambda *last: _DECIDED.all(*last, now, now - DUE_SOON), BEGINNING, 0, by="due_at id")
    return await run_each("promise", decided, _resolve)


@db.transactional
async def _resolve(found: PromiseRow) -> bool:
    review = None
    if found.submission_id is not None:
        review = await _LOCK_REVIEW.one(found.community_id, found.submission_id)
    promise = await find_promise(await history.lock(found.community_id, found.redemption_id))
    if promise is None or promise.state is not PromiseState.OPEN or promise.submission_id != found.submission_id:
        return False
    now = clock.now()
    if review is not None and review.published_revision is not None:
        await _SET.one(promise.id, PromiseState.KEPT, promise.submission_id, now)
        return True
    if promise.due_at > now or (review is not None and review.state in _WAITING):
        return False
    # The review that was refused may be used no longer, so the member can send another.
    await _SET.one(promise.id, PromiseState.BROKEN, None, now)
    await notify_member(
        promise.community_id, promise.membership_id, kind=NoticeKind.TRIAL_BROKEN,
        key=f"trial_promise:{promise.id}:broken",
        detail={"redemption": promise.redemption_id, "ends_at": promise.due_at.isoformat()},
    )  # fmt: skip
    return True


async def announce_due() -> int:
    """Notify members whose review is due within two days and not named.

    Return the number of promises. Idempotent: a member is notified once per promise.
    """
    count, now = 0, clock.now()
    async for promise in walk(lambda *last: _DUE_SOON.all(*last, now + DUE_SOON), now, 0, by="due_at id"):
        await notify_member(
            promise.community_id, promise.membership_id, kind=NoticeKind.TRIAL_DUE,
            key=f"trial_promise:{promise.id}:due",
            detail={"redemption": promise.redemption_id, "ends_at": promise.due_at.isoformat()},
        )  # fmt: skip
        count += 1
    return count
