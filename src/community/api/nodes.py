"""The interface of things with a global id."""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias

import strawberry

from community.api import ids
from community.api.declare import interface, query

CommunityId: TypeAlias = Annotated[strawberry.ID, strawberry.argument(description="Id of the community.")]


@interface
class Node:
    """A thing with a global id, which `node` finds by it."""

    row: strawberry.Private[Any]

    @query
    def id(self) -> strawberry.ID:
        """Opaque global id. It never changes."""
        return ids.encode(type(self).__name__, self.row.id)
