"""Verbs of likes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from community.communities import permissions
from community.communities.permissions import Actor
from community.communities.queries import MemberRow
from community.consent.models import ConsentPurpose
from community.kernel import clock, db, periods
from community.kernel.seals.contents import record_deletions
from community.submissions import checks
from community.submissions.queries import COLUMNS, SubmissionRow, get, make_not_found


@dataclass(slots=True)
class _NewLikeRow:
    time_zone: str


_INSERT_LIKE = db.Change(
    "INSERT INTO submission_like (community_id, submission_id, membership_id, created_at)"
    " SELECT s.community_id, s.id, $3, $4 FROM submission s"
    " WHERE s.community_id = $1 AND s.id = $2 AND s.published_revision IS NOT NULL"
    " ON CONFLICT (community_id, submission_id, membership_id) DO NOTHING"
    " RETURNING (SELECT c.time_zone FROM community c WHERE c.id = community_id) AS time_zone",
    _NewLikeRow,
)


@dataclass(slots=True)
class _LikeRow:
    id: int
    created_at: datetime


_DELETE_LIKE = db.Change(
    "DELETE FROM submission_like WHERE community_id = $1 AND submission_id = $2 AND membership_id = $3"
    f" RETURNING {db.columns(_LikeRow)}",
    _LikeRow,
)
_WHERE_PUBLISHED = f" WHERE community_id = $1 AND id = $2 AND published_revision IS NOT NULL RETURNING {COLUMNS}"
_COUNT_LIKE = db.Change(
    # At the end of a week, a like of the new week may have been counted first.
    "UPDATE submission SET like_count = like_count + 1,"
    " liked_week = CASE WHEN liked_week > $3 THEN liked_week ELSE $3 END,"
    " week_likes = CASE WHEN liked_week > $3 THEN week_likes WHEN liked_week = $3 THEN week_likes + 1 ELSE 1 END"
    f"{_WHERE_PUBLISHED}",
    SubmissionRow,
)


def _build_unlike_sql(liked_at: str) -> str:
    # A like of an earlier week is no longer in the count of the week.
    return (
        "UPDATE submission SET like_count = like_count - 1,"
        f" liked_week = CASE WHEN liked_week <= {liked_at} AND week_likes = 1 THEN NULL ELSE liked_week END,"
        f" week_likes = CASE WHEN liked_week <= {liked_at} THEN week_likes - 1 ELSE week_likes END"
    )


_COUNT_UNLIKE = db.Change(_build_unlike_sql("$3") + _WHERE_PUBLISHED, SubmissionRow)
# A person has one membership per community, so at most one like of a submission.
_LIKED_AT = (
    "(SELECT l.created_at FROM submission_like l WHERE l.community_id = submission.community_id"
    " AND l.submission_id = submission.id AND l.membership_id = ANY($1))"
)
_COUNT_ERASED = db.Change(
    f"{_build_unlike_sql(_LIKED_AT)} WHERE (community_id, id) IN (SELECT community_id, submission_id"
    " FROM submission_like WHERE membership_id = ANY($1)) RETURNING id",
    db.Id,
)
_DELETE_ERASED = db.Change("DELETE FROM submission_like WHERE membership_id = ANY($1) RETURNING id", db.Id)


@db.transactional
async def like(actor: Actor, submission_id: int) -> SubmissionRow:
    """Like a published submission, and return it. Idempotent.

    Raises NotFound, ConsentMissing, GuardianNeeded.
    """
    actor = await permissions.lock_consenting_member(actor, ConsentPurpose.SERVICE)
    now = clock.now()
    like = await _INSERT_LIKE.first(actor.community_id, submission_id, actor.id, now)
    if like is None:
        return await _get_public(actor, submission_id)
    week = periods.week(now, like.time_zone).start
    row = _require_public(await _COUNT_LIKE.first(actor.community_id, submission_id, week))
    row.loaded = {"liked_by_me": True}  # type: ignore[misc]  # mypy sees no slot of the base class
    return row


@db.transactional
async def unlike(actor: Actor, submission_id: int) -> SubmissionRow:
    """Delete the actor's like of a published submission, and return the submission. Idempotent.

    Raises NotFound.
    """
    actor = await permissions.lock_member(actor)
    row = await _get_public(actor, submission_id)
    deleted = await _DELETE_LIKE.first(actor.community_id, row.id, actor.id)
    if deleted is None:
        return row
    await record_deletions("submission_like", [deleted.id])
    return _require_public(await _COUNT_UNLIKE.first(actor.community_id, row.id, deleted.created_at))


@db.transactional
async def erase(membership_ids: list[int]) -> None:
    """Delete a person's likes, and their part of the counts. Idempotent."""
    await _COUNT_ERASED.all(membership_ids)
    await record_deletions("submission_like", [row.id for row in await _DELETE_ERASED.all(membership_ids)])


async def _get_public(actor: MemberRow, submission_id: int) -> SubmissionRow:
    row = await get(actor.community_id, submission_id)
    checks.require_public(row, actor)
    return row


def _require_public(row: SubmissionRow | None) -> SubmissionRow:
    if row is None:
        raise make_not_found()
    return row
