"""Chapter one: submit, be screened, be thanked, climb."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from community.demo import operations as op
from community.demo.platforms import FakePlatforms
from community.demo.scenario import Actor, ResponseData, ScenarioRunner

MAX_DELAY_S = 2.0
"""An approval is in the feed, in the statement and on the board within this time."""


@dataclass(slots=True)
class Neighbourhood:
    """Who and where the story is about."""

    community_id: str
    leader: Actor
    second: Actor
    li: Actor
    ming: Actor


def generate_key() -> str:
    """An idempotency key, as a mini-program makes one for every deed."""
    return uuid4().hex


async def play(runner: ScenarioRunner, leader_code: str, platforms: FakePlatforms) -> Neighbourhood:
    """Play the chapter. Raises Broken at the first step that does not do what it should."""
    place = await _join_community(runner, leader_code, platforms)
    await _publish_recipe(runner, place)
    await _revise_returned(runner, place)
    await _check_refusals(runner, place)
    await _check_leaderboard(runner, place)
    return place


async def _join_community(runner: ScenarioRunner, leader_code: str, platforms: FakePlatforms) -> Neighbourhood:
    runner.begin_chapter("a neighbourhood gathers")
    leader, second, li, ming = (Actor(name) for name in ("王姐", "赵叔", "小李", "阿明"))
    for actor in (leader, second, li, ming):
        await log_in(runner, actor, platforms)
    joined = await runner.run_step(
        leader, "joins with the operator's code and is the leader", op.JOIN,
        input={"invitationCode": leader_code}, check=lambda it: it["communityJoin"]["member"]["roles"] == ["LEADER"],
    )  # fmt: skip
    place = Neighbourhood(joined["communityJoin"]["member"]["community"]["id"], leader, second, li, ming)
    for role, guests in (("LEADER", (second,)), (None, (li, ming))):
        wanted = {
            "communityId": place.community_id,
            "idempotencyKey": generate_key(),
            "role": role,
            "uses": len(guests),
        }
        made = await runner.run_step(
            leader, "invites another leader" if role else "invites residents", op.INVITE,
            input=wanted, check=lambda it: not it["invitationCreate"]["errors"],
        )  # fmt: skip
        code = made["invitationCreate"]["invitation"]["code"]
        for guest in guests:
            await runner.run_step(
                guest, "joins", op.JOIN,
                input={"invitationCode": code.lower()}, check=lambda it: not it["communityJoin"]["errors"],
            )  # fmt: skip
    return place


async def log_in(runner: ScenarioRunner, actor: Actor, platforms: FakePlatforms) -> None:
    """Log in through WeChat, with the code that the actor's telephone got there."""
    found = await runner.run_step(
        actor, "logs in through WeChat", op.LOGIN,
        input={"platform": "WECHAT", "code": platforms.wechat.code(actor.name), "nickname": actor.name},
        check=lambda it: it["login"]["person"]["nickname"] == actor.name,
    )  # fmt: skip
    actor.token = found["login"]["accessToken"]["token"]


