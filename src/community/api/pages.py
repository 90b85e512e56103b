"""Lists of the graph: Relay connections over keyset pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Generic, TypeAlias, TypeVar

import strawberry

from community.api.declare import field, object_type
from community.kernel.paging import DEFAULT_PAGE, MAX_PAGE, Page, PageRequest

N = TypeVar("N")
R = TypeVar("R")

First: TypeAlias = Annotated[
    int, strawberry.argument(description=f"How many at most: 1 to {MAX_PAGE}, {DEFAULT_PAGE} when left out.")
]
After: TypeAlias = Annotated[
    str | None, strawberry.argument(description="The cursor of the last one seen; the list goes on behind it.")
]


@object_type
class PageInfo:
    """Where a page lies in its list."""

    has_next_page: bool = field(description="Whether more follow behind `endCursor`.")
    has_previous_page: bool = field(description="Whether the page begins behind a cursor.")
    start_cursor: str | None = field(description="The cursor of the first one on the page.")
    end_cursor: str | None = field(description="The cursor of the last one on the page: the next page's `after`.")


@strawberry.type(description="One thing in a list, and its place there.")
class Edge(Generic[N]):
    """One thing in a list, and its place there."""

    cursor: str = field(description="Its place: stays right while the list grows or shrinks.")
    node: N = field(description="The thing.")


@strawberry.type(description="A page of a list.")
class Connection(Generic[N]):
    """A page of a list."""

    page_info: PageInfo = field(description="Where the page lies in the list.")
    edges: list[Edge[N]] = field(description="The things on the page, each with its place.")
    nodes: list[N] = field(description="The things on the page.")


def build_connection(page: Page[R], request: PageRequest, to_node: Callable[[R], N]) -> Connection[N]:
    """A page of rows as a connection, each row made a node by `of`."""
    edges = [Edge(cursor=page.cursor_of(row), node=to_node(row)) for row in page.rows]
    return Connection(
        page_info=PageInfo(
            has_next_page=page.has_next,
            has_previous_page=request.after is not None,
            start_cursor=edges[0].cursor if edges else None,
            end_cursor=edges[-1].cursor if edges else None,
        ),
        edges=edges,
        nodes=[edge.node for edge in edges],
    )
