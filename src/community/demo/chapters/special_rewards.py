"""The chapter about an appointment, a trial with its review, and a co-building project."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from community.demo import operations, reward_operations
from community.demo.scenario import Actor, ResponseData, ScenarioRunner
from community.demo.steps import (
    MAX_DELAY_S,
    Neighbourhood,
    build_decision,
    build_input,
    build_thing_input,
    wait_for_case,
)

_GOAL = 5
_REVIEW = "试用：新米"


async def play(runner: ScenarioRunner, place: Neighbourhood) -> None:
    """Play the chapter. Raises StepFailed at the first failed step."""
    await _book_slot(runner, place)
    await _try_sample(runner, place)
    await _build_together(runner, place)


async def _book_slot(runner: ScenarioRunner, place: Neighbourhood) -> None:
    runner.begin_chapter("A service has one place, and two want it")
    service_id = await _offer(runner, place, "SERVICE", {"title": "亲子烘焙", "price": 2, "cancelHours": 2})
    start = datetime.now(UTC) + timedelta(days=1)
    made = await runner.run_step(
        place.leader, "offers a time with one place", reward_operations.CREATE_SLOT,
        input=build_thing_input(
            rewardId=service_id, startsAt=start.isoformat(), endsAt=(start + timedelta(hours=2)).isoformat(), capacity=1
        ),
        check=lambda it: it["slotCreate"]["slot"]["left"] == 1,
    )  # fmt: skip
    slot = made["slotCreate"]["slot"]
    await _reserve(runner, place.li, "books it", rewardId=service_id, slotId=slot["id"])
    await runner.run_step(
        place.ming, "is refused, because no place is left", reward_operations.RESERVE,
        input=build_thing_input(rewardId=service_id, slotId=slot["id"]),
        check=lambda it: it["redemptionReserve"]["errors"][0]["code"] == "SOLD_OUT",
    )  # fmt: skip
    await runner.run_step(
        place.li, "reads when her appointment is, and that she can cancel it", reward_operations.MY_APPOINTMENTS,
        communityId=place.community_id,
        check=lambda it: it["myRedemptions"]["nodes"][0]
        == {"state": "CONFIRMED", "canStillCancel": True, "slot": {"startsAt": slot["startsAt"], "left": 0}},
    )  # fmt: skip


async def _try_sample(runner: ScenarioRunner, place: Neighbourhood) -> None:
    runner.begin_chapter("A sample is tried against a promised review")
    trial_id = await _offer(runner, place, "TRIAL", {"title": "新米", "price": 0, "reviewDays": 7}, stock=5)
    trial = await _reserve(runner, place.ming, "asks for a sample", rewardId=trial_id)
    await runner.run_step(
        place.leader, "hands the sample over", reward_operations.VERIFY,
        input=build_input(place, code=trial["verificationCode"]["code"]),
        check=lambda it: it["redemptionVerify"]["redemption"]["state"] == "FULFILLED",
    )  # fmt: skip
    await runner.run_step(
        place.ming, "is refused another sample until he has reviewed this one", reward_operations.RESERVE,
        input=build_thing_input(rewardId=trial_id),
        check=lambda it: it["redemptionReserve"]["errors"][0]["code"] == "TRIAL_PROMISE_OPEN",
    )  # fmt: skip
    sent = await runner.run_step(
        place.ming, "submits his review", operations.SUBMIT,
        input=build_input(
            place, kind="PRODUCT_REVIEW", content={"title": _REVIEW, "text": "煮饭很香，冷了也不硬。", "tags": []}
        ),
    )  # fmt: skip
    case = await wait_for_case(runner, place, place.leader, _REVIEW)
    await runner.run_step(
        place.leader, "approves the review", operations.APPROVE,
        input=build_decision(case, scores={"authenticity": 4, "usefulness": 4, "resonance": 3}),
    )  # fmt: skip
    await runner.run_step(
        place.ming, "names the review, which keeps his promise", reward_operations.NAME_REVIEW,
        input=build_thing_input(
            redemptionId=trial["id"], submissionId=sent["submissionCreate"]["submission"]["id"]
        ),
        check=lambda it: it["trialReviewName"]["redemption"]["promise"]["state"] == "KEPT",
    )  # fmt: skip


async def _build_together(runner: ScenarioRunner, place: Neighbourhood) -> None:
    runner.begin_chapter("A co-building project reaches its goal")
    deadline = datetime.now(UTC) + timedelta(days=30)
    project_id = await _offer(
        runner, place, "PROJECT", {"title": "楼下长椅", "price": 1, "closesAt": deadline.isoformat()}, stock=_GOAL
    )
    about = {"id": project_id, "communityId": place.community_id}
    await _reserve(runner, place.li, "pledges 3 points under her name", rewardId=project_id, quantity=3, isNamed=True)
    await runner.run_step(
        place.li, "reads that 2 points are missing, and that hers are frozen", reward_operations.PROJECT,
        **about,
        check=lambda it: it["reward"] == {"projectState": "OPEN", "total": _GOAL, "left": 2}
        and it["pointsStatement"]["nodes"][0]["kind"] == "HOLD",
    )  # fmt: skip
    await _reserve(runner, place.ming, "pledges the last 2 points without a name", rewardId=project_id, quantity=2)
    await runner.run_step(
        place.leader, "reports the progress", reward_operations.REPORT,
        input=build_thing_input(rewardId=project_id, title="开工", text="木料已经送到。"),
    )  # fmt: skip
    await runner.wait_for(
        place.li, "reads that the goal is reached, her name on the wall, and that her points are spent",
        reward_operations.PROJECT, within_s=5 * MAX_DELAY_S, **about,
        check=lambda it: it["reward"]["projectState"] == "FUNDED"
        and [node["member"]["person"]["nickname"] for node in it["projectContributors"]["nodes"]] == ["小李"]
        and it["projectReports"]["nodes"] == [{"title": "开工"}]
        and it["pointsStatement"]["nodes"][0]["kind"] == "CAPTURE",
    )  # fmt: skip


async def _reserve(runner: ScenarioRunner, actor: Actor, description: str, **wanted: Any) -> ResponseData:
    data = await runner.run_step(actor, description, reward_operations.RESERVE, input=build_thing_input(**wanted))
    redemption: ResponseData = data["redemptionReserve"]["redemption"]
    return redemption


async def _offer(
    runner: ScenarioRunner, place: Neighbourhood, kind: str, content: dict[str, Any], stock: int | None = None
) -> str:
    """Publish a reward of this kind, and return its id."""
    created = await runner.run_step(
        place.leader, f"writes “{content['title']}”", reward_operations.CREATE_REWARD,
        input=build_input(place, kind=kind, content={"text": "详情请看公告。", **content}, stock=stock),
        check=lambda it: it["rewardCreate"]["reward"]["state"] == "DRAFT",
    )  # fmt: skip
    draft = created["rewardCreate"]["reward"]
    await runner.run_step(
        place.leader, "publishes it", reward_operations.PUBLISH_REWARD,
        input=build_thing_input(rewardId=draft["id"], version=draft["version"]),
        check=lambda it: it["rewardPublish"]["reward"]["state"] == "PUBLISHED",
    )  # fmt: skip
    reward_id: str = draft["id"]
    return reward_id
