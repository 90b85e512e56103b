"""The chapter about submissions, reviews, points and leaderboards."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from community.demo import operations, review_operations
from community.demo.platforms import FakePlatforms
from community.demo.scenario import Actor, ScenarioRunner
from community.demo.steps import (
    MAX_DELAY_S,
    Neighbourhood,
    build_decision,
    build_input,
    build_thing_input,
    generate_key,
    invite,
    join,
    log_in,
    wait_for_case,
)


async def play(runner: ScenarioRunner, leader_code: str, platforms: FakePlatforms) -> Neighbourhood:
    """Play the chapter and return the community. Raises StepFailed at the first failed step.

    `leader_code` is the operator's invitation for the first leader.
    """
    place = await _join_community(runner, leader_code, platforms)
    await _publish_recipe(runner, place)
    await _revise_returned(runner, place)
    await _check_refusals(runner, place)
    await _check_leaderboard(runner, place)
    return place


async def _join_community(runner: ScenarioRunner, leader_code: str, platforms: FakePlatforms) -> Neighbourhood:
    runner.begin_chapter("Four people join a community")
    leader, second, li, ming = (Actor(name) for name in ("王姐", "赵叔", "小李", "阿明"))
    for actor in (leader, second, li, ming):
        await log_in(runner, actor, platforms)
    joined = await runner.run_step(
        leader, "joins with the operator's code and becomes the leader", operations.JOIN,
        input={"invitationCode": leader_code}, check=lambda it: it["communityJoin"]["member"]["roles"] == ["LEADER"],
    )  # fmt: skip
    place = Neighbourhood(joined["communityJoin"]["member"]["community"]["id"], leader, second, li, ming)
    code = await invite(runner, place, "invites another leader", role="LEADER", uses=1)
    await join(runner, second, code.lower())
    code = await invite(runner, place, "invites two residents", uses=2)
    for guest in (li, ming):
        await join(runner, guest, code.lower())
    return place


async def _publish_recipe(runner: ScenarioRunner, place: Neighbourhood) -> None:
    runner.begin_chapter("A recipe is approved, and its author earns points")
    content: dict[str, Any] = {
        "title": "妈妈的红烧肉",
        "text": "五花肉切块焯水。\n冰糖炒色，下肉翻炒，加黄酒、生抽、八角。\n小火焖一小时，收汁。邻居们都说香！",
        "tags": ["家常菜", "#红烧肉"],
    }
    last_day = f"{datetime.now(UTC) + timedelta(days=9):%Y-%m-%d}"
    await runner.run_step(
        place.leader, "opens a topic for home cooking", review_operations.TOPIC_OPEN,
        input=build_input(place, tag="家常菜", description="今天煮什么？", lastDay=last_day),
        check=lambda it: it["topicOpen"]["topic"]["tag"] == "家常菜",
    )  # fmt: skip
    wanted = build_input(place, kind="RECIPE", content=content)
    sent = await runner.run_step(
        place.li, "submits a recipe", operations.SUBMIT,
        input=wanted, check=lambda it: it["submissionCreate"]["submission"]["state"] == "PENDING_SCREENING",
    )  # fmt: skip
    submission_id = sent["submissionCreate"]["submission"]["id"]
    await runner.run_step(
        place.li, "loses the response and submits the same again: there is still one recipe", operations.SUBMIT,
        input=wanted, check=lambda it: it["submissionCreate"]["submission"]["id"] == submission_id,
    )  # fmt: skip
    case = await wait_for_case(runner, place, place.leader, content["title"])
    await runner.run_step(
        place.leader, "approves the recipe with the scores 5, 4, 5", operations.APPROVE,
        input=build_decision(case, scores={"authenticity": 5, "usefulness": 4, "resonance": 5}),
        check=lambda it: it["submissionApprove"]["reviewCase"]["decision"]["recommended"] is True,
    )  # fmt: skip
    await runner.wait_for(
        place.li, "sees the recipe in the feed, has 28 points and is first on the board", operations.FEED_POINTS_RANK,
        communityId=place.community_id, within_s=MAX_DELAY_S,
        check=lambda it: it["feed"]["nodes"][0]["id"] == submission_id
        and it["membership"]["points"]["balance"] == 28  # 20 x 14 / 10
        and it["leaderboard"]["mine"] == {"rank": 1, "score": 28},
    )  # fmt: skip
    await runner.run_step(
        place.li, "reads why: the rule, its version and its inputs", operations.POINTS,
        communityId=place.community_id,
        check=lambda it: it["pointsStatement"]["nodes"][0]["balance"] == it["membership"]["points"]["balance"],
    )  # fmt: skip
    await runner.run_step(
        place.ming, "likes the recipe", operations.LIKE,
        input={"submissionId": submission_id},
        check=lambda it: it["submissionLike"]["submission"] == {"likeCount": 1, "likedByMe": True},
    )  # fmt: skip
    await runner.run_step(
        place.ming, "reads the feed of recommended submissions", operations.FEED,
        communityId=place.community_id, recommended=True,
        check=lambda it: [node["id"] for node in it["feed"]["nodes"]] == [submission_id],
    )  # fmt: skip


async def _revise_returned(runner: ScenarioRunner, place: Neighbourhood) -> None:
    runner.begin_chapter("A product review is returned, edited and approved")
    content: dict[str, Any] = {"title": "空气炸锅测评", "text": "好用。", "tags": ["厨房"], "productRef": "SKU-10086"}
    await runner.run_step(
        place.ming, "submits a product review", operations.SUBMIT,
        input=build_input(place, kind="PRODUCT_REVIEW", content=content),
    )  # fmt: skip
    case = await wait_for_case(runner, place, place.leader, content["title"])
    await runner.run_step(
        place.leader, "returns the review and says what to change", operations.RETURN,
        input=build_decision(case, whatToChange="请写写用了多久、耗电和清洗。"),
        check=lambda it: it["submissionReturn"]["reviewCase"]["decision"]["verdict"] == "RETURNED",
    )  # fmt: skip
    seen = await runner.run_step(
        place.ming, "reads what to change", operations.MY_SUBMISSIONS,
        communityId=place.community_id, check=lambda it: it["mySubmissions"]["nodes"][0]["state"] == "RETURNED",
    )  # fmt: skip
    returned = seen["mySubmissions"]["nodes"][0]
    better = content | {"text": "用了三个月：一锅薯条 0.3 度电，炸篮能进洗碗机，噪音像吹风机。适合两口之家。"}
    edited = await runner.run_step(
        place.ming, "edits the review, which makes a second revision", operations.EDIT,
        input=build_thing_input(submissionId=returned["id"], version=returned["version"], content=better),
        check=lambda it: it["submissionEdit"]["submission"]["latest"]["number"] == 2,
    )  # fmt: skip
    version = edited["submissionEdit"]["submission"]["version"]
    await runner.run_step(
        place.ming, "submits the review again", operations.SUBMIT_AGAIN,
        input=build_thing_input(submissionId=returned["id"], version=version),
    )  # fmt: skip
    case = await wait_for_case(runner, place, place.second_leader, content["title"])
    approval = build_decision(case, scores={"authenticity": 4, "usefulness": 4, "resonance": 3})
    await runner.run_step(
        place.second_leader, "approves the review with the scores 4, 4, 3", operations.APPROVE,
        input=approval, check=lambda it: it["submissionApprove"]["reviewCase"]["state"] == "DECIDED",
    )  # fmt: skip
    await runner.run_step(
        place.leader, "decides on the same case a moment later: too late, nothing changes", operations.APPROVE,
        input=approval | {"idempotencyKey": generate_key()},
        check=lambda it: it["submissionApprove"]["errors"][0]["code"] == "STALE_VERSION",
    )  # fmt: skip


async def _check_refusals(runner: ScenarioRunner, place: Neighbourhood) -> None:
    runner.begin_chapter("Calls are refused, each with a reason")
    content: dict[str, Any] = {"title": "团购群怎么热起来", "text": "每天早上晒一张邻居的菜。", "tags": []}
    await runner.run_step(
        place.ming, "is not a leader and cannot submit a playbook", operations.SUBMIT,
        input=build_input(place, kind="LEADER_PLAYBOOK", content=content),
        check=lambda it: it["submissionCreate"]["errors"][0]["code"] == "LEADERS_ONLY",
    )  # fmt: skip
    await runner.run_step(
        place.leader, "submits a playbook", operations.SUBMIT,
        input=build_input(place, kind="LEADER_PLAYBOOK", content=content),
    )  # fmt: skip
    case = await wait_for_case(runner, place, place.second_leader, content["title"])
    await runner.run_step(
        place.leader, "cannot approve her own playbook", operations.APPROVE,
        input=build_decision(case, scores={"authenticity": 5, "usefulness": 5, "resonance": 5}),
        check=lambda it: it["submissionApprove"]["errors"][0]["code"] == "OWN_SUBMISSION",
    )  # fmt: skip
    await runner.run_step(
        place.second_leader, "rejects the playbook and gives a reason", operations.REJECT,
        input=build_decision(case, reason="太短了，写成案例需要做法和结果。"),
        check=lambda it: it["submissionReject"]["reviewCase"]["decision"]["verdict"] == "REJECTED",
    )  # fmt: skip
    await runner.run_step(
        place.leader, "reads the reason", operations.MY_SUBMISSIONS,
        communityId=place.community_id, check=lambda it: it["mySubmissions"]["nodes"][0]["state"] == "REJECTED",
    )  # fmt: skip


async def _check_leaderboard(runner: ScenarioRunner, place: Neighbourhood) -> None:
    runner.begin_chapter("The leaderboards rank the members")
    for period, name in (("WEEK", "this week's"), ("MONTH", "this month's"), ("EVER", "the all-time")):
        await runner.wait_for(
            place.ming, f"reads {name} leaderboard", operations.BOARD,
            communityId=place.community_id, period=period, within_s=MAX_DELAY_S,
            check=lambda it: [(row["rank"], row["score"], row["member"]["person"]["nickname"])
                for row in it["leaderboard"]["entries"]["nodes"]] == [(1, 28, "小李"), (2, 22, "阿明")]
            and it["leaderboard"]["mine"]["rank"] == 2,
        )  # fmt: skip
    await runner.run_step(
        place.li, "reads the week's podium: the first three places", operations.PODIUM,
        communityId=place.community_id,
        check=lambda it: [row["member"]["person"]["nickname"] for row in it["leaderboard"]["entries"]["nodes"]]
        == ["小李", "阿明"],
    )  # fmt: skip
    await runner.wait_for(
        place.leader, "reads that leaders are ranked by their reviews alone", operations.BOARD,
        communityId=place.community_id, period="DAY", board="REVIEWS", within_s=MAX_DELAY_S,
        check=lambda it: it["leaderboard"]["exclusion"] is None and it["leaderboard"]["mine"]["score"] > 0,
    )  # fmt: skip
    await runner.run_step(
        place.leader, "is not on the board of residents", operations.BOARD,
        communityId=place.community_id, period="EVER", check=lambda it: it["leaderboard"]["exclusion"] == "LEADER",
    )  # fmt: skip
