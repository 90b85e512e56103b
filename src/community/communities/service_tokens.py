"""Service tokens, with which the ordering system authenticates.

A token is valid in one community and for its scopes. The secret is shown once, when it is created. The database keeps
its digest only. A token works until its expiry, and only while its maker is a leader. With a scope that moves points,
it works only after a second leader or the operator has approved it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from community.accounts import random_tokens
from community.communities import permissions
from community.communities.errors import OwnToken
from community.communities.models import ServiceScope, ServiceToken, TokenState
from community.communities.permissions import Actor, require_leader
from community.communities.queries import MemberRow
from community.kernel import audit, clock, db, mistakes
from community.kernel.audit_actions import AuditAction
from community.kernel.ddl import REDACTED
from community.kernel.errors import InvalidInput, NotFound, require_row
from community.kernel.listing import Listing
from community.kernel.paging import Page, PageRequest
from community.kernel.tables import row_of
from community.kernel.texts import normalise_text

PREFIX = "cst_"
MAX_NAME_LENGTH = 40
MAX_TOKEN_DAYS = 365
DEFAULT_TOKEN_DAYS = 90
SCOPES_TO_APPROVE = frozenset({ServiceScope.MOVE_POINTS})
"""Scopes with which a token waits for a second person's approval."""


@row_of(ServiceToken, computed=("is_suspended",))
class ServiceTokenRow:
    """A service of a community and the scopes of its token. Ended tokens stay for the record.

    It is suspended while its maker is no leader, or is suspended or erased.
    """

    id: int
    community_id: int
    name: str
    scopes: list[str]
    created_by: int | None
    created_at: datetime
    revoked_at: datetime | None
    expires_at: datetime
    approved_at: datetime | None
    approved_by: int | None
    last_used_at: datetime | None
    is_suspended: bool

    @property
    def state(self) -> TokenState:
        """The state of the token now."""
        if self.revoked_at is not None:
            return TokenState.REVOKED
        if self.expires_at <= clock.now():
            return TokenState.EXPIRED
        if self.is_suspended:
            return TokenState.SUSPENDED
        return TokenState.WAITING if self.approved_at is None else TokenState.ACTIVE


@dataclass(frozen=True, slots=True)
class NewServiceToken:
    """A token with its secret, which cannot be read again."""

    row: ServiceTokenRow
    secret: str


@dataclass(slots=True)
class _TokenNameRow:
    id: int
    name: str


_MAKER_LEADS_SQL = (
    "EXISTS (SELECT 1 FROM membership m JOIN person p ON p.id = m.person_id JOIN membership_role r"
    " ON r.community_id = m.community_id AND r.membership_id = m.id AND r.role = 'LEADER'"
    " WHERE m.id = t.created_by AND m.left_at IS NULL AND p.banned_at IS NULL AND p.erased_at IS NULL)"
)
COLUMNS = db.columns(ServiceTokenRow, "t", is_suspended=f"t.created_by IS NOT NULL AND NOT {_MAKER_LEADS_SQL}")


_NEW = db.Change(
    "INSERT INTO service_token (community_id, name, digest, scopes, created_by, created_at, expires_at, approved_at)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id",
    db.Id,
)
_LOCK_EXCLUSIVE = db.Select("SELECT id FROM service_token WHERE community_id = $1 AND id = $2 FOR UPDATE", db.Id)
_FIND = db.Select(f"SELECT {COLUMNS} FROM service_token t WHERE t.community_id = $1 AND t.id = $2", ServiceTokenRow)
_REVOKE = db.Change(
    "UPDATE service_token SET revoked_at = $3 WHERE community_id = $1 AND id = $2 AND revoked_at IS NULL RETURNING id",
    db.Id,
)
_APPROVE = db.Change(
    "UPDATE service_token SET approved_at = $3, approved_by = $4 WHERE community_id = $1 AND id = $2"
    " AND approved_at IS NULL AND revoked_at IS NULL RETURNING id",
    db.Id,
)
_FIND_NAMES = db.Select(f"SELECT {db.columns(_TokenNameRow)} FROM service_token WHERE id = ANY($1)", _TokenNameRow)
_LIST_OF_MEMBERS = db.Select(
    f"SELECT {COLUMNS} FROM service_token t WHERE t.created_by = ANY($1) OR t.approved_by = ANY($1) ORDER BY t.id",
    ServiceTokenRow,
)
_LIST = Listing(f"SELECT {COLUMNS} FROM service_token t WHERE t.community_id = $1", ServiceTokenRow, by={"t.id": int})


