"""Verbs by which leaders write, publish, stock and withdraw rewards."""

from __future__ import annotations

import math

from community.communities import permissions
from community.communities.permissions import Actor
from community.communities.queries import MemberRow
from community.kernel import audit, clock, db, outbox
from community.kernel.errors import Conflict, InvalidInput, NotFound, require_row
from community.media import uses
from community.media.models import MediaSubject
from community.media.uses import MediaConsumer
from community.rewards import queries, rules
from community.rewards.errors import RewardStateForbids
from community.rewards.kinds import RewardKind, RewardState
from community.rewards.rows import RewardRow
from community.rewards.rules import RewardContent
from community.rewards.special import project_state

_PARTS = (
    "title", "text", "price", "opens_at", "closes_at", "min_level", "max_per_person", "max_per_period", "period",
    "collect_days", "cancel_hours", "needs_preparation", "low_stock_at", "review_days",
)  # fmt: skip
"""The columns that a leader writes, in the order of their parameters."""

_CREATE = db.Change(
    f"INSERT INTO reward (community_id, kind, state, written_by, created_at, updated_at, {', '.join(_PARTS)})"
    f" VALUES ($1, $2, 'DRAFT', $3, $4, $4, {', '.join(f'${5 + number}' for number in range(len(_PARTS)))})"
    f" RETURNING {queries.REWARD_COLUMNS}",
    RewardRow,
)
_EDIT = db.Change(
    "UPDATE reward SET version = version + 1, written_by = $4, updated_at = $5, "
    + ", ".join(f"{name} = ${6 + number}" for number, name in enumerate(_PARTS))
    + f" WHERE community_id = $1 AND id = $2 AND version = $3 RETURNING {queries.REWARD_COLUMNS}",
    RewardRow,
)
_SET_STATE = db.Change(
    "UPDATE reward SET state = $4, version = version + 1, updated_at = $5,"
    " published_at = COALESCE(published_at, CASE WHEN $4 = 'PUBLISHED' THEN CAST($5 AS TIMESTAMPTZ) END)"
    f" WHERE community_id = $1 AND id = $2 AND version = $3 AND state <> $4 RETURNING {queries.REWARD_COLUMNS}",
    RewardRow,
)
_NEW_STOCK = "INSERT INTO reward_stock (community_id, reward_id, total) VALUES ($1, $2, $3)"
# A publication waits for the lock, so that the goal of a project never changes after it.
_LOCK = db.Select(
    f"SELECT {queries.REWARD_COLUMNS} FROM reward WHERE community_id = $1 AND id = $2 FOR SHARE", RewardRow
)
_SET_STOCK = db.Change(
    "UPDATE reward_stock SET total = $3 WHERE community_id = $1 AND reward_id = $2 AND slot_id IS NULL"
    " AND taken <= $3 RETURNING id",
    db.Id,
)
_NEW_MEDIA = (
    "INSERT INTO reward_media (community_id, reward_id, position, media_id)"
    " SELECT $1, $2, given.position - 1, given.id FROM unnest($3::bigint[]) WITH ORDINALITY AS given (id, position)"
)
_NEW_PLACES = db.Change(
    "INSERT INTO reward_pick_up_point (community_id, reward_id, pick_up_point_id)"
    " SELECT $1, $2, id FROM pick_up_point WHERE community_id = $1 AND id = ANY($3) AND closed_at IS NULL ORDER BY id"
    " RETURNING id",
    db.Id,
)
_LAST_REDEMPTION = db.Select("SELECT COALESCE(max(id), 0) AS id FROM redemption WHERE reward_id = $1", db.Id)


@db.transactional
async def create(actor: Actor, *, kind: RewardKind, content: RewardContent, stock: int | None = None) -> RewardRow:
    """Create a draft of a reward with its stock, and return it.

    `stock` is the number of pieces, or the goal of a project in points. It is None for coupons and services. Raises
    LeadersOnly, InvalidInput, NotFound, MediaRefused and StorageFull.
    """
    content = rules.normalise_reward(kind, content)
    rules.validate_stock(kind, stock)
    leader = await permissions.lock_leader(actor)
    row = await _CREATE.one(leader.community_id, kind, leader.id, clock.now(), *_list_parts(content))
    await _write_lists(leader, row, content)
    if kind in rules.HAS_STOCK:
        await db.execute(_NEW_STOCK, row.community_id, row.id, stock or 0)
    if kind is RewardKind.PROJECT:
        await project_state.create(row.community_id, row.id)
    await _record(leader, row, "reward.create", stock=stock, **_describe_conditions(row))
    return row


@db.transactional
async def edit(actor: Actor, reward_id: int, *, version: int, content: RewardContent) -> RewardRow:
    """Replace the content of a reward, and return it. What is reserved keeps its price and times.

    Raises LeadersOnly, NotFound, InvalidInput, MediaRefused, StorageFull, and Conflict if the reward has another
    version.
    """
    leader = await permissions.lock_leader(actor)
    found = await queries.get_reward(leader.community_id, reward_id)
    content = rules.normalise_reward(found.kind, content)
    if found.kind is RewardKind.PROJECT and found.published_at is not None and content.closes_at != found.closes_at:
        # The deadline is a promise to those who have pledged.
        raise InvalidInput("project_deadline_fixed", path=("content", "closesAt"))
    row = _require_changed(
        await _EDIT.first(found.community_id, found.id, version, leader.id, clock.now(), *_list_parts(content))
    )
    await db.execute("DELETE FROM reward_media WHERE reward_id = $1", row.id)
    await db.execute("DELETE FROM reward_pick_up_point WHERE reward_id = $1", row.id)
    await _write_lists(leader, row, content)
    await uses.keep_only(content.media_ids, by=_build_media_consumer(row))
    await _publish_media(row, content.media_ids)
    await _record(leader, row, "reward.edit", **_describe_conditions(row))
    return row


