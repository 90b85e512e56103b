"""Chapter one: submit, be screened, be thanked, climb."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from community.demo import operations as op
from community.demo.platforms import Platforms
from community.demo.telling import Actor, Answer, Teller

PROMISE_S = 2.0
"""An approval is in the feed, in the statement and on the board within this time."""


@dataclass(slots=True)
class Neighbourhood:
    """Who and where the story is about."""

    community_id: str
    leader: Actor
    second: Actor
    li: Actor
    ming: Actor


def key() -> str:
    """An idempotency key, as a mini-program makes one for every deed."""
    return uuid4().hex


async def play(tell: Teller, leader_code: str, platforms: Platforms) -> Neighbourhood:
    """Play the chapter. Raises Broken at the first step that does not do what it should."""
    place = await _gather(tell, leader_code, platforms)
    await _recipe(tell, place)
    await _returned(tell, place)
    await _refused(tell, place)
    await _standing(tell, place)
    return place


async def _gather(tell: Teller, leader_code: str, platforms: Platforms) -> Neighbourhood:
    tell.chapter("a neighbourhood gathers")
    leader, second, li, ming = (Actor(name) for name in ("王姐", "赵叔", "小李", "阿明"))
    for actor in (leader, second, li, ming):
        await log_in(tell, actor, platforms)
    joined = await tell.does(
        leader, "joins with the operator's code and is the leader", op.JOIN,
        input={"invitationCode": leader_code}, so_that=lambda it: it["communityJoin"]["member"]["roles"] == ["LEADER"],
    )  # fmt: skip
    place = Neighbourhood(joined["communityJoin"]["member"]["community"]["id"], leader, second, li, ming)
    for role, guests in (("LEADER", (second,)), (None, (li, ming))):
        wanted = {"communityId": place.community_id, "idempotencyKey": key(), "role": role, "uses": len(guests)}
        made = await tell.does(
            leader, "invites another leader" if role else "invites residents", op.INVITE,
            input=wanted, so_that=lambda it: not it["invitationCreate"]["errors"],
        )  # fmt: skip
        code = made["invitationCreate"]["invitation"]["code"]
        for guest in guests:
            await tell.does(
                guest, "joins", op.JOIN,
                input={"invitationCode": code.lower()}, so_that=lambda it: not it["communityJoin"]["errors"],
            )  # fmt: skip
    return place


async def log_in(tell: Teller, actor: Actor, platforms: Platforms) -> None:
    """Log in through WeChat, with the code that the actor's telephone got there."""
    found = await tell.does(
        actor, "logs in through WeChat", op.LOGIN,
        input={"platform": "WECHAT", "code": platforms.wechat.code(actor.name), "nickname": actor.name},
        so_that=lambda it: it["login"]["person"]["nickname"] == actor.name,
    )  # fmt: skip
    actor.token = found["login"]["accessToken"]["token"]


