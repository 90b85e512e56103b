"""Whether a person still stands: asked again in the transaction that writes of them.

A session is looked at when a request begins; by the time that something is written, the person may have been erased.
Whatever writes of a person holds their row, so that an erasure comes before it, and it is refused, or after it, and
takes it away with the rest. On SQLite a transaction is alone anyway.

    check    what is written of the person: any number of these go side by side
    hold     the person's own row, or what must not happen twice: one at a time, beside any number of checks
    alone    what everything else has to come before or after: an erasure, a consent that is withdrawn

The person is held before anything else.
"""

from __future__ import annotations

from community.accounts.errors import SessionEnded
from community.kernel import db

_ACTIVE_PERSON_SQL = "SELECT id FROM person WHERE id = $1 AND erased_at IS NULL"
_LOCK_SHARED = db.Select(f"{_ACTIVE_PERSON_SQL} FOR KEY SHARE", db.Id)
_LOCK_FOR_UPDATE = db.Select(f"{_ACTIVE_PERSON_SQL} FOR NO KEY UPDATE", db.Id)
_LOCK_EXCLUSIVE = db.Select(f"{_ACTIVE_PERSON_SQL} FOR UPDATE", db.Id)


async def lock_shared_if_exists(person_id: int) -> bool:
    """Whether the person has not been erased, and will not be before the transaction is over."""
    return await _LOCK_SHARED.first(person_id) is not None


async def lock_shared(person_id: int) -> None:
    """As `stands`. Raises SessionEnded."""
    if not await lock_shared_if_exists(person_id):
        raise SessionEnded


async def lock_for_update(person_id: int) -> None:
    """As `check`, and nobody else holds them so until the transaction is over. Raises SessionEnded."""
    if await _LOCK_FOR_UPDATE.first(person_id) is None:
        raise SessionEnded


async def lock_exclusive_if_exists(person_id: int) -> bool:
    """As `stands`, once nothing else that is under way holds or checks the person, and until nothing may."""
    return await _LOCK_EXCLUSIVE.first(person_id) is not None
