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

from community.identity.errors import SessionEnded
from community.kernel import db

_STANDING = "SELECT id FROM person WHERE id = $1 AND erased_at IS NULL"
_CHECK = db.Select(f"{_STANDING} FOR KEY SHARE", db.Id)
_HOLD = db.Select(f"{_STANDING} FOR NO KEY UPDATE", db.Id)
_ALONE = db.Select(f"{_STANDING} FOR UPDATE", db.Id)


async def stands(person_id: int) -> bool:
    """Whether the person has not been erased, and will not be before the transaction is over."""
    return await _CHECK.first(person_id) is not None


async def check(person_id: int) -> None:
    """As `stands`. Raises SessionEnded."""
    if not await stands(person_id):
        raise SessionEnded


async def hold(person_id: int) -> None:
    """As `check`, and nobody else holds them so until the transaction is over. Raises SessionEnded."""
    if await _HOLD.first(person_id) is None:
        raise SessionEnded


async def alone(person_id: int) -> bool:
    """As `stands`, once nothing else that is under way holds or checks the person, and until nothing may."""
    return await _ALONE.first(person_id) is not None
