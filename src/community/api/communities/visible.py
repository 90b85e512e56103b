"""Members as each viewer may see them.

A member is visible to the members of the community and to themselves. Others see a current member of a public community
who has published there and is neither a child nor suspended, without dates.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any, Protocol, TypeAlias

from community.api.communities.carried import carry_viewers
from community.api.context import Info
from community.api.declare import batched
from community.api.preloading import choose_in_list
from community.communities import queries, visibility
from community.communities.queries import CommunityRow, MemberRow
from community.communities.settings import Visibility
from community.kernel import db
from community.kernel.paging import Page, PageRequest
from community.submissions import feed, publications
from community.submissions import queries as submission_queries
from community.submissions.feed import FeedFilter
from community.submissions.models import FeedOrder
from community.submissions.queries import SubmissionRow
from community.submissions.related import PUBLISHED_ROWS


class _OfCommunity(Protocol):
    @property
    def community_id(self) -> int: ...


Check: TypeAlias = Callable[[Any, MemberRow | None], bool]
"""Returns True if a member may do something with a row. None is no member."""
LoadMemberships: TypeAlias = Callable[[Sequence[int], Info], Awaitable[list[MemberRow | None]]]


async def _find_own_memberships(community_ids: list[int], info: Info) -> list[MemberRow | None]:
    return await info.context.find_own_memberships(community_ids)


async def load_own_and_former_memberships(community_ids: Sequence[int], info: Info) -> list[MemberRow | None]:
    """Return the viewer's membership in each community, ended or not, or None, in order."""
    if info.context.has_memberships:
        return await info.context.find_own_memberships(community_ids)
    return await info.context.load_once(_find_own_memberships, community_ids, info)


async def load_own_memberships(community_ids: Sequence[int], info: Info) -> list[MemberRow | None]:
    """Return the viewer as a current member of each community, or None, in order."""
    found = await load_own_and_former_memberships(community_ids, info)
    return [None if member is None or member.left_at is not None else member for member in found]


async def load_viewers(
    rows: Sequence[_OfCommunity], info: Info, *, load: LoadMemberships = load_own_and_former_memberships
) -> list[MemberRow | None]:
    """Return the viewer's membership in the community of each row, in order.

    The verb of a mutation may have loaded it, and is a current member.
    """
    return db.take_loaded(rows, "viewer") or await load([row.community_id for row in rows], info)


async def list_allowed(
    check: Check, rows: Sequence[_OfCommunity], info: Info, *, load: LoadMemberships = load_own_memberships
) -> list[bool]:
    """Return True for each row for which the check passes for the viewer."""
    members = await load_viewers(rows, info, load=load)
    return [check(row, member) for row, member in zip(rows, members, strict=True)]


def viewer_can(check: Check, description: str, *, load: LoadMemberships = load_own_memberships) -> Any:
    """Declare the field that is True if a check passes for the viewer.

    With `load_own_and_former_memberships` it also passes for a former member.
    """

    async def load_allowed(rows: list[Any], info: Info) -> list[bool]:
        return await list_allowed(check, rows, info, load=load)

    def carry_allowed(info: Info) -> Callable[[Any], bool]:
        viewer = carry_viewers(info, only_current=load is load_own_memberships)
        return lambda row: check(row, viewer(row))

    return batched(load_allowed, description=description, carried=carry_allowed)


async def is_member(community_id: int, info: Info) -> bool:
    """Return True if the viewer is a current member of the community."""
    (member,) = await load_own_memberships([community_id], info)
    return member is not None


async def list_readable(rows: Sequence[CommunityRow], info: Info) -> list[bool]:
    """Return True for each community whose publications the viewer may read."""
    closed = [row.id for row in rows if row.visibility is not Visibility.PUBLIC]
    own = dict(zip(closed, await load_own_memberships(closed, info), strict=True))
    return [row.visibility is Visibility.PUBLIC or own[row.id] is not None for row in rows]


async def is_stranger(community: CommunityRow, info: Info) -> bool:
    """Return True if the viewer reads only what the community has published for everyone."""
    return community.visibility is Visibility.PUBLIC and not await is_member(community.id, info)


