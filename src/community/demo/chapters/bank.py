"""The chapter about the points bank.

Points are earned, spent, frozen, clawed back, adjusted and explained.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from community.demo import operations
from community.demo.scenario import Actor, ResponseCheck, ResponseData, ScenarioRunner
from community.demo.steps import Neighbourhood, build_input, build_thing_input, get_member_id

_SEASON_PERCENT = 200


async def play(runner: ScenarioRunner, place: Neighbourhood) -> None:
    """Play the chapter. Raises StepFailed at the first failed step."""
    shop = await _create_service_token(runner, place)
    await _earn(runner, place, shop)
    await _spend(runner, place, shop)
    await _claw_back(runner, place, shop)
    await _adjust(runner, place)
    await _explain(runner, place)


async def _create_service_token(runner: ScenarioRunner, place: Neighbourhood) -> Actor:
    runner.begin_chapter("The ordering system gets access, and a season begins")
    created = await runner.run_step(
        place.leader, "creates a token for the ordering system, whose secret is shown only now",
        operations.CREATE_SERVICE,
        input=build_input(place, name="订单系统", scopes=["REPORT_INTERACTIONS", "MOVE_POINTS"]),
        check=lambda it: it["serviceTokenCreate"]["secret"].startswith("cst_"),
    )  # fmt: skip
    token = build_thing_input(serviceTokenId=created["serviceTokenCreate"]["serviceToken"]["id"])
    await runner.run_step(
        place.leader, "cannot approve her own token, which may move points", operations.APPROVE_SERVICE,
        input=token,
        check=lambda it: [error["code"] for error in it["serviceTokenApprove"]["errors"]] == ["OWN_TOKEN"],
    )  # fmt: skip
    await runner.run_step(
        place.second_leader, "approves the token, and it works", operations.APPROVE_SERVICE,
        input=build_thing_input(serviceTokenId=token["serviceTokenId"]),
        check=lambda it: it["serviceTokenApprove"]["serviceToken"]["state"] == "ACTIVE",
    )  # fmt: skip
    shop = Actor("订单系统", created["serviceTokenCreate"]["secret"])
    now = datetime.now(UTC)
    until = now + timedelta(days=7)
    await runner.run_step(
        place.leader, "opens a season of one week that doubles the points for check-ins", operations.OPEN_SEASON,
        input=build_input(
            place, name="丰收周", percent=_SEASON_PERCENT, triggers=["CHECK_IN"],
            startsAt=now.isoformat(), endsAt=until.isoformat(),
        ),
        check=lambda it: it["seasonOpen"]["season"]["percent"] == _SEASON_PERCENT,
    )  # fmt: skip
    return shop


async def _earn(runner: ScenarioRunner, place: Neighbourhood, shop: Actor) -> None:
    runner.begin_chapter("Check-ins and purchases earn points")
    for description, is_new in (
        ("checks in and earns one point, doubled by the season", True),
        ("checks in again: only one check-in a day counts", False),
    ):
        await runner.run_step(
            place.ming, description, operations.CHECK_IN, input={"communityId": place.community_id},
            check=_expect_two_points(lambda it: it["checkIn"], is_new=is_new),
        )  # fmt: skip
    ming_id = await get_member_id(runner, place, place.ming)
    purchase = _build_interaction("PURCHASE", "order-1", ming_id)
    for description, is_new in (
        ("reports a purchase", True),
        ("reports the same purchase again: it earns points once", False),
    ):
        await runner.run_step(
            shop, description, operations.REPORT_INTERACTION,
            input={"interaction": purchase},
            check=_expect_two_points(lambda it: it["interactionReport"]["interaction"], is_new=is_new),
        )  # fmt: skip
    interactions = [
        _build_interaction("PICK_UP", "order-1", ming_id),
        _build_interaction("PURCHASE", "order-1", ming_id) | {"name": "?"},
    ]
    await runner.run_step(
        shop, "reports two interactions in one call: one is accepted, one is refused", operations.REPORT_INTERACTIONS,
        input={"interactions": interactions},
        check=lambda it: [len(answer["errors"]) for answer in it["interactionsReport"]["answers"]] == [0, 1],
    )  # fmt: skip


async def _spend(runner: ScenarioRunner, place: Neighbourhood, shop: Actor) -> None:
    runner.begin_chapter("Points are spent, refunded and frozen")
    li_id = await get_member_id(runner, place, place.li)
    wanted = build_thing_input(memberId=li_id, amount=10, reference="gift-7")
    for description in ("spends 10 of 小李's points on a gift", "loses the response and asks again: 10 are spent once"):
        spent = await runner.run_step(
            shop, description, operations.SPEND, input=wanted, check=lambda it: it["pointsSpend"]["balance"] == 18
        )
    await runner.run_step(
        shop, "tries to spend more than she has: no points move", operations.SPEND,
        input=build_thing_input(memberId=li_id, amount=1000, reference="gift-7"),
        check=lambda it: it["pointsSpend"]["errors"][0]["code"] == "INSUFFICIENT_POINTS",
    )  # fmt: skip
    spend_id = spent["pointsSpend"]["movement"]["id"]
    await runner.run_step(
        shop, "refunds 4 of them to the lot that they came from", operations.REFUND,
        input=build_thing_input(spendId=spend_id, amount=4, reference="gift-7 was scratched"),
        check=lambda it: it["pointsRefund"]["balance"] == 22,
    )  # fmt: skip
    frozen = await runner.run_step(
        shop, "freezes 12 points for a trial", operations.FREEZE,
        input=build_thing_input(memberId=li_id, amount=12, seconds=3600, reference="trial-3"),
        check=lambda it: it["pointsFreeze"]["hold"]["state"] == "OPEN",
    )  # fmt: skip
    hold = {"holdId": frozen["pointsFreeze"]["hold"]["id"]}
    await runner.run_step(
        shop, "captures 5 of the frozen points and releases the rest", operations.CAPTURE, input=hold | {"amount": 5},
        check=lambda it: it["pointsCapture"]["hold"]["captured"] == 5,
    )  # fmt: skip
    await runner.run_step(
        place.li, "reads her balance, and when her points expire", operations.POINTS_ACCOUNT,
        communityId=place.community_id,
        check=lambda it: it["membership"]["points"]["balance"] == it["pointsEndings"]["nodes"][0]["points"] == 17,
    )  # fmt: skip


async def _claw_back(runner: ScenarioRunner, place: Neighbourhood, shop: Actor) -> None:
    runner.begin_chapter("A purchase is returned, and its points are clawed back")
    ming_id = await get_member_id(runner, place, place.ming)
    returned = _build_interaction("RETURN", "return-1", ming_id) | {"purchase": "order-1"}
    await runner.run_step(
        shop, "reports the return: exactly the points that the purchase earned are clawed back",
        operations.REPORT_INTERACTION,
        input={"interaction": returned},
        check=lambda it: it["interactionReport"]["interaction"]["takenBack"] == 2,
    )  # fmt: skip
    await runner.run_step(
        place.ming, "reads the notice about it", operations.NOTICES, communityId=place.community_id,
        check=lambda it: it["notices"]["nodes"][0]["kind"] == "POINTS_CLAWED_BACK",
    )  # fmt: skip


async def _adjust(runner: ScenarioRunner, place: Neighbourhood) -> None:
    runner.begin_chapter("A large adjustment needs two leaders")
    ming_id = await get_member_id(runner, place, place.ming)
    requested = await runner.run_step(
        place.leader, "requests 150 points for 阿明: it is above the limit and waits", operations.ADJUST,
        input=build_thing_input(memberId=ming_id, amount=150, reason="上月活动漏记"),
        check=lambda it: it["pointsAdjust"]["adjustment"]["state"] == "PENDING",
    )  # fmt: skip
    adjustment_id = requested["pointsAdjust"]["adjustment"]["id"]
    await runner.run_step(
        place.leader, "cannot approve her own request", operations.APPROVE_ADJUSTMENT,
        input=build_thing_input(adjustmentId=adjustment_id),
        check=lambda it: it["adjustmentApprove"]["errors"][0]["code"] == "OWN_ACCOUNT",
    )  # fmt: skip
    await runner.run_step(
        place.second_leader, "approves the request, and 阿明 gets the points", operations.APPROVE_ADJUSTMENT,
        input=build_thing_input(adjustmentId=adjustment_id),
        check=lambda it: it["adjustmentApprove"]["adjustment"]["state"] == "MADE",
    )  # fmt: skip


async def _explain(runner: ScenarioRunner, place: Neighbourhood) -> None:
    runner.begin_chapter("A member reads why the balance is what it is")
    await runner.run_step(
        place.ming, "reads every movement and its reason", operations.POINTS_STATEMENT, communityId=place.community_id,
        check=lambda it: [(line["kind"], line["amount"], line["balance"]) for line in it["pointsStatement"]["nodes"]]
        == [("ADJUSTMENT", 150, 175), ("CLAW_BACK", -2, 25), ("AWARD", 1, 27), ("AWARD", 2, 26), ("AWARD", 2, 24),
            ("AWARD", 22, 22)],
    )  # fmt: skip
    await runner.run_step(
        place.ming, "reads the earning rules, and how much each can still pay today", operations.EARNING_RULES,
        communityId=place.community_id,
        check=lambda it: any(rule["trigger"] == "PURCHASE" and rule["room"] == 8 for rule in it["earningRules"]),
    )  # fmt: skip


def _expect_two_points(get_part: Callable[[ResponseData], ResponseData], *, is_new: bool) -> ResponseCheck:
    """Return a check for two points and for `isNew` in a part."""
    return lambda it: get_part(it)["isNew"] is is_new and get_part(it)["earning"]["points"] == 2


def _build_interaction(kind: str, reference: str, member_id: str) -> dict[str, Any]:
    return {"kind": kind, "reference": reference, "memberId": member_id, "occurredAt": datetime.now(UTC).isoformat()}
