"""The chapter about sessions, platforms, a community's settings, and a person's data."""

from __future__ import annotations

import io
import json
import zipfile

from community.demo import operations
from community.demo.platforms import FakePlatforms
from community.demo.scenario import Actor, ResponseData, ScenarioRunner
from community.demo.steps import (
    Neighbourhood,
    build_decision,
    build_input,
    build_thing_input,
    invite,
    join,
    log_in,
    wait_for_case,
)

STORY_TITLE = "槐树下的棋局"
MAX_JOB_S = 5.0


async def play(runner: ScenarioRunner, place: Neighbourhood, platforms: FakePlatforms) -> None:
    """Play the chapter. Raises StepFailed at the first failed step."""
    await _manage_sessions(runner, place, platforms)
    await _link_platforms(runner, place, platforms)
    await _edit_community(runner, place)
    await _refuse_self_promotion(runner, place)
    await _export_and_erase(runner, place, platforms)


async def _manage_sessions(runner: ScenarioRunner, place: Neighbourhood, platforms: FakePlatforms) -> None:
    runner.begin_chapter("One of two phones is lost")
    lost_phone = Actor("小李")
    entered = await runner.run_step(
        lost_phone, "logs in on her old phone too", operations.LOGIN,
        input={"platform": "WECHAT", "code": platforms.wechat.code("小李"), "device": "旧手机"},
        check=lambda it: it["login"]["person"]["nickname"] == "小李",
    )  # fmt: skip
    lost_phone.token = entered["login"]["accessToken"]["token"]
    wanted = {"refreshToken": entered["login"]["refreshToken"]["token"]}
    without_token = Actor("小李")
    refreshed = await runner.run_step(
        without_token, "refreshes the session of the old phone", operations.REFRESH, input=wanted
    )
    await runner.run_step(
        without_token, "loses the response, asks again within a minute, and gets the same token", operations.REFRESH,
        input=wanted,
        check=lambda it: it["sessionRefresh"]["refreshToken"]["token"] == _get_refresh_token(refreshed),
    )  # fmt: skip
    seen = await runner.run_step(
        place.li, "lists her sessions", operations.SESSIONS,
        check=lambda it: [node["device"] for node in it["sessions"]["nodes"]] == ["旧手机", None],
    )  # fmt: skip
    session_id = seen["sessions"]["nodes"][0]["id"]
    await runner.run_step(
        place.li, "ends the session of the old phone", operations.END_SESSION,
        input={"sessionId": session_id}, check=lambda it: it["sessionEnd"]["endedSessionId"] == session_id,
    )  # fmt: skip
    await runner.expect_refusal(
        lost_phone, "is logged out on the old phone from the next request", operations.ACCOUNT, code="UNAUTHENTICATED"
    )
    await runner.run_step(
        without_token, "cannot refresh that session either", operations.REFRESH,
        input={"refreshToken": _get_refresh_token(refreshed)},
        check=lambda it: it["sessionRefresh"]["errors"][0]["code"] == "SESSION_ENDED",
    )  # fmt: skip


def _get_refresh_token(data: ResponseData) -> str:
    token: str = data["sessionRefresh"]["refreshToken"]["token"]
    return token


async def _link_platforms(runner: ScenarioRunner, place: Neighbourhood, platforms: FakePlatforms) -> None:
    runner.begin_chapter("One person has two platforms and a phone number")
    await runner.run_step(
        place.li, "cannot link a login with her access token alone", operations.LINK,
        input={
            "platform": "ALIPAY", "code": platforms.alipay.code("小李"),
            "proof": {"platform": "ALIPAY", "code": platforms.alipay.code("小李")},
        },
        check=lambda it: it["platformLink"]["errors"][0]["code"] == "PROOF_INVALID",
    )  # fmt: skip
    await runner.run_step(
        place.li, "links her Alipay account, after a fresh login at WeChat", operations.LINK,
        input={
            "platform": "ALIPAY", "code": platforms.alipay.code("小李"),
            "proof": {"platform": "WECHAT", "code": platforms.wechat.code("小李")},
        },
        check=lambda it: it["platformLink"]["platform"] == "ALIPAY",
    )  # fmt: skip
    await runner.run_step(
        place.li, "binds the phone number that WeChat has verified", operations.BIND_PHONE,
        input={"code": platforms.wechat.phone_code("13800138000", country=86)},
        check=lambda it: it["phoneBind"]["masked"] == "+86 138****8000",
    )  # fmt: skip
    on_alipay = Actor("小李")
    entered = await runner.run_step(
        on_alipay, "logs in through Alipay as the same person", operations.LOGIN,
        input={"platform": "ALIPAY", "code": platforms.alipay.code("小李")},
        check=lambda it: it["login"]["person"]["nickname"] == "小李",
    )  # fmt: skip
    on_alipay.token = entered["login"]["accessToken"]["token"]
    await runner.run_step(
        on_alipay, "sees the data of her account, without platform ids", operations.ACCOUNT,
        check=lambda it: [row["platform"] for row in it["account"]["platforms"]] == ["WECHAT", "ALIPAY"],
    )  # fmt: skip


