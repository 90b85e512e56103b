"""Verbs of likes."""

from __future__ import annotations

from community.communities import permissions
from community.communities.permissions import Actor
from community.communities.time_zones import get_time_zone
from community.consent.models import ConsentPurpose
from community.kernel import clock, db, periods
from community.kernel.errors import NotFound
from community.kernel.seals.contents import record_deletions
from community.submissions import board_counts
from community.submissions.queries import COLUMNS, SubmissionRow
from community.submissions.reactions.statements import declare_reactions, get_public

LIKES = declare_reactions("submission_like")
_WHERE = " WHERE community_id = $1 AND id = $2"
_LIKE = db.Joined(
    liked=LIKES.inserting,
    submission=db.Change(
        # At the end of a week, a like of the new week may have been counted first.
        "UPDATE submission SET like_count = like_count + 1,"
        " liked_week = CASE WHEN liked_week > $3 THEN liked_week ELSE $3 END,"
        " week_likes = CASE WHEN liked_week > $3 THEN week_likes WHEN liked_week = $3 THEN week_likes + 1 ELSE 1 END"
        f"{_WHERE} AND EXISTS (SELECT id FROM liked) RETURNING {COLUMNS}",
        SubmissionRow,
    ),
)


def _build_unlike_sql(liked_at: str) -> str:
    # A like of an earlier week is no longer in the count of the week.
    return (
        "UPDATE submission SET like_count = like_count - 1,"
        f" liked_week = CASE WHEN liked_week <= {liked_at} AND week_likes = 1 THEN NULL ELSE liked_week END,"
        f" week_likes = CASE WHEN liked_week <= {liked_at} THEN week_likes - 1 ELSE week_likes END"
    )


_COUNT_UNLIKE = db.Change(f"{_build_unlike_sql('$3')}{_WHERE} RETURNING {COLUMNS}", SubmissionRow)
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


@db.transactional
async def like(actor: Actor, submission_id: int) -> SubmissionRow:
    """Like a published submission, and return it. Idempotent.

    Raises NotFound, ConsentMissing, GuardianNeeded.
    """
    member = await permissions.lock_consenting_member(actor, ConsentPurpose.SERVICE)
    now = clock.now()
    week = periods.week(now, await get_time_zone(member.community_id)).start
    place = (member.community_id, submission_id)
    liked, rows = await _LIKE.run((*place, member.id, now), (*place, week))
    if not liked:
        return await get_public(member, submission_id)
    row: SubmissionRow = rows[0]
    if row.published_revision is None:  # it was hidden meanwhile
        raise NotFound("submission")
    await board_counts.count_like(row, member.id, 1, at=now)
    row.loaded = {"liked_by_me": True, "viewer": member}
    return row


@db.transactional
async def unlike(actor: Actor, submission_id: int) -> SubmissionRow:
    """Delete the actor's like of a published submission, and return the submission. Idempotent.

    Raises NotFound.
    """
    member = await permissions.lock_member(actor)
    row = await get_public(member, submission_id)
    deleted = await LIKES.delete(member, row.id)
    if deleted is None:
        return row
    await record_deletions("submission_like", [deleted.id])
    found = await _COUNT_UNLIKE.first(member.community_id, row.id, deleted.created_at)
    if found is None or found.published_revision is None:
        raise NotFound("submission")
    await board_counts.count_like(found, member.id, -1, at=deleted.created_at)
    return found


@db.transactional
async def erase(membership_ids: list[int]) -> None:
    """Delete a person's likes, and their part of the counts. Idempotent."""
    liked = await board_counts.list_liked_authors(membership_ids)
    await _COUNT_ERASED.all(membership_ids)
    await record_deletions("submission_like", await LIKES.erase(membership_ids))
    for community_id, author_ids in liked.items():
        await board_counts.recount(community_id, *author_ids)
