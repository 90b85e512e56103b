"""The bank's chapter: points earned day by day, spent, frozen, given back, taken back, and every one explained."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from community.demo import bank_operations as op
from community.demo.loop import Neighbourhood, key
from community.demo.telling import Actor, Answer, Judge, Teller

_SEASON = 200


async def play(tell: Teller, place: Neighbourhood) -> None:
    """Play the chapter. Raises Broken at the first step that does not do what it should."""
    shop = await _let_in_the_shop(tell, place)
    await _earn(tell, place, shop)
    await _spend(tell, place, shop)
    await _take_back(tell, place, shop)
    await _correct(tell, place)
    await _explain(tell, place)


async def _let_in_the_shop(tell: Teller, place: Neighbourhood) -> Actor:
    tell.chapter("the ordering system is let in, and a season begins")
    given = {"name": "订单系统", "scopes": ["REPORT_INTERACTIONS", "MOVE_POINTS"]}
    made = await tell.does(
        place.leader, "makes a token for the ordering system; its secret is shown this once", op.LET_IN,
        input=_keyed(place) | given, so_that=lambda it: it["serviceTokenCreate"]["secret"].startswith("cst_"),
    )  # fmt: skip
    shop = Actor("订单系统", made["serviceTokenCreate"]["secret"])
    now = datetime.now(UTC)
    season = {"name": "丰收周", "percent": _SEASON, "startsAt": now.isoformat(), "triggers": ["CHECK_IN"]}
    await tell.does(
        place.leader, "opens a week in which checking in pays double", op.SEASON,
        input=_keyed(place) | season | {"endsAt": (now + timedelta(days=7)).isoformat()},
        so_that=lambda it: it["seasonOpen"]["season"]["percent"] == _SEASON,
    )  # fmt: skip
    return shop


async def _earn(tell: Teller, place: Neighbourhood, shop: Actor) -> None:
    tell.chapter("points for small things")
    for deed, is_new in (("checks in: one point, doubled", True), ("checks in again: once a day counts", False)):
        await tell.does(
            place.ming, deed, op.CHECK_IN, input={"communityId": place.community_id},
            so_that=_new(is_new, lambda it: it["checkIn"]),
        )  # fmt: skip
    ming = await _member(tell, place, place.ming)
    bought = _report("PURCHASE", "order-1", ming)
    for deed, is_new in (("reports a purchase", True), ("reports it again: it earns once", False)):
        await tell.does(
            shop, deed, op.REPORT, input={"communityId": place.community_id, "interaction": bought},
            so_that=_new(is_new, lambda it: it["interactionReport"]["interaction"]),
        )  # fmt: skip
    many = [_report("PICK_UP", "order-1", ming), _report("PURCHASE", "order-1", ming) | {"name": "?"}]
    await tell.does(
        shop, "reports two things at once: one is taken, one refused", op.REPORT_MANY,
        input={"communityId": place.community_id, "interactions": many},
        so_that=lambda it: [len(answer["errors"]) for answer in it["interactionsReport"]["answers"]] == [0, 1],
    )  # fmt: skip


async def _spend(tell: Teller, place: Neighbourhood, shop: Actor) -> None:
    tell.chapter("points are spent, frozen, and given back")
    li = await _member(tell, place, place.li)
    paid = {"memberId": li, "amount": 10, "reference": "gift-7"} | _keyed(place)
    for deed in ("takes 10 of her points for a gift", "loses the answer and asks again: they are spent once"):
        spent = await tell.does(
            shop, deed, op.SPEND, input=paid, so_that=lambda it: it["pointsSpend"]["movement"]["balance"] == 18  # noqa: PLR2004
        )  # fmt: skip
    await tell.does(
        shop, "asks for more than she has: nothing moves", op.SPEND, input=paid | _keyed(place) | {"amount": 1000},
        so_that=lambda it: it["pointsSpend"]["errors"][0]["code"] == "INSUFFICIENT_POINTS",
    )  # fmt: skip
    back = {"spendId": spent["pointsSpend"]["movement"]["id"], "amount": 4, "reference": "gift-7 was scratched"}
    await tell.does(
        shop, "gives 4 of them back, to the lot they came from", op.REFUND, input=_keyed(place) | back,
        so_that=lambda it: it["pointsRefund"]["movement"]["balance"] == 22,  # noqa: PLR2004
    )  # fmt: skip
    frozen = await tell.does(
        shop, "freezes 12 for a trial", op.FREEZE,
        input=_keyed(place) | {"memberId": li, "amount": 12, "seconds": 3600, "reference": "trial-3"},
        so_that=lambda it: it["pointsFreeze"]["hold"]["state"] == "OPEN",
    )  # fmt: skip
    hold = {"communityId": place.community_id, "holdId": frozen["pointsFreeze"]["hold"]["id"]}
    await tell.does(
        shop, "spends 5 of the frozen points; the rest comes back", op.CAPTURE, input=hold | {"amount": 5},
        so_that=lambda it: it["pointsCapture"]["hold"]["captured"] == 5,  # noqa: PLR2004
    )  # fmt: skip
    await tell.does(
        place.li, "sees what she has, and when it ends", op.ACCOUNT, communityId=place.community_id,
        so_that=lambda it: it["pointsAccount"]["balance"] == it["pointsEndings"]["nodes"][0]["points"] == 17,  # noqa: PLR2004
    )  # fmt: skip


async def _take_back(tell: Teller, place: Neighbourhood, shop: Actor) -> None:
    tell.chapter("what was paid for comes back, and so do its points")
    ming = await _member(tell, place, place.ming)
    returned = _report("RETURN", "return-1", ming) | {"purchase": "order-1"}
    await tell.does(
        shop, "reports that the purchase was returned: exactly what it earned is taken back", op.REPORT,
        input={"communityId": place.community_id, "interaction": returned},
        so_that=lambda it: it["interactionReport"]["interaction"]["takenBack"] == 2,  # noqa: PLR2004
    )  # fmt: skip
    await tell.does(
        place.ming, "finds a notice of it", op.NOTICES, communityId=place.community_id,
        so_that=lambda it: it["notices"]["nodes"][0]["kind"] == "POINTS_CLAWED_BACK",
    )  # fmt: skip


async def _correct(tell: Teller, place: Neighbourhood) -> None:
    tell.chapter("a large correction needs two leaders")
    ming = await _member(tell, place, place.ming)
    wanted = _keyed(place) | {"memberId": ming, "amount": 150, "reason": "上月活动漏记"}
    asked = await tell.does(
        place.leader, "asks for 150 points for 阿明: above the limit, it waits", op.ADJUST, input=wanted,
        so_that=lambda it: it["pointsAdjust"]["adjustment"]["state"] == "PENDING",
    )  # fmt: skip
    number = asked["pointsAdjust"]["adjustment"]["id"]
    await tell.does(
        place.leader, "cannot approve it, having asked for it", op.AGREE,
        input=_keyed(place) | {"adjustmentId": number},
        so_that=lambda it: it["adjustmentApprove"]["errors"][0]["code"] == "OWN_ACCOUNT",
    )  # fmt: skip
    await tell.does(
        place.second, "agrees, and it is made", op.AGREE, input=_keyed(place) | {"adjustmentId": number},
        so_that=lambda it: it["adjustmentApprove"]["adjustment"]["state"] == "MADE",
    )  # fmt: skip


async def _explain(tell: Teller, place: Neighbourhood) -> None:
    tell.chapter("why this balance?")
    await tell.does(
        place.ming, "reads every movement, and why", op.STATEMENT, communityId=place.community_id,
        so_that=lambda it: [(line["kind"], line["amount"], line["balance"]) for line in it["pointsStatement"]["nodes"]]
        == [("ADJUSTMENT", 150, 175), ("CLAW_BACK", -2, 25), ("AWARD", 1, 27), ("AWARD", 2, 26), ("AWARD", 2, 24),
            ("AWARD", 22, 22)],
    )  # fmt: skip
    await tell.does(
        place.ming, "reads what is paid for what, and how much room is left today", op.RULES,
        communityId=place.community_id,
        so_that=lambda it: any(rule["trigger"] == "PURCHASE" and rule["room"] == 8 for rule in it["earningRules"]),  # noqa: PLR2004
    )  # fmt: skip


async def _member(tell: Teller, place: Neighbourhood, actor: Actor) -> str:
    seen = await tell.does(
        actor, "looks up who they are here", op.MEMBER, communityId=place.community_id,
        so_that=lambda it: it["membership"]["id"],
    )  # fmt: skip
    number: str = seen["membership"]["id"]
    return number


def _new(is_new: bool, thing: Callable[[Answer], Answer]) -> Judge:
    """Whether the thing in an answer is told to be new or known, and earned two points in either case."""
    return lambda it: thing(it)["isNew"] is is_new and thing(it)["earning"]["points"] == 2  # noqa: PLR2004


def _keyed(place: Neighbourhood) -> dict[str, Any]:
    return {"communityId": place.community_id, "idempotencyKey": key()}


def _report(kind: str, reference: str, member: str) -> dict[str, Any]:
    return {"kind": kind, "reference": reference, "memberId": member, "occurredAt": datetime.now(UTC).isoformat()}
