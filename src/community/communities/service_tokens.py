"""Service tokens: what the ordering system shows instead of a person, for one community and few purposes.

The secret is shown once, when it is made; the database keeps its digest. It is 256 random bits, so that a plain
SHA-256 of it cannot be turned round.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from community.communities.errors import OutOfScope
from community.communities.models import ServiceScope, ServiceToken
from community.communities.permissions import require_leader
from community.communities.queries import MemberRow
from community.kernel import audit, clock, db
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
    """A service of a community, and what its token is good for; revoked tokens stay for the record."""

    id: int
    community_id: int
    name: str
    scopes: list[str]
    created_by: int | None
    created_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewServiceToken:
    """A token with its secret, which nobody can read a second time."""

    row: ServiceTokenRow
    secret: str


COLUMNS = db.columns(ServiceTokenRow)
_NEW = db.Change(
    "INSERT INTO service_token (community_id, name, digest, scopes, created_by, created_at)"
    f" VALUES ($1, $2, $3, $4, $5, $6) RETURNING {COLUMNS}",
    ServiceTokenRow,
)
_BY_DIGEST = db.Select(f"SELECT {COLUMNS} FROM service_token WHERE digest = $1 AND revoked_at IS NULL", ServiceTokenRow)
_FIND = db.Select(f"SELECT {COLUMNS} FROM service_token WHERE community_id = $1 AND id = $2", ServiceTokenRow)
_REVOKE = db.Change(
    "UPDATE service_token SET revoked_at = $3 WHERE community_id = $1 AND id = $2 AND revoked_at IS NULL"
    f" RETURNING {COLUMNS}",
    ServiceTokenRow,
)
_LIST = Listing(f"SELECT {COLUMNS} FROM service_token WHERE community_id = $1", ServiceTokenRow)


@db.transactional
async def create(actor: MemberRow, *, name: str, scopes: Sequence[ServiceScope]) -> NewServiceToken:
    """A leader's token for a service of their community. Raises LeadersOnly, InvalidInput."""
    require_leader(actor)
    return await _create(actor.community_id, actor.id, name, scopes)


@db.transactional
async def create_as_operator(community_id: int, *, name: str, scopes: Sequence[ServiceScope]) -> NewServiceToken:
    """The operator's token for a service of a community. Raises InvalidInput."""
    return await _create(community_id, None, name, scopes)


async def _create(
    community_id: int, actor_id: int | None, name: str, scopes: Sequence[ServiceScope]
) -> NewServiceToken:
    if not scopes:
        raise InvalidInput("A token is good for something.", path=("scopes",))
    secret = PREFIX + secrets.token_urlsafe(32)
    kept = sorted({scope.value for scope in scopes})
    row = await _NEW.one(
        community_id,
        normalise_text(name, max_length=MAX_NAME_LENGTH, path=("name",)),
        _compute_digest(secret),
        json.dumps(kept),
        actor_id,
        clock.now(),
    )
    await audit.record(
        community_id, actor_id, "service_token.create", subject="service_token", subject_id=row.id, scopes=kept
    )
    return NewServiceToken(row, secret)


@db.transactional
async def revoke(actor: MemberRow, token_id: int) -> ServiceTokenRow:
    """Make a token worth nothing from this moment on; again changes nothing. Raises LeadersOnly, NotFound."""
    require_leader(actor)
    row = await _REVOKE.first(actor.community_id, token_id, clock.now())
    if row is None:
        return await get(actor, token_id)
    await audit.record(
        actor.community_id, actor.id, "service_token.revoke", subject="service_token", subject_id=token_id
    )
    return row


async def get(actor: MemberRow, token_id: int) -> ServiceTokenRow:
    """A token of the leader's community. Raises LeadersOnly, NotFound."""
    require_leader(actor)
    row = await _FIND.first(actor.community_id, token_id)
    if row is None:
        raise NotFound("There is no such token in this community.", path=("serviceTokenId",))
    return row


async def list_all(actor: MemberRow, request: PageRequest) -> Page[ServiceTokenRow]:
    """The community's tokens, oldest first. Raises LeadersOnly."""
    require_leader(actor)
    return await _LIST.page(request, actor.community_id)


@dataclass(slots=True)
class _TokenNameRow:
    id: int
    name: str


_NAMES = db.Select(f"SELECT {db.columns(_TokenNameRow)} FROM service_token WHERE id = ANY($1)", _TokenNameRow)


async def list_names(token_ids: Sequence[int | None]) -> list[str | None]:
    """What the service of each token is called, in order; None for None."""
    wanted = list({number for number in token_ids if number is not None})
    found = {row.id: row.name for row in await _NAMES.all(wanted)} if wanted else {}
    return [None if number is None else found.get(number) for number in token_ids]


_CREATED = db.Select(f"SELECT {COLUMNS} FROM service_token WHERE created_by = ANY($1) ORDER BY id", ServiceTokenRow)


async def list_created_by(membership_ids: Sequence[int]) -> list[ServiceTokenRow]:
    """The tokens that these leaders made, oldest first: for their own export."""
    return await _CREATED.all(list(membership_ids))


async def authenticate(secret: str) -> ServiceTokenRow:
    """Whose token this is. Raises Unauthenticated when it is nobody's, or has been revoked."""
    row = await _BY_DIGEST.first(_compute_digest(secret))
    if row is None:
        raise Unauthenticated("The service token is not known, or has been revoked.")
    return row


@db.transactional
async def redact_names(membership_ids: Sequence[int]) -> None:
    """Take away what these leaders called services; the tokens stay as good as they were."""
    await db.execute(f"UPDATE service_token SET name = '{REDACTED}' WHERE created_by = ANY($1)", list(membership_ids))


def require_scope(row: ServiceTokenRow, community_id: int, scope: ServiceScope) -> ServiceTokenRow:
    """The service, when its token is good for this in that community. Raises OutOfScope."""
    if row.community_id != community_id or scope.value not in row.scopes:
        raise OutOfScope
    return row


def _compute_digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
