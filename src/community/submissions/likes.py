"""Verbs of likes."""

from __future__ import annotations

from community.communities import permissions
from community.communities.permissions import Actor
from community.communities.queries import MemberRow
from community.consent import consents
from community.consent.models import ConsentPurpose
from community.kernel import clock, db
from community.submissions.queries import SubmissionRow, get, make_not_found

_INSERT_LIKE = db.Change(
    "INSERT INTO submission_like (community_id, submission_id, membership_id, created_at) VALUES ($1, $2, $3, $4)"
    " ON CONFLICT (community_id, submission_id, membership_id) DO NOTHING RETURNING id",
    db.Id,
)
_DELETE_LIKE = db.Change(
    "DELETE FROM submission_like WHERE community_id = $1 AND submission_id = $2 AND membership_id = $3 RETURNING id",
    db.Id,
)
_ADD_TO_COUNT = db.Change(
    "UPDATE submission SET like_count = like_count + $3 WHERE community_id = $1 AND id = $2"
    " AND published_revision IS NOT NULL RETURNING id",
    db.Id,
)


@db.transactional
async def like(actor: Actor, submission_id: int) -> SubmissionRow:
    """Like a published submission, and return it. Idempotent.

    Raises NotFound, ConsentMissing, GuardianNeeded.
    """
    actor = await permissions.lock_member(actor)
    await consents.require_consent(actor.person_id, ConsentPurpose.SERVICE)
    if await _INSERT_LIKE.first(actor.community_id, await _get_public_id(actor, submission_id), actor.id, clock.now()):
        await _add_to_count(actor, submission_id, 1)
    return await get(actor.community_id, submission_id)


@db.transactional
async def unlike(actor: Actor, submission_id: int) -> SubmissionRow:
    """Delete the actor's like of a published submission, and return the submission. Idempotent.

    Raises NotFound.
    """
    actor = await permissions.lock_member(actor)
    if await _DELETE_LIKE.first(actor.community_id, await _get_public_id(actor, submission_id), actor.id):
        await _add_to_count(actor, submission_id, -1)
    return await get(actor.community_id, submission_id)


async def _get_public_id(actor: MemberRow, submission_id: int) -> int:
    row = await get(actor.community_id, submission_id)
    if row.published_revision is None:
        raise make_not_found()
    return row.id


async def _add_to_count(actor: MemberRow, submission_id: int, difference: int) -> None:
    if await _ADD_TO_COUNT.first(actor.community_id, submission_id, difference) is None:
        raise make_not_found()
