"""Rewards and badges as prizes: given once, kept open without stock, and taken back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from community.communities import memberships
from community.communities.errors import LeadersOnly
from community.events import entering, prizes, service
from community.events.errors import EventStateForbids
from community.events.kinds import EventKind, EventState, PrizeTier
from community.kernel import clock, db
from community.kernel.errors import InvalidInput, NotFound
from community.notices.queries import list_by_key_prefix
from community.notices.sentences import build_sentence
from community.points.earning import editing
from community.points.earning.models import Trigger
from community.points.earning.rules import Definition
from community.rewards import catalogue, confirming, ending, queries
from community.rewards.kinds import RedemptionState, RewardKind
from community.rewards.pick_up import verification
from community.rewards.pick_up.verification import Handover
from community.rewards.special import coupons
from community.texts import Language
from tests.support.backends import make_settings
from tests.support.bank import award, find_violations, get_balance
from tests.support.contests import create_contest, create_event, enter, make_event_content, move_on, vote
from tests.support.rewards import count_left, create_draft_reward, create_reward, reserve
from tests.support.story import (
    assert_refused,
    create_community,
    list_pending_effects,
    list_rows,
    run_concurrently,
)


async def close_contest(place, reward, **given):
    """Close a contest whose winner, the first of two voted entries, gets a piece of the reward and a badge."""
    given = {"gold_reward_id": reward.id, "badge_tiers": (PrizeTier.GOLD,)} | given
    event, entries = await create_contest(place, **given)
    await vote(place.residents[3], entries[0])
    await vote(place.residents[4], entries[0], entries[1])
    return await move_on(place, event), entries


async def grant(event):
    """Run the job that the result has queued."""
    given = (await list_pending_effects("effects.grant_prizes"))[0]
    assert given == {"community_id": event.community_id, "event_id": event.id}
    return await prizes.grant(**given)


async def find_redemption(entry):
    """Return the redemption of an entry's prize, or None."""
    (row,) = await queries.find_redemptions(await prizes.list_redeemed([entry.id]))
    return row


async def list_notified(kind):
    return sorted(row["membership_id"] for row in await list_rows("notice") if row["kind"] == kind)


async def test_winner_gets_reward_and_badge(place):
    reward = await create_reward(place)
    event, (winner, *_) = await close_contest(place, reward)
    before = await get_balance(place.resident)
    assert await find_redemption(winner) is None
    assert await grant(event) == 1
    row = await find_redemption(winner)
    assert (row.price, row.quantity, row.state, row.is_prize) == (0, 1, RedemptionState.CONFIRMED, True)
    assert row.membership_id == place.resident.id
    assert (await get_balance(place.resident), await count_left(reward)) == (before, 9)
    badges = await prizes.list_badges([place.resident.id, place.other.id])
    assert [[(badge.event_id, badge.tier) for badge in found] for found in badges] == [[(event.id, PrizeTier.GOLD)], []]
    assert await find_violations() == {}


async def test_repeated_job_gives_one_piece(place):
    reward = await create_reward(place)
    event, _ = await close_contest(place, reward)
    assert sum(await run_concurrently(*(grant(event) for _ in range(4)))) == 1
    assert await prizes.grant_open(place.leader, event.id)
    assert (len(await list_rows("redemption")), await count_left(reward)) == (1, 9)


async def test_killed_job_gives_nothing_and_is_repeated(place):
    reward = await create_reward(place)
    event, (winner, *_) = await close_contest(place, reward)

    @db.transactional
    async def die():
        await prizes.grant(event.community_id, event.id)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await die()
    assert (await find_redemption(winner), await count_left(reward)) == (None, 10)
    assert await grant(event) == 1
    assert await find_violations() == {}