async def _recipe(tell: Teller, place: Neighbourhood) -> None:
    tell.chapter("a recipe is sent in, approved, and its author thanked")
    words: dict[str, Any] = {
        "title": "妈妈的红烧肉",
        "text": "五花肉切块焯水。\n冰糖炒色，下肉翻炒，加黄酒、生抽、八角。\n小火焖一小时，收汁。邻居们都说香！",
        "tags": ["家常菜", "#红烧肉"],
    }
    given = {"communityId": place.community_id, "idempotencyKey": key(), "kind": "RECIPE", "content": words}
    sent = await tell.does(
        place.li, "sends in a recipe", op.SUBMIT,
        input=given, so_that=lambda it: it["submissionCreate"]["submission"]["state"] == "PENDING_SCREENING",
    )  # fmt: skip
    number = sent["submissionCreate"]["submission"]["id"]
    await tell.does(
        place.li, "loses the answer on the way, sends the same again: there is still one recipe", op.SUBMIT,
        input=given, so_that=lambda it: it["submissionCreate"]["submission"]["id"] == number,
    )  # fmt: skip
    case = await next_case(tell, place, place.leader, words["title"])
    await tell.does(
        place.leader, "scores it 5, 4, 5 and approves", op.APPROVE,
        input=decision(place, case, scores={"authenticity": 5, "usefulness": 4, "resonance": 5}),
        so_that=lambda it: it["submissionApprove"]["reviewCase"]["decision"]["recommended"] is True,
    )  # fmt: skip
    await tell.sees(
        place.li, "sees it published, paid 28 points, and stands first", op.WHOLE_LOOP,
        communityId=place.community_id, within_s=PROMISE_S,
        so_that=lambda it: it["feed"]["nodes"][0]["id"] == number and it["pointsBalance"] == 28  # noqa: PLR2004 - 20 x 14 / 10
        and it["leaderboard"]["mine"] == {"rank": 1, "points": 28},
    )  # fmt: skip
    await tell.does(
        place.li, "reads why: the rule, its version, what it was reckoned from", op.POINTS,
        communityId=place.community_id,
        so_that=lambda it: it["pointsStatement"]["nodes"][0]["balance"] == it["pointsBalance"],
    )  # fmt: skip
    await tell.does(
        place.ming, "likes it", op.LIKE,
        input={"communityId": place.community_id, "submissionId": number},
        so_that=lambda it: it["submissionLike"]["submission"] == {"likeCount": 1, "likedByMe": True},
    )  # fmt: skip
    await tell.does(
        place.ming, "looks at what residents recommend", op.FEED,
        communityId=place.community_id, recommended=True,
        so_that=lambda it: [node["id"] for node in it["feed"]["nodes"]] == [number],
    )  # fmt: skip


async def _returned(tell: Teller, place: Neighbourhood) -> None:
    tell.chapter("a review comes back, is written better, and passes")
    words: dict[str, Any] = {"title": "空气炸锅测评", "text": "好用。", "tags": ["厨房"], "productRef": "SKU-10086"}
    given = {"communityId": place.community_id, "idempotencyKey": key(), "kind": "PRODUCT_REVIEW", "content": words}
    await tell.does(
        place.ming, "sends in a product review", op.SUBMIT,
        input=given, so_that=lambda it: not it["submissionCreate"]["errors"],
    )  # fmt: skip
    case = await next_case(tell, place, place.leader, words["title"])
    await tell.does(
        place.leader, "returns it with what to change", op.RETURN,
        input=decision(place, case, whatToChange="请写写用了多久、耗电和清洗。"),
        so_that=lambda it: it["submissionReturn"]["reviewCase"]["decision"]["verdict"] == "RETURNED",
    )  # fmt: skip
    seen = await tell.does(
        place.ming, "reads what to change", op.MINE,
        communityId=place.community_id, so_that=lambda it: it["mySubmissions"]["nodes"][0]["state"] == "RETURNED",
    )  # fmt: skip
    mine = seen["mySubmissions"]["nodes"][0]
    better = words | {"text": "用了三个月：一锅薯条 0.3 度电，炸篮能进洗碗机，噪音像吹风机。适合两口之家。"}
    deed = {"communityId": place.community_id, "submissionId": mine["id"]}
    edited = await tell.does(
        place.ming, "writes it better: a second revision", op.EDIT,
        input=deed | {"idempotencyKey": key(), "version": mine["version"], "content": better},
        so_that=lambda it: it["submissionEdit"]["submission"]["latest"]["number"] == 2,  # noqa: PLR2004
    )  # fmt: skip
    version = edited["submissionEdit"]["submission"]["version"]
    await tell.does(
        place.ming, "sends it in again", op.SEND_AGAIN,
        input=deed | {"idempotencyKey": key(), "version": version},
        so_that=lambda it: not it["submissionSubmit"]["errors"],
    )  # fmt: skip
    case = await next_case(tell, place, place.second, words["title"])
    approval = decision(place, case, scores={"authenticity": 4, "usefulness": 4, "resonance": 3})
    await tell.does(
        place.second, "scores it 4, 4, 3 and approves", op.APPROVE,
        input=approval, so_that=lambda it: it["submissionApprove"]["reviewCase"]["state"] == "DECIDED",
    )  # fmt: skip
    await tell.does(
        place.leader, "decides on the same case a moment later: too late, nothing changes", op.APPROVE,
        input=approval | {"idempotencyKey": key()},
        so_that=lambda it: it["submissionApprove"]["errors"][0]["code"] == "STALE_VERSION",
    )  # fmt: skip


