"""Deletion of sessions and refresh tokens.

Old used tokens are deleted while the session is active, except the last used one: a thief would have a copy of it. A
copy of a deleted token is refused like an unknown one, and does not end the session.
"""

from __future__ import annotations

from datetime import datetime

from community.kernel import db

_DELETE_SESSIONS = db.Change("DELETE FROM login_session WHERE id = ANY($1) RETURNING id", db.Id)
_DELETE_USED_TOKENS = db.Change(
    "DELETE FROM refresh_token WHERE id IN (SELECT t.id FROM refresh_token t WHERE t.used_at < $1 AND EXISTS ("
    "SELECT 1 FROM refresh_token n WHERE n.session_id = t.session_id AND n.id > t.id AND n.used_at IS NOT NULL)"
    " LIMIT 500) RETURNING id",
    db.Id,
)
_FIND_OLD = db.Select(
    "SELECT id FROM (SELECT id FROM login_session WHERE expires_at < $1 ORDER BY expires_at LIMIT 250) AS expired"
    " UNION SELECT id FROM (SELECT id FROM login_session WHERE ended_at < $1 ORDER BY ended_at LIMIT 250) AS ended",
    db.Id,
)


@db.transactional
async def erase(person_id: int) -> None:
    """Delete the person's sessions and refresh tokens."""
    await db.execute(
        "DELETE FROM refresh_token WHERE session_id IN (SELECT id FROM login_session WHERE person_id = $1)", person_id
    )
    await db.execute("DELETE FROM login_session WHERE person_id = $1", person_id)


@db.transactional
async def delete_old(before: datetime) -> int:
    """Delete up to 500 old sessions and return the number deleted.

    They ended or expired before `before`. Their refresh tokens are deleted too.
    """
    old = [row.id for row in await _FIND_OLD.all(before)]
    if not old:
        return 0
    await db.execute("DELETE FROM refresh_token WHERE session_id = ANY($1)", old)
    return len(await _DELETE_SESSIONS.all(old))


@db.transactional
async def delete_used_tokens(before: datetime) -> int:
    """Delete up to 500 used tokens and return the number deleted.

    They were used before `before`. The last used token of each session stays.
    """
    return len(await _DELETE_USED_TOKENS.all(before))
