"""Rewards in the graph: offered, reserved, cancelled, withdrawn, and handed over by their codes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from community.api import ids
from community.communities import roles, service_tokens
from community.communities.models import Role, ServiceScope
from community.communities.queries import get_members
from community.kernel import clock
from community.kernel.ddl import REDACTED
from community.kernel.personal import ErasureContent
from community.rewards.special.coupon_csv import CouponFault
from community.texts import Language, translate
from tests.privacy.test_erasing import erase
from tests.support.api import Caller, complete_input, run_api
from tests.support.bank import award, find_violations, get_balance
from tests.support.pictures import create_ready_picture
from tests.support.story import read_tables_without_keys

REWARD = """query($i: ID!) { reward(id: $i) { state version left total canStill: viewerCanManage
  media { id url(size: SQUARE_200) } pickUpPoints { id } viewerRefusal { code message min actual retryAt } } }"""
CATALOGUE = """query($c: ID!) { rewards(communityId: $c, first: 9) { nodes { id viewerRefusal { code } } }
  unpublishedRewards(communityId: $c, first: 9) { nodes { id } } }"""
STATEMENT = "query($c: ID!) { pointsStatement(communityId: $c, first: 9) { nodes { kind amount sentence } } }"
MOVED = """query($c: ID!) { pointsHolds(communityId: $c) { nodes { id } }
  pointsStatement(communityId: $c, first: 9, kinds: [SPEND]) { nodes { movement { id } } } }"""
OWN = """query($c: ID!) { myRedemptions(communityId: $c, first: 9) { nodes {
  id state openQuantity events { kind reason actor { id } } verificationCode { code qrText } } } }"""
BY_CODE = """query($c: ID!, $k: String!) { redemptionByCode(communityId: $c, code: $k) {
  id quantity member { id } verificationCode { code } } }"""
PLEDGES = "query($c: ID!) { myRedemptions(communityId: $c) { nodes { canStillCancel slot { id } } } }"
SLOTS = "query($r: ID!) { serviceSlots(rewardId: $r) { nodes { id cancelledAt } } }"
REPORTS = """query($r: ID!) { projectReports(rewardId: $r) { nodes {
  title text media { id state url(size: SQUARE_200) } } } }"""
REDEMPTION = "redemption { id state openQuantity fulfilledQuantity }"
ERRORS = "errors { code message min max actual retryAt path }"
CONTENT = {"title": "土鸡蛋", "text": "一盒十枚", "price": 30}


class Shop:
    """A community with a leader, a helper of its pick-up point, and a resident with points."""

    def __init__(self, place):
        self.place = place

    async def open(self):
        self.leader = await self.place.found_community(public=True)
        self.helper = await self.place.resident(self.leader, "帮手")
        self.owner = await self.place.resident(self.leader, "小李")
        (self.member,) = await get_members([ids.decode("Member", self.owner.member_id, path="id")])
        made = await self.mutate(
            self.leader, "pickUpPointCreate", "pickUpPoint { id }",
            name="东门", address="枫林路 8 号", openingHours="每天",
        )  # fmt: skip
        self.point = made["pickUpPoint"]["id"]
        await self.mutate(
            self.leader, "pickUpHelperAppoint", "pickUpHelper { id }",
            pickUpPointId=self.point, memberId=self.helper.member_id,
        )  # fmt: skip
        return self

    async def mutate(self, caller, name, select, /, **given):
        """Send a mutation. Return its payload."""
        kind = f"{name[0].upper()}{name[1:]}Input"
        query = f"mutation($i: {kind}!) {{ {name}(input: $i) {{ {select} {ERRORS} }} }}"
        return (await caller.ask(query, i=complete_input(name, self.place.id, given)))[name]

    async def offer(self, kind="GOODS", *, stock=10, **content):
        """Publish a reward with ten pieces, collected at the point. Return its id."""
        made = await self.mutate(
            self.leader, "rewardCreate", "reward { id version }",
            kind=kind, stock=stock, content=CONTENT | {"pickUpPointIds": [self.point]} | content,
        )  # fmt: skip
        assert made["errors"] == []
        await self.mutate(
            self.leader,
            "rewardPublish",
            "reward { id }",
            rewardId=made["reward"]["id"],
            version=made["reward"]["version"],
        )
        return made["reward"]["id"]

    async def reserve(self, reward, **given):
        """Reserve as the owner. Return the payload."""
        return await self.mutate(self.owner, "redemptionReserve", REDEMPTION, rewardId=reward, **given)

    async def get_code(self):
        """Return the verification code of the owner's newest redemption."""
        return (await self.owner.ask(OWN, c=self.place.id))["myRedemptions"]["nodes"][0]["verificationCode"]

    async def verify(self, caller, code, **given):
        """Hand over at the point. Return the payload."""
        return await self.mutate(
            caller, "redemptionVerify", REDEMPTION, code=code, pickUpPointId=self.point, **given
        )  # fmt: skip