async def _refused(tell: Teller, place: Neighbourhood) -> None:
    tell.chapter("what is refused, and why")
    words: dict[str, Any] = {"title": "团购群怎么热起来", "text": "每天早上晒一张邻居的菜。", "tags": []}
    given = {"communityId": place.community_id, "idempotencyKey": key(), "kind": "LEADER_PLAYBOOK", "content": words}
    await tell.does(
        place.ming, "is no leader and writes no playbook", op.SUBMIT,
        input=given, so_that=lambda it: it["submissionCreate"]["errors"][0]["code"] == "LEADERS_ONLY",
    )  # fmt: skip
    await tell.does(
        place.leader, "writes one", op.SUBMIT,
        input=given | {"idempotencyKey": key()}, so_that=lambda it: not it["submissionCreate"]["errors"],
    )  # fmt: skip
    case = await next_case(tell, place, place.second, words["title"])
    await tell.does(
        place.leader, "cannot approve it, having written it", op.APPROVE,
        input=decision(place, case, scores={"authenticity": 5, "usefulness": 5, "resonance": 5}),
        so_that=lambda it: it["submissionApprove"]["errors"][0]["code"] == "OWN_SUBMISSION",
    )  # fmt: skip
    await tell.does(
        place.second, "rejects it for a reason", op.REJECT,
        input=decision(place, case, reason="太短了，写成案例需要做法和结果。"),
        so_that=lambda it: it["submissionReject"]["reviewCase"]["decision"]["verdict"] == "REJECTED",
    )  # fmt: skip
    await tell.does(
        place.leader, "reads the reason", op.MINE,
        communityId=place.community_id, so_that=lambda it: it["mySubmissions"]["nodes"][0]["state"] == "REJECTED",
    )  # fmt: skip


async def _standing(tell: Teller, place: Neighbourhood) -> None:
    tell.chapter("who carries the neighbourhood")
    for period in ("WEEK", "MONTH", "EVER"):
        await tell.sees(
            place.ming, f"looks at the board ({period.lower()})", op.BOARD,
            communityId=place.community_id, period=period, within_s=PROMISE_S,
            so_that=lambda it: [(row["rank"], row["points"], row["member"]["person"]["nickname"])
                for row in it["leaderboard"]["standings"]] == [(1, 28, "小李"), (2, 22, "阿明")]
            and it["leaderboard"]["mine"]["rank"] == 2,  # noqa: PLR2004
        )  # fmt: skip


async def next_case(tell: Teller, place: Neighbourhood, leader: Actor, title: str) -> Answer:
    """The case that stands first in the leader's queue, which must be the one with this title."""
    seen = await tell.sees(
        leader, f"finds “{title}” in the queue", op.QUEUE,
        communityId=place.community_id, within_s=PROMISE_S,
        so_that=lambda it: it["reviewQueue"]["nodes"][0]["revision"]["title"] == title,
    )  # fmt: skip
    case: Answer = seen["reviewQueue"]["nodes"][0]
    return case


def decision(place: Neighbourhood, case: Answer, **said: Any) -> dict[str, Any]:
    """The input of a decision on a case."""
    return {
        "communityId": place.community_id,
        "idempotencyKey": key(),
        "reviewCaseId": case["id"],
        "version": case["version"],
        **said,
    }