@db.transactional
async def publish(actor: Actor, reward_id: int, *, version: int) -> RewardRow:
    """Publish a draft or withdrawn reward, and return it.

    Raises LeadersOnly, NotFound, RewardStateForbids, and Conflict if the reward has another version.
    """
    leader = await permissions.lock_leader(actor)
    row = await _set_state(leader, reward_id, version, RewardState.PUBLISHED)
    await _publish_media(row, await queries.list_media_ids(row.id))
    await _record(leader, row, "reward.publish")
    return row


@db.transactional
async def withdraw(actor: Actor, reward_id: int, *, version: int, is_cancelling: bool) -> RewardRow:
    """Stop offering a reward, and return it.

    `is_cancelling` also cancels its open redemptions with a refund, by a job. Otherwise they stay. Raises LeadersOnly,
    NotFound, RewardStateForbids, and Conflict if the reward has another version.
    """
    leader = await permissions.lock_leader(actor)
    found = await queries.get_reward(leader.community_id, reward_id)
    if found.state is RewardState.DRAFT:
        raise RewardStateForbids(found.state.value.lower())
    row = await _set_state(leader, reward_id, version, RewardState.WITHDRAWN)
    if is_cancelling:
        # Nothing is reserved any longer, because a reservation locks the reward.
        last = await _LAST_REDEMPTION.one(row.id)
        await outbox.put(
            "effects.cancel_redemptions", community_id=row.community_id, reward_id=row.id, up_to_id=last.id,
            actor_id=leader.id,
        )  # fmt: skip
    await _record(leader, row, "reward.withdraw", cancelling=is_cancelling)
    return row


@db.transactional
async def set_stock(actor: Actor, reward_id: int, *, total: int) -> RewardRow:
    """Set the number of all pieces, taken ones included. Return the reward.

    Raises LeadersOnly, NotFound, and InvalidInput for fewer than are taken or for a kind without a stock of its own.
    """
    leader = await permissions.lock_leader(actor)
    row = require_row(await _LOCK.first(leader.community_id, reward_id), NotFound("reward"))
    rules.validate_stock(row.kind, total)
    if row.kind is RewardKind.PROJECT and row.state is not RewardState.DRAFT:
        raise RewardStateForbids(row.state.value.lower())  # The goal is a promise to those who have pledged.
    if await _SET_STOCK.first(row.community_id, row.id, total) is None:
        (stock,) = await queries.list_stocks([row.id])
        rules.validate_stock(row.kind, total, least=stock.taken if stock is not None else 0)
        raise Conflict(path=("stock",))
    await _record(leader, row, "reward.stock", stock=total)
    return row


def _list_parts(content: RewardContent) -> list[object]:
    values = {name: getattr(content, name) for name in _PARTS}
    return list(values.values())


async def _write_lists(leader: MemberRow, row: RewardRow, content: RewardContent) -> None:
    """Write the pictures and the pick-up points of a reward that has none."""
    if content.media_ids:
        by, path = _build_media_consumer(row), ("content", "mediaIds")
        own = await queries.list_used_media_ids(row.id)
        new = [media_id for media_id in content.media_ids if media_id not in own]
        await uses.add(leader.person_id, new, by=by, path=path)
        await db.execute(_NEW_MEDIA, row.community_id, row.id, list(content.media_ids))
    if content.pick_up_point_ids:
        if row.kind not in rules.IS_COLLECTED:
            raise InvalidInput("no_pick_up", path=("content", "pickUpPointIds"))
        made = await _NEW_PLACES.all(row.community_id, row.id, list(content.pick_up_point_ids))
        if len(made) < len(content.pick_up_point_ids):
            raise NotFound("pick_up_point", path=("content", "pickUpPointIds"))


def _build_media_consumer(row: RewardRow) -> MediaConsumer:
    return MediaConsumer(MediaSubject.REWARD, row.id, row.community_id)


async def _publish_media(row: RewardRow, media_ids: list[int] | tuple[int, ...]) -> None:
    """Show the pictures of a published reward to the readers of its community."""
    shown = media_ids if row.state is RewardState.PUBLISHED else ()
    await uses.publish(shown, by=_build_media_consumer(row), for_everyone=True)


async def _set_state(leader: MemberRow, reward_id: int, version: int, state: RewardState) -> RewardRow:
    found = await queries.get_reward(leader.community_id, reward_id)
    if found.state is state:
        raise RewardStateForbids(state.value.lower())
    return _require_changed(await _SET_STATE.first(found.community_id, found.id, version, state, clock.now()))


def _require_changed(row: RewardRow | None) -> RewardRow:
    if row is None:
        raise Conflict(path=("version",))
    return row


def _describe_conditions(row: RewardRow) -> dict[str, int | None]:
    """Return what the audit compares later redemptions with. Times are whole seconds, never too narrow."""
    return {
        "price": row.price,
        "opens_at": None if row.opens_at is None else math.floor(row.opens_at.timestamp()),
        "closes_at": None if row.closes_at is None else math.ceil(row.closes_at.timestamp()),
        "max_per_person": row.max_per_person,
    }


async def _record(leader: MemberRow, row: RewardRow, action: str, **detail: object) -> None:
    await audit.record_about(row, action, by=leader, version=row.version, **detail)
