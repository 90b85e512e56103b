"""The codes of a coupon that are free. Their number is always the stock that is left.

The lock on the stock row guards the free codes. A transaction that gives codes has it already.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable

from community.kernel import clock, db

_FREE = "redemption_id IS NULL AND voided_at IS NULL"
_LIST_FREE = db.Select(f"SELECT id FROM coupon_code WHERE reward_id = $1 AND {_FREE} ORDER BY id LIMIT $2", db.Id)
_TAKE = db.Change(
    "UPDATE coupon_code SET redemption_id = CAST(part.value->>1 AS BIGINT)"
    " FROM jsonb_array_elements($1) AS part(value) WHERE coupon_code.id = CAST(part.value->>0 AS BIGINT)"
    " RETURNING coupon_code.id",
    db.Id,
)
# The codes with the highest ids of a redemption go back first.
_GIVE_BACK = db.Change(
    "UPDATE coupon_code SET redemption_id = NULL WHERE id IN (SELECT id FROM coupon_code WHERE redemption_id = $1"
    " AND shown_at IS NULL ORDER BY id DESC LIMIT $2) RETURNING id",
    db.Id,
)
_VOID_SHOWN = db.Change(
    "UPDATE coupon_code SET voided_at = $2 WHERE redemption_id = $1 AND shown_at IS NOT NULL AND voided_at IS NULL"
    " RETURNING id",
    db.Id,
)
_VOID_FREE = db.Change(
    "UPDATE coupon_code SET voided_at = $3 WHERE id IN (SELECT id FROM coupon_code WHERE reward_id = $1"
    f" AND {_FREE} ORDER BY id DESC LIMIT $2) RETURNING id",
    db.Id,
)
_ADD_TO_STOCK = db.Change(
    "UPDATE reward_stock SET total = total + $2 WHERE reward_id = $1 AND slot_id IS NULL RETURNING total AS count",
    db.Count,
)
_LOCK_STOCK = db.Select("SELECT id FROM reward_stock WHERE reward_id = $1 AND slot_id IS NULL FOR NO KEY UPDATE", db.Id)


async def take(given: Iterable[tuple[int, int, int]]) -> None:
    """Give free codes with the lowest ids to redemptions.

    Each is given as (reward, redemption, number of codes). The caller has taken the pieces from the locked stock.
    """
    wanted: dict[int, list[int]] = defaultdict(list)
    for reward_id, redemption_id, quantity in given:
        wanted[reward_id] += [redemption_id] * quantity
    for reward_id, redemption_ids in wanted.items():
        codes = await _LIST_FREE.all(reward_id, len(redemption_ids))
        pairs = [(code.id, owner) for code, owner in zip(codes, redemption_ids, strict=False)]
        if len(await _TAKE.all(json.dumps(pairs))) < len(redemption_ids):
            raise RuntimeError("the free codes are fewer than the stock")


async def return_codes(reward_id: int, redemption_id: int, quantity: int) -> None:
    """Take so many codes from a redemption whose pieces have returned to the stock.

    Codes that were not shown are free again. Those that were shown are voided, and leave the stock.
    """
    returned = await _GIVE_BACK.all(redemption_id, quantity)
    if len(returned) < quantity:
        voided = await _VOID_SHOWN.all(redemption_id, clock.now())
        if len(returned) + len(voided) != quantity:
            raise RuntimeError("the codes of the redemption differ from its pieces")
        await add_to_stock(reward_id, -len(voided))


async def void_free(reward_id: int, quantity: int) -> int:
    """Void at most so many free codes, those with the highest ids first. Return their number."""
    await _LOCK_STOCK.all(reward_id)
    voided = len(await _VOID_FREE.all(reward_id, quantity, clock.now()))
    if voided:
        await add_to_stock(reward_id, -voided)
    return voided


async def add_to_stock(reward_id: int, added: int) -> int:
    """Change the number of all pieces, and return the new one."""
    return (await _ADD_TO_STOCK.one(reward_id, added)).count
