"""Service tokens, with which the ordering system authenticates.

A token is valid in one community and for its scopes.

The secret is shown once, when it is created. The database keeps a digest alone.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from community.accounts import random_tokens
from community.communities import permissions
from community.communities.errors import OutOfScope
from community.communities.models import ServiceScope, ServiceToken
from community.communities.permissions import Actor, require_leader
from community.communities.queries import MemberRow
from community.kernel import audit, clock, db, mistakes
from community.kernel.ddl import REDACTED
from community.kernel.errors import InvalidInput, NotFound, Unauthenticated
from community.kernel.listing import Listing
from community.kernel.paging import Page, PageRequest
from community.kernel.tables import row_of
from community.kernel.texts import normalise_text

PREFIX = "cst_"
MAX_NAME_LENGTH = 40


@row_of(ServiceToken)
@dataclass(slots=True)
class ServiceTokenRow:
    """A service of a community and the scopes of its token. Revoked tokens stay for the record."""

    id: int
    community_id: int
    name: str
    scopes: list[str]
    created_by: int | None
    created_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewServiceToken:
    """A token with its secret, which cannot be read again."""

    row: ServiceTokenRow
    secret: str


@dataclass(slots=True)
class _TokenNameRow:
    id: int
    name: str


USABLE_SQL = "revoked_at IS NULL"
"""The condition of a token that works now. Who ends a token locks its row exclusively first."""

_COLUMNS = db.columns(ServiceTokenRow)
_NEW = db.Change(
    "INSERT INTO service_token (community_id, name, digest, scopes, created_by, created_at)"
    f" VALUES ($1, $2, $3, $4, $5, $6) RETURNING {_COLUMNS}",
    ServiceTokenRow,
)
_FIND_BY_DIGEST = db.Select(f"SELECT {_COLUMNS} FROM service_token WHERE digest = $1 AND {USABLE_SQL}", ServiceTokenRow)
_LOCK = db.Select(
    f"SELECT id FROM service_token WHERE community_id = $1 AND id = $2 AND {USABLE_SQL} FOR KEY SHARE", db.Id
)
_LOCK_EXCLUSIVE = db.Select("SELECT id FROM service_token WHERE community_id = $1 AND id = $2 FOR UPDATE", db.Id)
_FIND = db.Select(f"SELECT {_COLUMNS} FROM service_token WHERE community_id = $1 AND id = $2", ServiceTokenRow)
_REVOKE = db.Change(
    "UPDATE service_token SET revoked_at = $3 WHERE community_id = $1 AND id = $2 AND revoked_at IS NULL"
    f" RETURNING {_COLUMNS}",
    ServiceTokenRow,
)
_FIND_NAMES = db.Select(f"SELECT {db.columns(_TokenNameRow)} FROM service_token WHERE id = ANY($1)", _TokenNameRow)
_LIST_CREATED_BY = db.Select(
    f"SELECT {_COLUMNS} FROM service_token WHERE created_by = ANY($1) ORDER BY id", ServiceTokenRow
)
_LIST = Listing(f"SELECT {_COLUMNS} FROM service_token WHERE community_id = $1", ServiceTokenRow)


@db.transactional
async def create(actor: Actor, *, name: str, scopes: Sequence[ServiceScope]) -> NewServiceToken:
    """Create a token for a service of the leader's community. Raises LeadersOnly, InvalidInput."""
    actor = await permissions.lock_leader(actor)
    return await _create(actor.community_id, actor.id, name, scopes)


@db.transactional
async def create_as_operator(community_id: int, *, name: str, scopes: Sequence[ServiceScope]) -> NewServiceToken:
    """Create a token for a service of a community, for the operator. Raises InvalidInput."""
    return await _create(community_id, None, name, scopes)


async def _create(
    community_id: int, actor_id: int | None, name: str, scopes: Sequence[ServiceScope]
) -> NewServiceToken:
    with mistakes.collect() as check:
        name = check(normalise_text, name, max_length=MAX_NAME_LENGTH, path=("name",))
        if not scopes:
            check.add(InvalidInput("scopes", path=("scopes",)))
    secret = PREFIX + random_tokens.generate_token()
    kept = sorted({scope.value for scope in scopes})
    row = await _NEW.one(
        community_id,
        name,
        random_tokens.compute_digest(secret),
        json.dumps(kept),
        actor_id,
        clock.now(),
    )
    await audit.record(
        community_id, actor_id, "service_token.create", subject="service_token", subject_id=row.id, scopes=kept
    )
    return NewServiceToken(row, secret)


@db.transactional
async def revoke(actor: Actor, token_id: int) -> ServiceTokenRow:
    """Revoke a token of the leader's community and return it. Raises LeadersOnly, NotFound.

    Idempotent: a revoked token keeps its time.
    """
    actor = await permissions.lock_leader(actor)
    await _LOCK_EXCLUSIVE.first(actor.community_id, token_id)
    row = await _REVOKE.first(actor.community_id, token_id, clock.now())
    if row is None:
        return await get(actor.community_id, token_id)
    await audit.record(
        actor.community_id, actor.id, "service_token.revoke", subject="service_token", subject_id=token_id
    )
    return row


async def get(community_id: int, token_id: int) -> ServiceTokenRow:
    """Return a token of the community, for a leader whom the caller has checked. Raises NotFound."""
    row = await _FIND.first(community_id, token_id)
    if row is None:
        raise NotFound("service_token", path=("serviceTokenId",))
    return row


async def list_all(actor: MemberRow, request: PageRequest) -> Page[ServiceTokenRow]:
    """Return a page of the community's tokens, oldest first. Raises LeadersOnly."""
    require_leader(actor)
    return await _LIST.page(request, actor.community_id)


async def list_names(token_ids: Sequence[int | None]) -> list[str | None]:
    """Return the service name of each token, in order.

    It is None for None and for an unknown id.
    """
    wanted = list({number for number in token_ids if number is not None})
    found = {row.id: row.name for row in await _FIND_NAMES.all(wanted)} if wanted else {}
    return [None if number is None else found.get(number) for number in token_ids]


async def list_created_by(membership_ids: Sequence[int]) -> list[ServiceTokenRow]:
    """Return the tokens that these members created, oldest first, for their export."""
    return await _LIST_CREATED_BY.all(list(membership_ids))


async def authenticate(secret: str) -> ServiceTokenRow:
    """Return the service that the secret belongs to. Raises Unauthenticated if it is unknown or revoked."""
    row = await _FIND_BY_DIGEST.first(random_tokens.compute_digest(secret))
    if row is None:
        raise Unauthenticated("service_token")
    return row


async def lock_usable(row: ServiceTokenRow) -> None:
    """Lock the token against its end, beside other calls with it. Raises Unauthenticated if it has ended."""
    if await _LOCK.first(row.community_id, row.id) is None:
        raise Unauthenticated("service_token")


@db.transactional
async def redact_names(membership_ids: Sequence[int]) -> None:
    """Remove the service names that these members gave. Their tokens stay valid."""
    await db.execute(f"UPDATE service_token SET name = '{REDACTED}' WHERE created_by = ANY($1)", list(membership_ids))


def require_scope(row: ServiceTokenRow, scope: ServiceScope) -> ServiceTokenRow:
    """Return the service if it has the scope. Raises OutOfScope."""
    if scope.value not in row.scopes:
        raise OutOfScope
    return row
