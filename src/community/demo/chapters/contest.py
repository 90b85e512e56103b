"""The chapter about a photo contest, from the calendar to the prizes."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

from community.demo import operations, photographs, reward_operations
from community.demo.chapters.pictures import TITLE, build_submission, upload_by_form
from community.demo.operations import write_mutation
from community.demo.scenario import Actor, ResponseData, ScenarioRunner
from community.demo.steps import MAX_DELAY_S, Neighbourhood, build_decision, build_input, build_thing_input

_MAX_SCREENING_S = 15.0
_TEMPLATE = "OLD_PHOTOGRAPHS"
_CALENDAR = """query Calendar($communityId: ID!, $year: Int!) {
  contentCalendar(communityId: $communityId, year: $year) { day name templates { template title kind } }
}"""
_RULES = "submissionKinds onlyNew votesPerDay votesInTotal goldPrizes silverPrizes bronzePrizes entriesPerMember"
_PLAN = write_mutation(
    "eventCreateByTemplate",
    f"event {{ id state version title text opensAt votingAt closesAt conditions {{ {_RULES} }} }}",
)
_EDIT = write_mutation("eventEdit", "event { version conditions { badgeTiers goldReward { title } } }")
_MOVE = write_mutation("eventMove", "event { state version }")
_CHECKS = """query Checks($eventId: ID!, $submissionId: ID!) {
  entryChecks(eventId: $eventId, submissionId: $submissionId) { condition refusal { code message } }
}"""
_ENTER = write_mutation("entryCreate", "entry { id state }")
_VOTE = write_mutation("entryVote", "entry { viewerVoted votes }")
_DISQUALIFY = write_mutation("entryDisqualify", "entry { state reason place }")
_ENTRIES = """query Entries($eventId: ID!) {
  event(id: $eventId) { state entryCount results { number sha256 document } }
  eventEntries(eventId: $eventId) {
    nodes { id votes place prize member { person { nickname } } submission { published { title } } }
  }
}"""
_OWN = """query Own($communityId: ID!) {
  membership(communityId: $communityId) { points { balance } }
  notices(communityId: $communityId, first: 5) { nodes { kind text } }
  pointsStatement(communityId: $communityId, first: 2) { nodes { kind amount } }
}"""
_PRIZES = """query Prizes($communityId: ID!) {
  membership(communityId: $communityId) { badges { tier event { title } } }
  myRedemptions(communityId: $communityId, first: 1) { nodes { state isPrize price reward { title } } }
}"""
_PRIZE = "相册"


async def play(runner: ScenarioRunner, place: Neighbourhood) -> None:
    """Play the chapter. Raises StepFailed at the first failed step."""
    runner.begin_chapter("A contest of old photographs comes from the calendar")
    event = await _plan(runner, place)
    await _move(runner, place, event, "ANNOUNCED", "OPEN")
    entries = await _collect(runner, place, event["id"])
    await _move(runner, place, event, "VOTING")
    await _vote(runner, place, event["id"], entries)
    await _move(runner, place, event, "CLOSED")
    await _read_result(runner, place, event["id"])
    await _disqualify(runner, place, event["id"], entries)


async def _plan(runner: ScenarioRunner, place: Neighbourhood) -> ResponseData:
    year = datetime.now(UTC).year + 1
    await runner.run_step(
        place.leader, "finds a contest of photographs in the calendar of the next year", _CALENDAR,
        communityId=place.community_id, year=year,
        check=lambda it: any(
            plan["template"] == _TEMPLATE and plan["kind"] == "PHOTO_CONTEST"
            for day in it["contentCalendar"]
            for plan in day["templates"]
        ),
    )  # fmt: skip
    planned = await runner.run_step(
        place.leader, "writes a draft of it", _PLAN, input=build_input(place, template=_TEMPLATE, year=year),
        check=lambda it: it["eventCreateByTemplate"]["event"]["state"] == "DRAFT",
    )  # fmt: skip
    event: ResponseData = planned["eventCreateByTemplate"]["event"]
    await _add_prize(runner, place, event)
    return event


async def _add_prize(runner: ScenarioRunner, place: Neighbourhood, event: ResponseData) -> None:
    """Make a reward and a badge the first prize of the draft."""
    content = {"title": _PRIZE, "text": "一本老照片相册。", "price": 500}
    created = await runner.run_step(
        place.leader, "writes a reward for the winner", reward_operations.CREATE_REWARD,
        input=build_input(place, kind="GOODS", content=content, stock=2),
    )  # fmt: skip
    reward = created["rewardCreate"]["reward"]
    await runner.run_step(
        place.leader, "publishes the reward", reward_operations.PUBLISH_REWARD,
        input=build_thing_input(rewardId=reward["id"], version=reward["version"]),
    )  # fmt: skip
    rules = event["conditions"] | {"goldRewardId": reward["id"], "badgeTiers": ["GOLD"]}
    given = {name: event[name] for name in ("title", "text", "opensAt", "votingAt", "closesAt")} | {"rules": rules}
    edited = await runner.run_step(
        place.leader, "makes it the first prize, with a badge", _EDIT,
        input=build_thing_input(eventId=event["id"], version=event["version"], content=given),
        check=lambda it: it["eventEdit"]["event"]["conditions"]
        == {"badgeTiers": ["GOLD"], "goldReward": {"title": _PRIZE}},
    )  # fmt: skip
    event["version"] = edited["eventEdit"]["event"]["version"]


async def _move(runner: ScenarioRunner, place: Neighbourhood, event: ResponseData, *states: str) -> None:
    """Move the event on by hand, and keep its version."""
    for state in states:
        moved = await runner.run_step(
            place.leader, f"moves the contest to {state}", _MOVE,
            input=build_thing_input(eventId=event["id"], version=event["version"], state=state),
        )  # fmt: skip
        event["version"] = moved["eventMove"]["event"]["version"]


async def _collect(runner: ScenarioRunner, place: Neighbourhood, event_id: str) -> dict[str, str]:
    """Enter a photograph of each of three members. Return the ids of the entries by name."""
    drawn = photographs.draw_photographs(5, (1200, 900))
    entries = {}
    for actor, photo in ((place.ming, drawn[3]), (place.li, drawn[4])):
        submission_id = await _publish(runner, place, actor, photo)
        entries[actor.name] = await _enter(runner, actor, event_id, submission_id)
    found = await runner.run_step(
        place.second_leader, "finds his published photographs", operations.FEED,
        communityId=place.community_id, kinds=["PHOTOGRAPH"],
        check=lambda it: any(node["published"]["title"] == TITLE for node in it["feed"]["nodes"]),
    )  # fmt: skip
    (own,) = [node["id"] for node in found["feed"]["nodes"] if node["published"]["title"] == TITLE]
    entries[place.second_leader.name] = await _enter(runner, place.second_leader, event_id, own)
    return entries


async def _publish(runner: ScenarioRunner, place: Neighbourhood, actor: Actor, photo: photographs.Photograph) -> str:
    title = f"{actor.name}的老照片"
    media_id = await upload_by_form(runner, actor, photo)
    sent = await runner.run_step(
        actor, "submits the photograph", operations.SUBMIT,
        input=build_submission(place, title=title, text="二十年前的东门。", tags=["老照片"], media_ids=[media_id]),
    )  # fmt: skip
    queue = await runner.wait_for(
        place.leader, "finds it in the review queue", operations.QUEUE,
        communityId=place.community_id, within_s=_MAX_SCREENING_S,
        check=lambda it: it["reviewQueue"]["nodes"][0]["revision"]["title"] == title,
    )  # fmt: skip
    await runner.run_step(
        place.leader, "approves it", operations.APPROVE,
        input=build_decision(
            queue["reviewQueue"]["nodes"][0], scores={"authenticity": 4, "usefulness": 3, "resonance": 5}
        ),
        check=lambda it: it["submissionApprove"]["reviewCase"]["state"] == "DECIDED",
    )  # fmt: skip
    submission_id: str = sent["submissionCreate"]["submission"]["id"]
    return submission_id


async def _enter(runner: ScenarioRunner, actor: Actor, event_id: str, submission_id: str) -> str:
    await runner.run_step(
        actor, "reads that the photograph meets every condition", _CHECKS,
        eventId=event_id, submissionId=submission_id,
        check=lambda it: len(it["entryChecks"]) > 1 and not any(check["refusal"] for check in it["entryChecks"]),
    )  # fmt: skip
    entered = await runner.run_step(
        actor, "enters it", _ENTER, input=build_thing_input(eventId=event_id, submissionId=submission_id),
        check=lambda it: it["entryCreate"]["entry"]["state"] == "ENTERED",
    )  # fmt: skip
    entry_id: str = entered["entryCreate"]["entry"]["id"]
    return entry_id


async def _vote(runner: ScenarioRunner, place: Neighbourhood, event_id: str, entries: dict[str, str]) -> None:
    runner.begin_chapter("Members vote, and nobody reads a count")
    ming, li, second = place.ming.name, place.li.name, place.second_leader.name
    for voter, chosen in ((place.leader, (ming, li)), (place.second_leader, (ming, li)), (place.li, (ming, second))):
        for name in chosen:
            await runner.run_step(
                voter, f"votes for the photograph of {name}", _VOTE, input={"entryId": entries[name]},
                check=lambda it: it["entryVote"]["entry"] == {"viewerVoted": True, "votes": None},
            )  # fmt: skip
    await runner.run_step(
        place.ming, "cannot vote for his own photograph", _VOTE, input={"entryId": entries[ming]},
        check=lambda it: it["entryVote"]["errors"][0]["code"] == "OWN_ENTRY",
    )  # fmt: skip
    await runner.run_step(
        place.leader, "reads the entries without counts and places, as everybody does", _ENTRIES, eventId=event_id,
        check=lambda it: [(node["votes"], node["place"]) for node in it["eventEntries"]["nodes"]] == [(None, None)] * 3,
    )  # fmt: skip


async def _read_result(runner: ScenarioRunner, place: Neighbourhood, event_id: str) -> None:
    runner.begin_chapter("The result has a digest, and the prizes are paid")
    await _check_places(
        runner, place, event_id, [(place.ming, 3, "GOLD"), (place.li, 2, "SILVER"), (place.second_leader, 1, "SILVER")]
    )
    await runner.wait_for(
        place.ming, "reads of the prize, and has its points", _OWN,
        communityId=place.community_id, within_s=MAX_DELAY_S,
        check=lambda it: "EVENT_PRIZE" in {notice["kind"] for notice in it["notices"]["nodes"]}
        and it["pointsStatement"]["nodes"][0] == {"kind": "AWARD", "amount": 200},
    )  # fmt: skip
    await runner.wait_for(
        place.ming, "has a badge, and may collect the reward", _PRIZES,
        communityId=place.community_id, within_s=MAX_DELAY_S,
        check=lambda it: [badge["tier"] for badge in it["membership"]["badges"]] == ["GOLD"]
        and it["myRedemptions"]["nodes"][:1] == [_build_redemption("CONFIRMED")],
    )  # fmt: skip


def _build_redemption(state: str) -> dict[str, Any]:
    """Return the redemption of the first prize in this state."""
    return {"state": state, "isPrize": True, "price": 0, "reward": {"title": _PRIZE}}


async def _check_places(
    runner: ScenarioRunner, place: Neighbourhood, event_id: str, expected: list[tuple[Actor, int, str]]
) -> None:
    """Read the places in their order, and compute the digest of the newest result."""

    def is_right(it: ResponseData) -> bool:
        result = it["event"]["results"][0]
        found = [
            (node["member"]["person"]["nickname"], node["votes"], node["prize"]) for node in it["eventEntries"]["nodes"]
        ]
        return found == [(actor.name, *rest) for actor, *rest in expected] and _has_digest(result)

    await runner.run_step(
        place.li, "reads the places, and computes the digest of the result", _ENTRIES, eventId=event_id, check=is_right
    )


def _has_digest(result: dict[str, Any]) -> bool:
    return hashlib.sha256(result["document"].encode()).hexdigest() == str(result["sha256"])


async def _disqualify(runner: ScenarioRunner, place: Neighbourhood, event_id: str, entries: dict[str, str]) -> None:
    runner.begin_chapter("The winner is disqualified, and the others move up")
    await runner.run_step(
        place.leader, "disqualifies the photograph of 阿明", _DISQUALIFY,
        input=build_thing_input(entryId=entries[place.ming.name], reason="这是一张翻拍的照片。"),
        check=lambda it: it["entryDisqualify"]["entry"]["state"] == "DISQUALIFIED",
    )  # fmt: skip
    await _check_places(runner, place, event_id, [(place.li, 2, "GOLD"), (place.second_leader, 1, "SILVER")])
    await runner.wait_for(
        place.ming, "reads that the prize was taken back", _OWN,
        communityId=place.community_id, within_s=MAX_DELAY_S,
        check=lambda it: it["pointsStatement"]["nodes"][0] == {"kind": "CLAW_BACK", "amount": -200}
        and "ENTRY_DISQUALIFIED" in {notice["kind"] for notice in it["notices"]["nodes"]},
    )  # fmt: skip
    await runner.run_step(
        place.ming, "has neither the badge nor the reward", _PRIZES,
        communityId=place.community_id,
        check=lambda it: it["membership"]["badges"] == []
        and it["myRedemptions"]["nodes"][0] == _build_redemption("CANCELLED"),
    )  # fmt: skip
    await runner.wait_for(
        place.li, "has moved up, and may collect it", _PRIZES,
        communityId=place.community_id, within_s=MAX_DELAY_S,
        check=lambda it: it["myRedemptions"]["nodes"][:1] == [_build_redemption("CONFIRMED")],
    )  # fmt: skip
