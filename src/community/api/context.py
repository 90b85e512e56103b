"""The context of one operation: the caller and the data loaders."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

import strawberry
from starlette.requests import Request
from strawberry.dataloader import DataLoader

from community.accounts import access_tokens, person_lock, sessions
from community.api import ids
from community.api.edge import languages
from community.api.edge.headers import read_headers
from community.api.edge.proxies import HOST_PATTERN, name_subscriber
from community.communities import queries, service_access, service_tokens
from community.communities.errors import NotAMember, ServicesOnly
from community.communities.models import ServiceScope
from community.communities.queries import CommunityRow, MemberRow
from community.communities.service_tokens import ServiceTokenRow
from community.kernel import db, sealing
from community.kernel.errors import Refusal, Unauthenticated
from community.kernel.request_figures import note_person
from community.media.addresses import MediaUrls
from community.settings import Settings

BatchFunction: TypeAlias = Callable[..., Awaitable[Sequence[Any]]]


@dataclass(frozen=True, slots=True)
class Caller:
    """The viewer as the caller of a verb. The verb reads membership and roles in its transaction."""

    person_id: int
    community_id: int


class Context:
    """Context of one operation. Nothing in it is reused by another operation."""

    __slots__ = (
        *("_bearer", "_loaders", "_media_urls", "_memberships", "_once", "_refusal", "_service"),
        *("base_url", "settings", "subscriber"),
    )

    def __init__(
        self,
        settings: Settings,
        bearer: access_tokens.Bearer | None,
        *,
        subscriber: str,
        base_url: str,
        service: ServiceTokenRow | None = None,
        refusal: Refusal | None = None,
        memberships: Sequence[MemberRow] | None = None,
    ) -> None:
        self.settings = settings
        self.subscriber = subscriber
        self.base_url = settings.public_url or base_url
        self._bearer = bearer
        self._service = service
        self._refusal = refusal
        self._loaders: dict[tuple[Any, ...], DataLoader[Any, Any]] = {}
        self._once: dict[BatchFunction, DataLoader[Any, Any]] = {}
        self._memberships = None if memberships is None else {row.community_id: row for row in memberships}
        self._media_urls: MediaUrls | None = None

    def reject_invalid_token(self) -> None:
        """Raise the refusal of the request's token if it is invalid. No token is fine."""
        if self._refusal is not None:
            raise self._refusal.with_traceback(None)

    @property
    def person_id(self) -> int | None:
        """Id of the logged-in person, or None. Raises the refusal of an invalid token."""
        if self._refusal is not None:
            self.reject_invalid_token()
        return None if self._bearer is None else self._bearer.person_id

    @property
    def session_id(self) -> int | None:
        """Id of the session of the access token, or None. Raises the refusal of an invalid token."""
        self.reject_invalid_token()
        return None if self._bearer is None else self._bearer.session_id

    @property
    def viewer_id(self) -> int:
        """Id of the logged-in person. Raises Unauthenticated if there is none."""
        person_id = self.person_id
        if person_id is None:
            raise Unauthenticated
        return person_id

    @property
    def is_logged_in(self) -> bool:
        """True if the request has a valid token of a person."""
        return self._bearer is not None

    def guard_caller(self) -> AbstractContextManager[None]:
        """Guard every transaction in the block against the end of the caller.

        When one begins, this context forgets what it may change. Each takes a shared lock on the row of the viewer or
        of the service token, before or with its first statement. The lock refuses with SessionEnded if the session has
        ended or the viewer was erased or suspended, and with Unauthenticated if the token was revoked.
        """
        return db.on_transaction_begin(self._check_caller)

    async def _check_caller(self) -> db.FirstLock | None:
        self.forget()
        if self._service is not None:
            await service_access.lock_usable(self._service)
        return None if self._bearer is None else person_lock.lock_caller(self._bearer)

    @property
    def has_memberships(self) -> bool:
        """True if the viewer's memberships are known, or there is no viewer."""
        return self.known_memberships is not None

    @property
    def known_memberships(self) -> Mapping[int, MemberRow] | None:
        """Memberships of the viewer by community, ended or not. None unless they are known."""
        return {} if self.person_id is None else self._memberships

    async def find_own_memberships(self, community_ids: Sequence[int]) -> list[MemberRow | None]:
        """Return the viewer's membership in each community, ended or not, or None, in order."""
        if self.person_id is None:
            return [None] * len(community_ids)
        if self._memberships is not None:
            return [self._memberships.get(community_id) for community_id in community_ids]
        return await queries.find_own_memberships(self.person_id, community_ids)

    async def list_communities(self, community_ids: Sequence[int]) -> list[CommunityRow]:
        """Return the community of each id, in order. Raises KeyError for an unknown id."""
        known = self._memberships or {}
        own = {number: self.get_own_community(number) for number in set(community_ids) if number in known}
        missing = [number for number in community_ids if number not in own]
        found = own | {row.id: row for row in (await queries.get_communities(missing) if missing else ())}
        return [found[number] for number in community_ids]

    def get_own_community(self, number: int) -> CommunityRow:
        """Return a community of the viewer's known memberships. Raises KeyError for another one."""
        community: CommunityRow = (self._memberships or {})[number].loaded["community"]
        return community

    def get_actor(self, community_id: str) -> Caller:
        """Return the viewer as the caller of a verb in this community. Raises Unauthenticated."""
        return Caller(self.viewer_id, ids.decode("Community", community_id, path="communityId"))

    async def get_member(self, community_id: str) -> MemberRow:
        """Return the viewer as a member of this community. Raises Unauthenticated or NotAMember."""
        member = await self.get_current_or_former_member(community_id)
        if member.left_at is not None:
            raise NotAMember
        return member

    async def get_current_or_former_member(self, community_id: str) -> MemberRow:
        """Return the viewer as a member of this community, also after leaving. Raises what `get_member` raises."""
        viewer_id = self.viewer_id
        number = ids.decode("Community", community_id, path="communityId")
        (member,) = await self.find_own_memberships([number]) if viewer_id else [None]
        if member is None:
            raise NotAMember
        return member

    def get_service(self, scope: ServiceScope) -> ServiceTokenRow:
        """Return the calling service if its token has this scope. The token names the community.

        Raises Unauthenticated without a token, ServicesOnly for a person, and OutOfScope.
        """
        if self._service is None:
            raise Unauthenticated if self.person_id is None else ServicesOnly
        return service_access.require_scope(self._service, scope)

    async def get_readable_community(self, community_id: str, *, path: str = "communityId") -> CommunityRow:
        """Return this community. Raises NotFound if it does not exist or the viewer may not read it."""
        return await self.find_readable_community(ids.decode("Community", community_id, path=path))

    async def find_readable_community(self, number: int) -> CommunityRow:
        """Return what `get_readable_community` returns, by number."""
        member = (self._memberships or {}).get(number)
        if self.person_id is not None and member is not None and member.left_at is None:
            return self.get_own_community(number)
        return await queries.get_readable_community(self.person_id, number)

    @property
    def media_urls(self) -> MediaUrls:
        """Builder of picture URLs, with the base URL of this caller."""
        if self._media_urls is None:
            self._media_urls = build_media_urls(self.settings, self.base_url)
        return self._media_urls

    def load(self, batch: BatchFunction, parent: Any, info: Info, /, **arguments: Any) -> Awaitable[Any]:
        """Load the child of one parent together with those of its siblings.

        Siblings with other arguments are loaded apart.
        """
        key = (batch, *sorted(arguments.items()))
        loader = self._loaders.get(key)
        if loader is None:

            async def load(parents: list[Any]) -> Sequence[Any]:
                return await batch(parents, info, **arguments)

            # Each parent is loaded once. A cache would only require hashable parents.
            loader = self._loaders[key] = DataLoader(load_fn=load, cache=False)
        return loader.load(parent)

    async def load_once(self, batch: BatchFunction, keys: Sequence[Any], info: Info) -> list[Any]:
        """Return the value of each key, in order. One call of `batch` loads the new keys.

        A key is a number, or a row that its id names. It is loaded once until `forget`.
        """
        loader = self._once.get(batch)
        if loader is None:

            async def load(new: list[Any]) -> Sequence[Any]:
                return await batch(new, info)

            loader = self._once[batch] = DataLoader(load_fn=load, cache_key_fn=_get_key)
        unique = {_get_key(key): key for key in keys}
        if len(unique) == 1:
            return [await loader.load(keys[0])] * len(keys)
        found = dict(zip(unique, await loader.load_many(unique.values()), strict=True))
        return [found[_get_key(key)] for key in keys]

    def forget(self) -> None:
        """Forget what a mutation may change: what `load_once` has loaded, and the memberships."""
        self._once.clear()
        self._memberships = None


