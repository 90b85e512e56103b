"""Checks of a service that calls: before its work, and in its transaction."""

from __future__ import annotations

from datetime import timedelta

from community.accounts import random_tokens
from community.communities import service_tokens
from community.communities.errors import OutOfScope, OwnToken
from community.communities.models import ServiceScope, TokenState
from community.communities.service_tokens import COLUMNS, ServiceTokenRow
from community.kernel import clock, db
from community.kernel.errors import Unauthenticated

_USE_INTERVAL = timedelta(minutes=1)
"""The last use is saved at most once in this time."""

_FIND_BY_DIGEST = db.Select(f"SELECT {COLUMNS} FROM service_token t WHERE t.digest = $1", ServiceTokenRow)
_LOCK_WITH_MAKER = db.Select(
    "SELECT t.id FROM service_token t JOIN membership m ON m.id = t.created_by JOIN person p ON p.id = m.person_id"
    " WHERE t.community_id = $1 AND t.id = $2 FOR KEY SHARE OF p, t",
    db.Id,
)
_LOCK = db.Select("SELECT id FROM service_token WHERE community_id = $1 AND id = $2 FOR KEY SHARE", db.Id)
_REASONS = {
    TokenState.REVOKED: "service_token",
    TokenState.EXPIRED: "service_token_expired",
    TokenState.SUSPENDED: "service_token_suspended",
    TokenState.WAITING: "service_token_waiting",
}


def build_lock_sql(community: str, token_id: str, *, now: str) -> tuple[str, str]:
    """Return two selects that lock a token which works at `now`. One of them finds it.

    The first is for a token of the operator. The second also locks the maker's person and role. Their end deletes the
    role, or changes the person, so that a select that waited for it finds nothing. The arguments are parameters.
    """
    usable = (
        f"t.community_id = {community} AND t.id = {token_id} AND t.revoked_at IS NULL AND t.approved_at IS NOT NULL"
        f" AND t.expires_at > {now}"
    )
    of_leader = (
        f"SELECT t.id FROM service_token t JOIN membership m ON m.id = t.created_by JOIN person p ON p.id = m.person_id"
        " JOIN membership_role r ON r.community_id = m.community_id AND r.membership_id = m.id AND r.role = 'LEADER'"
        f" WHERE {usable} AND m.left_at IS NULL AND p.banned_at IS NULL AND p.erased_at IS NULL"
        " FOR KEY SHARE OF p, t, r"
    )
    return f"SELECT t.id FROM service_token t WHERE {usable} AND t.created_by IS NULL FOR KEY SHARE", of_leader


async def authenticate(secret: str) -> ServiceTokenRow:
    """Return the service that the secret belongs to, and save that it was used.

    Raises Unauthenticated if the token is unknown or does not work.
    """
    row = await _FIND_BY_DIGEST.first(random_tokens.compute_digest(secret))
    if row is None:
        raise Unauthenticated("service_token")
    _require_active(row)
    now = clock.now()
    if row.last_used_at is None or row.last_used_at <= now - _USE_INTERVAL:
        await db.execute(
            "UPDATE service_token SET last_used_at = $3 WHERE community_id = $1 AND id = $2",
            row.community_id, row.id, now,
        )  # fmt: skip
    return row


def _require_active(row: ServiceTokenRow) -> None:
    if row.state is not TokenState.ACTIVE:
        raise Unauthenticated(_REASONS[row.state])


async def lock_usable(row: ServiceTokenRow) -> None:
    """Lock the token and its maker against their end, and read the token again.

    Raises Unauthenticated if it has ended or its maker no longer leads.
    """
    # A change of the maker's roles locks the token too. So no membership is locked before those of the work.
    await (_LOCK if row.created_by is None else _LOCK_WITH_MAKER).first(row.community_id, row.id)
    # A statement of its own sees what changed while the locks were awaited.
    _require_active(await service_tokens.get(row.community_id, row.id))


def require_other_account(row: ServiceTokenRow, *membership_ids: int | None) -> None:
    """Raise OwnToken if one of the members made the token."""
    if row.created_by is not None and row.created_by in membership_ids:
        raise OwnToken("report", path=("memberId",))


def require_scope(row: ServiceTokenRow, scope: ServiceScope) -> ServiceTokenRow:
    """Return the service if it has the scope. Raises OutOfScope."""
    if scope.value not in row.scopes:
        raise OutOfScope
    return row
