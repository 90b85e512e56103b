"""Chapter two: several telephones, several platforms, and what a person may ask for."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

from community.demo import operations as op
from community.demo.loop import MAX_DELAY_S, Neighbourhood, generate_key, log_in
from community.demo.platforms import FakePlatforms
from community.demo.scenario import Actor, ResponseData, ScenarioRunner

STORY_TITLE = "槐树下的棋局"
MAX_JOB_S = 5.0


async def play(runner: ScenarioRunner, place: Neighbourhood, platforms: FakePlatforms) -> None:
    """Play the chapter. Raises Broken at the first step that does not do what it should."""
    await _manage_sessions(runner, place, platforms)
    await _link_platforms(runner, place, platforms)
    await _edit_community(runner, place)
    await _export_and_erase(runner, place, platforms)


async def _manage_sessions(runner: ScenarioRunner, place: Neighbourhood, platforms: FakePlatforms) -> None:
    runner.begin_chapter("two telephones, one of them lost")
    lost = Actor("小李")
    wanted = {"platform": "WECHAT", "code": platforms.wechat.code("小李"), "device": "旧手机"}
    entered = await runner.run_step(
        lost, "logs in on her old telephone too", op.LOGIN,
        input=wanted, check=lambda it: it["login"]["person"]["nickname"] == "小李",
    )  # fmt: skip
    lost.token = entered["login"]["accessToken"]["token"]
    given = {"refreshToken": entered["login"]["refreshToken"]["token"]}
    nobody = Actor("小李")
    first = await runner.run_step(
        nobody, "refreshes its session", op.REFRESH, input=given, check=lambda it: not it["sessionRefresh"]["errors"]
    )
    await runner.run_step(
        nobody, "loses the answer, asks again within a minute, and gets the same", op.REFRESH, input=given,
        check=lambda it: it["sessionRefresh"]["refreshToken"]["token"] == _get_refresh_token(first),
    )  # fmt: skip
    seen = await runner.run_step(
        place.li, "sees where she is logged in", op.SESSIONS,
        check=lambda it: [node["device"] for node in it["sessions"]["nodes"]] == ["旧手机", None],
    )  # fmt: skip
    old = seen["sessions"]["nodes"][0]["id"]
    await runner.run_step(
        place.li, "logs the old one out", op.END_SESSION,
        input={"sessionId": old}, check=lambda it: it["sessionEnd"]["endedSessionId"] == old,
    )  # fmt: skip
    await runner.expect_refusal(
        lost, "is out on the old telephone with the very next call", op.ACCOUNT, code="UNAUTHENTICATED"
    )
    given = {"refreshToken": _get_refresh_token(first)}
    await runner.run_step(
        nobody, "cannot refresh it either", op.REFRESH, input=given,
        check=lambda it: it["sessionRefresh"]["errors"][0]["code"] == "SESSION_ENDED",
    )  # fmt: skip


def _get_refresh_token(answer: ResponseData) -> str:
    token: str = answer["sessionRefresh"]["refreshToken"]["token"]
    return token


async def _link_platforms(runner: ScenarioRunner, place: Neighbourhood, platforms: FakePlatforms) -> None:
    runner.begin_chapter("one person, two platforms, a telephone number")
    link = {"platform": "ALIPAY", "code": platforms.alipay.code("小李")}
    await runner.run_step(
        place.li, "links her Alipay, proven by its code", op.LINK,
        input=link, check=lambda it: it["platformLink"]["platform"] == "ALIPAY",
    )  # fmt: skip
    await runner.run_step(
        place.li, "binds the telephone number that WeChat has verified", op.BIND_PHONE,
        input={"code": platforms.wechat.phone_code("13800138000", country=86)},
        check=lambda it: it["phoneBind"]["masked"] == "+86 138****8000",
    )  # fmt: skip
    again = Actor("小李")
    wanted = {"platform": "ALIPAY", "code": platforms.alipay.code("小李")}
    entered = await runner.run_step(
        again, "logs in through Alipay, and is herself", op.LOGIN,
        input=wanted, check=lambda it: it["login"]["person"]["nickname"] == "小李",
    )  # fmt: skip
    again.token = entered["login"]["accessToken"]["token"]
    await runner.run_step(
        again, "sees what is kept of her; what the platforms call her is not among it", op.ACCOUNT,
        check=lambda it: [row["platform"] for row in it["account"]["platforms"]] == ["WECHAT", "ALIPAY"],
    )  # fmt: skip


async def _edit_community(runner: ScenarioRunner, place: Neighbourhood) -> None:
    runner.begin_chapter("a community's own words, and who leads it")
    wanted = {
        "communityId": place.community_id,
        "idempotencyKey": generate_key(),
        "version": 1,
        "announcement": "周六换书市集",
    }
    await runner.run_step(
        place.leader, "announces something", op.EDIT_COMMUNITY,
        input=wanted, check=lambda it: it["communityEdit"]["community"]["version"] == 2,  # noqa: PLR2004
    )  # fmt: skip
    await runner.run_step(
        place.second, "reads who changed what", op.HISTORY, communityId=place.community_id,
        check=lambda it: it["communityHistory"]["nodes"][0]["changedBy"]["person"]["nickname"] == "王姐",
    )  # fmt: skip


async def _export_and_erase(runner: ScenarioRunner, place: Neighbourhood, platforms: FakePlatforms) -> None:
    runner.begin_chapter("everything about me, and then nothing")
    grandma = Actor("陈奶奶")
    await log_in(runner, grandma, platforms)
    wanted = {"communityId": place.community_id, "idempotencyKey": generate_key(), "uses": 1}
    made = await runner.run_step(
        place.leader, "invites her", op.INVITE, input=wanted, check=lambda it: not it["invitationCreate"]["errors"]
    )
    code = made["invitationCreate"]["invitation"]["code"]
    await runner.run_step(
        grandma, "joins", op.JOIN, input={"invitationCode": code}, check=lambda it: not it["communityJoin"]["errors"]
    )
    await _publish_story(runner, place, grandma)
    await runner.run_step(
        grandma, "asks for everything about her", op.EXPORT,
        input={}, check=lambda it: it["dataExportRequest"]["dataExport"]["state"] in {"PENDING", "READY"},
    )  # fmt: skip
    ready = await runner.wait_for(
        grandma, "sees it ready, with a link for a quarter of an hour", op.EXPORTS, within_s=MAX_JOB_S,
        check=lambda it: it["dataExports"][0]["state"] == "READY",
    )  # fmt: skip
    path = ready["dataExports"][0]["downloadPath"]
    await runner.fetch_file(grandma, "fetches one archive with all of it", path, check=_describe_archive)
    await runner.run_step(
        grandma, "asks to be forgotten, words and all (the demo's waiting period is nought days)", op.ERASE,
        input={"content": "REMOVE"}, check=lambda it: not it["erasureRequest"]["errors"],
    )  # fmt: skip
    await runner.wait_for(
        place.ming, "finds her story gone, and her off the board", op.AFTER_ERASURE, within_s=MAX_JOB_S,
        communityId=place.community_id, check=_is_gone,
    )  # fmt: skip
    await runner.expect_refusal(grandma, "is nobody the service knows any more", op.ACCOUNT, code="UNAUTHENTICATED")


async def _publish_story(runner: ScenarioRunner, place: Neighbourhood, author: Actor) -> None:
    words: dict[str, Any] = {"title": STORY_TITLE, "text": "每天傍晚，老人们在槐树下摆开棋盘。", "tags": ["老街坊"]}
    given = {"communityId": place.community_id, "idempotencyKey": generate_key(), "kind": "NEIGHBOURHOOD_STORY"}
    await runner.run_step(
        author, "tells a story", op.SUBMIT,
        input=given | {"content": words}, check=lambda it: not it["submissionCreate"]["errors"],
    )  # fmt: skip
    seen = await runner.wait_for(
        place.leader, "finds it in the queue", op.QUEUE, communityId=place.community_id, within_s=MAX_DELAY_S,
        check=lambda it: it["reviewQueue"]["nodes"][0]["revision"]["title"] == STORY_TITLE,
    )  # fmt: skip
    case = seen["reviewQueue"]["nodes"][0]
    decision = {
        "communityId": place.community_id, "idempotencyKey": generate_key(), "reviewCaseId": case["id"],
        "version": case["version"], "scores": {"authenticity": 3, "usefulness": 2, "resonance": 4},
    }  # fmt: skip
    await runner.run_step(
        place.leader, "approves it", op.APPROVE,
        input=decision, check=lambda it: not it["submissionApprove"]["errors"],
    )  # fmt: skip


def _describe_archive(body: bytes) -> str | None:
    """What the archive holds, if it is all of it."""
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        names = archive.namelist()
        person = json.loads(archive.read("identity/person.json"))
        written = json.loads(archive.read("submissions/written-0001.json"))
    whole = person[0]["nickname"] == "陈奶奶" and written[0]["revisions"][0]["title"] == STORY_TITLE
    return f"{len(names)} files: {', '.join(names)}" if whole else None


def _is_gone(it: ResponseData) -> bool:
    return (
        STORY_TITLE not in [node["published"]["title"] for node in it["feed"]["nodes"]]
        and {row["member"]["person"]["nickname"] for row in it["leaderboard"]["entries"]} <= {"小李", "阿明", "赵叔"}
        and it["leaderboard"]["entries"][0]["points"] == 28  # noqa: PLR2004 - as before
    )