async def _edit_community(runner: ScenarioRunner, place: Neighbourhood) -> None:
    runner.begin_chapter("A leader announces something, and the history shows who did it")
    await runner.run_step(
        place.leader, "publishes an announcement", operations.EDIT_COMMUNITY,
        input=build_input(place, version=1, announcement="周六换书市集"),
        check=lambda it: it["communityEdit"]["community"]["version"] == 2,
    )  # fmt: skip
    await runner.run_step(
        place.second_leader, "reads who changed which setting", operations.HISTORY, communityId=place.community_id,
        check=lambda it: it["communityHistory"]["nodes"][0]["changedBy"]["person"]["nickname"] == "王姐",
    )  # fmt: skip


async def _refuse_self_promotion(runner: ScenarioRunner, place: Neighbourhood) -> None:
    runner.begin_chapter("A demoted leader cannot promote himself with his own code")
    made = await runner.run_step(
        place.second_leader, "makes a code for another leader", operations.INVITE,
        input=build_input(place, role="LEADER"),
    )  # fmt: skip
    own = await runner.run_step(
        place.second_leader, "reads his membership", operations.MEMBERSHIP, communityId=place.community_id,
        check=lambda it: it["membership"]["roles"] == ["LEADER"],
    )  # fmt: skip
    member_id = own["membership"]["id"]
    await runner.run_step(
        place.leader, "takes the role from him", operations.TAKE_ROLE,
        input=build_thing_input(memberId=member_id, role="LEADER"),
        check=lambda it: it["roleTake"]["member"]["roles"] == [],
    )  # fmt: skip
    await runner.run_step(
        place.second_leader, "is refused his own code, which ended with his role", operations.JOIN,
        input={"invitationCode": made["invitationCreate"]["invitation"]["code"]},
        check=lambda it: it["communityJoin"]["errors"][0]["code"] == "INVITATION_INVALID",
    )  # fmt: skip
    await runner.run_step(
        place.leader, "makes him a leader again", operations.GIVE_ROLE,
        input=build_thing_input(memberId=member_id, role="LEADER"),
        check=lambda it: it["roleGive"]["member"]["roles"] == ["LEADER"],
    )  # fmt: skip


async def _export_and_erase(runner: ScenarioRunner, place: Neighbourhood, platforms: FakePlatforms) -> None:
    runner.begin_chapter("A person exports her data, then has it erased")
    grandma = Actor("陈奶奶")
    await log_in(runner, grandma, platforms)
    await join(runner, grandma, await invite(runner, place, "invites 陈奶奶", uses=1))
    await _publish_story(runner, place, grandma)
    await runner.run_step(
        grandma, "requests an export of her data", operations.EXPORT,
        input={}, check=lambda it: it["dataExportRequest"]["dataExport"]["state"] in {"PENDING", "READY"},
    )  # fmt: skip
    ready = await runner.wait_for(
        grandma, "sees the export ready, with a link that works for 15 minutes", operations.EXPORTS,
        within_s=MAX_JOB_S, check=lambda it: it["dataExports"][0]["state"] == "READY",
    )  # fmt: skip
    path = ready["dataExports"][0]["downloadPath"]
    await runner.fetch_file(grandma, "downloads one archive with all of it", path, check=_describe_archive)
    await runner.run_step(
        grandma, "requests erasure, her content included (the demo has no waiting period)", operations.ERASE,
        input={"content": "REMOVE"},
    )  # fmt: skip
    await runner.wait_for(
        place.ming, "sees that her story is gone and that she is off the board", operations.AFTER_ERASURE,
        communityId=place.community_id, within_s=MAX_JOB_S, check=_is_erased,
    )  # fmt: skip
    await runner.expect_refusal(
        grandma, "is no longer known to the service", operations.ACCOUNT, code="UNAUTHENTICATED"
    )


async def _publish_story(runner: ScenarioRunner, place: Neighbourhood, author: Actor) -> None:
    content = {"title": STORY_TITLE, "text": "每天傍晚，老人们在槐树下摆开棋盘。", "tags": ["老街坊"]}
    await runner.run_step(
        author, "submits a story", operations.SUBMIT,
        input=build_input(place, kind="NEIGHBOURHOOD_STORY", content=content),
    )  # fmt: skip
    case = await wait_for_case(runner, place, place.leader, STORY_TITLE)
    await runner.run_step(
        place.leader, "approves the story with the scores 3, 2, 4", operations.APPROVE,
        input=build_decision(case, scores={"authenticity": 3, "usefulness": 2, "resonance": 4}),
    )  # fmt: skip


def _describe_archive(body: bytes) -> str | None:
    """Return the file names, or None if expected data is missing."""
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        names = archive.namelist()
        person = json.loads(archive.read("accounts/person.json"))
        written = json.loads(archive.read("submissions/written-0001.json"))
    is_complete = person[0]["nickname"] == "陈奶奶" and written[0]["revisions"][0]["title"] == STORY_TITLE
    return f"{len(names)} files: {', '.join(names)}" if is_complete else None


def _is_erased(data: ResponseData) -> bool:
    entries = data["leaderboard"]["entries"]["nodes"]
    return (
        STORY_TITLE not in [node["published"]["title"] for node in data["feed"]["nodes"]]
        and {row["member"]["person"]["nickname"] for row in entries} <= {"小李", "阿明"}
        and [row["score"] for row in entries] == [47, 28]  # The points of the others are unchanged.
    )