async def test_prize_without_stock_stays_open(place):
    reward = await create_reward(place, stock=0)
    event, (winner, *_) = await close_contest(place, reward)
    for _ in range(2):
        assert await grant(event) == 0
    assert list_ids(place.leaders) == await list_notified("PRIZE_OPEN")
    assert await prizes.count_open([event.id]) == [1]
    await prizes.grant_open(place.leader, event.id)
    assert await prizes.count_open([event.id]) == [1]
    await catalogue.set_stock(place.leader, reward.id, total=1)
    await prizes.grant_open(place.leader, event.id)
    assert (await prizes.count_open([event.id]), await count_left(reward)) == ([0], 0)
    assert (await find_redemption(winner)).state is RedemptionState.CONFIRMED
    assert await find_violations() == {}


def list_ids(members):
    return sorted(member.id for member in members)


async def test_last_piece_goes_to_the_first_prize(place):
    reward = await create_reward(place, stock=1)
    event, (first, second, _) = await close_contest(place, reward, silver_reward_id=reward.id)
    assert await grant(event) == 1
    assert (await find_redemption(first) is None, await find_redemption(second) is None) == (False, True)
    assert await prizes.count_open([event.id]) == [1]


async def test_limit_per_person_holds_for_a_prize(place):
    reward = await create_reward(place, max_per_person=1, cancel_hours=9)
    await award(place.resident, "redeemer", 300)
    own = await reserve(place.resident, reward)
    event, (winner, *_) = await close_contest(place, reward)
    assert await grant(event) == 0
    await ending.cancel(place.resident, own.id)
    await prizes.grant_open(place.leader, event.id)
    assert (await find_redemption(winner)).is_prize
    assert await find_violations() == {}


async def test_prize_needs_no_window_or_level(place):
    later = clock.now() + timedelta(days=300)
    reward = await create_reward(place, opens_at=later, min_level=5, price=900)
    event, _ = await close_contest(place, reward)
    assert await grant(event) == 1
    assert await find_violations() == {}


async def test_coupon_is_a_prize(place):
    settings = make_settings()
    reward = await create_reward(place, kind=RewardKind.COUPON, stock=None)
    await coupons.import_codes(place.leader, settings, reward.id, csv="C1")
    event, (winner, *_) = await close_contest(place, reward)
    assert await grant(event) == 1
    shown, codes = await coupons.show(place.resident, settings, (await find_redemption(winner)).id)
    assert (shown.state, codes) == (RedemptionState.FULFILLED, ["C1"])
    assert await find_violations() == {}


async def test_disqualification_takes_an_open_prize_back(place):
    reward = await create_reward(place, stock=1)
    event, (first, second, _) = await close_contest(place, reward)
    await grant(event)
    taken = await find_redemption(first)
    await entering.disqualify(place.leader, first.id, reason="翻拍")
    assert (await queries.get_redemption(place.id, taken.id)).state is RedemptionState.CANCELLED
    assert await prizes.list_badges([place.resident.id]) == [[]]
    assert await grant(event) == 1
    assert (await find_redemption(second)).membership_id == place.other.id
    assert await find_violations() == {}
    await entering.reinstate(place.leader, first.id)
    assert await grant(event) == 1
    assert (await find_redemption(first)).id != taken.id
    assert await find_redemption(second) is None
    assert await find_violations() == {}


async def test_prize_that_was_handed_over_is_kept(place):
    reward = await create_reward(place, stock=3)
    event, (first, second, _) = await close_contest(place, reward)
    await grant(event)
    row = await find_redemption(first)
    (code,) = await verification.find_codes([row.id])
    await verification.verify(place.leader, Handover(code))
    await entering.disqualify(place.leader, first.id, reason="翻拍")
    assert (await queries.get_redemption(place.id, row.id)).state is RedemptionState.FULFILLED
    assert list_ids(place.leaders) == await list_notified("PRIZE_KEPT")
    assert await grant(event) == 1
    await entering.reinstate(place.leader, first.id)
    assert await grant(event) == 0
    assert (await find_redemption(first)).id == row.id
    assert await find_redemption(second) is None
    assert (len(await list_rows("redemption")), await count_left(reward)) == (2, 2)
    assert await find_violations() == {}


