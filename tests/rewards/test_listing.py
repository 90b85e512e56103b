"""The catalogue with its filters and orders, the leader's CSV, and the refusal that a member reads beforehand."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta, timezone

import pytest

from community.kernel import clock, db
from community.kernel.errors import InvalidInput
from community.kernel.paging import PageRequest
from community.rewards import catalogue, ending, listing, queries, viewing
from community.rewards.kinds import LimitPeriod, RewardKind
from community.rewards.listing import RedemptionFilter, RewardFilter, RewardOrder
from tests.support.bank import award
from tests.support.rewards import create_draft_reward, create_reward, reserve
from tests.support.story import create_community, read_all_pages

NOON = datetime(2027, 3, 1, 4, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)
SHANGHAI = timezone(timedelta(hours=8))


@pytest.fixture
async def place(database):
    """A community at noon, whose two residents have 50 points each."""
    with clock.at(NOON):
        made = await create_community()
        for member in made.residents:
            await award(member, f"a{member.id}", 50)
        yield made


async def test_catalogue_is_narrowed_and_sorted(place):
    later = LATER + timedelta(days=1)
    with clock.at(NOON - timedelta(days=1)):
        await create_reward(place, title="a", price=90, closes_at=later)
    sold_out = await create_reward(place, title="b", price=30, stock=1)
    await create_reward(place, title="c", price=50, opens_at=LATER, closes_at=LATER + timedelta(hours=1))
    await create_reward(place, title="d", price=10, kind=RewardKind.COUPON, stock=None)
    await create_draft_reward(place, title="e")
    gone = await create_reward(place, title="f", price=1)
    await catalogue.withdraw(place.leader, gone.id, version=gone.version, is_cancelling=False)
    await reserve(place.resident, sold_out)

    async def list_titles(order=RewardOrder.NEWEST, **only):
        def ask(request):
            return listing.list_rewards(place.id, request, only=RewardFilter(**only), order=order)

        return "".join(row.title for row in await read_all_pages(ask, first=1))

    assert await list_titles() == "dcba"
    assert await list_titles(RewardOrder.CHEAPEST) == "dbca"
    assert await list_titles(RewardOrder.CLOSING_SOON) == "ca"
    assert await list_titles(kinds=[RewardKind.GOODS]) == "cba"
    assert await list_titles(affordable_for=place.resident) == "d"  # 20 of 50 points are left.
    assert await list_titles(affordable_for=place.other) == "dcb"
    assert await list_titles(is_available=True) == "a"
    assert await list_titles(RewardOrder.CHEAPEST, kinds=[RewardKind.COUPON], affordable_for=place.other) == "d"
    unpublished = await listing.list_unpublished(place.leader, PageRequest(9))
    assert [row.title for row in unpublished.rows] == ["f", "e"]
    with clock.at(LATER):
        assert await list_titles(is_available=True) == "ca"
    with clock.at(later):
        assert await list_titles(is_available=True) == ""


async def test_leader_reads_redemptions_counts_and_csv(place):
    reward = await create_reward(place, price=5, cancel_hours=2)
    first = await reserve(place.resident, reward, quantity=3)
    await ending.cancel(place.resident, first.id, quantity=1)
    second = await reserve(place.other, reward)
    ended = await ending.cancel(place.other, second.id)
    for member, nickname in ((place.resident, "=1+1"), (place.other, '王"五,六')):
        await db.execute("UPDATE person SET nickname = $2 WHERE id = $1", member.person_id, nickname)
    counts = await listing.count_by_state(reward)
    assert [(row.state.value, row.count, row.quantity) for row in counts] == [("CANCELLED", 1, 1), ("CONFIRMED", 1, 3)]
    times = [time.astimezone(SHANGHAI).isoformat(timespec="seconds")
             for time in (second.created_at, ended.ended_at, first.created_at)]  # fmt: skip
    assert list(csv.reader(io.StringIO(await listing.build_csv(reward), newline=""))) == [
        ["id", "member", "state", "quantity", "fulfilled", "cancelled", "price", "created", "ended"],
        [str(second.id), '王"五,六', "CANCELLED", "1", "0", "1", "5", *times[:2]],
        [str(first.id), "'=1+1", "CONFIRMED", "3", "0", "1", "5", times[2], ""],
    ]


async def test_leader_narrows_redemptions(place):
    goods = await create_reward(place, price=5, title="土鸡蛋 5%")
    first = await reserve(place.resident, goods)
    second = await reserve(place.other, goods)
    cancelled = await ending.cancel_by_leader(place.leader, second.id, reason="坏了")
    trial = await reserve(place.other, await create_reward(place, kind=RewardKind.TRIAL, price=0, review_days=3))
    await db.execute("UPDATE person SET nickname = 'Ann_e' WHERE id = $1", place.other.person_id)
    for given, rows in (
        ({}, [trial, second, first]),
        ({"reward_id": goods.id}, [second, first]),
        ({"kinds": [RewardKind.TRIAL]}, [trial]),
        ({"states": [cancelled.state]}, [second]),
        ({"text": "鸡蛋 5%"}, [second, first]),
        ({"text": "NN_"}, [trial, second]),
        ({"text": "_"}, [trial, second]),
        ({"text": "~"}, []),
        ({"text": "nn", "kinds": [RewardKind.GOODS]}, [second]),
    ):
        page = await listing.list_of_community(place.leader, PageRequest(9), only=RedemptionFilter(**given))
        assert [row.id for row in page.rows] == [row.id for row in rows], given
    with pytest.raises(InvalidInput):
        await listing.list_of_community(place.leader, PageRequest(9), only=RedemptionFilter(text=" "))


@pytest.mark.parametrize("cell", ["=1", "+1", "-1", "@x", "\tx", "\rx", "\n=1", " =1", "＝1", "＋1", "－1", "＠x"])
def test_formulas_are_cells_of_text(cell):
    assert listing.escape_cell(cell) == f"'{cell}"


def test_other_cells_stay_as_they_are():
    assert [listing.escape_cell(cell) for cell in ("小李", "a=1", "")] == ["小李", "a=1", ""]


async def test_member_reads_the_refusal_of_each_condition(place):
    member = place.other
    limited = {"max_per_period": 1, "period": LimitPeriod.DAY}
    withdrawn = await create_reward(place)
    await catalogue.withdraw(place.leader, withdrawn.id, version=withdrawn.version, is_cancelling=False)
    with clock.at(NOON - timedelta(hours=1)):
        closed = await create_reward(place, closes_at=NOON)
    rewards = [
        await create_reward(place),
        await create_draft_reward(place),
        withdrawn,
        await create_reward(place, opens_at=LATER),
        closed,
        await create_reward(place, min_level=5),
        await create_reward(place, price=1, max_per_person=1),
        await create_reward(place, price=1, **limited),
        await create_reward(place, price=1, stock=0),
        await create_reward(place, price=49),
    ]
    for reward in rewards[6:8]:
        await reserve(member, reward)
    rows = await queries.get_rewards([reward.id for reward in rewards])
    found = await viewing.find_refusals(rows, [member] * len(rows))
    assert [refusal and (refusal.code, refusal.reason, refusal.figures, refusal.retry_at) for refusal in found] == [
        None,
        ("REWARD_NOT_OPEN", None, {}, None),
        ("REWARD_NOT_OPEN", "withdrawn", {}, None),
        ("REWARD_NOT_OPEN", "not_yet", {}, LATER),
        ("REWARD_NOT_OPEN", "closed", {}, None),
        ("LEVEL_TOO_LOW", "level", {"min": 5, "actual": 2}, None),
        ("LIMIT_REACHED", "person", {"max": 1, "actual": 1}, None),
        ("LIMIT_REACHED", "period", {"max": 1, "actual": 1}, datetime(2027, 3, 1, 16, tzinfo=UTC)),
        ("SOLD_OUT", "none", {"max": 0, "actual": 1}, None),
        ("INSUFFICIENT_POINTS", "redemption", {"min": 49, "actual": 48}, None),
    ]
    assert await viewing.find_refusals(rows, [None] * len(rows)) == [None] * len(rows)
