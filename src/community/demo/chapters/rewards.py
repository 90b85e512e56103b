"""The chapter about rewards.

Pieces are redeemed, refused, handed over and cancelled.
"""

from __future__ import annotations

from typing import Any

from community.demo import reward_operations
from community.demo.scenario import Actor, ResponseData, ScenarioRunner
from community.demo.steps import Neighbourhood, build_input, build_thing_input, get_member_id

_PRICE = 10
_STOCK = 2
_POINT = "东门小店"


async def play(runner: ScenarioRunner, place: Neighbourhood) -> None:
    """Play the chapter. Raises StepFailed at the first failed step."""
    point_id = await _open_point(runner, place)
    reward_id = await _offer(runner, place, point_id)
    redeemed, own = await _redeem(runner, place, reward_id)
    await _hand_over(runner, place, redeemed, point_id)
    await _keep_from_own(runner, place, own, point_id)


async def _open_point(runner: ScenarioRunner, place: Neighbourhood) -> str:
    runner.begin_chapter("A pick-up point opens, and a resident helps there")
    created = await runner.run_step(
        place.leader, "creates a pick-up point", reward_operations.CREATE_POINT,
        input=build_input(place, name=_POINT, address="幸福路 8 号", openingHours="每天 8:00 到 20:00"),
    )  # fmt: skip
    point_id: str = created["pickUpPointCreate"]["pickUpPoint"]["id"]
    li_id = await get_member_id(runner, place, place.li)
    await runner.run_step(
        place.leader, "appoints 小李 as the helper of the point", reward_operations.APPOINT_HELPER,
        input=build_thing_input(pickUpPointId=point_id, memberId=li_id),
        check=lambda it: it["pickUpHelperAppoint"]["pickUpHelper"]["member"]["person"]["nickname"] == "小李",
    )  # fmt: skip
    return point_id


async def _offer(runner: ScenarioRunner, place: Neighbourhood, point_id: str) -> str:
    runner.begin_chapter("Two boxes of eggs are offered")
    content: dict[str, Any] = {
        "title": "土鸡蛋", "text": "一盒十枚，当天新鲜。", "price": _PRICE, "maxPerPerson": 1,
        "collectDays": 7, "cancelHours": 24, "pickUpPointIds": [point_id],
    }  # fmt: skip
    created = await runner.run_step(
        place.leader, "writes a draft of a reward", reward_operations.CREATE_REWARD,
        input=build_input(place, kind="GOODS", content=content, stock=_STOCK),
        check=lambda it: it["rewardCreate"]["reward"]["state"] == "DRAFT",
    )  # fmt: skip
    draft = created["rewardCreate"]["reward"]
    await runner.run_step(
        place.leader, "publishes the reward", reward_operations.PUBLISH_REWARD,
        input=build_thing_input(rewardId=draft["id"], version=draft["version"]),
        check=lambda it: it["rewardPublish"]["reward"] == {"state": "PUBLISHED", "total": _STOCK, "left": _STOCK},
    )  # fmt: skip
    await runner.run_step(
        place.second_leader, "reads the rewards, and that nothing prevents him", reward_operations.REWARDS,
        communityId=place.community_id, check=lambda it: it["rewards"]["nodes"][0]["viewerRefusal"] is None,
    )  # fmt: skip
    reward_id: str = draft["id"]
    return reward_id


async def _redeem(runner: ScenarioRunner, place: Neighbourhood, reward_id: str) -> tuple[ResponseData, ResponseData]:
    """Redeem both boxes. Return the redemption of 阿明 and that of 小李."""
    runner.begin_chapter("Two members redeem, and the third is refused")
    wanted = build_thing_input(rewardId=reward_id)
    for description in ("redeems a box", "loses the response and asks again: one box is redeemed"):
        redeemed = await _reserve(runner, place.ming, description, wanted)
    own = await _reserve(runner, place.li, "redeems the last box", build_thing_input(rewardId=reward_id))
    await runner.run_step(
        place.second_leader, "is refused: he asks for one, and none is left", reward_operations.RESERVE,
        input=build_thing_input(rewardId=reward_id),
        check=lambda it: _has_figures(it["redemptionReserve"]["errors"][0], "SOLD_OUT", max=0, actual=1),
    )  # fmt: skip
    return redeemed, own


