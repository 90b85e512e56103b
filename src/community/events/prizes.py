"""Prizes of events: points, badges and pieces of rewards.

Points and badges are given with the result. A job reserves the pieces of rewards afterwards. A prize whose piece cannot
be reserved stays open. The leaders get a notice of it, and call `grant_open` when they have changed the reason. A prize
whose piece a leader cancelled is open again.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from community.communities import permissions
from community.communities.permissions import Actor
from community.communities.queries import list_leader_ids
from community.events import contest_board, queries
from community.events.contents import EventRules
from community.events.errors import EventStateForbids
from community.events.kinds import EventState, PrizeTier
from community.events.rows import EventRow, PrizeRow
from community.events.rules import Placed
from community.kernel import audit, clock, db, mistakes, outbox
from community.kernel.errors import InvalidInput
from community.notices.models import NoticeKind
from community.notices.service import notify_each, notify_member
from community.points import journal
from community.points.earning.claw_back import claw_back
from community.points.earning.earn import EarnRequest, earn
from community.points.earning.models import Trigger
from community.points.earning.rules import Facts
from community.rewards import ending, prizes
from community.rewards import queries as rewards
from community.rewards.ending import Ending
from community.rewards.kinds import RedemptionState, RewardState
from community.rewards.prizes import RewardPrize

_COLUMNS = db.columns(PrizeRow)
_CURRENT = db.Select(
    f"SELECT {_COLUMNS} FROM event_prize WHERE event_id = $1 AND taken_back_at IS NULL ORDER BY id", PrizeRow
)
_GIVE = db.Change(
    "INSERT INTO event_prize (community_id, event_id, entry_id, membership_id, tier, created_at, reward_id, has_badge,"
    " redemption_id) SELECT $1, $2, $3, $4, $5, $6, CAST($7 AS BIGINT), $8,"
    " (SELECT max(r.id) FROM event_prize p JOIN redemption r ON r.id = p.redemption_id WHERE p.entry_id = $3"
    f" AND p.reward_id = $7 AND r.state = 'FULFILLED') RETURNING {_COLUMNS}",
    PrizeRow,
)
_TAKE_BACK_SQL = "UPDATE event_prize SET taken_back_at = $2 WHERE id = $1"
_LOCK_EVENT = db.Select("SELECT id FROM event WHERE community_id = $1 AND id = $2 FOR NO KEY UPDATE", db.Id)
# What the winner cancelled or did not collect is lost. What a leader cancelled is due again.
_CANCELLED_BY_LEADER = (
    "SELECT 1 FROM redemption r JOIN redemption_event u ON u.redemption_id = r.id WHERE r.id = z.redemption_id"
    " AND r.state = 'CANCELLED' AND u.kind = 'CANCELLED' AND u.actor_id <> z.membership_id"
)
# The piece of a person who is gone stays open, and that of an erased person is never given.
_OPEN_OF = (
    "FROM event_prize z JOIN membership m ON m.id = z.membership_id JOIN person p ON p.id = m.person_id"
    " WHERE z.event_id = {} AND z.reward_id IS NOT NULL AND z.taken_back_at IS NULL AND p.erased_at IS NULL"
    f" AND (z.redemption_id IS NULL OR EXISTS ({_CANCELLED_BY_LEADER}))"
)
_OPEN = db.Select(f"SELECT {db.columns(PrizeRow, 'z')} {_OPEN_OF.format('$1')} ORDER BY z.id", PrizeRow)
_TO_MEMBERS = db.Select(
    f"SELECT {db.columns(PrizeRow, 'z')} {_OPEN_OF.format('$1')} AND m.left_at IS NULL AND p.banned_at IS NULL"
    " AND m.id = ANY($2) ORDER BY z.id",
    PrizeRow,
)
_REDEEM_SQL = (
    "UPDATE event_prize SET redemption_id = CAST(part.value->>1 AS BIGINT) FROM jsonb_array_elements($1) AS part(value)"
    " WHERE event_prize.id = CAST(part.value->>0 AS BIGINT)"
)


MAX_BADGES = 20


@dataclass(slots=True)
class _OpenRow:
    event_id: int
    count: int


@dataclass(slots=True)
class BadgeRow:
    """A badge of a member, which a prize of an event gave."""

    membership_id: int
    event_id: int
    tier: PrizeTier
    created_at: datetime


@dataclass(slots=True)
class _RedeemedRow:
    entry_id: int
    redemption_id: int


_COUNTS = db.Select(
    f"SELECT z.event_id, count(*) AS count {_OPEN_OF.format('ANY($1)')} GROUP BY z.event_id",
    _OpenRow,
)

_BADGES = db.Select(
    "SELECT membership_id, event_id, tier, created_at FROM (SELECT z.membership_id, z.event_id, z.tier, z.created_at,"
    " z.id, row_number() OVER (PARTITION BY z.membership_id ORDER BY z.id DESC) AS place FROM event_prize z"
    " WHERE z.membership_id = ANY($1) AND z.has_badge AND z.taken_back_at IS NULL) AS found"
    f" WHERE place <= {MAX_BADGES} ORDER BY membership_id, place",
    BadgeRow,
)
_REDEEMED = db.Select(
    "SELECT entry_id, redemption_id FROM event_prize WHERE entry_id = ANY($1) AND redemption_id IS NOT NULL"
    " AND taken_back_at IS NULL",
    _RedeemedRow,
)


async def require_rewards(community_id: int, rules: EventRules) -> None:
    """Raise InvalidInput unless each reward of the rules can be a prize."""
    wanted = rules.rewards
    rows = await rewards.find_rewards(list(wanted.values()))
    with mistakes.collect() as check:
        for tier, row in zip(wanted, rows, strict=True):
            if row is None or (row.community_id, row.state) != (community_id, RewardState.PUBLISHED) or (
                row.kind not in prizes.KINDS
            ):  # fmt: skip
                check.add(InvalidInput("event_reward", path=("content", "rules", f"{tier.value.lower()}RewardId")))


async def pay(event: EventRow, placed: list[Placed]) -> None:
    """Take back prizes that no longer hold, and give the new ones. Idempotent.

    The caller has locked the event.
    """
    wanted = {one.entry_id: one for one in placed if one.prize is not None}
    current = await _CURRENT.all(event.id)
    kept = {row.entry_id for row in current if row.entry_id in wanted and wanted[row.entry_id].prize is row.tier}
    lost = [row for row in current if row.entry_id not in kept]
    new = [one for one in wanted.values() if one.entry_id not in kept]
    members = [row.membership_id for row in lost] + [one.membership_id for one in new]
    await journal.lock_accounts(event.community_id, members)
    for row in lost:
        await db.execute(_TAKE_BACK_SQL, row.id, clock.now())
        await contest_board.count_taken_back(event, row)
        await claw_back(event.community_id, row.name)
        await _take_back_piece(row)
    for one in new:
        await _give(event, one)
    if any(one.prize in event.conditions.rewards for one in new):
        await outbox.put("effects.grant_prizes", community_id=event.community_id, event_id=event.id)


async def _give(event: EventRow, one: Placed) -> None:
    assert one.prize is not None  # the caller has chosen them
    rules = event.conditions
    row = await _GIVE.one(
        event.community_id, event.id, one.entry_id, one.membership_id, one.prize, clock.now(),
        rules.rewards.get(one.prize), one.prize in rules.badge_tiers,
    )  # fmt: skip
    await contest_board.count_given(event, row)
    facts = Facts(kind=row.tier.value)
    request = EarnRequest(Trigger.EVENT_PRIZE, cause=row.name, source_key=row.name, facts=facts)
    paid = await earn(event.community_id, one.membership_id, request)
    await notify_member(
        event.community_id, one.membership_id, kind=NoticeKind.EVENT_PRIZE, key=row.name,
        detail={"event": event.id, "entry": one.entry_id, "points": paid.points},
    )  # fmt: skip


async def _take_back_piece(row: PrizeRow) -> None:
    """Cancel the redemption of a prize.

    What was handed over stays, and the leaders get a notice of it.
    """
    if row.redemption_id is None:
        return
    if await ending.end_if_open(row.community_id, row.redemption_id, Ending(RedemptionState.CANCELLED)):
        return
    redemption = await rewards.get_redemption(row.community_id, row.redemption_id)
    if redemption.state is RedemptionState.FULFILLED:
        await notify_each(
            row.community_id, kind=NoticeKind.PRIZE_KEPT,
            details={
                (leader_id, f"{row.name}:kept"): {"event": row.event_id, "redemption": redemption.id}
                for leader_id in await list_leader_ids(row.community_id)
            },
        )  # fmt: skip


@db.transactional
async def grant(community_id: int, event_id: int) -> int:
    """Reserve the pieces of an event's open prizes, and return their number. Idempotent.

    The leaders get a notice of each prize that stays open, once.
    """
    members = sorted({row.membership_id for row in await _OPEN.all(event_id)})
    for membership_id in members:
        await permissions.lock_membership(community_id, membership_id)
    granted = await _grant(community_id, event_id, members)
    left = await _OPEN.all(event_id)
    await notify_each(
        community_id, kind=NoticeKind.PRIZE_OPEN,
        details={
            (leader_id, f"{row.name}:open"): {"event": event_id, "reward": row.reward_id}
            for leader_id in (await list_leader_ids(community_id) if left else [])
            for row in left
        },
    )  # fmt: skip
    return granted


@db.transactional
async def grant_open(actor: Actor, event_id: int) -> EventRow:
    """Reserve the pieces of open prizes as a leader, and return the event.

    Idempotent. Raises LeadersOnly, NotFound, and EventStateForbids before the result.
    """
    members = sorted({row.membership_id for row in await _OPEN.all(event_id)})
    leader = await permissions.lock_leader(actor, *members)
    event = await queries.get_event(leader.community_id, event_id)
    if event.state is not EventState.CLOSED:
        raise EventStateForbids(event.state.value.lower())
    granted = await _grant(leader.community_id, event_id, members)
    await audit.record(
        leader.community_id, leader.id, "event.prizes", subject="event", subject_id=event_id, granted=granted
    )
    return event


async def _grant(community_id: int, event_id: int, members: Sequence[int]) -> int:
    """Reserve the pieces of the open prizes of locked members.

    The lock on the event excludes another call.
    """
    await _LOCK_EVENT.all(community_id, event_id)
    rows = await _TO_MEMBERS.all(event_id, list(members))
    wanted = [RewardPrize(row.membership_id, row.reward_id, row.key) for row in rows if row.reward_id is not None]
    outcomes = await prizes.grant(community_id, wanted) if wanted else []
    granted = [(row.id, found) for row, found in zip(rows, outcomes, strict=True) if isinstance(found, int)]
    await db.execute(_REDEEM_SQL, json.dumps(granted))
    return len(granted)


async def count_open(event_ids: Sequence[int]) -> list[int]:
    """Return the number of open prizes of each event, in order."""
    found = {row.event_id: row.count for row in await _COUNTS.all(list(event_ids))}
    return [found.get(event_id, 0) for event_id in event_ids]


async def list_badges(membership_ids: Sequence[int]) -> list[list[BadgeRow]]:
    """Return the newest badges of each member, newest first, in order."""
    return db.group(await _BADGES.all(list(membership_ids)), membership_ids, by="membership_id")


async def list_redeemed(entry_ids: Sequence[int]) -> list[int | None]:
    """Return the redemption of each entry's prize, in order. None without one."""
    found = {row.entry_id: row.redemption_id for row in await _REDEEMED.all(list(entry_ids))}
    return [found.get(entry_id) for entry_id in entry_ids]