@pytest.fixture
async def shop(place):
    return await Shop(place).open()


async def test_reward_is_reserved_and_cancelled_once(shop):
    reward = await shop.offer(cancelHours=2)
    refused = await shop.reserve(reward, quantity=2, idempotencyKey="refused")
    (error,) = refused["errors"]
    assert (refused["redemption"], error["code"]) == (None, "INSUFFICIENT_POINTS")
    assert (error["min"], error["actual"]) == (60, 0)
    await award(shop.member, "a", 100)
    assert await shop.reserve(reward, quantity=2, idempotencyKey="refused") == refused
    made = await shop.reserve(reward, quantity=2, idempotencyKey="granted")
    assert made["errors"] == []
    assert (made["redemption"]["state"], made["redemption"]["openQuantity"]) == ("CONFIRMED", 2)
    assert await shop.reserve(reward, quantity=2, idempotencyKey="granted") == made
    (reused,) = (await shop.reserve(reward, quantity=3, idempotencyKey="granted"))["errors"]
    assert reused["code"] == "IDEMPOTENCY_KEY_REUSED"
    assert (await shop.owner.ask(REWARD, i=reward))["reward"]["left"] == 8
    assert await get_balance(shop.member) == 40

    about = {"redemptionId": made["redemption"]["id"], "quantity": 1, "idempotencyKey": "cancelled"}
    part = await shop.mutate(shop.owner, "redemptionCancel", REDEMPTION, **about)
    assert (part["redemption"]["state"], part["redemption"]["openQuantity"]) == ("CONFIRMED", 1)
    await shop.mutate(shop.owner, "redemptionCancel", REDEMPTION, redemptionId=made["redemption"]["id"])
    again = await shop.mutate(shop.owner, "redemptionCancel", REDEMPTION, **about)
    assert (again["errors"], again["redemption"]["id"]) == ([], made["redemption"]["id"])
    assert await get_balance(shop.member) == 100
    lines = (await shop.owner.ask(STATEMENT, c=shop.place.id))["pointsStatement"]["nodes"]
    assert [(line["kind"], line["amount"], line["sentence"]) for line in lines] == [
        ("REFUND", 30, "退回：土鸡蛋 × 1。"),
        ("REFUND", 30, "退回：土鸡蛋 × 1。"),
        ("SPEND", -60, "兑换：土鸡蛋 × 2。"),
        ("AWARD", 100, None),
    ]
    assert await find_violations() == {}


async def test_reward_shows_its_pictures_in_order(shop):
    (leader,) = await get_members([ids.decode("Member", shop.leader.member_id, path="id")])
    first, second = [
        ids.encode("Media", await create_ready_picture(leader, number)) for number in (1, 2)
    ]  # fmt: skip
    foreign = ids.encode("Media", await create_ready_picture(shop.member, 3))
    refused = await shop.mutate(
        shop.leader, "rewardCreate", "reward { id }", kind="GOODS", stock=1, content=CONTENT | {"mediaIds": [foreign]}
    )
    assert refused["reward"] is None
    assert [error["code"] for error in refused["errors"]] == ["NOT_FOUND"]
    reward = await shop.offer(mediaIds=[second, first])
    for caller in (shop.owner, shop.place.guest):
        seen = (await caller.ask(REWARD, i=reward))["reward"]
        assert [picture["id"] for picture in seen["media"]] == [second, first]
        for picture in seen["media"]:
            assert (await shop.place.client.get(picture["url"])).status_code == 200
    edited = await shop.mutate(
        shop.leader, "rewardEdit", "reward { media { id } }",
        rewardId=reward, version=seen["version"], content=CONTENT | {"mediaIds": [first]},
    )  # fmt: skip
    assert edited["reward"]["media"] == [{"id": first}]


