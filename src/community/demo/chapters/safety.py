"""The chapter about the search, screening, claims, reports and appeals."""

from __future__ import annotations

from typing import Any

from community.demo import operations, review_operations
from community.demo.scenario import Actor, ResponseData, ScenarioRunner
from community.demo.steps import (
    MAX_DELAY_S,
    Neighbourhood,
    build_decision,
    build_input,
    build_thing_input,
    get_member_id,
    wait_for_case,
)

_TIP: dict[str, Any] = {"title": "旧衣回收", "text": "加群刷_单返现，旧衣放东门的箱子里。", "tags": ["环保"]}
_EDITED_TIP = _TIP | {"text": "洗净叠好，每周六放东门的箱子里。"}
_POINTS = 11  # 10 x 11 / 10


async def play(runner: ScenarioRunner, place: Neighbourhood) -> None:
    """Play the chapter. Raises StepFailed at the first failed step."""
    await _search(runner, place)
    case = await _edit_blocked(runner, place)
    await _claim(runner, place, case)
    await _uphold_report(runner, place)
    await _grant_appeal(runner, place)
    await _trust(runner, place)


async def _search(runner: ScenarioRunner, place: Neighbourhood) -> None:
    runner.begin_chapter("A member searches")
    found = await runner.run_step(
        place.ming, "finds the recipe by two characters of its title", review_operations.SEARCH,
        communityId=place.community_id, text="烧肉",
        check=lambda it: it["search"]["nodes"][0]["title"]
        == [{"text": "妈妈的红", "isMatch": False}, {"text": "烧肉", "isMatch": True}],
    )  # fmt: skip
    recipe_id = found["search"]["nodes"][0]["submission"]["id"]
    await runner.run_step(
        place.ming, "keeps the recipe as a favourite", review_operations.FAVOURITE,
        input={"submissionId": recipe_id},
        check=lambda it: it["submissionFavourite"]["submission"] == {"id": recipe_id, "viewerHasFavourited": True},
    )  # fmt: skip
    await runner.run_step(
        place.ming, "reads the favourites, and the topic with the recipe", review_operations.FAVOURITES_AND_TOPICS,
        communityId=place.community_id,
        check=lambda it: it["myFavourites"]["nodes"][0]["submission"]["published"]["title"] == "妈妈的红烧肉"
        and it["topics"]["nodes"] == [{"tag": "家常菜", "contributionCount": 1, "authorCount": 1}]
        and {"tag": "家常菜", "count": 1} in it["popularTags"],
    )  # fmt: skip


async def _edit_blocked(runner: ScenarioRunner, place: Neighbourhood) -> ResponseData:
    """Return the review case of the edited tip."""
    runner.begin_chapter("The screening blocks a text, and its author edits it")
    await runner.run_step(
        place.leader, "publishes a list of words that the community does not accept",
        review_operations.PUBLISH_WORD_LIST,
        input=build_input(place, version=0, words=[{"word": "刷单", "level": "BLOCK", "category": "诈骗"}]),
        check=lambda it: it["wordListPublish"]["wordList"] == {"version": 1, "wordCount": 1},
    )  # fmt: skip
    await runner.run_step(
        place.li, "submits a usage tip with the word in disguise", operations.SUBMIT,
        input=build_input(place, kind="USAGE_TIP", content=_TIP),
        check=lambda it: it["submissionCreate"]["submission"]["state"] == "PENDING_SCREENING",
    )  # fmt: skip
    seen = await runner.wait_for(
        place.li, "reads that it was blocked, and because of which word", operations.MY_SUBMISSIONS,
        communityId=place.community_id, within_s=MAX_DELAY_S,
        check=lambda it: it["mySubmissions"]["nodes"][0]["state"] == "RETURNED"
        and "“刷_单”" in it["mySubmissions"]["nodes"][0]["note"],
    )  # fmt: skip
    blocked = seen["mySubmissions"]["nodes"][0]
    edited = await runner.run_step(
        place.li, "edits the tip", operations.EDIT,
        input=build_thing_input(submissionId=blocked["id"], version=blocked["version"], content=_EDITED_TIP),
        check=lambda it: it["submissionEdit"]["submission"]["latest"]["number"] == 2,
    )  # fmt: skip
    await runner.run_step(
        place.li, "submits the tip again", operations.SUBMIT_AGAIN,
        input=build_thing_input(
            submissionId=blocked["id"], version=edited["submissionEdit"]["submission"]["version"]
        ),
    )  # fmt: skip
    return await wait_for_case(runner, place, place.leader, _TIP["title"])


