"""Refusals that members would get now, by the same rules as the verb."""

from __future__ import annotations

from collections.abc import Sequence

from community.communities.queries import MemberRow
from community.kernel import clock
from community.kernel.errors import Refusal
from community.points.queries import AccountRow, list_accounts
from community.rewards import facts, rules
from community.rewards.rows import RewardRow


async def find_refusals(rewards: Sequence[RewardRow], members: Sequence[MemberRow | None]) -> list[Refusal | None]:
    """Return the refusal that each member would get for one piece, or None.

    Without a member it is None. For a service it says nothing about its slots.
    """
    pairs = [(reward, member) for reward, member in zip(rewards, members, strict=True) if member is not None]
    if not pairs:
        return [None] * len(rewards)
    now = clock.now()
    offers = await facts.load_offers([reward for reward, _ in pairs], now)
    redeemed = await facts.count_redeemed(((reward, member.id) for reward, member in pairs), offers)
    trials = await facts.load_trial_records((reward, member.id) for reward, member in pairs)
    accounts: dict[int, AccountRow] = {}
    for community_id in {member.community_id for _, member in pairs}:
        ids = sorted({member.id for _, member in pairs if member.community_id == community_id})
        accounts |= dict(zip(ids, await list_accounts(community_id, ids), strict=True))
    return [
        None
        if member is None
        else rules.decide(
            offers.build(reward),
            facts.build_taker(accounts[member.id], redeemed.get((reward.id, member.id)), trials.get(member.id)),
            quantity=1,
            now=now,
        )
        for reward, member in zip(rewards, members, strict=True)
    ]
