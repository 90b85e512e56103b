"""What a resolver knows of the request it serves: who asks, and the loaders of this one operation."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeAlias

import strawberry
from starlette.requests import Request
from strawberry.dataloader import DataLoader

from community.api import ids
from community.identity import queries as identity
from community.identity import sessions, tokens
from community.identity.queries import CommunityRow, MemberRow
from community.kernel.errors import Unauthenticated
from community.settings import Settings

Batch: TypeAlias = Callable[[list[Any], "Info"], Awaitable[Sequence[Any]]]


class Context:
    """One operation's context. Nothing in it outlives the operation."""

    __slots__ = ("_loaders", "address", "person_id", "session_id", "settings")

    def __init__(self, settings: Settings, bearer: tokens.Bearer | None, *, address: str) -> None:
        self.settings = settings
        self.person_id = None if bearer is None else bearer.person_id
        self.session_id = None if bearer is None else bearer.session_id
        self.address = address
        self._loaders: dict[Batch, DataLoader[Any, Any]] = {}

    @property
    def viewer_id(self) -> int:
        """Who is logged in. Raises Unauthenticated."""
        if self.person_id is None:
            raise Unauthenticated
        return self.person_id

    async def member(self, community_id: str) -> MemberRow:
        """The viewer as a member of the community with this global id. Raises Unauthenticated, NotAMember."""
        return await identity.get_member(self.viewer_id, ids.decode("Community", community_id, path="communityId"))

    async def readable(self, community_id: str) -> CommunityRow:
        """The community with this global id, when the viewer may read it. Raises NotFound."""
        number = ids.decode("Community", community_id, path="communityId")
        return await identity.get_readable_community(self.person_id, number)

    def load(self, batch: Batch, parent: Any, info: Info) -> Awaitable[Any]:
        """What `batch` gives for this parent, asked for together with all its siblings."""
        loader = self._loaders.get(batch)
        if loader is None:

            async def load(parents: list[Any]) -> Sequence[Any]:
                return await batch(parents, info)

            # Every parent is asked for once; a cache would only need them to be hashable.
            loader = self._loaders[batch] = DataLoader(load_fn=load, cache=False)
        return loader.load(parent)


Info: TypeAlias = strawberry.Info[Context, None]


async def from_request(settings: Settings, request: Request) -> Context:
    """The context of a request. A token that is presented must be good: Unauthenticated otherwise, never a guest.

    Its session is looked at each time, so that a ban or a logout counts at once.
    """
    address = request.client.host if request.client is not None else ""
    header = request.headers.get("authorization")
    if header is None:
        return Context(settings, None, address=address)
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthenticated("The Authorization header must be `Bearer` and an access token.")
    bearer = tokens.read(settings, token.strip())
    await sessions.check(bearer)
    return Context(settings, bearer, address=address)