async def _publish_recipe(runner: ScenarioRunner, place: Neighbourhood) -> None:
    runner.begin_chapter("a recipe is sent in, approved, and its author thanked")
    words: dict[str, Any] = {
        "title": "妈妈的红烧肉",
        "text": "五花肉切块焯水。\n冰糖炒色，下肉翻炒，加黄酒、生抽、八角。\n小火焖一小时，收汁。邻居们都说香！",
        "tags": ["家常菜", "#红烧肉"],
    }
    given = {"communityId": place.community_id, "idempotencyKey": generate_key(), "kind": "RECIPE", "content": words}
    sent = await runner.run_step(
        place.li, "sends in a recipe", op.SUBMIT,
        input=given, check=lambda it: it["submissionCreate"]["submission"]["state"] == "PENDING_SCREENING",
    )  # fmt: skip
    number = sent["submissionCreate"]["submission"]["id"]
    await runner.run_step(
        place.li, "loses the answer on the way, sends the same again: there is still one recipe", op.SUBMIT,
        input=given, check=lambda it: it["submissionCreate"]["submission"]["id"] == number,
    )  # fmt: skip
    case = await get_next_case(runner, place, place.leader, words["title"])
    await runner.run_step(
        place.leader, "scores it 5, 4, 5 and approves", op.APPROVE,
        input=build_decision(place, case, scores={"authenticity": 5, "usefulness": 4, "resonance": 5}),
        check=lambda it: it["submissionApprove"]["reviewCase"]["decision"]["recommended"] is True,
    )  # fmt: skip
    await runner.wait_for(
        place.li, "sees it published, paid 28 points, and stands first", op.WHOLE_LOOP,
        communityId=place.community_id, within_s=MAX_DELAY_S,
        check=lambda it: it["feed"]["nodes"][0]["id"] == number and it["pointsBalance"] == 28  # noqa: PLR2004 - 20 x 14 / 10
        and it["leaderboard"]["mine"] == {"rank": 1, "points": 28},
    )  # fmt: skip
    await runner.run_step(
        place.li, "reads why: the rule, its version, what it was reckoned from", op.POINTS,
        communityId=place.community_id,
        check=lambda it: it["pointsStatement"]["nodes"][0]["balance"] == it["pointsBalance"],
    )  # fmt: skip
    await runner.run_step(
        place.ming, "likes it", op.LIKE,
        input={"communityId": place.community_id, "submissionId": number},
        check=lambda it: it["submissionLike"]["submission"] == {"likeCount": 1, "likedByMe": True},
    )  # fmt: skip
    await runner.run_step(
        place.ming, "looks at what residents recommend", op.FEED,
        communityId=place.community_id, recommended=True,
        check=lambda it: [node["id"] for node in it["feed"]["nodes"]] == [number],
    )  # fmt: skip


async def _revise_returned(runner: ScenarioRunner, place: Neighbourhood) -> None:
    runner.begin_chapter("a review comes back, is written better, and passes")
    words: dict[str, Any] = {"title": "空气炸锅测评", "text": "好用。", "tags": ["厨房"], "productRef": "SKU-10086"}
    given = {
        "communityId": place.community_id,
        "idempotencyKey": generate_key(),
        "kind": "PRODUCT_REVIEW",
        "content": words,
    }
    await runner.run_step(
        place.ming, "sends in a product review", op.SUBMIT,
        input=given, check=lambda it: not it["submissionCreate"]["errors"],
    )  # fmt: skip
    case = await get_next_case(runner, place, place.leader, words["title"])
    await runner.run_step(
        place.leader, "returns it with what to change", op.RETURN,
        input=build_decision(place, case, whatToChange="请写写用了多久、耗电和清洗。"),
        check=lambda it: it["submissionReturn"]["reviewCase"]["decision"]["verdict"] == "RETURNED",
    )  # fmt: skip
    seen = await runner.run_step(
        place.ming, "reads what to change", op.MY_SUBMISSIONS,
        communityId=place.community_id, check=lambda it: it["mySubmissions"]["nodes"][0]["state"] == "RETURNED",
    )  # fmt: skip
    mine = seen["mySubmissions"]["nodes"][0]
    better = words | {"text": "用了三个月：一锅薯条 0.3 度电，炸篮能进洗碗机，噪音像吹风机。适合两口之家。"}
    deed = {"communityId": place.community_id, "submissionId": mine["id"]}
    edited = await runner.run_step(
        place.ming, "writes it better: a second revision", op.EDIT,
        input=deed | {"idempotencyKey": generate_key(), "version": mine["version"], "content": better},
        check=lambda it: it["submissionEdit"]["submission"]["latest"]["number"] == 2,  # noqa: PLR2004
    )  # fmt: skip
    version = edited["submissionEdit"]["submission"]["version"]
    await runner.run_step(
        place.ming, "sends it in again", op.RESUBMIT,
        input=deed | {"idempotencyKey": generate_key(), "version": version},
        check=lambda it: not it["submissionSubmit"]["errors"],
    )  # fmt: skip
    case = await get_next_case(runner, place, place.second, words["title"])
    approval = build_decision(place, case, scores={"authenticity": 4, "usefulness": 4, "resonance": 3})
    await runner.run_step(
        place.second, "scores it 4, 4, 3 and approves", op.APPROVE,
        input=approval, check=lambda it: it["submissionApprove"]["reviewCase"]["state"] == "DECIDED",
    )  # fmt: skip
    await runner.run_step(
        place.leader, "decides on the same case a moment later: too late, nothing changes", op.APPROVE,
        input=approval | {"idempotencyKey": generate_key()},
        check=lambda it: it["submissionApprove"]["errors"][0]["code"] == "STALE_VERSION",
    )  # fmt: skip


