"""Favourites: the submissions that a member keeps to find again. Only the member sees them."""

from __future__ import annotations

from datetime import datetime

from community.communities import permissions
from community.communities.permissions import Actor
from community.communities.queries import MemberRow
from community.kernel import db
from community.kernel.listing import Listing
from community.kernel.paging import Page, PageRequest
from community.kernel.tables import row_of
from community.submissions.queries import SubmissionRow, get
from community.submissions.reactions.models import SubmissionFavourite
from community.submissions.reactions.statements import declare_reactions, get_public

FAVOURITES = declare_reactions("submission_favourite")


@row_of(SubmissionFavourite)
class FavouriteRow:
    """A favourite of a member. It stays when the submission is no longer public."""

    id: int
    community_id: int
    submission_id: int
    membership_id: int
    created_at: datetime


_OWN = Listing(
    f"SELECT {db.columns(FavouriteRow)} FROM submission_favourite WHERE community_id = $1 AND membership_id = $2",
    FavouriteRow,
    newest_first=True,
)


@db.transactional
async def favourite(actor: Actor, submission_id: int) -> SubmissionRow:
    """Add a published submission to the actor's favourites, and return it. Idempotent.

    Raises NotFound, ConsentMissing, GuardianNeeded.
    """
    member, _ = await FAVOURITES.insert(actor, submission_id)
    return await get_public(member, submission_id)


@db.transactional
async def unfavourite(actor: Actor, submission_id: int) -> SubmissionRow:
    """Remove a submission from the actor's favourites, and return it, public or not. Idempotent.

    Raises NotFound, also for a submission that is neither public nor among the favourites.
    """
    member = await permissions.lock_member(actor)
    if await FAVOURITES.delete(member, submission_id) is None:
        return await get_public(member, submission_id)
    return await get(member.community_id, submission_id)


async def list_own(member: MemberRow, request: PageRequest) -> Page[FavouriteRow]:
    """Return a page of the member's favourites, the newest first."""
    return await _OWN.page(request, member.community_id, member.id)