async def list_feed(
    community: CommunityRow, request: PageRequest, info: Info, *, only: FeedFilter, order: FeedOrder = FeedOrder.NEWEST
) -> Page[SubmissionRow]:
    """Return a page of the feed of a community that the viewer may read. Strangers see what is for everyone."""
    if await is_stranger(community, info):
        only = replace(only, for_everyone=True)
    return await feed.list_feed(
        community,
        request,
        only=only,
        order=order,
        preloading=choose_in_list(PUBLISHED_ROWS, info, info.context.person_id or 0),
    )


async def list_publications(author: MemberRow, request: PageRequest, info: Info) -> Page[SubmissionRow]:
    """Return a page of a member's publications. The viewer may read the community.

    The first pages of several members are read together. A cursor belongs to the list of one member.
    """
    if request.after is None:
        found: Page[SubmissionRow] = await info.context.load(_load_first_pages, author, info, first=request.first)
        return found
    for_everyone = not await is_member(author.community_id, info)
    return await publications.list_later_page(author.id, request, for_everyone=for_everyone)


async def _load_first_pages(authors: list[MemberRow], info: Info, *, first: int) -> list[Page[SubmissionRow]]:
    by_id = {row.id: row for row in authors}

    async def count(author_id: int) -> db.Count:
        found: db.Count = await info.context.load(_load_counts, by_id[author_id], info)
        return found

    request = PageRequest(first)
    outside, inside = await _split_by_viewer(authors, info)
    pages = await publications.list_first_pages(outside, request, for_everyone=True, count=count)
    pages |= await publications.list_first_pages(inside, request, for_everyone=False, count=count)
    return [pages[row.id] for row in authors]


async def _load_counts(authors: list[MemberRow], info: Info) -> list[db.Count]:
    outside, inside = await _split_by_viewer(authors, info)
    counts = await publications.count(outside, for_everyone=True)
    counts |= await publications.count(inside, for_everyone=False)
    return [counts[row.id] for row in authors]


async def _split_by_viewer(rows: Sequence[MemberRow], info: Info) -> tuple[set[int], set[int]]:
    """Return the ids of members outside the viewer's communities, and inside."""
    own = await load_own_memberships([row.community_id for row in rows], info)
    outside = {row.id for row, viewer in zip(rows, own, strict=True) if viewer is None}
    return outside, {row.id for row in rows} - outside


async def list_insider_views(rows: Sequence[MemberRow], info: Info) -> list[bool]:
    """Return True for the viewer and for members of their communities."""
    return _compare(rows, await load_own_memberships([row.community_id for row in rows], info), info)


def _compare(rows: Sequence[MemberRow], own: Sequence[MemberRow | None], info: Info) -> list[bool]:
    return [
        member is not None or row.person_id == info.context.person_id for row, member in zip(rows, own, strict=True)
    ]


async def load_visible_members(
    membership_ids: Sequence[int],
    info: Info,
    *,
    community_ids: Sequence[int] | None = None,
    loaded: list[MemberRow] | None = None,
) -> list[MemberRow | None]:
    """Return the member of each membership id, in order. None where the viewer may not see them.

    `community_ids` has the community of each, and `loaded` the members themselves, if the caller knows them. Raises
    KeyError for an unknown id.
    """
    if loaded is not None:
        rows, inside = loaded, await list_insider_views(loaded, info)
    elif community_ids is None:
        rows = await queries.get_members(membership_ids)
        inside = await list_insider_views(rows, info)
    else:
        rows, own = await asyncio.gather(queries.get_members(membership_ids), load_own_memberships(community_ids, info))
        inside = _compare(rows, own, info)
    others = {row.id for row, is_insider in zip(rows, inside, strict=True) if not is_insider}
    shown = await list_publicly_visible(await visibility.list_presentable_members(list(others))) if others else set()
    return [row if is_insider or row.id in shown else None for row, is_insider in zip(rows, inside, strict=True)]


async def is_person_publicly_visible(person_id: int) -> bool:
    """Return True if everyone sees the person as a member of some community."""
    return bool(await list_publicly_visible(await visibility.list_presentable_memberships(person_id)))


async def list_publicly_visible(rows: Sequence[MemberRow]) -> set[int]:
    """Return the membership ids of those who have published."""
    if not rows:
        return set()
    return await submission_queries.list_published_author_ids(
        [row.community_id for row in rows], [row.id for row in rows]
    )