async def test_withdrawn_reward_is_read_but_not_redeemed(shop):
    reward = await shop.offer()
    await award(shop.member, "a", 100)
    made = await shop.reserve(reward)
    withdrawn = await shop.mutate(
        shop.leader, "rewardWithdraw", "reward { state }", rewardId=reward, version=2, cancelRedemptions=True
    )
    assert withdrawn["reward"] == {"state": "WITHDRAWN"}
    await shop.place.run_effects()
    seen = (await shop.owner.ask(REWARD, i=reward))["reward"]
    assert (seen["state"], seen["left"], seen["viewerRefusal"]["code"]) == ("WITHDRAWN", 10, "REWARD_NOT_OPEN")
    assert (await shop.place.guest.ask(REWARD, i=reward))["reward"]["viewerRefusal"] is None
    (error,) = (await shop.reserve(reward))["errors"]
    assert (error["code"], error["message"]) == ("REWARD_NOT_OPEN", seen["viewerRefusal"]["message"])
    (own,) = (await shop.owner.ask(OWN, c=shop.place.id))["myRedemptions"]["nodes"]
    assert (own["id"], own["state"]) == (made["redemption"]["id"], "CANCELLED")
    lists = await shop.leader.ask(CATALOGUE, c=shop.place.id)
    assert lists["rewards"]["nodes"] == []
    assert lists["unpublishedRewards"]["nodes"] == [{"id": reward}]
    assert await get_balance(shop.member) == 100


async def test_helper_hands_over_and_undoes(shop):
    await award(shop.member, "a", 100)
    made = await shop.reserve(await shop.offer(), quantity=3)
    code = await shop.get_code()
    for typed in (code["code"], code["qrText"]):
        seen = (await shop.helper.ask(BY_CODE, c=shop.place.id, k=typed))["redemptionByCode"]
        assert (seen["id"], seen["quantity"], seen["verificationCode"]) == (made["redemption"]["id"], 3, None)
        assert seen["member"]["id"] == shop.owner.member_id
    part = await shop.verify(shop.helper, code["code"], quantity=2, idempotencyKey="part")
    assert part["errors"] == []
    assert (part["redemption"]["state"], part["redemption"]["fulfilledQuantity"]) == ("CONFIRMED", 2)
    done = await shop.verify(shop.helper, code["qrText"])
    assert (done["redemption"]["state"], done["redemption"]["fulfilledQuantity"]) == ("FULFILLED", 3)
    again = await shop.verify(shop.helper, code["code"], quantity=2, idempotencyKey="part")
    assert (again["errors"], again["redemption"]["id"]) == ([], made["redemption"]["id"])
    about = {"redemptionId": made["redemption"]["id"], "reason": "点错了", "idempotencyKey": "undo"}
    for _ in range(2):
        undone = await shop.mutate(shop.helper, "redemptionUndo", REDEMPTION, **about)
        assert undone["errors"] == []
        assert (undone["redemption"]["state"], undone["redemption"]["openQuantity"]) == ("CONFIRMED", 1)
    (own,) = (await shop.owner.ask(OWN, c=shop.place.id))["myRedemptions"]["nodes"]
    assert [(event["kind"], event["reason"]) for event in own["events"]] == [
        ("RESERVED", None), ("FULFILLED", None), ("FULFILLED", None), ("UNDONE", "点错了")
    ]  # fmt: skip
    assert {event["actor"]["id"] for event in own["events"][1:]} == {shop.helper.member_id}


