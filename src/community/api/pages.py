"""Relay connections over keyset pages."""

from __future__ import annotations

from typing import Annotated, Any, Generic, TypeAlias, TypeVar

import strawberry

from community.api.declare import field, object_type
from community.api.edge.measure import COST
from community.kernel.paging import MAX_COUNT, MAX_PAGE, Page, PageRequest

N = TypeVar("N")

First: TypeAlias = Annotated[int, strawberry.argument(description=f"Maximum number of items, 1 to {MAX_PAGE}.")]
After: TypeAlias = Annotated[
    str | None,
    strawberry.argument(description="Cursor of the last item seen. The page begins after it. Null for the first page."),
]


@object_type
class PageInfo:
    """Position of a page in its list."""

    has_next_page: bool = field(description="True if more items follow `endCursor`.")
    has_previous_page: bool = field(description="True if `after` was given.")
    start_cursor: str | None = field(description="Cursor of the first item. Null on an empty page.")
    end_cursor: str | None = field(
        description="Cursor of the last item, for `after` of the next page. Null on an empty page."
    )


@object_type
class TotalCount:
    """Number of items of a whole list."""

    value: int = field(description=f"Number of items, at most {MAX_COUNT}.")
    is_at_least: bool = field(description=f"True if there are more. Show `{MAX_COUNT}+` then.")


@strawberry.type(description="An item of a list with its cursor.")
class Edge(Generic[N]):
    """An item of a list with its cursor."""

    cursor: str = field(description="Cursor. It stays valid while the list changes.")
    node: N = field(description="Item.")


def _list_edges(connection: strawberry.Parent[Any]) -> list[Edge[N]]:
    page, prefix = connection.page, connection.list_name
    return [Edge(cursor=prefix + page.cursor_of(row), node=row) for row in page.rows]


async def _count_items(connection: strawberry.Parent[Any]) -> TotalCount:
    count = (await connection.page.count()).count
    return TotalCount(value=min(count, MAX_COUNT), is_at_least=count > MAX_COUNT)


@strawberry.type(description="A page of a list.")
class Connection(Generic[N]):
    """A page of a list."""

    page_info: PageInfo = field(description="Position of the page in the list.")
    nodes: list[N] = field(description="Items of the page.")
    page: strawberry.Private[Page[Any]]
    list_name: strawberry.Private[str] = ""
    """Prefix of each cursor, from `bind_cursors`."""

    edges: list[Edge[N]] = field(resolver=_list_edges, description="Items of the page, each with its cursor.")
    total_count: TotalCount = field(
        resolver=_count_items,
        description="Number of items of the whole list, with its filters. It is counted only when it is selected.",
        metadata={COST: 10},
    )


def build_connection(page: Page[N], request: PageRequest) -> Connection[N]:
    """Return the connection of a page of rows."""
    rows = page.rows
    return Connection(
        page_info=PageInfo(
            has_next_page=page.has_next,
            has_previous_page=request.after is not None,
            start_cursor=page.cursor_of(rows[0]) if rows else None,
            end_cursor=page.cursor_of(rows[-1]) if rows else None,
        ),
        nodes=list(rows),
        page=page,
    )