async def test_undone_handover_of_a_taken_prize_is_right(place):
    reward = await create_reward(place)
    event, (first, *_) = await close_contest(place, reward)
    await grant(event)
    row = await find_redemption(first)
    (code,) = await verification.find_codes([row.id])
    await verification.verify(place.leader, Handover(code))
    await entering.disqualify(place.leader, first.id, reason="翻拍")
    await verification.undo(place.leader, row.id, reason="未领取")
    assert await find_violations() == {}
    await ending.cancel_by_leader(place.leader, row.id, reason="已取消资格")
    assert await find_violations() == {}


async def test_winner_who_left_keeps_an_open_prize(place):
    reward = await create_reward(place)
    event, (winner, *_) = await close_contest(place, reward)
    await memberships.leave(place.resident)
    assert await grant(event) == 0
    assert (await find_redemption(winner), await count_left(reward)) == (None, 10)
    assert await prizes.count_open([event.id]) == [1]


async def test_only_leaders_give_open_prizes(place):
    event = await create_event(place)
    await assert_refused(EventStateForbids, prizes.grant_open(place.leader, event.id))
    await assert_refused(LeadersOnly, prizes.grant_open(place.resident, event.id))
    elsewhere = await create_community()
    await assert_refused(NotFound, prizes.grant_open(elsewhere.leader, event.id))


async def test_unfit_reward_is_refused(place):
    elsewhere = await create_community()
    unfit = [
        await create_reward(place, kind=RewardKind.SERVICE, stock=None),
        await create_reward(place, kind=RewardKind.TRIAL, review_days=3),
        await create_draft_reward(place),
        await create_reward(elsewhere),
    ]
    for number in [*(row.id for row in unfit), 999_999]:
        content = make_event_content(gold_reward_id=number)
        call = service.create(place.leader, kind=EventKind.PHOTO_CONTEST, content=content)
        refusal = await assert_refused(InvalidInput, call)
        assert (refusal.reason, refusal.path) == ("event_reward", ("content", "rules", "goldRewardId"))


@pytest.mark.parametrize(
    "given", [{"drawn_reward_id": 1}, {"badge_tiers": (PrizeTier.GOLD,) * 2}, {"badge_tiers": (PrizeTier.BRONZE,)}]
)
async def test_reward_of_a_tier_without_prizes_is_refused(place, given):
    call = service.create(place.leader, kind=EventKind.PHOTO_CONTEST, content=make_event_content(**given))
    assert (await assert_refused(InvalidInput, call)).reason == "event_prize_unused"


async def test_withdrawn_reward_keeps_the_event_editable(place):
    reward = await create_reward(place)
    event = await create_event(place, EventState.DRAFT, gold_reward_id=reward.id)
    await catalogue.withdraw(place.leader, reward.id, version=reward.version, is_cancelling=False)
    content = make_event_content(title="改名", gold_reward_id=reward.id)
    edited = await service.edit(place.leader, event.id, version=event.version, content=content)
    assert edited.title == "改名"


async def test_picked_and_drawn_prizes_give_rewards(place):
    reward = await create_reward(place)
    event = await create_event(
        place, kind=EventKind.STORY_CALL, drawn_prizes=1, drawn_value=20, gold_reward_id=reward.id,
        drawn_reward_id=reward.id, badge_tiers=(PrizeTier.GOLD, PrizeTier.DRAWN),
    )  # fmt: skip
    entries = [await enter(event, member, place) for member in place.residents[:2]]
    event = await move_on(place, event)
    await entering.pick(place.leader, entries[1].id, tier=PrizeTier.GOLD)
    event = await move_on(place, event)
    assert await grant(event) == 2
    badges = await prizes.list_badges(list_ids(place.residents[:2]))
    assert [[badge.tier for badge in found] for found in badges] == [[PrizeTier.DRAWN], [PrizeTier.GOLD]]
    assert await find_violations() == {}


async def list_sentences(member, *keys):
    """Return the sentences of a member's notices of these keys in both languages, oldest first."""
    rows = [row for key in keys for row in await list_by_key_prefix(member.community_id, member.id, key)]
    rows.sort(key=lambda row: row.id)
    return [tuple(build_sentence(row.kind, row.detail, language) for language in Language) for row in rows]