async def test_wrong_codes_are_limited_but_repetitions_are_answered(settings):
    limit = 3
    async with run_api(settings.model_copy(update={"login_failures": limit})) as place:
        shop = await Shop(place).open()
        await award(shop.member, "a", 100)
        reward = await shop.offer()
        await shop.reserve(reward)
        code = (await shop.get_code())["code"]
        first = await shop.verify(shop.helper, code, idempotencyKey="first")
        assert first["redemption"]["state"] == "FULFILLED"
        keys = ["wrong"] * limit + ["other"]  # Repetitions are no attempts.
        wrong = [await shop.verify(shop.helper, "ABCD2345", idempotencyKey=key) for key in keys]
        assert {error["code"] for each in wrong for error in each["errors"]} == {"VERIFICATION_CODE_INVALID"}
        by_code = {"c": place.id, "k": "ABCD2345"}
        assert await shop.helper.get_error_code(BY_CODE, **by_code) == "VERIFICATION_CODE_INVALID"
        assert await shop.helper.get_error_code(BY_CODE, **by_code) == "TOO_MANY_ATTEMPTS"
        await shop.reserve(reward)
        other = (await shop.get_code())["code"]
        (error,) = (await shop.verify(shop.helper, other, idempotencyKey="late"))["errors"]
        assert (error["code"], error["retryAt"] is None) == ("TOO_MANY_ATTEMPTS", False)
        assert await shop.verify(shop.helper, code, idempotencyKey="first") == first
        assert await shop.verify(shop.helper, "ABCD2345", idempotencyKey="wrong") == wrong[0]
        (error,) = (await shop.verify(shop.helper, other, idempotencyKey="first"))["errors"]
        assert error["code"] == "IDEMPOTENCY_KEY_REUSED"  # The known key opens no way around the limit.
        assert (await shop.verify(shop.leader, other))["redemption"]["state"] == "FULFILLED"


async def test_wrong_codes_of_all_verifiers_are_limited_together(settings):
    async with run_api(settings.model_copy(update={"login_failures": 1})) as place:
        shop = await Shop(place).open()
        callers = [await place.resident(shop.leader, f"邻居{number}") for number in range(11)]
        for caller in callers:
            await shop.mutate(
                shop.leader, "pickUpHelperAppoint", "pickUpHelper { id }",
                pickUpPointId=shop.point, memberId=caller.member_id,
            )  # fmt: skip
        codes = [(await shop.verify(caller, "ABCD2345"))["errors"][0]["code"] for caller in callers]
        assert codes == ["VERIFICATION_CODE_INVALID"] * 10 + ["TOO_MANY_ATTEMPTS"]


async def test_service_cannot_move_points_of_a_redemption(shop):
    await award(shop.member, "a", 100)
    deadline = (clock.now() + timedelta(days=9)).isoformat()
    project = await shop.offer("PROJECT", stock=90, price=1, closesAt=deadline, pickUpPointIds=[])
    for reward, quantity in ((project, 20), (await shop.offer(), 1)):
        assert (await shop.reserve(reward, quantity=quantity))["errors"] == []
    moved = await shop.owner.ask(MOVED, c=shop.place.id)
    (hold,), (spent,) = moved["pointsHolds"]["nodes"], moved["pointsStatement"]["nodes"]
    token = await service_tokens.create_as_operator(
        shop.place.number, name="订货系统", scopes=[ServiceScope.MOVE_POINTS]
    )
    service = Caller(shop.place.client, token.secret)
    before = await read_tables_without_keys()
    for name, given in (
        ("pointsCapture", {"holdId": hold["id"]}), ("pointsRelease", {"holdId": hold["id"]}),
        ("pointsRefund", {"spendId": spent["movement"]["id"], "reference": "退"}),
    ):  # fmt: skip
        (error,) = (await shop.mutate(service, name, "__typename", **given))["errors"]
        assert error["code"] == "NOT_FOUND"
    assert await read_tables_without_keys() == before


