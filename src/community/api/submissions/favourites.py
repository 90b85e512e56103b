"""The viewer's favourites and shares: type, list and mutations."""

from __future__ import annotations

from functools import partial

import strawberry

from community.api import ids
from community.api.context import Info
from community.api.declare import batched, declare_enum, field, input_type, object_type, query, type_over
from community.api.mutations import mutation
from community.api.nodes import CommunityId, find_readable
from community.api.pages import paged
from community.api.submissions.mutations import run_reaction
from community.api.submissions.types import load_visible_submissions
from community.kernel.paging import Page, PageRequest
from community.submissions.queries import SubmissionRow
from community.submissions.reactions import favourites, shares
from community.submissions.reactions.favourites import FavouriteRow
from community.submissions.reactions.models import ShareChannel

declare_enum(
    ShareChannel,
    values={
        "CHAT": "To a friend or a group.",
        "TIMELINE": "To the timeline of the platform, such as 朋友圈.",
        "LINK": "As a copied link.",
        "OTHER": "Any other way, such as a poster.",
    },
)


@type_over(FavouriteRow)
class Favourite:
    """收藏: a submission among the viewer's favourites."""

    created_at = field(description="Time when it was added.")

    @query
    def submission_id(row: strawberry.Parent[FavouriteRow]) -> strawberry.ID:
        """Id of the submission, for `submissionUnfavourite`."""
        return strawberry.ID(ids.encode("Submission", row.submission_id))

    @batched
    async def submission(rows: list[FavouriteRow], info: Info) -> list[SubmissionRow | None]:
        """Submission. Null if it is no longer public."""
        return await load_visible_submissions([row.submission_id for row in rows], info)


@object_type
class FavouriteQuery:
    """Root fields about favourites."""

    @paged
    async def my_favourites(self, info: Info, request: PageRequest, community_id: CommunityId) -> Page[FavouriteRow]:
        """The viewer's favourites in a community, the last added first."""
        return await favourites.list_own(await info.context.get_member(community_id), request)


@input_type
class SubmissionFavouriteInput:
    """Input for `submissionFavourite` and `submissionUnfavourite`."""

    submission_id: strawberry.ID = field(description="Id of the submission.")


@input_type
class SubmissionShareInput:
    """Input for `submissionShare`."""

    submission_id: strawberry.ID = field(description="Id of the submission.")
    channel: ShareChannel = field(description="Channel.")


@object_type
class FavouriteMutation:
    """Mutations of favourites and shares."""

    @mutation(submission="Shared submission.")
    async def submission_share(self, info: Info, input: SubmissionShareInput) -> SubmissionRow:
        """Record that the viewer shared a published submission. It earns no points.

        Refuses with NOT_FOUND, NOT_A_MEMBER, CONSENT_MISSING or GUARDIAN_NEEDED. Repeating: changes nothing.
        """
        return await run_reaction(info, input.submission_id, partial(shares.share, channel=input.channel))

    @mutation(submission="Submission in its new state.")
    async def submission_favourite(self, info: Info, input: SubmissionFavouriteInput) -> SubmissionRow:
        """Add a published submission to the viewer's favourites. Only the viewer sees them.

        Refuses with NOT_FOUND, NOT_A_MEMBER, CONSENT_MISSING or GUARDIAN_NEEDED. Repeating: changes nothing.
        """
        return await run_reaction(info, input.submission_id, favourites.favourite)

    @mutation(submission="Submission in its new state. Null if it is no longer public.")
    async def submission_unfavourite(self, info: Info, input: SubmissionFavouriteInput) -> SubmissionRow | None:
        """Remove a submission from the viewer's favourites, public or not.

        Refuses with NOT_FOUND or NOT_A_MEMBER. Repeating: changes nothing.
        """
        row = await run_reaction(info, input.submission_id, favourites.unfavourite)
        return await find_readable(SubmissionRow, row, info)
