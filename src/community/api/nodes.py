"""Global ids of rows, and the interface of things that `node` finds."""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias

import strawberry

from community.api import ids
from community.api.declare import field, get_type_name, interface

CommunityId: TypeAlias = Annotated[strawberry.ID, strawberry.argument(description="Id of the community.")]


def encode_id(row: strawberry.Parent[ids.HasId]) -> strawberry.ID:
    """Return the global id of a row, which names the type over its class."""
    return ids.encode(get_type_name(row), row.id)


def id_field(*, description: str = "Opaque id.") -> Any:
    """Declare the field `id` of a type over a row that is no `Node`."""
    return field(resolver=encode_id, description=description)


@interface
class Node:
    """A thing with a global id, which `node` finds by it."""

    id = id_field(description="Opaque global id. It never changes.")