@pytest.mark.parametrize("content", list(ErasureContent))
async def test_report_outlives_the_pictures_of_its_erased_author(shop, content):
    author, leader = await get_members(
        [ids.decode("Member", caller.member_id, path="id") for caller in (shop.helper, shop.leader)]
    )
    await roles.give_role(leader, author.id, role=Role.LEADER)
    deadline = (clock.now() + timedelta(days=9)).isoformat()
    project = await shop.offer("PROJECT", stock=90, price=1, closesAt=deadline, pickUpPointIds=[])
    picture = ids.encode("Media", await create_ready_picture(author, 1))
    about = {"rewardId": project, "title": "开工", "text": "木料已到", "mediaIds": [picture]}
    await shop.mutate(shop.helper, "projectReport", "projectReport { id }", **about)
    (seen,) = (await shop.owner.ask(REPORTS, r=project))["projectReports"]["nodes"]
    assert (await shop.place.client.get(seen["media"][0]["url"])).status_code == 200
    await erase(author.person_id, content)
    (now,) = (await shop.owner.ask(REPORTS, r=project))["projectReports"]["nodes"]
    kept = content is ErasureContent.ANONYMISE
    assert (now["title"], now["text"]) == (("开工", "木料已到") if kept else (REDACTED, REDACTED))
    assert [(media["id"], media["url"]) for media in now["media"]] == [(picture, None)]
    assert (await shop.place.client.get(seen["media"][0]["url"])).status_code == 404


async def test_pledge_of_a_funded_project_cannot_be_cancelled(shop):
    await award(shop.member, "a", 100)
    deadline = (clock.now() + timedelta(days=9)).isoformat()
    project = await shop.offer("PROJECT", stock=50, price=1, closesAt=deadline, pickUpPointIds=[])
    for quantity, can_cancel in ((20, True), (30, False)):
        await shop.reserve(project, quantity=quantity)
        nodes = (await shop.owner.ask(PLEDGES, c=shop.place.id))["myRedemptions"]["nodes"]
        assert {node["canStillCancel"] for node in nodes} == {can_cancel}
    await shop.place.run_effects()
    lines = (await shop.owner.ask(STATEMENT, c=shop.place.id))["pointsStatement"]["nodes"]
    assert [(line["kind"], line["sentence"]) for line in lines[:2]] == [
        ("CAPTURE", f"共建项目已达成，使用认捐的 {points} 积分：土鸡蛋。") for points in (30, 20)
    ]  # fmt: skip


async def test_faulty_line_of_an_import_has_a_sentence(shop):
    reward = await shop.offer("COUPON", stock=None, pickUpPointIds=[])
    made = await shop.mutate(
        shop.leader, "couponImport", "added faultyLines { line fault message }", rewardId=reward, csv="C1\nC1"
    )
    assert made["faultyLines"] == [{"line": 2, "fault": "REPEATED", "message": "券码与前面的行重复，请删除这一行。"}]
    for language in Language:
        assert {translate(f"coupon_fault.{fault}", language) for fault in CouponFault}


async def test_past_and_cancelled_slots_are_for_leaders(shop):
    service = await shop.offer("SERVICE", stock=None, pickUpPointIds=[])
    made = []
    for hours in (24, 48):
        start = clock.now() + timedelta(hours=hours)
        times = {"startsAt": start.isoformat(), "endsAt": (start + timedelta(hours=1)).isoformat()}
        slot = await shop.mutate(shop.leader, "slotCreate", "slot { id }", rewardId=service, capacity=1, **times)
        made.append(slot["slot"]["id"])
    await award(shop.member, "a", 100)
    await shop.reserve(service, slotId=made[0])
    await shop.mutate(shop.leader, "slotCancel", "slot { id }", slotId=made[1], version=1)
    with clock.at(clock.now() + timedelta(hours=36)):
        listed = (await shop.leader.ask(SLOTS, r=service))["serviceSlots"]["nodes"]
        assert [(node["id"], node["cancelledAt"] is None) for node in listed] == [(made[1], False), (made[0], True)]
    (own,) = (await shop.owner.ask(PLEDGES, c=shop.place.id))["myRedemptions"]["nodes"]
    assert own["slot"]["id"] == made[0]
    assert await shop.owner.get_error_code(SLOTS, r=service) == "LEADERS_ONLY"
