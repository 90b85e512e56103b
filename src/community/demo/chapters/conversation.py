"""The chapter about comments: an answer, and a comment that is hidden and restored."""

from __future__ import annotations

from typing import Any

from community.demo import review_operations
from community.demo.chapters.safety import wait_for_only_case
from community.demo.scenario import Actor, ResponseData, ScenarioRunner
from community.demo.steps import MAX_DELAY_S, Neighbourhood, build_decision, build_thing_input

_COMMENT, _REPLY = "我家也这么做，加一点陈皮更香。", "谢谢，下次试试陈皮。"


async def play(runner: ScenarioRunner, place: Neighbourhood) -> None:
    """Play the chapter. Raises StepFailed at the first failed step."""
    runner.begin_chapter("Members talk about the recipe")
    found = await runner.run_step(
        place.li, "finds the recipe", review_operations.SEARCH, communityId=place.community_id, text="烧肉",
        check=lambda it: len(it["search"]["nodes"]) > 0,
    )  # fmt: skip
    submission_id = found["search"]["nodes"][0]["submission"]["id"]
    comment = await _comment(runner, place.li, "comments on it", submissionId=submission_id, text=_COMMENT)
    await _wait_for_comment(runner, place.ming, "reads the comment", submission_id, state="PUBLISHED")
    await _comment(runner, place.ming, "answers it", submissionId=submission_id, parentId=comment["id"], text=_REPLY)
    await _wait_for_comment(
        runner, place.li, "reads the answer", submission_id, state="PUBLISHED", replies=[{"text": _REPLY}]
    )
    await _hide_and_restore(runner, place, submission_id, comment)


async def _hide_and_restore(
    runner: ScenarioRunner, place: Neighbourhood, submission_id: str, comment: ResponseData
) -> None:
    runner.begin_chapter("A leader hides the comment, and another leader restores it on appeal")
    await runner.run_step(
        place.leader, "hides the comment", review_operations.HIDE,
        input=build_thing_input(commentId=comment["id"], reason="像是卖陈皮的广告"),
        check=lambda it: it["commentHide"]["comment"]["state"] == "HIDDEN",
    )  # fmt: skip
    hidden = await _wait_for_comment(runner, place.li, "reads the reason", submission_id, state="HIDDEN")
    await runner.run_step(
        place.li, "appeals", review_operations.APPEAL_HIDING,
        input=build_thing_input(hidingId=hidden["hiding"]["id"], text="我不卖陈皮，只是分享做法。"),
        check=lambda it: it["hidingAppeal"]["appeal"]["state"] == "OPEN",
    )  # fmt: skip
    case = await wait_for_only_case(runner, place, place.second_leader, "reads the appeal", kind="APPEAL")
    await runner.run_step(
        place.second_leader, "grants the appeal", review_operations.ANSWER_APPEAL,
        input=build_decision(case, granted=True, reason="确实只是分享。"),
        check=lambda it: it["appealAnswer"]["reviewCase"]["appeal"]["state"] == "GRANTED",
    )  # fmt: skip
    await _wait_for_comment(
        runner, place.ming, "reads the comment again, with his answer", submission_id,
        state="PUBLISHED", replies=[{"text": _REPLY}],
    )  # fmt: skip


async def _comment(runner: ScenarioRunner, actor: Actor, description: str, **given: Any) -> ResponseData:
    data = await runner.run_step(
        actor, description, review_operations.COMMENT, input=build_thing_input(**given),
        check=lambda it: it["commentCreate"]["comment"] is not None,
    )  # fmt: skip
    made: ResponseData = data["commentCreate"]["comment"]
    return made


async def _wait_for_comment(
    runner: ScenarioRunner, actor: Actor, description: str, submission_id: str, **expected: Any
) -> ResponseData:
    """Return the only comment on the submission, once it has these fields."""
    data = await runner.wait_for(
        actor, description, review_operations.COMMENTS, id=submission_id, within_s=MAX_DELAY_S,
        check=lambda it: _has(it["submission"]["comments"]["nodes"], expected),
    )  # fmt: skip
    found: ResponseData = data["submission"]["comments"]["nodes"][0]
    return found


def _has(nodes: list[ResponseData], expected: dict[str, Any]) -> bool:
    found = [each | {"replies": each["replies"]["nodes"]} for each in nodes]
    return len(found) == 1 and all(found[0][name] == value for name, value in expected.items())