async def _hand_over(runner: ScenarioRunner, place: Neighbourhood, redeemed: ResponseData, point_id: str) -> None:
    runner.begin_chapter("The helper hands a box over")
    code = redeemed["verificationCode"]
    await runner.run_step(
        place.li, "types the code of 阿明 and sees what he collects", reward_operations.REDEMPTION_BY_CODE,
        communityId=place.community_id, code=code["code"].lower(),
        check=lambda it: it["redemptionByCode"]["member"]["person"]["nickname"] == "阿明",
    )  # fmt: skip
    handover = build_input(place, code=code["qrText"], pickUpPointId=point_id)
    for description in ("scans the code and hands the box over", "loses the response and scans again: nothing changes"):
        await runner.run_step(
            place.li, description, reward_operations.VERIFY,
            input=handover,
            check=lambda it: it["redemptionVerify"]["redemption"]
            == {"id": redeemed["id"], "state": "FULFILLED", "fulfilledQuantity": 1},
        )  # fmt: skip
    await runner.run_step(
        place.ming, "reads who handed it over, and where", reward_operations.MY_REDEMPTIONS,
        communityId=place.community_id,
        check=lambda it: it["myRedemptions"]["nodes"][0]["events"][-1]
        == {"kind": "FULFILLED", "actor": {"person": {"nickname": "小李"}}, "pickUpPoint": {"name": _POINT}},
    )  # fmt: skip


async def _keep_from_own(runner: ScenarioRunner, place: Neighbourhood, own: ResponseData, point_id: str) -> None:
    runner.begin_chapter("The helper cannot verify her own redemption, and cancels it")
    await runner.run_step(
        place.li, "cannot verify her own redemption", reward_operations.VERIFY,
        input=build_input(place, code=own["verificationCode"]["code"], pickUpPointId=point_id),
        check=lambda it: it["redemptionVerify"]["errors"][0]["code"] == "OWN_REDEMPTION",
    )  # fmt: skip
    await runner.run_step(
        place.li, "cancels her redemption", reward_operations.CANCEL,
        input=build_thing_input(redemptionId=own["id"]),
        check=lambda it: it["redemptionCancel"]["redemption"] == {"state": "CANCELLED", "cancelledQuantity": 1},
    )  # fmt: skip
    await runner.run_step(
        place.li, "reads that the points are back in their lot, with its time of expiry",
        reward_operations.POINTS_AFTER_REFUND, communityId=place.community_id,
        check=lambda it: [(line["kind"], line["amount"]) for line in it["pointsStatement"]["nodes"]]
        == [("REFUND", _PRICE), ("SPEND", -_PRICE)]
        and [ending["points"] for ending in it["pointsEndings"]["nodes"]] == [it["membership"]["points"]["balance"]],
    )  # fmt: skip
    await runner.run_step(
        place.ming, "reads that a box is left again, and that he has had his one", reward_operations.REWARDS,
        communityId=place.community_id,
        check=lambda it: it["rewards"]["nodes"][0]["left"] == 1
        and _has_figures(it["rewards"]["nodes"][0]["viewerRefusal"], "LIMIT_REACHED", max=1, actual=1),
    )  # fmt: skip


async def _reserve(runner: ScenarioRunner, actor: Actor, description: str, wanted: dict[str, Any]) -> ResponseData:
    data = await runner.run_step(
        actor, description, reward_operations.RESERVE,
        input=wanted, check=lambda it: it["redemptionReserve"]["redemption"]["state"] == "CONFIRMED",
    )  # fmt: skip
    redemption: ResponseData = data["redemptionReserve"]["redemption"]
    return redemption


def _has_figures(error: ResponseData, code: str, **figures: int) -> bool:
    return error["code"] == code and {name: error[name] for name in figures} == figures
