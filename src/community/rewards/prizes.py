"""Pieces of rewards that members get as prizes.

A prize is a redemption of one piece for no points. Stock and limits hold as for every other redemption. Window, price
and level of the reward do not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from community.kernel import clock
from community.kernel.errors import NotFound, Refusal
from community.points import journal
from community.rewards import facts, grants, rules
from community.rewards.facts import Redeemed
from community.rewards.grants import Grant, Order
from community.rewards.kinds import RewardKind

KINDS = frozenset({RewardKind.COUPON, RewardKind.GOODS})
"""Kinds of rewards that can be prizes. The others need a choice or a promise of the member."""


@dataclass(frozen=True, slots=True)
class RewardPrize:
    """A prize of a member. The key names it, once in a community."""

    membership_id: int
    reward_id: int
    key: str


async def grant(community_id: int, prizes: Sequence[RewardPrize]) -> list[int | Refusal]:
    """Reserve a piece for each prize in the caller's transaction.

    Return the id of the redemption or the refusal for each, in order. The caller has locked the memberships, and knows
    that no prize of a key was granted. Rewards, accounts and stock are locked, in this order.
    """
    rewards = await facts.lock_rewards(community_id, sorted({prize.reward_id for prize in prizes}))
    accounts = await journal.lock_accounts(community_id, {prize.membership_id for prize in prizes})
    now = clock.now()
    offers = await facts.lock_offers(list(rewards.values()), now, slot_ids=())
    known = [(rewards[prize.reward_id], prize.membership_id) for prize in prizes if prize.reward_id in rewards]
    redeemed = await facts.count_redeemed(known, offers)
    granted: dict[int, Grant] = {}
    outcomes: list[int | Refusal] = []
    for position, prize in enumerate(prizes):
        reward, account = rewards.get(prize.reward_id), accounts[prize.membership_id]
        outcomes.append(NotFound("reward"))
        if reward is None:
            continue
        counted = redeemed.setdefault((reward.id, account.membership_id), Redeemed(reward.id, account.id, 0, 0))
        offer = replace(offers.build(reward), price=0, opens_at=None, closes_at=None, min_level=None)
        refusal = rules.decide(offer, facts.build_taker(account, counted, None), quantity=1, now=now)
        if refusal is not None:
            outcomes[position] = refusal
            continue
        stock = offers.take(reward, None, 1)
        granted[position] = Grant(Order(reward.id), reward, account, stock, prize_key=prize.key)
        counted.total += 1
        counted.in_period += 1
    ids = await grants.write(community_id, list(granted.values()), now) if granted else []
    for position, redemption_id in zip(granted, ids, strict=True):
        outcomes[position] = redemption_id
    return outcomes
