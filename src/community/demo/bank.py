"""The bank's chapter: points earned day by day, spent, frozen, given back, taken back, and every one explained."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from community.demo import bank_operations as op
from community.demo.loop import Neighbourhood, generate_key
from community.demo.scenario import Actor, ResponseCheck, ResponseData, ScenarioRunner

_SEASON_PERCENT = 200


async def play(runner: ScenarioRunner, place: Neighbourhood) -> None:
    """Play the chapter. Raises Broken at the first step that does not do what it should."""
    shop = await _create_service_token(runner, place)
    await _earn(runner, place, shop)
    await _spend(runner, place, shop)
    await _claw_back(runner, place, shop)
    await _adjust(runner, place)
    await _explain(runner, place)


async def _create_service_token(runner: ScenarioRunner, place: Neighbourhood) -> Actor:
    runner.begin_chapter("the ordering system is let in, and a season begins")
    given = {"name": "订单系统", "scopes": ["REPORT_INTERACTIONS", "MOVE_POINTS"]}
    made = await runner.run_step(
        place.leader, "makes a token for the ordering system; its secret is shown this once", op.CREATE_SERVICE,
        input=_build_input(place) | given, check=lambda it: it["serviceTokenCreate"]["secret"].startswith("cst_"),
    )  # fmt: skip
    shop = Actor("订单系统", made["serviceTokenCreate"]["secret"])
    now = datetime.now(UTC)
    season = {"name": "丰收周", "percent": _SEASON_PERCENT, "startsAt": now.isoformat(), "triggers": ["CHECK_IN"]}
    await runner.run_step(
        place.leader, "opens a week in which checking in pays double", op.OPEN_SEASON,
        input=_build_input(place) | season | {"endsAt": (now + timedelta(days=7)).isoformat()},
        check=lambda it: it["seasonOpen"]["season"]["percent"] == _SEASON_PERCENT,
    )  # fmt: skip
    return shop


async def _earn(runner: ScenarioRunner, place: Neighbourhood, shop: Actor) -> None:
    runner.begin_chapter("points for small things")
    for deed, is_new in (("checks in: one point, doubled", True), ("checks in again: once a day counts", False)):
        await runner.run_step(
            place.ming, deed, op.CHECK_IN, input={"communityId": place.community_id},
            check=_expect_earning(is_new, lambda it: it["checkIn"]),
        )  # fmt: skip
    ming = await _get_member_id(runner, place, place.ming)
    bought = _build_interaction("PURCHASE", "order-1", ming)
    for deed, is_new in (("reports a purchase", True), ("reports it again: it earns once", False)):
        await runner.run_step(
            shop, deed, op.REPORT_INTERACTION, input={"communityId": place.community_id, "interaction": bought},
            check=_expect_earning(is_new, lambda it: it["interactionReport"]["interaction"]),
        )  # fmt: skip
    many = [
        _build_interaction("PICK_UP", "order-1", ming),
        _build_interaction("PURCHASE", "order-1", ming) | {"name": "?"},
    ]
    await runner.run_step(
        shop, "reports two things at once: one is taken, one refused", op.REPORT_INTERACTIONS,
        input={"communityId": place.community_id, "interactions": many},
        check=lambda it: [len(answer["errors"]) for answer in it["interactionsReport"]["answers"]] == [0, 1],
    )  # fmt: skip


async def _spend(runner: ScenarioRunner, place: Neighbourhood, shop: Actor) -> None:
    runner.begin_chapter("points are spent, frozen, and given back")
    li = await _get_member_id(runner, place, place.li)
    paid = {"memberId": li, "amount": 10, "reference": "gift-7"} | _build_input(place)
    for deed in ("takes 10 of her points for a gift", "loses the answer and asks again: they are spent once"):
        spent = await runner.run_step(
            shop, deed, op.SPEND, input=paid, check=lambda it: it["pointsSpend"]["movement"]["balance"] == 18  # noqa: PLR2004
        )  # fmt: skip
    await runner.run_step(
        shop,
        "asks for more than she has: nothing moves",
        op.SPEND,
        input=paid | _build_input(place) | {"amount": 1000},
        check=lambda it: it["pointsSpend"]["errors"][0]["code"] == "INSUFFICIENT_POINTS",
    )
    back = {"spendId": spent["pointsSpend"]["movement"]["id"], "amount": 4, "reference": "gift-7 was scratched"}
    await runner.run_step(
        shop, "gives 4 of them back, to the lot they came from", op.REFUND, input=_build_input(place) | back,
        check=lambda it: it["pointsRefund"]["movement"]["balance"] == 22,  # noqa: PLR2004
    )  # fmt: skip
    frozen = await runner.run_step(
        shop, "freezes 12 for a trial", op.FREEZE,
        input=_build_input(place) | {"memberId": li, "amount": 12, "seconds": 3600, "reference": "trial-3"},
        check=lambda it: it["pointsFreeze"]["hold"]["state"] == "OPEN",
    )  # fmt: skip
    hold = {"communityId": place.community_id, "holdId": frozen["pointsFreeze"]["hold"]["id"]}
    await runner.run_step(
        shop, "spends 5 of the frozen points; the rest comes back", op.CAPTURE, input=hold | {"amount": 5},
        check=lambda it: it["pointsCapture"]["hold"]["captured"] == 5,  # noqa: PLR2004
    )  # fmt: skip
    await runner.run_step(
        place.li, "sees what she has, and when it ends", op.ACCOUNT, communityId=place.community_id,
        check=lambda it: it["pointsAccount"]["balance"] == it["pointsEndings"]["nodes"][0]["points"] == 17,  # noqa: PLR2004
    )  # fmt: skip


async def _claw_back(runner: ScenarioRunner, place: Neighbourhood, shop: Actor) -> None:
    runner.begin_chapter("what was paid for comes back, and so do its points")
    ming = await _get_member_id(runner, place, place.ming)
    returned = _build_interaction("RETURN", "return-1", ming) | {"purchase": "order-1"}
    await runner.run_step(
        shop, "reports that the purchase was returned: exactly what it earned is taken back", op.REPORT_INTERACTION,
        input={"communityId": place.community_id, "interaction": returned},
        check=lambda it: it["interactionReport"]["interaction"]["takenBack"] == 2,  # noqa: PLR2004
    )  # fmt: skip
    await runner.run_step(
        place.ming, "finds a notice of it", op.NOTICES, communityId=place.community_id,
        check=lambda it: it["notices"]["nodes"][0]["kind"] == "POINTS_CLAWED_BACK",
    )  # fmt: skip


async def _adjust(runner: ScenarioRunner, place: Neighbourhood) -> None:
    runner.begin_chapter("a large correction needs two leaders")
    ming = await _get_member_id(runner, place, place.ming)
    wanted = _build_input(place) | {"memberId": ming, "amount": 150, "reason": "上月活动漏记"}
    asked = await runner.run_step(
        place.leader, "asks for 150 points for 阿明: above the limit, it waits", op.ADJUST, input=wanted,
        check=lambda it: it["pointsAdjust"]["adjustment"]["state"] == "PENDING",
    )  # fmt: skip
    number = asked["pointsAdjust"]["adjustment"]["id"]
    await runner.run_step(
        place.leader, "cannot approve it, having asked for it", op.APPROVE_ADJUSTMENT,
        input=_build_input(place) | {"adjustmentId": number},
        check=lambda it: it["adjustmentApprove"]["errors"][0]["code"] == "OWN_ACCOUNT",
    )  # fmt: skip
    await runner.run_step(
        place.second,
        "agrees, and it is made",
        op.APPROVE_ADJUSTMENT,
        input=_build_input(place) | {"adjustmentId": number},
        check=lambda it: it["adjustmentApprove"]["adjustment"]["state"] == "MADE",
    )


async def _explain(runner: ScenarioRunner, place: Neighbourhood) -> None:
    runner.begin_chapter("why this balance?")
    await runner.run_step(
        place.ming, "reads every movement, and why", op.STATEMENT, communityId=place.community_id,
        check=lambda it: [(line["kind"], line["amount"], line["balance"]) for line in it["pointsStatement"]["nodes"]]
        == [("ADJUSTMENT", 150, 175), ("CLAW_BACK", -2, 25), ("AWARD", 1, 27), ("AWARD", 2, 26), ("AWARD", 2, 24),
            ("AWARD", 22, 22)],
    )  # fmt: skip
    await runner.run_step(
        place.ming, "reads what is paid for what, and how much room is left today", op.RULES,
        communityId=place.community_id,
        check=lambda it: any(rule["trigger"] == "PURCHASE" and rule["room"] == 8 for rule in it["earningRules"]),  # noqa: PLR2004
    )  # fmt: skip


async def _get_member_id(runner: ScenarioRunner, place: Neighbourhood, actor: Actor) -> str:
    seen = await runner.run_step(
        actor, "looks up who they are here", op.MEMBER, communityId=place.community_id,
        check=lambda it: it["membership"]["id"],
    )  # fmt: skip
    number: str = seen["membership"]["id"]
    return number


def _expect_earning(is_new: bool, thing: Callable[[ResponseData], ResponseData]) -> ResponseCheck:
    """Whether the thing in an answer is told to be new or known, and earned two points in either case."""
    return lambda it: thing(it)["isNew"] is is_new and thing(it)["earning"]["points"] == 2  # noqa: PLR2004


def _build_input(place: Neighbourhood) -> dict[str, Any]:
    return {"communityId": place.community_id, "idempotencyKey": generate_key()}


def _build_interaction(kind: str, reference: str, member: str) -> dict[str, Any]:
    return {"kind": kind, "reference": reference, "memberId": member, "occurredAt": datetime.now(UTC).isoformat()}
