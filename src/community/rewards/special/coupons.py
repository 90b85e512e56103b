"""Codes of coupons, which leaders import, and the owner of a redemption reads.

A code is sealed, and a keyed digest finds a code that the community has already. Only the owner reads a code.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from community.communities import permissions
from community.communities.permissions import Actor
from community.communities.queries import MemberRow
from community.kernel import audit, clock, db, sealing
from community.kernel.errors import InvalidInput, NotFound
from community.rewards import history, queries
from community.rewards.errors import RedemptionStateForbids
from community.rewards.history import NewEvent
from community.rewards.kinds import RedemptionEventKind, RedemptionState, RewardKind
from community.rewards.rows import RedemptionRow, RewardRow
from community.rewards.rules import MAX_STOCK
from community.rewards.special import coupon_csv, coupon_pool
from community.rewards.special.coupon_csv import CouponFault, FaultyLine
from community.settings import Settings

_DIGEST_USE = "coupon codes"
_RESEAL_BATCH_SIZE = 500


@dataclass(frozen=True, slots=True)
class ImportReport:
    """The number of added codes, and the lines that were not taken, in order."""

    added: int
    faulty: Sequence[FaultyLine]


@dataclass(slots=True)
class CouponCounts:
    """Numbers of codes of a reward. `shown` codes are taken too, and a voided one is only voided."""

    reward_id: int
    free: int
    taken: int
    shown: int
    voided: int


@dataclass(slots=True)
class _SealedRow:
    id: int
    community_id: int
    code_sealed: str


@dataclass(slots=True)
class _ShownRow:
    id: int
    code_sealed: str
    shown_at: datetime | None


_KNOWN = db.Select("SELECT digest AS name FROM coupon_code WHERE community_id = $1 AND digest = ANY($2)", db.Name)
# Two imports of the same codes wait for each other in one order.
_ADD = db.Change(
    "INSERT INTO coupon_code (community_id, reward_id, imported_by, created_at, digest, code_sealed)"
    " SELECT $1, $2, $3, $4, part.value->>0, part.value->>1 FROM jsonb_array_elements($5) AS part(value)"
    " WHERE TRUE ORDER BY part.value->>0 ON CONFLICT (community_id, digest) DO NOTHING RETURNING digest AS name",
    db.Name,
)
_SHOW = db.Change(
    "UPDATE redemption SET fulfilled_quantity = quantity - cancelled_quantity, state = 'FULFILLED', ended_at = $3"
    f" WHERE community_id = $1 AND id = $2 AND state = 'CONFIRMED' RETURNING {queries.REDEMPTION_COLUMNS}",
    RedemptionRow,
)
_MARK_SHOWN = "UPDATE coupon_code SET shown_at = $2 WHERE redemption_id = $1 AND shown_at IS NULL"
_CODES = db.Select(
    f"SELECT {db.columns(_ShownRow)} FROM coupon_code WHERE redemption_id = $1 AND voided_at IS NULL ORDER BY id",
    _ShownRow,
)
_SHOWING = db.Select(
    "SELECT id FROM redemption_event WHERE redemption_id = $1 AND kind = 'FULFILLED' ORDER BY id DESC LIMIT 1",
    db.Id,
)
_UNDO_SHOWING = db.Change(
    "UPDATE redemption SET fulfilled_quantity = 0, state = 'CONFIRMED', ended_at = NULL"
    f" WHERE community_id = $1 AND id = $2 AND state = 'FULFILLED' RETURNING {queries.REDEMPTION_COLUMNS}",
    RedemptionRow,
)
_COUNTS = db.Select(
    "SELECT reward_id,"
    " sum(CASE WHEN voided_at IS NULL AND redemption_id IS NULL THEN 1 ELSE 0 END) AS free,"
    " sum(CASE WHEN voided_at IS NULL AND redemption_id IS NOT NULL THEN 1 ELSE 0 END) AS taken,"
    " sum(CASE WHEN voided_at IS NULL AND shown_at IS NOT NULL THEN 1 ELSE 0 END) AS shown,"
    " sum(CASE WHEN voided_at IS NOT NULL THEN 1 ELSE 0 END) AS voided"
    " FROM coupon_code WHERE reward_id = ANY($1) GROUP BY reward_id",
    CouponCounts,
)
_LOCK_BATCH = db.Select(
    f"SELECT {db.columns(_SealedRow)} FROM coupon_code WHERE id > $1 ORDER BY id LIMIT {_RESEAL_BATCH_SIZE} FOR UPDATE",
    _SealedRow,
)


@db.transactional
async def import_codes(actor: Actor, settings: Settings, reward_id: int, *, csv: str) -> ImportReport:
    """Add the codes of a CSV text to a coupon and its stock.

    Return a report. Lines that cannot be taken are reported, and the others are added. Raises LeadersOnly, NotFound,
    and InvalidInput for a reward of another kind, for none or too many lines, or beyond the largest stock.
    """
    leader = await permissions.lock_leader(actor)
    reward = await _get_coupon(leader.community_id, reward_id)
    read = coupon_csv.read_codes(csv)
    digests = {code: _compute_digests(settings, reward.community_id, code) for code in read.codes}
    wanted = [digest for some in digests.values() for digest in some]
    known = {row.name for row in await _KNOWN.all(reward.community_id, wanted)}
    new = {some[0]: code for code, some in digests.items() if known.isdisjoint(some)}
    sealed = [(digest, sealing.seal(settings, code)) for digest, code in new.items()]
    added = await _insert(leader, reward, sealed) if sealed else set()
    if added:
        total = await coupon_pool.add_to_stock(reward.id, len(added))
        if total > MAX_STOCK:
            raise InvalidInput("stock", min=0, max=MAX_STOCK, actual=total, path=("csv",))
    repeated = [
        FaultyLine(line, CouponFault.KNOWN) for code, line in read.codes.items() if digests[code][0] not in added
    ]
    faulty = sorted([*read.faulty, *repeated], key=lambda each: each.line)
    await audit.record_about(reward, "coupon.import", by=leader, added=len(added), faulty=len(faulty))
    return ImportReport(len(added), faulty)


@db.transactional
async def void_codes(actor: Actor, reward_id: int, *, quantity: int | None = None) -> RewardRow:
    """Void free codes of a coupon, all of them if `quantity` is None. Return the reward.

    They leave the stock and are never given. Raises LeadersOnly, NotFound, and InvalidInput for fewer free codes.
    """
    leader = await permissions.lock_leader(actor)
    reward = await _get_coupon(leader.community_id, reward_id)
    if quantity is not None and not 1 <= quantity <= MAX_STOCK:
        raise InvalidInput("quantity", min=1, max=MAX_STOCK, actual=quantity, path=("quantity",))
    voided = await coupon_pool.void_free(reward.id, MAX_STOCK if quantity is None else quantity)
    if quantity is not None and voided < quantity:
        raise InvalidInput("coupon_free", max=voided, actual=quantity, path=("quantity",))
    await audit.record_about(reward, "coupon.void", by=leader, quantity=voided)
    return reward


@db.transactional
async def show(actor: Actor, settings: Settings, redemption_id: int) -> tuple[RedemptionRow, list[str]]:
    """Return the actor's own redemption with its codes, which counts as handing them over.

    Idempotent: later calls return the same codes. A former member may read them too. Raises NotFound, InvalidInput for
    another kind of reward, and RedemptionStateForbids.
    """
    member = await permissions.lock_current_or_former_member(actor)
    row = await history.lock(member.community_id, redemption_id)
    if row.membership_id != member.id:
        raise NotFound("redemption")
    if row.kind is not RewardKind.COUPON:
        raise InvalidInput("no_coupon", path=("redemptionId",))
    if row.state not in {RedemptionState.CONFIRMED, RedemptionState.FULFILLED}:
        raise RedemptionStateForbids(row.state.value.lower())
    if row.state is RedemptionState.CONFIRMED:
        now, quantity = clock.now(), row.open_quantity
        row = await _SHOW.one(row.community_id, row.id, now)
        await db.execute(_MARK_SHOWN, row.id, now)
        await history.add(row, NewEvent(RedemptionEventKind.FULFILLED, quantity, member.id))
    return row, [sealing.unseal(settings, code.code_sealed) for code in await _CODES.all(row.id)]


async def undo_showing(row: RedemptionRow, leader_id: int) -> RedemptionRow:
    """Undo the showing of a locked redemption, so that a leader can cancel it. Return it."""
    (showing,) = await _SHOWING.all(row.id)
    reopened = await _UNDO_SHOWING.one(row.community_id, row.id)
    undone = NewEvent(RedemptionEventKind.UNDONE, row.fulfilled_quantity, leader_id, about_id=showing.id)
    await history.add(row, undone)
    return reopened


async def count_codes(reward_ids: Sequence[int]) -> list[CouponCounts]:
    """Return the numbers of codes of each reward, in order. The caller checks that they are for a leader."""
    found = {row.reward_id: row for row in await _COUNTS.all(list(set(reward_ids)))}
    return [found.get(reward_id) or CouponCounts(reward_id, 0, 0, 0, 0) for reward_id in reward_ids]


async def reseal(settings: Settings) -> int:
    """Seal every code with the current key and return the row count."""
    count, after = 0, 0
    while ids := await _reseal_batch(settings, after):
        count, after = count + len(ids), ids[-1]
    return count


@db.transactional
async def _reseal_batch(settings: Settings, after: int) -> list[int]:
    rows = await _LOCK_BATCH.all(after)
    for row in rows:
        code = sealing.unseal(settings, row.code_sealed)
        digest = _compute_digests(settings, row.community_id, code)[0]
        await db.execute(
            "UPDATE coupon_code SET digest = $2, code_sealed = $3 WHERE id = $1",
            row.id, digest, sealing.seal(settings, code),
        )  # fmt: skip
    return [row.id for row in rows]


def _compute_digests(settings: Settings, community_id: int, code: str) -> list[str]:
    """Return the digests of a code, the current key's first. They differ between communities."""
    return sealing.compute_digests(settings, _DIGEST_USE, f"{community_id} {code}")


async def _insert(leader: MemberRow, reward: RewardRow, sealed: Sequence[tuple[str, str]]) -> set[str]:
    rows = json.dumps(sealed)
    made = await _ADD.all(reward.community_id, reward.id, leader.id, clock.now(), rows)
    return {row.name for row in made}


async def _get_coupon(community_id: int, reward_id: int) -> RewardRow:
    reward = await queries.get_reward(community_id, reward_id)
    if reward.kind is not RewardKind.COUPON:
        raise InvalidInput("no_coupon", path=("rewardId",))
    return reward
