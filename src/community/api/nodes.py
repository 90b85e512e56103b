"""Global ids of things, `Node`, and the community of each thing."""

from __future__ import annotations

import typing
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any, TypeAlias, TypeVar

import strawberry

from community.api import ids
from community.api.compiled.plan import BY_ID
from community.api.context import Info
from community.api.declare import argument, field, get_type_name, interface
from community.communities import queries
from community.communities.permissions import require_leader
from community.communities.queries import MemberRow
from community.kernel import db
from community.kernel.errors import NotFound, Refusal, TryAgain, require_row
from community.kernel.tables import ROWS, HasId

CommunityId: TypeAlias = Annotated[strawberry.ID, argument("Id of the community.")]
Row = TypeVar("Row")
Finder = TypeVar("Finder", bound=Callable[[int, Info], Awaitable[HasId | None]])


def encode_id(row: strawberry.Parent[HasId]) -> strawberry.ID:
    """Return the global id of a row, which names the type over its class."""
    return ids.encode(get_type_name(row), row.id)


def id_field(*, description: str = "Opaque id.") -> Any:
    """Declare the field `id` of a type over a row that is no `Node`."""
    return field(resolver=encode_id, description=description, metadata={BY_ID: ids.list_encoded})


@interface
class Node:
    """A thing with a global id, which `node` finds by it."""

    id = id_field(description="Opaque global id. It never changes.")


@dataclass(slots=True)
class _OfCommunity:
    community_id: int


FINDERS: dict[str, Any] = {}
WRITTEN_FINDERS: dict[str, Callable[[Any, Info], Awaitable[Any]]] = {}
_FIND_COMMUNITY: dict[str, db.Select[_OfCommunity]] = {}
_COMMUNITIES: db.Lasting[tuple[str, int], int] = db.Lasting()
"""The community of each thing, by its type and number."""


def found_by(row: type) -> Callable[[Finder], Finder]:
    """Declare the function that finds a thing for `node`.

    It is for the type over this row class. For a thing that the viewer may not read it returns None, or raises a
    Refusal or KeyError. If the table has a community, the id of a thing also names its community.
    """
    name, table = get_type_name(row), ROWS[row].model._meta  # noqa: SLF001 - the library's documented registry
    if table.fields_map.keys() & {"community", "community_id"}:
        _FIND_COMMUNITY[name] = db.Select(f"SELECT community_id FROM {table.db_table} WHERE id = $1", _OfCommunity)

    def declare(find: Finder) -> Finder:
        FINDERS[name] = find
        return find

    return declare


def found_after_writing(
    find: Callable[[Row, Info], Awaitable[Row | None]],
) -> Callable[[Row, Info], Awaitable[Row | None]]:
    """Declare the function that finds a thing by its row from a verb.

    The row carries its viewer.
    """
    WRITTEN_FINDERS[get_type_name(typing.get_type_hints(find)["written"])] = find
    return find


def found_by_leaders(row: type, get: Callable[[int, int], Awaitable[HasId]]) -> None:
    """Declare that the leaders of its community find a thing by `node`.

    `get` takes the numbers of the community and of the thing.
    """

    @found_by(row)
    async def find_for_leader(number: int, info: Info) -> HasId:
        member = await get_member_of(row, number, info)
        require_leader(member)
        return await get(member.community_id, number)


async def find_node(info: Info, id: Annotated[strawberry.ID, argument("Global id of any thing.")]) -> HasId | None:
    """Return the thing if the viewer may read it, or None. Raises the refusal of an invalid token."""
    kind, number = ids.split(id, path="id")
    info.context.reject_invalid_token()
    return await _find(kind, number, info) if kind in FINDERS else None


async def find_readable(row: type[Row], thing: HasId, info: Info) -> Row | None:
    """Return the thing if the viewer may read it now, or None. `row` is its class.

    `thing` is what a verb has returned, or only has its id. A row with its viewer may not be read again.
    """
    kind = get_type_name(row)
    found: Row | None
    if kind in WRITTEN_FINDERS and db.take_loaded([thing], "viewer"):
        found = await _find_or_none(WRITTEN_FINDERS[kind](thing, info))
    else:
        found = await _find(kind, thing.id, info)
    return found


async def _find(kind: str, number: int, info: Info) -> Any:
    return await _find_or_none(FINDERS[kind](number, info))


async def _find_or_none(finding: Awaitable[Any]) -> Any:
    try:
        return await finding
    except TryAgain:
        raise  # It is not known whether the viewer may read it.
    except (Refusal, KeyError):
        return None


async def get_member_of(row: type, number: int, info: Info) -> MemberRow:
    """Return the viewer as a member of the community of a thing.

    Raises Unauthenticated, NotAMember, and NotFound for an unknown thing.
    """
    return await queries.get_member(info.context.viewer_id, await get_community_of(row, number))


async def get_community_of(row: type, number: int) -> int:
    """Return the id of the community of a thing, by its row class. Raises NotFound."""
    return await _COMMUNITIES.get((get_type_name(row), number), _read_community)


async def find_community_id(row: type, number: int) -> int:
    """Return the id of the community of a thing. 0 for an unknown thing, which is no community."""
    try:
        return await get_community_of(row, number)
    except NotFound:
        return 0


async def _read_community(thing: tuple[str, int]) -> int:
    kind, number = thing
    found = require_row(await _FIND_COMMUNITY[kind].first(number), NotFound())
    return found.community_id
