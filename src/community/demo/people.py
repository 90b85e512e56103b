"""Chapter two: several telephones, several platforms, and what a person may ask for."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

from community.demo import operations as op
from community.demo.loop import PROMISE_S, Neighbourhood, key, log_in
from community.demo.platforms import Platforms
from community.demo.telling import Actor, Answer, Teller

STORY = "槐树下的棋局"
JOB_S = 5.0


async def play(tell: Teller, place: Neighbourhood, platforms: Platforms) -> None:
    """Play the chapter. Raises Broken at the first step that does not do what it should."""
    await _telephones(tell, place, platforms)
    await _ways_in(tell, place, platforms)
    await _leading(tell, place)
    await _forgotten(tell, place, platforms)


async def _telephones(tell: Teller, place: Neighbourhood, platforms: Platforms) -> None:
    tell.chapter("two telephones, one of them lost")
    lost = Actor("小李")
    wanted = {"platform": "WECHAT", "code": platforms.wechat.code("小李"), "device": "旧手机"}
    entered = await tell.does(
        lost, "logs in on her old telephone too", op.LOGIN,
        input=wanted, so_that=lambda it: it["login"]["person"]["nickname"] == "小李",
    )  # fmt: skip
    lost.token = entered["login"]["accessToken"]["token"]
    given = {"refreshToken": entered["login"]["refreshToken"]["token"]}
    nobody = Actor("小李")
    first = await tell.does(
        nobody, "refreshes its session", op.REFRESH, input=given, so_that=lambda it: not it["sessionRefresh"]["errors"]
    )
    await tell.does(
        nobody, "loses the answer, asks again within a minute, and gets the same", op.REFRESH, input=given,
        so_that=lambda it: it["sessionRefresh"]["refreshToken"]["token"] == _next_token(first),
    )  # fmt: skip
    seen = await tell.does(
        place.li, "sees where she is logged in", op.SESSIONS,
        so_that=lambda it: [node["device"] for node in it["sessions"]["nodes"]] == ["旧手机", None],
    )  # fmt: skip
    old = seen["sessions"]["nodes"][0]["id"]
    await tell.does(
        place.li, "logs the old one out", op.END_SESSION,
        input={"sessionId": old}, so_that=lambda it: it["sessionEnd"]["endedSessionId"] == old,
    )  # fmt: skip
    await tell.refused(lost, "is out on the old telephone with the very next call", op.ACCOUNT, code="UNAUTHENTICATED")
    given = {"refreshToken": _next_token(first)}
    await tell.does(
        nobody, "cannot refresh it either", op.REFRESH, input=given,
        so_that=lambda it: it["sessionRefresh"]["errors"][0]["code"] == "SESSION_ENDED",
    )  # fmt: skip


def _next_token(answer: Answer) -> str:
    token: str = answer["sessionRefresh"]["refreshToken"]["token"]
    return token


async def _ways_in(tell: Teller, place: Neighbourhood, platforms: Platforms) -> None:
    tell.chapter("one person, two platforms, a telephone number")
    link = {"platform": "ALIPAY", "code": platforms.alipay.code("小李")}
    await tell.does(
        place.li, "links her Alipay, proven by its code", op.LINK,
        input=link, so_that=lambda it: it["platformLink"]["platform"] == "ALIPAY",
    )  # fmt: skip
    await tell.does(
        place.li, "binds the telephone number that WeChat has verified", op.BIND_PHONE,
        input={"code": platforms.wechat.phone_code("13800138000", country=86)},
        so_that=lambda it: it["phoneBind"]["masked"] == "+86 138****8000",
    )  # fmt: skip
    again = Actor("小李")
    wanted = {"platform": "ALIPAY", "code": platforms.alipay.code("小李")}
    entered = await tell.does(
        again, "logs in through Alipay, and is herself", op.LOGIN,
        input=wanted, so_that=lambda it: it["login"]["person"]["nickname"] == "小李",
    )  # fmt: skip
    again.token = entered["login"]["accessToken"]["token"]
    await tell.does(
        again, "sees what is kept of her; what the platforms call her is not among it", op.ACCOUNT,
        so_that=lambda it: [row["platform"] for row in it["account"]["platforms"]] == ["WECHAT", "ALIPAY"],
    )  # fmt: skip


async def _leading(tell: Teller, place: Neighbourhood) -> None:
    tell.chapter("a community's own words, and who leads it")
    wanted = {"communityId": place.community_id, "idempotencyKey": key(), "version": 1, "announcement": "周六换书市集"}
    await tell.does(
        place.leader, "announces something", op.EDIT_COMMUNITY,
        input=wanted, so_that=lambda it: it["communityEdit"]["community"]["version"] == 2,  # noqa: PLR2004
    )  # fmt: skip
    await tell.does(
        place.second, "reads who changed what", op.HISTORY, communityId=place.community_id,
        so_that=lambda it: it["communityHistory"]["nodes"][0]["changedBy"]["person"]["nickname"] == "王姐",
    )  # fmt: skip


async def _forgotten(tell: Teller, place: Neighbourhood, platforms: Platforms) -> None:
    tell.chapter("everything about me, and then nothing")
    grandma = Actor("陈奶奶")
    await log_in(tell, grandma, platforms)
    wanted = {"communityId": place.community_id, "idempotencyKey": key(), "uses": 1}
    made = await tell.does(
        place.leader, "invites her", op.INVITE, input=wanted, so_that=lambda it: not it["invitationCreate"]["errors"]
    )
    code = made["invitationCreate"]["invitation"]["code"]
    await tell.does(
        grandma, "joins", op.JOIN, input={"invitationCode": code}, so_that=lambda it: not it["communityJoin"]["errors"]
    )
    await _published(tell, place, grandma)
    await tell.does(
        grandma, "asks for everything about her", op.EXPORT,
        input={}, so_that=lambda it: it["dataExportRequest"]["dataExport"]["state"] in {"PENDING", "READY"},
    )  # fmt: skip
    ready = await tell.sees(
        grandma, "sees it ready, with a link for a quarter of an hour", op.EXPORTS, within_s=JOB_S,
        so_that=lambda it: it["dataExports"][0]["state"] == "READY",
    )  # fmt: skip
    path = ready["dataExports"][0]["downloadPath"]
    await tell.fetches(grandma, "fetches one archive with all of it", path, so_that=_archive)
    await tell.does(
        grandma, "asks to be forgotten, words and all (the demo's waiting period is nought days)", op.ERASE,
        input={"content": "REMOVE"}, so_that=lambda it: not it["erasureRequest"]["errors"],
    )  # fmt: skip
    await tell.sees(
        place.ming, "finds her story gone, and her off the board", op.AFTERWARDS, within_s=JOB_S,
        communityId=place.community_id, so_that=_is_gone,
    )  # fmt: skip
    await tell.refused(grandma, "is nobody the service knows any more", op.ACCOUNT, code="UNAUTHENTICATED")


async def _published(tell: Teller, place: Neighbourhood, author: Actor) -> None:
    words: dict[str, Any] = {"title": STORY, "text": "每天傍晚，老人们在槐树下摆开棋盘。", "tags": ["老街坊"]}
    given = {"communityId": place.community_id, "idempotencyKey": key(), "kind": "NEIGHBOURHOOD_STORY"}
    await tell.does(
        author, "tells a story", op.SUBMIT,
        input=given | {"content": words}, so_that=lambda it: not it["submissionCreate"]["errors"],
    )  # fmt: skip
    seen = await tell.sees(
        place.leader, "finds it in the queue", op.QUEUE, communityId=place.community_id, within_s=PROMISE_S,
        so_that=lambda it: it["reviewQueue"]["nodes"][0]["revision"]["title"] == STORY,
    )  # fmt: skip
    case = seen["reviewQueue"]["nodes"][0]
    decision = {
        "communityId": place.community_id, "idempotencyKey": key(), "reviewCaseId": case["id"],
        "version": case["version"], "scores": {"authenticity": 3, "usefulness": 2, "resonance": 4},
    }  # fmt: skip
    await tell.does(
        place.leader, "approves it", op.APPROVE,
        input=decision, so_that=lambda it: not it["submissionApprove"]["errors"],
    )  # fmt: skip


def _archive(body: bytes) -> str | None:
    """What the archive holds, if it is all of it."""
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        names = archive.namelist()
        person = json.loads(archive.read("identity/person.json"))
        written = json.loads(archive.read("submissions/written-0001.json"))
    whole = person[0]["nickname"] == "陈奶奶" and written[0]["revisions"][0]["title"] == STORY
    return f"{len(names)} files: {', '.join(names)}" if whole else None


def _is_gone(it: Answer) -> bool:
    return (
        STORY not in [node["published"]["title"] for node in it["feed"]["nodes"]]
        and {row["member"]["person"]["nickname"] for row in it["leaderboard"]["standings"]} <= {"小李", "阿明", "赵叔"}
        and it["leaderboard"]["standings"][0]["points"] == 28  # noqa: PLR2004 - as before
    )