async def _claim(runner: ScenarioRunner, place: Neighbourhood, case: ResponseData) -> None:
    runner.begin_chapter("A leader claims a case, so that no two leaders work on it")
    claimed = await runner.run_step(
        place.leader, "claims the case for 30 minutes", review_operations.CLAIM,
        input=build_thing_input(reviewCaseId=case["id"]),
        check=lambda it: it["caseClaim"]["reviewCase"]["claim"]["claimedBy"]["person"]["nickname"] == "王姐",
    )  # fmt: skip
    case = case | {"version": claimed["caseClaim"]["reviewCase"]["version"]}
    scores = {"authenticity": 4, "usefulness": 4, "resonance": 3}
    await runner.run_step(
        place.second_leader, "cannot decide it meanwhile", operations.APPROVE,
        input=build_decision(case, scores=scores),
        check=lambda it: it["submissionApprove"]["errors"][0]["code"] == "CASE_CLAIMED",
    )  # fmt: skip
    await runner.run_step(
        place.leader, "approves the tip with the scores 4, 4, 3", operations.APPROVE,
        input=build_decision(case, scores=scores),
        check=lambda it: it["submissionApprove"]["reviewCase"]["state"] == "DECIDED",
    )  # fmt: skip
    await _wait_for_outcome(
        runner, place, f"reads that the tip is published, and earned {_POINTS} points",
        state="PUBLISHED", kind="AWARD", points=_POINTS, notice="SUBMISSION_APPROVED",
    )  # fmt: skip


async def _uphold_report(runner: ScenarioRunner, place: Neighbourhood) -> None:
    runner.begin_chapter("A member reports the tip, and a leader removes it")
    found = await runner.run_step(
        place.ming, "searches for the tip", review_operations.SEARCH,
        communityId=place.community_id, text="旧衣", check=lambda it: len(it["search"]["nodes"]) == 1,
    )  # fmt: skip
    await runner.run_step(
        place.ming, "reports it as an advertisement", review_operations.REPORT,
        input=build_thing_input(
            submissionId=found["search"]["nodes"][0]["submission"]["id"], category="ADVERTISEMENT", text="是商家的箱子"
        ),
        check=lambda it: it["submissionReport"]["report"]["state"] == "OPEN",
    )  # fmt: skip
    case = await wait_for_only_case(
        runner, place, place.leader, "reads the report, without the name of who sent it", kind="REPORT"
    )
    await runner.run_step(
        place.leader, "upholds the report, which removes the tip", review_operations.UPHOLD,
        input=build_decision(case, reason="商家广告"),
        check=lambda it: it["reportUphold"]["reviewCase"]["state"] == "DECIDED",
    )  # fmt: skip
    await runner.run_step(
        place.ming, "reads that his report was upheld", operations.NOTICES, communityId=place.community_id,
        check=lambda it: it["notices"]["nodes"][0]["kind"] == "REPORT_UPHELD",
    )  # fmt: skip
    await runner.run_step(
        place.ming, "no longer finds the tip", review_operations.SEARCH,
        communityId=place.community_id, text="旧衣", check=lambda it: it["search"]["nodes"] == [],
    )  # fmt: skip