async def _check_refusals(runner: ScenarioRunner, place: Neighbourhood) -> None:
    runner.begin_chapter("what is refused, and why")
    words: dict[str, Any] = {"title": "团购群怎么热起来", "text": "每天早上晒一张邻居的菜。", "tags": []}
    given = {
        "communityId": place.community_id,
        "idempotencyKey": generate_key(),
        "kind": "LEADER_PLAYBOOK",
        "content": words,
    }
    await runner.run_step(
        place.ming, "is no leader and writes no playbook", op.SUBMIT,
        input=given, check=lambda it: it["submissionCreate"]["errors"][0]["code"] == "LEADERS_ONLY",
    )  # fmt: skip
    await runner.run_step(
        place.leader, "writes one", op.SUBMIT,
        input=given | {"idempotencyKey": generate_key()}, check=lambda it: not it["submissionCreate"]["errors"],
    )  # fmt: skip
    case = await get_next_case(runner, place, place.second, words["title"])
    await runner.run_step(
        place.leader, "cannot approve it, having written it", op.APPROVE,
        input=build_decision(place, case, scores={"authenticity": 5, "usefulness": 5, "resonance": 5}),
        check=lambda it: it["submissionApprove"]["errors"][0]["code"] == "OWN_SUBMISSION",
    )  # fmt: skip
    await runner.run_step(
        place.second, "rejects it for a reason", op.REJECT,
        input=build_decision(place, case, reason="太短了，写成案例需要做法和结果。"),
        check=lambda it: it["submissionReject"]["reviewCase"]["decision"]["verdict"] == "REJECTED",
    )  # fmt: skip
    await runner.run_step(
        place.leader, "reads the reason", op.MY_SUBMISSIONS,
        communityId=place.community_id, check=lambda it: it["mySubmissions"]["nodes"][0]["state"] == "REJECTED",
    )  # fmt: skip


async def _check_leaderboard(runner: ScenarioRunner, place: Neighbourhood) -> None:
    runner.begin_chapter("who carries the neighbourhood")
    for period in ("WEEK", "MONTH", "EVER"):
        await runner.wait_for(
            place.ming, f"looks at the board ({period.lower()})", op.BOARD,
            communityId=place.community_id, period=period, within_s=MAX_DELAY_S,
            check=lambda it: [(row["rank"], row["points"], row["member"]["person"]["nickname"])
                for row in it["leaderboard"]["entries"]] == [(1, 28, "小李"), (2, 22, "阿明")]
            and it["leaderboard"]["mine"]["rank"] == 2,  # noqa: PLR2004
        )  # fmt: skip


async def get_next_case(runner: ScenarioRunner, place: Neighbourhood, leader: Actor, title: str) -> ResponseData:
    """The case that stands first in the leader's queue, which must be the one with this title."""
    seen = await runner.wait_for(
        leader, f"finds “{title}” in the queue", op.QUEUE,
        communityId=place.community_id, within_s=MAX_DELAY_S,
        check=lambda it: it["reviewQueue"]["nodes"][0]["revision"]["title"] == title,
    )  # fmt: skip
    case: ResponseData = seen["reviewQueue"]["nodes"][0]
    return case


def build_decision(place: Neighbourhood, case: ResponseData, **said: Any) -> dict[str, Any]:
    """The input of a decision on a case."""
    return {
        "communityId": place.community_id,
        "idempotencyKey": generate_key(),
        "reviewCaseId": case["id"],
        "version": case["version"],
        **said,
    }
