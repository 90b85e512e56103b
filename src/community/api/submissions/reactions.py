"""Likes, favourites, shares and views: what a submission shows of them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from community.api.communities.visible import load_own_and_former_memberships, load_own_memberships
from community.api.context import Info
from community.api.declare import batched
from community.conversation.queries import CommentRow
from community.kernel import sealing
from community.submissions import views
from community.submissions.queries import SubmissionRow
from community.submissions.reactions.favourites import FAVOURITES
from community.submissions.reactions.likes import LIKES
from community.submissions.reactions.shares import SHARES
from community.submissions.reactions.statements import Reactions


async def list_reacted(of: Reactions, rows: Sequence[SubmissionRow | CommentRow], info: Info) -> list[bool]:
    """Return for each thing, in order, True if the viewer has reacted to it."""
    viewer_id = info.context.person_id
    return [False] * len(rows) if viewer_id is None else await of.list_reacted(viewer_id, [row.id for row in rows])


async def _count_for_author(of: Reactions, rows: list[SubmissionRow], info: Info) -> list[int | None]:
    own = await load_own_and_former_memberships([row.community_id for row in rows], info)
    shown = [row.id for row, viewer in zip(rows, own, strict=True) if viewer is not None and viewer.id == row.author_id]
    counts = dict.fromkeys(shown, 0) | (await of.count_by_thing(shown) if shown else {})
    return [counts.get(row.id) for row in rows]


@partial(batched, carried="liked_by_me")
async def liked_by_me(rows: list[SubmissionRow], info: Info) -> list[bool]:
    """True if the viewer likes it."""
    return await list_reacted(LIKES, rows, info)


@batched
async def viewer_has_favourited(rows: list[SubmissionRow], info: Info) -> list[bool]:
    """True if it is among the viewer's favourites."""
    return await list_reacted(FAVOURITES, rows, info)


@batched
async def favourite_count(rows: list[SubmissionRow], info: Info) -> list[int | None]:
    """Number of members who have it among their favourites. Null for everyone but its author."""
    return await _count_for_author(FAVOURITES, rows, info)


@batched
async def share_count(rows: list[SubmissionRow], info: Info) -> list[int | None]:
    """Number of shares, one per member and channel. Null for everyone but its author."""
    return await _count_for_author(SHARES, rows, info)


@batched
async def view_count(rows: list[SubmissionRow]) -> list[int]:
    """Number of views by `submission`, once per viewer and hour, without the author's. Lists count none.

    A viewer is a person, or the address of a guest. It is a few minutes old.
    """
    found = await views.count([row.id for row in rows])
    return [found.get(row.id, 0) for row in rows]


async def record_view(row: SubmissionRow, info: Info) -> None:
    """Record a view of a publication, unless its author views it. It sends no statement."""
    if row.published_revision is None:
        return
    (viewer,) = await load_own_memberships([row.community_id], info)
    if viewer is None or viewer.id != row.author_id:
        views.record(row.id, info.context.person_id or _name_guest(info))


def _name_guest(info: Info) -> str:
    """Return a digest of a guest's address, because Redis keeps it for two hours."""
    return sealing.compute_digest(info.context.settings, "views", info.context.subscriber)
