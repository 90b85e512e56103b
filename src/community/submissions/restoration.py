"""The state of removed submissions, and their restoration.

A removal keeps the pictures without readers for 30 days, or until an appeal about it is answered. Until then the
submission can be restored as it was. The likes, the place in the feed and the readers are those from before.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from community.communities.permissions import get_member_id
from community.communities.queries import MemberRow
from community.communities.settings import Visibility
from community.kernel import clock, db
from community.kernel.tables import row_of
from community.media import sent_pictures, uses
from community.points.earning import claw_back
from community.submissions import board_counts, changes, search
from community.submissions.errors import RemovalFinal, StateForbids
from community.submissions.models import SubmissionRemoval, SubmissionState
from community.submissions.queries import COLUMNS, SubmissionRow, get_by_ids, list_revision_media_ids, lock

RESTORABLE_FOR = timedelta(days=30)
_BATCH_SIZE = 100


@row_of(SubmissionRemoval)
class RemovalRow(db.Row):
    """A removal of a submission. `state` is that of the submission before it."""

    id: int
    community_id: int
    submission_id: int
    author_id: int
    removed_by: int | None
    state: SubmissionState
    published_revision: int | None
    recommended: bool
    removed_at: datetime
    kept_until: datetime | None
    discarded_at: datetime | None
    restored_at: datetime | None
    restored_by: int | None


_SELECT = f"SELECT {db.columns(RemovalRow)} FROM submission_removal r"
_BY_ID = db.Select(f"{_SELECT} WHERE r.id = ANY($1)", RemovalRow)
_NEWEST = db.Select(
    f"{_SELECT} WHERE r.submission_id = ANY($1)"
    " AND r.id = (SELECT max(x.id) FROM submission_removal x WHERE x.submission_id = r.submission_id)",
    RemovalRow,
)
_INSERT = (
    "INSERT INTO submission_removal (community_id, submission_id, author_id, removed_by, state, published_revision,"
    " recommended, removed_at, kept_until) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
)
_RESTORE = db.Change(
    "UPDATE submission SET state = $3, version = version + 1, note = $4, updated_at = $5, published_revision = $6,"
    f" recommended = $7 WHERE community_id = $1 AND id = $2 AND state = 'REMOVED' RETURNING {COLUMNS}",
    SubmissionRow,
)
_WHERE_OPEN = "restored_at IS NULL AND discarded_at IS NULL"
_DUE = db.Select(
    f"SELECT submission_id AS id FROM submission_removal WHERE kept_until < $1 AND {_WHERE_OPEN}"
    f" ORDER BY kept_until, id LIMIT {_BATCH_SIZE}",
    db.Id,
)
_DISCARD = db.Change(
    "UPDATE submission_removal SET discarded_at = $2"
    f" WHERE submission_id = $1 AND {_WHERE_OPEN} AND ($3 OR kept_until < $2) RETURNING id",
    db.Id,
)
_OPEN_OF_AUTHORS = db.Select(
    "SELECT submission_id AS id FROM submission_removal"
    f" WHERE author_id = ANY($1) AND {_WHERE_OPEN} ORDER BY submission_id",
    db.Id,
)


async def find_newest(submission_ids: Sequence[int]) -> list[RemovalRow | None]:
    """Return the newest removal of each submission, in order. None stands for no removal."""
    return db.in_order_or_none(await _NEWEST.all(list(submission_ids)), submission_ids, by="submission_id")


async def find(removal_id: int) -> RemovalRow | None:
    """Return the removal, or None. The caller checks who may know of it."""
    return (await find_many([removal_id]))[0]


async def find_many(removal_ids: Sequence[int]) -> list[RemovalRow | None]:
    """Return the removal of each id, in order, or None."""
    return db.in_order_or_none(await _BY_ID.all(list(removal_ids)), removal_ids)


def is_kept(row: RemovalRow) -> bool:
    """Return True if the removed submission can be restored now."""
    is_over = row.kept_until is not None and row.kept_until <= clock.now()
    return row.restored_at is None and row.discarded_at is None and not is_over


def require_kept(row: RemovalRow) -> None:
    """Raise RemovalFinal unless the removed submission can be restored now."""
    if not is_kept(row):
        raise RemovalFinal


@db.transactional
async def record(by: MemberRow | None, before: SubmissionRow) -> None:
    """Record a removal of this submission, which is the row from before the removal. The operator is None."""
    now = clock.now()
    # What no leader has approved is not public again before a leader approves it.
    published = None if before.published_ahead else before.published_revision
    await db.execute(
        _INSERT, before.community_id, before.id, before.author_id, get_member_id(by), before.state, published,
        before.recommended, now, now + RESTORABLE_FOR,
    )  # fmt: skip


@db.transactional
async def restore(row: RemovalRow, *, by: MemberRow | None, note: str) -> SubmissionRow:
    """Restore a removed submission to its state before, and return it. The operator is None.

    What was public is public again with its pictures, and its points are given back. The caller has locked the
    submission, has checked who may restore it, and opens a case for a revision in review.
    Raises StateForbids and RemovalFinal.
    """
    require_kept(row)
    now = clock.now()
    restored = await _RESTORE.first(
        row.community_id, row.submission_id, row.state, note, now, row.published_revision, row.recommended
    )
    if restored is None:
        raise StateForbids((await get_by_ids([row.submission_id]))[0].state.value.lower())
    await db.execute(
        "UPDATE submission_removal SET restored_at = $2, restored_by = $3 WHERE id = $1",
        row.id, now, get_member_id(by),
    )  # fmt: skip
    await search.update_index([restored])
    await changes.put_follow_endorsements(restored)
    await board_counts.recount(restored.community_id, restored.author_id)
    await sent_pictures.unblock(row.community_id, row.submission_id)
    await _show_pictures(restored)
    await claw_back.restore(row.community_id, cause=f"submission:{row.submission_id}")
    changes.record_and_notify_review(by, restored, "submission.restore")
    return restored


async def _show_pictures(row: SubmissionRow) -> None:
    shown = await list_revision_media_ids(row.id, row.published_revision)
    await uses.publish(shown, by=changes.build_media_consumer(row), for_everyone=row.published_for is Visibility.PUBLIC)


@db.transactional
async def keep_for_appeal(row: RemovalRow) -> None:
    """Keep the removed submission until `end_appeal`. The caller has locked it. Raises RemovalFinal."""
    require_kept(row)
    await db.execute("UPDATE submission_removal SET kept_until = NULL WHERE id = $1", row.id)


@db.transactional
async def end_appeal(row: RemovalRow) -> None:
    """Keep the removed submission for the rest of its 30 days. The caller has locked it."""
    await db.execute(
        "UPDATE submission_removal SET kept_until = $2 WHERE id = $1 AND kept_until IS NULL",
        row.id, max(clock.now(), row.removed_at + RESTORABLE_FOR),
    )  # fmt: skip


async def collect_removed() -> None:
    """Delete the pictures of submissions whose removal is final. Idempotent. The schedule calls it."""
    while due := await _DUE.all(clock.now()):
        for row in due:
            await _discard_due(row.id)


@db.transactional
async def _discard_due(submission_id: int) -> None:
    await _discard(await lock(submission_id), at_any_time=False)


@db.transactional
async def discard(row: SubmissionRow) -> None:
    """End the removal of a locked submission, and release its pictures. Idempotent."""
    await _discard(row, at_any_time=True)


async def _discard(row: SubmissionRow, *, at_any_time: bool) -> None:
    if await _DISCARD.first(row.id, clock.now(), at_any_time) is not None:
        await uses.release(by=changes.build_media_consumer(row))


@db.transactional
async def discard_all(author_ids: Sequence[int]) -> None:
    """End the removals of these authors' submissions, and release their pictures. Idempotent."""
    for found in await _OPEN_OF_AUTHORS.all(list(author_ids)):
        await discard(await lock(found.id))