def _get_key(key: Any) -> int:
    number: int = getattr(key, "id", key)
    return number


Info: TypeAlias = strawberry.Info[Context, None]


def build_media_urls(settings: Settings, base_url: str) -> MediaUrls:
    """Build the object that signs and verifies picture URLs below `base_url`."""
    return MediaUrls(base_url, sealing.list_secrets(settings), settings.media_url_lifetime_s, settings.media_public_url)


def _build_base_url(scheme: str, host: str) -> str:
    """Return the base URL that the caller used. It is only shown to the same caller."""
    return f"{scheme}://{host}" if HOST_PATTERN.fullmatch(host) else ""


async def from_request(settings: Settings, request: Request, *, reads: bool = True) -> Context:
    """Build the context of a request. If it `reads`, the viewer's memberships are read with the session.

    An invalid token is no error yet. Its refusal is raised where an operation needs to know the caller. So `login` and
    `sessionRefresh` work with an expired token, and a mutation has the refusal in its payload.
    """
    headers, client = read_headers(request.scope), request.scope["client"]
    build = partial(
        Context,
        settings,
        subscriber="" if client is None else name_subscriber(client[0]),
        base_url=_build_base_url(request.scope["scheme"], headers.get(b"host", "")),
    )
    header = headers.get(b"authorization")
    if header is None:
        return build(None)
    try:
        return await _authenticate(settings, header, build, reads=reads)
    except Refusal as refusal:
        return build(None, refusal=refusal)


async def _authenticate(settings: Settings, header: str, build: Callable[..., Context], *, reads: bool) -> Context:
    """Build the context of the person or the service of an Authorization header. Raises Unauthenticated.

    The session or the service token is read at each request, so that a ban, a logout or a revocation takes effect
    immediately.
    """
    scheme, _, token = header.partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated("bearer")
    if token.startswith(service_tokens.PREFIX):
        return build(None, service=await service_access.authenticate(token))
    bearer = access_tokens.verify(settings, token)
    # A mutation reads the memberships again, after it has locked them.
    including = (queries.OWN_MEMBERSHIPS,) if reads else ()
    active = await sessions.require_active(settings, bearer, including=including)
    if active.language is not None:
        languages.current_language.set(active.language)
    note_person(bearer.person_id)
    memberships = active.loaded["memberships"] if reads else None
    if memberships is not None and len(memberships) >= queries.MAX_OWN_MEMBERSHIPS:
        memberships = None
    return build(bearer, memberships=memberships)
