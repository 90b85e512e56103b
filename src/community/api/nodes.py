"""What has a global id of its own."""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias

import strawberry

from community.api import ids
from community.api.declare import interface, query

CommunityId: TypeAlias = Annotated[strawberry.ID, strawberry.argument(description="The community it is about.")]


@interface
class Node:
    """A thing with an id of its own, which `node` finds again."""

    row: strawberry.Private[Any]

    @query
    def id(self) -> strawberry.ID:
        """Its id: opaque, the same for ever, unique over all kinds of things."""
        return ids.encode(type(self).__name__, self.row.id)
