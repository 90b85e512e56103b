"""Lists in pages, as Relay connections.

@paged
async def seasons(self, info: Info, request: PageRequest, community_id: CommunityId) -> Page[SeasonRow]:
    '''Seasons of a community, newest first.'''

A cursor is bound to one list: a field with all its arguments except `first` and `after`. Domains create cursors from
sort keys. Here each outgoing cursor gets a short fingerprint of its list as a prefix. An incoming cursor without that
prefix is refused. A sort key of another list can have the same shape, and would skip or repeat items.
"""

from __future__ import annotations

import base64
import hashlib
import typing
from collections.abc import Callable, Coroutine
from typing import Annotated, Any, Generic, TypeAlias, TypeVar

import strawberry
from strawberry.types.fields.resolver import Parameter, Signature

from community.api.declare import argument, field, object_type, query
from community.api.edge.document_measure import COST
from community.kernel.paging import DEFAULT_PAGE, MAX_COUNT, MAX_PAGE, InvalidCursor, Page, PageRequest

N = TypeVar("N")

_FINGERPRINT_LENGTH = 6

First: TypeAlias = Annotated[int, argument(f"Maximum number of items, 1 to {MAX_PAGE}.")]
After: TypeAlias = Annotated[
    str | None, argument("Cursor of the last item seen. The page begins after it. Null for the first page.")
]


def _get_start_cursor(position: strawberry.Parent[Any]) -> str | None:
    rows = position.page.rows
    return position.list_name + position.page.cursor_of(rows[0]) if rows else None


def _get_end_cursor(position: strawberry.Parent[Any]) -> str | None:
    rows = position.page.rows
    return position.list_name + position.page.cursor_of(rows[-1]) if rows else None


@object_type
class PageInfo:
    """Position of a page in its list."""

    page: strawberry.Private[Page[Any]]
    list_name: strawberry.Private[str]
    """Prefix of each cursor."""

    has_next_page: bool = field(description="True if more items follow `endCursor`.")
    has_previous_page: bool = field(description="True if `after` was given.")
    start_cursor: str | None = field(
        resolver=_get_start_cursor, description="Cursor of the first item. Null on an empty page."
    )
    end_cursor: str | None = field(
        resolver=_get_end_cursor,
        description="Cursor of the last item, for `after` of the next page. Null on an empty page.",
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
    """Prefix of each cursor."""

    edges: list[Edge[N]] = field(resolver=_list_edges, description="Items of the page, each with its cursor.")
    total_count: TotalCount = field(
        resolver=_count_items,
        description="Number of items of the whole list, with its filters. It is counted only when it is selected.",
        metadata={COST: 10},
    )


def paged(resolver: Callable[..., Coroutine[Any, Any, Page[Any] | None]], *, cost: int = 1) -> Any:
    """Declare a list by the function that returns the requested `Page`, or None.

    Its parameter `request` becomes the arguments `first` and `after`. Only cursors of this list are accepted, any other
    raises InvalidCursor. The docstring and `cost` are those of `query`.
    """
    name, hints = resolver.__name__, typing.get_type_hints(resolver, include_extras=True)
    page, *null = typing.get_args(hints["return"]) if _is_nullable(hints["return"]) else [hints["return"]]
    connections: Any = Connection
    connection = connections[typing.get_args(page)[0]]
    if null:
        connection |= None

    async def resolve(*args: Any, first: int, after: str | None, **arguments: Any) -> Any:
        prefix = _fingerprint_list(name, arguments)
        if after is not None and not after.startswith(prefix):
            raise InvalidCursor(path=("after",))
        request = PageRequest(first, None if after is None else after[_FINGERPRINT_LENGTH:])
        page = await resolver(*args, request=request, **arguments)
        return None if page is None else _build_connection(page, prefix, is_first=after is None)

    given = Signature.from_callable(resolver).parameters.values()
    parameters = [each.replace(annotation=hints.get(each.name, Any)) for each in given if each.name != "request"]
    for added, kind, default in (("first", First, DEFAULT_PAGE), ("after", After, None)):
        parameters.append(Parameter(added, Parameter.KEYWORD_ONLY, default=default, annotation=kind))
    resolve.__signature__ = Signature(parameters, return_annotation=connection)  # type: ignore[attr-defined]  # read by inspect
    resolve.__annotations__ = {each.name: each.annotation for each in parameters} | {"return": connection}
    resolve.__name__, resolve.__doc__ = name, resolver.__doc__
    return query(resolve, cost=cost)


def _is_nullable(kind: Any) -> bool:
    return type(None) in typing.get_args(kind)


def _build_connection(page: Page[N], prefix: str, *, is_first: bool) -> Connection[N]:
    info = PageInfo(has_next_page=page.has_next, has_previous_page=not is_first, page=page, list_name=prefix)
    return Connection(page_info=info, nodes=page.rows, page=page, list_name=prefix)


def _fingerprint_list(name: str, arguments: dict[str, Any]) -> str:
    # The parent of the list is named by its id, because its other values may change.
    given = sorted((each, value) for each, value in arguments.items() if value is not None and each != "info")
    text = ";".join([f"{argument}={getattr(value, 'id', value)}" for argument, value in given])
    digest = hashlib.sha256(f"{name}({text})".encode("utf-8", "replace")).digest()
    return base64.urlsafe_b64encode(digest).decode()[:_FINGERPRINT_LENGTH]