@db.transactional
async def create(
    actor: Actor, *, name: str, scopes: Sequence[ServiceScope], days: int = DEFAULT_TOKEN_DAYS
) -> NewServiceToken:
    """Create a token that expires after `days` for a service of the leader's community.

    With a scope that moves points it waits for another leader's approval. Raises LeadersOnly, InvalidInput.
    """
    actor = await permissions.lock_leader(actor)
    return await _create(actor.community_id, actor.id, name, scopes, days)


@db.transactional
async def create_as_operator(
    community_id: int, *, name: str, scopes: Sequence[ServiceScope], days: int = DEFAULT_TOKEN_DAYS
) -> NewServiceToken:
    """Create a token for a service of a community, for the operator. Raises InvalidInput."""
    return await _create(community_id, None, name, scopes, days)


async def _create(
    community_id: int, actor_id: int | None, name: str, scopes: Sequence[ServiceScope], days: int
) -> NewServiceToken:
    with mistakes.collect() as check:
        name = check(normalise_text, name, max_length=MAX_NAME_LENGTH, path=("name",))
        if not scopes:
            check.add(InvalidInput("scopes", path=("scopes",)))
        if not 1 <= days <= MAX_TOKEN_DAYS:
            check.add(InvalidInput("token_days", min=1, max=MAX_TOKEN_DAYS, actual=days, path=("days",)))
    secret = PREFIX + random_tokens.generate_token()
    kept = sorted({scope.value for scope in scopes})
    now = clock.now()
    waits = actor_id is not None and not SCOPES_TO_APPROVE.isdisjoint(scopes)
    new = await _NEW.one(
        community_id, name, random_tokens.compute_digest(secret), json.dumps(kept), actor_id, now,
        now + timedelta(days=days), None if waits else now,
    )  # fmt: skip
    detail = {"waits": True} if waits else {}
    await _record(community_id, actor_id, AuditAction.SERVICE_TOKEN_CREATE, new.id, scopes=kept, **detail)
    return NewServiceToken(await get(community_id, new.id), secret)


@db.transactional
async def approve(actor: Actor, token_id: int) -> ServiceTokenRow:
    """Let a waiting token work, and return it. Raises LeadersOnly, NotFound, and OwnToken for its maker.

    Idempotent: a token that does not wait stays unchanged.
    """
    await _LOCK_EXCLUSIVE.first(actor.community_id, token_id)
    actor = await permissions.lock_leader(actor)
    row = await get(actor.community_id, token_id)
    if row.created_by == actor.id:
        raise OwnToken(path=("serviceTokenId",))
    return await _approve(row, actor.id)


@db.transactional
async def approve_as_operator(community_id: int, token_id: int) -> ServiceTokenRow:
    """Let a waiting token work, for the operator. Raises NotFound."""
    return await _approve(await get(community_id, token_id), None)


async def _approve(row: ServiceTokenRow, actor_id: int | None) -> ServiceTokenRow:
    if await _APPROVE.first(row.community_id, row.id, clock.now(), actor_id) is not None:
        await _record(row.community_id, actor_id, AuditAction.SERVICE_TOKEN_APPROVE, row.id)
    return await get(row.community_id, row.id)


@db.transactional
async def revoke(actor: Actor, token_id: int) -> ServiceTokenRow:
    """Revoke a token of the leader's community and return it. Raises LeadersOnly, NotFound.

    Idempotent: a revoked token keeps its time.
    """
    await _LOCK_EXCLUSIVE.first(actor.community_id, token_id)
    actor = await permissions.lock_leader(actor)
    if await _REVOKE.first(actor.community_id, token_id, clock.now()) is not None:
        await _record(actor.community_id, actor.id, AuditAction.SERVICE_TOKEN_REVOKE, token_id)
    return await get(actor.community_id, token_id)


async def _record(
    community_id: int, actor_id: int | None, action: AuditAction, token_id: int, **detail: object
) -> None:
    await audit.record(community_id, actor_id, action, subject="service_token", subject_id=token_id, **detail)


async def get(community_id: int, token_id: int) -> ServiceTokenRow:
    """Return a token of the community, for a leader whom the caller has checked. Raises NotFound."""
    return require_row(await _FIND.first(community_id, token_id), NotFound("service_token"))


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


async def list_of_members(membership_ids: Sequence[int]) -> list[ServiceTokenRow]:
    """Return the tokens that these members created or approved, oldest first, for their export."""
    return await _LIST_OF_MEMBERS.all(list(membership_ids))


@db.transactional
async def redact_names(membership_ids: Sequence[int]) -> None:
    """Remove the service names that these members gave. Their tokens stay valid."""
    await db.execute(f"UPDATE service_token SET name = '{REDACTED}' WHERE created_by = ANY($1)", list(membership_ids))
