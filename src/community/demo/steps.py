"""Steps that several chapters share, and the inputs of their mutations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from community.demo import operations
from community.demo.platforms import FakePlatforms
from community.demo.scenario import Actor, ResponseData, ScenarioRunner

MAX_DELAY_S = 2.0
"""The time within which a submission reaches the queue, and a decision the feed, the statement and the board."""


@dataclass(slots=True)
class Neighbourhood:
    """The story's community and its members. `community_id` is the id of the graph."""

    community_id: str
    leader: Actor
    second_leader: Actor
    li: Actor
    ming: Actor


def generate_key() -> str:
    """Generate an idempotency key, as a mini-program does for every mutation."""
    return uuid4().hex


def build_input(place: Neighbourhood, **fields: Any) -> dict[str, Any]:
    """Build the input of a mutation in the community, with a new idempotency key."""
    return {"communityId": place.community_id, **build_thing_input(**fields)}


def build_thing_input(**fields: Any) -> dict[str, Any]:
    """Build the input of a mutation about a thing, with a new idempotency key."""
    return {"idempotencyKey": generate_key(), **fields}


def build_decision(case: ResponseData, **fields: Any) -> dict[str, Any]:
    """Build the input of a decision on a review case."""
    return build_thing_input(reviewCaseId=case["id"], version=case["version"], **fields)


async def log_in(runner: ScenarioRunner, actor: Actor, platforms: FakePlatforms) -> None:
    """Log in through WeChat, and keep the access token in the actor."""
    data = await runner.run_step(
        actor, "logs in through WeChat", operations.LOGIN,
        input={"platform": "WECHAT", "code": platforms.wechat.code(actor.name), "nickname": actor.name},
        check=lambda it: it["login"]["person"]["nickname"] == actor.name,
    )  # fmt: skip
    actor.token = data["login"]["accessToken"]["token"]


async def invite(
    runner: ScenarioRunner, place: Neighbourhood, description: str, *, uses: int, role: str | None = None
) -> str:
    """Create an invitation as the leader and return its code. Without a role it is for residents."""
    data = await runner.run_step(
        place.leader, description, operations.INVITE, input=build_input(place, role=role, uses=uses),
    )  # fmt: skip
    code: str = data["invitationCreate"]["invitation"]["code"]
    return code


async def join(runner: ScenarioRunner, actor: Actor, code: str) -> None:
    """Join the community with an invitation's code."""
    await runner.run_step(actor, "joins", operations.JOIN, input={"invitationCode": code})


async def get_member_id(runner: ScenarioRunner, place: Neighbourhood, actor: Actor) -> str:
    """Read the id of the actor's membership."""
    data = await runner.run_step(
        actor, "reads the id of their membership", operations.MEMBERSHIP, communityId=place.community_id,
        check=lambda it: it["membership"]["id"],
    )  # fmt: skip
    member_id: str = data["membership"]["id"]
    return member_id


async def wait_for_case(runner: ScenarioRunner, place: Neighbourhood, leader: Actor, title: str) -> ResponseData:
    """Return the leader's first review case once it has this title."""
    data = await runner.wait_for(
        leader, f"finds “{title}” in the review queue", operations.QUEUE,
        communityId=place.community_id, within_s=MAX_DELAY_S,
        check=lambda it: it["reviewQueue"]["nodes"][0]["revision"]["title"] == title,
    )  # fmt: skip
    case: ResponseData = data["reviewQueue"]["nodes"][0]
    return case