async def _grant_appeal(runner: ScenarioRunner, place: Neighbourhood) -> None:
    runner.begin_chapter("The author appeals, and another leader restores the tip")
    seen = await _wait_for_outcome(
        runner, place, f"reads that the tip was removed, and {_POINTS} points clawed back",
        state="REMOVED", kind="CLAW_BACK", points=-_POINTS, notice="SUBMISSION_REMOVED",
    )  # fmt: skip
    await runner.run_step(
        place.li, "appeals", review_operations.APPEAL,
        input=build_thing_input(
            removalId=seen["mySubmissions"]["nodes"][0]["removal"]["id"], text="箱子是居委会的，不是商家的。"
        ),
        check=lambda it: it["removalAppeal"]["appeal"]["state"] == "OPEN",
    )  # fmt: skip
    case = await wait_for_only_case(runner, place, place.second_leader, "reads the appeal", kind="APPEAL")
    granted = {"granted": True, "reason": "已核实，箱子是居委会的。"}
    await runner.run_step(
        place.leader, "cannot answer it, because she removed the tip", review_operations.ANSWER_APPEAL,
        input=build_decision(case, **granted),
        check=lambda it: it["appealAnswer"]["errors"][0]["code"] == "CASE_EXCLUDED",
    )  # fmt: skip
    await runner.run_step(
        place.second_leader, "grants the appeal", review_operations.ANSWER_APPEAL,
        input=build_decision(case, **granted),
        check=lambda it: it["appealAnswer"]["reviewCase"]["appeal"]["state"] == "GRANTED",
    )  # fmt: skip
    await _wait_for_outcome(
        runner, place, f"reads that the tip is public again, and the {_POINTS} points are back",
        state="PUBLISHED", kind="RESTORATION", points=_POINTS, notice="APPEAL_GRANTED",
    )  # fmt: skip


async def _trust(runner: ScenarioRunner, place: Neighbourhood) -> None:
    runner.begin_chapter("A leader trusts the author, and another leader reads why")
    await runner.run_step(
        place.leader, "allows that trusted authors publish before a leader looks", review_operations.ALLOW_TRUST,
        input=build_input(place, version=2, trustedAuthorsPublish=True),
        check=lambda it: it["communityEdit"]["community"]["trustedAuthorsPublish"],
    )  # fmt: skip
    li_id = await get_member_id(runner, place, place.li)
    given = await runner.run_step(
        place.leader, "trusts the author", review_operations.GIVE_TRUST,
        input=build_thing_input(memberId=li_id, reason="写得用心。"),
        check=lambda it: it["trustGive"]["trust"]["isInForce"],
    )  # fmt: skip
    await runner.run_step(
        place.second_leader, "reads who is trusted, since when and by whom", review_operations.TRUSTS,
        communityId=place.community_id,
        check=lambda it: [node["givenBy"]["person"]["nickname"] for node in it["trusts"]["nodes"]] == ["王姐"],
    )  # fmt: skip
    await runner.run_step(
        place.li, "reads that he is trusted", operations.NOTICES, communityId=place.community_id,
        check=lambda it: it["notices"]["nodes"][0]["kind"] == "TRUST_GIVEN",
    )  # fmt: skip
    await runner.run_step(
        place.second_leader, "takes the trust back", review_operations.END_TRUST,
        input=build_thing_input(trustId=given["trustGive"]["trust"]["id"]),
        check=lambda it: it["trustEnd"]["trust"]["endCause"] == "LEADER",
    )  # fmt: skip


async def wait_for_only_case(
    runner: ScenarioRunner, place: Neighbourhood, leader: Actor, description: str, *, kind: str
) -> ResponseData:
    """Return the only open case of this kind."""
    data = await runner.wait_for(
        leader, description, review_operations.CASES, communityId=place.community_id, kinds=[kind],
        within_s=MAX_DELAY_S, check=lambda it: len(it["reviewQueue"]["nodes"]) == 1,
    )  # fmt: skip
    case: ResponseData = data["reviewQueue"]["nodes"][0]
    return case


async def _wait_for_outcome(
    runner: ScenarioRunner, place: Neighbourhood, description: str, *, state: str, kind: str, points: int, notice: str
) -> ResponseData:
    """Return what the author reads about the tip."""
    return await runner.wait_for(
        place.li, description, review_operations.OUTCOME,
        communityId=place.community_id, within_s=MAX_DELAY_S,
        check=lambda it: it["mySubmissions"]["nodes"][0]["state"] == state
        and it["pointsStatement"]["nodes"] == [{"kind": kind, "amount": points}]
        and notice in [node["kind"] for node in it["notices"]["nodes"]],
    )  # fmt: skip
