"""Redemptions: members reserve pieces of rewards and pay for them.

The requests of one community that wait in a process are reserved together (`kernel/batching.py`), also those of
different rewards. Each is decided by `rules.decide` after all locks, in the order of arrival. The locks are taken in
one order: callers, idempotency keys, memberships, rewards (shared), accounts, stock.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import asdict, dataclass
from typing import cast

from community.accounts import person_lock
from community.accounts.errors import SessionEnded
from community.communities import permissions
from community.communities.errors import NotAMember
from community.communities.permissions import Actor
from community.communities.queries import MemberRow
from community.consent import consents
from community.consent.models import ConsentPurpose
from community.kernel import clock, db, idempotency
from community.kernel.batching import Batches
from community.kernel.errors import InvalidInput, NotFound, Refusal
from community.kernel.idempotency import Answer, IdempotencyScope, KeyedCall
from community.points import journal, lots
from community.rewards import facts, grants, queries, rules
from community.rewards.facts import Redeemed
from community.rewards.grants import Grant, Order
from community.rewards.kinds import RewardKind
from community.rewards.rows import RewardRow

OPERATION = "redemptionReserve"
"""The operation of the idempotency record."""


@dataclass(frozen=True, slots=True)
class _Request:
    actor: Actor
    session_id: int | None
    call: KeyedCall
    order: Order


async def reserve(actor: Actor, order: Order, *, key: str, session_id: int | None = None) -> int:
    """Reserve and pay pieces of a reward. Return the id of the redemption.

    Idempotent by `key`: a repetition with the same order gets the first answer, also if it was a refusal. Raises
    SessionEnded, NotAMember, ConsentMissing, GuardianNeeded, NotFound, InvalidInput, RewardNotOpen, LevelTooLow,
    TrialPromiseOpen, TrialPromiseBroken, LimitReached, SoldOut, InDebt, InsufficientPoints and KeyReused, and then
    changes nothing.
    """
    scope = IdempotencyScope(actor.community_id, actor.person_id, OPERATION)
    fingerprint = idempotency.compute_fingerprint(asdict(order))
    call = KeyedCall(scope, idempotency.validate_key(key), fingerprint)
    answer = await _BATCHES.submit(actor.community_id, _Request(actor, session_id, call, order))
    return cast("int", answer["id"])


async def _reserve_together(key: Hashable, requests: Sequence[_Request]) -> Sequence[Answer | Refusal]:
    return await _reserve_in_transaction(cast("int", key), requests)


_BATCHES: Batches[_Request, Answer] = Batches(_reserve_together)


@db.transactional
async def _reserve_in_transaction(community_id: int, requests: Sequence[_Request]) -> Sequence[Answer | Refusal]:
    callers = [(request.actor.person_id, request.session_id) for request in requests]
    active = await person_lock.lock_callers(callers)
    accepted = [request for request, caller in zip(requests, callers, strict=True) if caller in active]

    async def work(positions: Sequence[int]) -> Sequence[Answer | Refusal]:
        return await _Round(community_id, [accepted[position] for position in positions]).reserve()

    outcomes = iter(await idempotency.run_all_once([request.call for request in accepted], work) if accepted else ())
    return [next(outcomes) if caller in active else SessionEnded() for caller in callers]


class _Round:
    """The requests with a new key, decided in the order of their arrival."""

    def __init__(self, community_id: int, requests: Sequence[_Request]) -> None:
        self._community_id = community_id
        self._requests = requests
        self._outcomes: dict[int, Answer | Refusal] = {}
        self._members: dict[int, MemberRow] = {}
        self._rewards: dict[int, RewardRow] = {}
        self._now = clock.now()

    async def reserve(self) -> Sequence[Answer | Refusal]:
        """Decide every request, write what is granted, and return the outcomes in order."""
        await self._lock_members()
        await self._lock_rewards()
        self._now = clock.now()  # Later than every change of a reward that was read.
        await self._check_places()
        granted = await self._decide()
        ids = await grants.write(self._community_id, list(granted.values()), self._now) if granted else []
        for position, redemption_id in zip(granted, ids, strict=True):
            self._outcomes[position] = {"id": redemption_id}
        return [self._outcomes[position] for position in range(len(self._requests))]

    def _list_undecided(self) -> list[tuple[int, Order]]:
        return [
            (position, request.order)
            for position, request in enumerate(self._requests)
            if position not in self._outcomes
        ]

    async def _lock_members(self) -> None:
        people = [request.actor.person_id for request in self._requests]
        members = await permissions.lock_members(self._community_id, people)
        missing = await consents.find_missing(sorted(set(people)), ConsentPurpose.SERVICE)
        for position, person_id in enumerate(people):
            if person_id not in members:
                self._outcomes[position] = NotAMember()
            elif person_id in missing:
                self._outcomes[position] = missing[person_id]
            else:
                self._members[position] = members[person_id]

    async def _lock_rewards(self) -> None:
        wanted = sorted({order.reward_id for _, order in self._list_undecided()})
        if wanted:
            self._rewards = await facts.lock_rewards(self._community_id, wanted)
        for position, order in self._list_undecided():
            reward = self._rewards.get(order.reward_id)
            fault = NotFound("reward") if reward is None else _find_fault(reward, order)
            if fault is not None:
                self._outcomes[position] = fault

    async def _check_places(self) -> None:
        """Refuse an order for a pick-up point at which the reward cannot be collected."""
        wanted = {order.reward_id for _, order in self._list_undecided() if order.pick_up_point_id is not None}
        places = await queries.list_open_places(sorted(wanted)) if wanted else set()
        for position, order in self._list_undecided():
            if order.pick_up_point_id is not None and (order.reward_id, order.pick_up_point_id) not in places:
                self._outcomes[position] = NotFound("pick_up_point")

    async def _decide(self) -> dict[int, Grant]:
        """Lock accounts and stock. Decide in order, each request on what those before it have left."""
        asked = self._list_undecided()
        if not asked:
            return {}
        members = {position: self._members[position].id for position, _ in asked}
        accounts = await journal.lock_accounts(self._community_id, members.values())
        await lots.expire_due_lots(accounts.values())
        rewards = [self._rewards[number] for number in sorted({order.reward_id for _, order in asked})]
        slot_ids = sorted({order.slot_id for _, order in asked if order.slot_id is not None})
        offers = await facts.lock_offers(rewards, self._now, slot_ids=slot_ids)
        redeemed = await facts.count_redeemed(
            ((self._rewards[order.reward_id], members[position]) for position, order in asked), offers
        )
        booking = {members[position] for position, order in asked if order.slot_id is not None}
        appointments = await facts.list_appointments(booking, self._now)
        trials = await facts.load_trial_records((self._rewards[order.reward_id], members[at]) for at, order in asked)
        granted: dict[int, Grant] = {}
        spent = dict.fromkeys(accounts, 0)
        for position, order in asked:
            reward, account = self._rewards[order.reward_id], accounts[members[position]]
            counted = redeemed.setdefault((reward.id, account.membership_id), Redeemed(reward.id, account.id, 0, 0))
            slot = None if order.slot_id is None else offers.slots.get(order.slot_id)
            if order.slot_id is not None and (slot is None or slot.reward_id != reward.id):
                self._outcomes[position] = NotFound("slot")
                continue
            booked = appointments.get(account.membership_id, [])
            taker = facts.build_taker(
                account, counted, trials.get(account.membership_id), spent=spent[account.membership_id],
                appointments=booked,
            )  # fmt: skip
            refusal = rules.decide(offers.build(reward, order.slot_id), taker, quantity=order.quantity, now=self._now)
            if refusal is not None:
                self._outcomes[position] = refusal
                continue
            stock = offers.take(reward, order.slot_id, order.quantity)
            granted[position] = Grant(order, reward, account, stock, slot)
            if slot is not None:
                booked.append(slot)
            spent[account.membership_id] += reward.price * order.quantity
            if reward.kind is RewardKind.TRIAL:
                trials[account.membership_id].waiting += 1
            counted.total += order.quantity
            counted.in_period += order.quantity
        return granted


def _find_fault(reward: RewardRow, order: Order) -> Refusal | None:
    """Return the refusal of an order that does not fit the reward, or None."""
    try:
        rules.validate_quantity(reward.kind, order.quantity)
    except InvalidInput as fault:
        return fault
    if (order.slot_id is not None) != (reward.kind is RewardKind.SERVICE):
        return InvalidInput("slot", path=("slotId",))
    if order.is_named and reward.kind is not RewardKind.PROJECT:
        return InvalidInput("named", path=("isNamed",))
    if order.pick_up_point_id is not None and reward.kind not in rules.IS_COLLECTED:
        return InvalidInput("no_pick_up", path=("pickUpPointId",))
    return None
