"""Functions that read the viewer, author and community that a row carries.

See `Carried` in `api/declare.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from community.api.context import Info
from community.communities.queries import CommunityRow, MemberRow
from community.kernel import db


def carry_viewers(info: Info, *, only_current: bool = False) -> Callable[[Any], MemberRow | None]:
    """Return the function that gives the viewer's membership in the community of a row.

    The verb of a mutation may have loaded it, and is a current member.
    """
    own = info.context.known_memberships
    if own is None:
        return lambda row: row.loaded["viewer"]
    if only_current:
        own = {number: member for number, member in own.items() if member.left_at is None}
    return lambda row: own.get(row.community_id)


def carry_authors(info: Info) -> Callable[[Any], MemberRow] | None:
    """Return the function that gives the author that a row carries.

    It raises NotCarriedError if it takes a statement to know whether the viewer sees them.
    """
    own, viewer_id = info.context.known_memberships, info.context.person_id
    if own is None:
        return None
    inside = {number for number, member in own.items() if member.left_at is None}

    def get_author(row: Any) -> MemberRow:
        author: MemberRow = row.loaded["author"]
        if author.community_id not in inside and author.person_id != viewer_id:
            raise db.NotCarriedError
        return author

    return get_author


def carry_communities(info: Info) -> Callable[[Any], CommunityRow]:
    """Return the function that gives the community of a row.

    The viewer's memberships carry their communities.
    """
    return lambda row: info.context.get_own_community(row.community_id)
