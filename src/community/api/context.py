"""What a resolver knows of the request it serves: who asks, and the loaders of this one operation."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Any, TypeAlias

import strawberry
from starlette.requests import Request
from strawberry.dataloader import DataLoader

from community.accounts import access_tokens, person_lock, sessions
from community.api import ids
from community.communities import queries, service_tokens
from community.communities.errors import ServicesOnly
from community.communities.models import ServiceScope
from community.communities.queries import CommunityRow, MemberRow
from community.communities.service_tokens import ServiceTokenRow
from community.kernel import db, sealing
from community.kernel.errors import Unauthenticated
from community.media.addresses import MediaUrls
from community.settings import Settings

BatchFunction: TypeAlias = Callable[[list[Any], "Info"], Awaitable[Sequence[Any]]]


class Context:
    """One operation's context. Nothing in it outlives the operation."""

    __slots__ = ("_loaders", "_service", "address", "base_url", "person_id", "session_id", "settings")

    def __init__(
        self,
        settings: Settings,
        bearer: access_tokens.Bearer | None,
        *,
        address: str,
        base_url: str,
        service: ServiceTokenRow | None = None,
    ) -> None:
        self.settings = settings
        self.person_id = None if bearer is None else bearer.person_id
        self.session_id = None if bearer is None else bearer.session_id
        self.address = address
        self.base_url = settings.public_url or base_url
        self._service = service
        self._loaders: dict[BatchFunction, DataLoader[Any, Any]] = {}

    @property
    def viewer_id(self) -> int:
        """Who is logged in. Raises Unauthenticated."""
        if self.person_id is None:
            raise Unauthenticated
        return self.person_id

    def guard_active_person(self) -> AbstractContextManager[None]:
        """While the viewer acts: no transaction writes anything of a person who has been erased meanwhile.

        Each one begins by holding their row, and raises SessionEnded when they stand no more.
        """
        if self.person_id is None:
            return nullcontext()
        return db.on_transaction_begin(partial(person_lock.lock_shared, self.person_id))

    async def get_member(self, community_id: str) -> MemberRow:
        """The viewer as a member of the community with this global id. Raises Unauthenticated, NotAMember."""
        return await queries.get_member(self.viewer_id, ids.decode("Community", community_id, path="communityId"))

    def get_service(self, community_id: str, scope: ServiceScope) -> ServiceTokenRow:
        """The service that calls, when its token is good for this in the community with this global id.

        Raises Unauthenticated, ServicesOnly for a person, OutOfScope.
        """
        if self._service is None:
            raise Unauthenticated if self.person_id is None else ServicesOnly
        number = ids.decode("Community", community_id, path="communityId")
        return service_tokens.require_scope(self._service, number, scope)

    async def get_readable_community(self, community_id: str, *, path: str = "communityId") -> CommunityRow:
        """The community with this global id, when the viewer may read it. Raises NotFound."""
        number = ids.decode("Community", community_id, path=path)
        return await queries.get_readable_community(self.person_id, number)

    @property
    def media_urls(self) -> MediaUrls:
        """Makes the addresses of pictures, as this caller reaches the service."""
        return build_media_urls(self.settings, self.base_url)

    def load(self, batch: BatchFunction, parent: Any, info: Info) -> Awaitable[Any]:
        """What `batch` gives for this parent, asked for together with all its siblings."""
        loader = self._loaders.get(batch)
        if loader is None:

            async def load(parents: list[Any]) -> Sequence[Any]:
                return await batch(parents, info)

            # Every parent is asked for once; a cache would only need them to be hashable.
            loader = self._loaders[batch] = DataLoader(load_fn=load, cache=False)
        return loader.load(parent)


Info: TypeAlias = strawberry.Info[Context, None]


def build_media_urls(settings: Settings, base_url: str) -> MediaUrls:
    """Makes and reads the addresses of pictures below `base_url`."""
    return MediaUrls(base_url, sealing.list_secrets(settings), settings.media_url_lifetime_s, settings.media_public_url)


_HOST_PATTERN = re.compile(r"[A-Za-z0-9._:\[\]-]{1,255}")


def _base_url(request: Request) -> str:
    """Where the caller says that it has reached the service; it is told to nobody else."""
    host = request.headers.get("host", "")
    return f"{request.url.scheme}://{host}" if _HOST_PATTERN.fullmatch(host) else ""


async def from_request(settings: Settings, request: Request) -> Context:
    """The context of a request. A token that is presented must be good: Unauthenticated otherwise, never a guest.

    Its session, or a service's token, is looked at each time, so that a ban, a logout or a revocation counts at once.
    """
    address = request.client.host if request.client is not None else ""
    base_url = _base_url(request)
    header = request.headers.get("authorization")
    if header is None:
        return Context(settings, None, address=address, base_url=base_url)
    scheme, _, token = header.partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated("The Authorization header must be `Bearer` and an access token.")
    if token.startswith(service_tokens.PREFIX):
        service = await service_tokens.authenticate(token)
        return Context(settings, None, address=address, base_url=base_url, service=service)
    bearer = access_tokens.verify(settings, token)
    await sessions.require_active(bearer)
    return Context(settings, bearer, address=address, base_url=base_url)
