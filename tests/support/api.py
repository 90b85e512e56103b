"""The API in this process, its callers, and its effects."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import httpx
from graphql import get_named_type, is_non_null_type

from community import app
from community.api.schema import build_schema
from community.communities import founding
from community.communities.models import Role
from community.communities.settings import Visibility
from community.settings import Settings
from tests.support.effects import run_all_effects

Answer = dict[str, Any]


def new_key() -> str:
    """Return an idempotency key that was never used before."""
    return uuid4().hex


_REQUIRED = {
    name: {
        part for part, given in get_named_type(field.args["input"].type).fields.items() if is_non_null_type(given.type)
    }
    for name, field in build_schema()._schema.mutation_type.fields.items()
}
"""The required input fields of each mutation."""


def complete_input(name: str, community_id: str, given: Answer) -> Answer:
    """Return the input of a mutation, with the community and a new key where they are required."""
    added = {"communityId": community_id, "idempotencyKey": new_key()}
    return {field: value for field, value in added.items() if field in _REQUIRED[name]} | given


class Caller:
    """A caller of the API, anonymous without a token."""

    def __init__(self, client: httpx.AsyncClient, token: str | None = None, name: str = "") -> None:
        self.client = client
        self.token = token
        self.name = name
        self.member_id: str | None = None

    async def send(self, query: str, **variables: Any) -> Answer:
        """Send an operation and return the whole answer, errors included."""
        headers = {} if self.token is None else {"Authorization": f"Bearer {self.token}"}
        response = await self.client.post("/graphql", json={"query": query, "variables": variables}, headers=headers)
        assert response.status_code == 200, response.text
        return response.json()

    async def ask(self, query: str, **variables: Any) -> Answer:
        """Send an operation that must succeed, and return its data."""
        answer = await self.send(query, **variables)
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    async def get_error_code(self, query: str, **variables: Any) -> str:
        """Send an operation that must fail, and return its only error code."""
        (error,) = (await self.send(query, **variables))["errors"]
        return error["extensions"]["code"]


class CommunityApi:
    """A community with its members, on the API in this process."""

    def __init__(self, settings: Settings, client: httpx.AsyncClient) -> None:
        self.settings = settings
        self.client = client
        self.guest = Caller(client)
        self.id = ""
        self.number = 0

    async def log_in(self, name: str) -> Caller:
        """Log in a new person."""
        data = await self.guest.ask(
            "mutation($i: LoginInput!) { login(input: $i) { accessToken { token } } }",
            i={"platform": "DEVELOPMENT", "code": name, "nickname": name},
        )
        return Caller(self.client, data["login"]["accessToken"]["token"], name)

    async def found_community(self, *, public: bool = False) -> Caller:
        """Create the community and return its first leader."""
        code = await founding.create_community(
            name="幸福里", visibility=Visibility.PUBLIC if public else Visibility.MEMBERS
        )
        self.number = code.community_id
        return await self.join(await self.log_in("王姐"), code.code)

    async def join(self, caller: Caller, code: str) -> Caller:
        """Join the caller with an invitation's code."""
        data = await caller.ask(
            "mutation($i: CommunityJoinInput!) { communityJoin(input: $i)"
            " { member { id community { id } } errors { code } } }",
            i={"invitationCode": code},
        )
        assert data["communityJoin"]["errors"] == []
        self.id = data["communityJoin"]["member"]["community"]["id"]
        caller.member_id = data["communityJoin"]["member"]["id"]
        return caller

    async def resident(self, leader: Caller, name: str, *, role: Role | None = None) -> Caller:
        """Add a member whom the leader invites."""
        data = await leader.ask(
            "mutation($i: InvitationCreateInput!) { invitationCreate(input: $i)"
            " { invitation { code } errors { code } } }",
            i={"communityId": self.id, "idempotencyKey": new_key(), "role": role, "uses": 1},
        )
        assert data["invitationCreate"]["errors"] == []
        return await self.join(await self.log_in(name), data["invitationCreate"]["invitation"]["code"])

    async def run_effects(self) -> None:
        """Run every pending effect, as relay and workers would."""
        await run_all_effects(self.settings)

    async def submit(self, author: Caller, title: str = "红烧肉", *, kind: str = "RECIPE", **more: Any) -> Answer:
        """Create a submission, run its effects, and return its id and version."""
        content = {"title": title, "text": "小火一小时。", **more.pop("content", {})}
        data = await author.ask(
            "mutation($i: SubmissionCreateInput!) { submissionCreate(input: $i)"
            " { submission { id version state } errors { code } } }",
            i={
                "communityId": self.id, "idempotencyKey": new_key(), "kind": kind,
                "content": content, **more,
            },
        )  # fmt: skip
        assert data["submissionCreate"]["errors"] == []
        await self.run_effects()
        return data["submissionCreate"]["submission"]

    async def get_first_case(self, leader: Caller) -> Answer:
        """Return the first case of a revision in the leader's queue."""
        data = await leader.ask(
            "query($c: ID!) { reviewQueue(communityId: $c, kinds: [REVISION], first: 1)"
            " { nodes { id version submission { id } } } }",
            c=self.id,
        )
        return data["reviewQueue"]["nodes"][0]

    async def approve(self, leader: Caller, scores: tuple[int, int, int] = (4, 4, 4)) -> Answer:
        """Approve the first case of the leader's queue and return it."""
        case = await self.get_first_case(leader)
        data = await leader.ask(
            "mutation($i: SubmissionApproveInput!) { submissionApprove(input: $i)"
            " { reviewCase { id } errors { code } } }",
            i={
                "idempotencyKey": new_key(), "reviewCaseId": case["id"],
                "version": case["version"],
                "scores": dict(zip(("authenticity", "usefulness", "resonance"), scores, strict=True)),
            },
        )  # fmt: skip
        assert data["submissionApprove"]["errors"] == []
        await self.run_effects()
        return case

    async def publish(self, author: Caller, leader: Caller, title: str = "红烧肉", **more: Any) -> Answer:
        """Create a submission and approve it."""
        submission = await self.submit(author, title, **more)
        await self.approve(leader)
        return submission


@asynccontextmanager
async def run_api(settings: Settings) -> AsyncIterator[CommunityApi]:
    """Start the application with a client."""
    application = app.create_app(settings)
    async with (
        application.app.lifespan_context(application),
        httpx.AsyncClient(transport=httpx.ASGITransport(application), base_url="http://testserver") as client,
    ):
        yield CommunityApi(settings, client)