def assert_no_points(sentences):
    assert [one for pair in sentences for one in pair if any(word in one for word in ("0", "points", "积分"))] == []


@pytest.mark.parametrize("end", ["leader", "member", "expiry"])
async def test_notices_of_a_prize_name_no_points(place, end):
    reward = await create_reward(place, needs_preparation=True, collect_days=3, cancel_hours=9)
    event, (winner, *_) = await close_contest(place, reward)
    await grant(event)
    row = await find_redemption(winner)
    ready = await confirming.confirm(place.leader, row.id)
    if end == "leader":
        await ending.cancel_by_leader(place.leader, row.id, reason="破损")
    elif end == "member":
        await ending.cancel(place.resident, row.id)
    else:
        with clock.at(ready.expires_at):
            assert await ending.expire_due() == 1
    sentences = await list_sentences(place.resident, f"redemption:{row.id}", "redemption_event")
    assert [zh for zh, _ in sentences] == [
        "您的奖品已预留，准备好后会通知您。",
        "您的奖品可以领取了，请出示核销码。",
        {
            "leader": "团长取消了您的奖品。如有误，请联系团长。",
            "member": "您取消了奖品的领取。",
            "expiry": "您没有在期限内领取奖品，奖品已失效。",
        }[end],
    ]
    assert_no_points(sentences)


async def test_prize_without_points_is_won(place):
    await editing.publish_as_operator(Trigger.EVENT_PRIZE, definition=Definition(1, enabled=False))
    await close_contest(place, await create_reward(place))
    sentences = await list_sentences(place.resident, "event_prize")
    assert sentences == [("您的作品获奖。恭喜！", "Your entry won a prize. Congratulations!")]


async def test_prize_that_a_leader_cancelled_is_due_again(place):
    reward = await create_reward(place)
    event, (winner, *_) = await close_contest(place, reward)
    await grant(event)
    pieces = [await find_redemption(winner)]
    for number in range(1, 3):
        await ending.cancel_by_leader(place.leader, pieces[-1].id, reason="破损")
        assert (await prizes.count_open([event.id]), await count_left(reward)) == ([1], 10)
        assert await find_violations() == {}
        await run_concurrently(*(prizes.grant_open(place.leader, event.id) for _ in range(3)))
        pieces.append(await find_redemption(winner))
        assert (await prizes.count_open([event.id]), await count_left(reward)) == ([0], 9)
        assert len(await list_rows("redemption")) == number + 1
    assert [row.is_prize for row in pieces] == [True] * 3
    assert len({row.id for row in pieces}) == 3
    assert await find_violations() == {}


async def test_prize_of_a_withdrawn_reward_is_due_again(place):
    reward = await create_reward(place)
    event, (winner, *_) = await close_contest(place, reward)
    await grant(event)
    await ending.cancel_all(place.id, reward.id, (await find_redemption(winner)).id, place.leader.id)
    assert await prizes.count_open([event.id]) == [1]
    assert await find_violations() == {}


async def test_prize_that_the_winner_cancelled_is_lost(place):
    reward = await create_reward(place, cancel_hours=9)
    event, (winner, *_) = await close_contest(place, reward)
    await grant(event)
    await ending.cancel(place.resident, (await find_redemption(winner)).id)
    assert await prizes.count_open([event.id]) == [0]
    await prizes.grant_open(place.leader, event.id)
    assert (len(await list_rows("redemption")), await count_left(reward)) == (1, 10)
    assert await find_violations() == {}


async def test_prize_that_expired_is_lost(place):
    reward = await create_reward(place, collect_days=3)
    event, (winner, *_) = await close_contest(place, reward)
    await grant(event)
    with clock.at((await find_redemption(winner)).expires_at):
        await ending.expire_due()
    assert await prizes.count_open([event.id]) == [0]
    assert await find_violations() == {}
