"""A community's day over HTTP, and its expected final state.

Everything that people do follows from their names alone. Two days with the same people therefore end in the same state,
whichever processes were killed. A call whose answer is lost is sent again with its idempotency key, as a mini-program
does.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from dataclasses import dataclass, field
from typing import Any

import httpx

from community.demo import operations
from community.points.earning.models import Trigger
from community.points.earning.rules import BUILT_IN, Facts, compute_amount

KINDS = ("RECIPE", "USAGE_TIP", "PRODUCT_REVIEW", "NEIGHBOURHOOD_STORY", "PHOTOGRAPH")
RETRY_TIMEOUT_S = 300.0

OWN_SUBMISSIONS_QUERY = """query Mine($communityId: ID!, $after: String) {
  mySubmissions(communityId: $communityId, first: 100, after: $after) { nodes { state latest { title } } } }"""
END_STATE_QUERY = """query End($communityId: ID!) {
  membership(communityId: $communityId) { points { balance } }
  pointsStatement(communityId: $communityId, first: 100) { nodes { amount balance } }
  mySubmissions(communityId: $communityId, first: 100) {
    nodes { kind state version recommended likeCount latest { number title tags } decision { verdict } } }
}"""
LEADERBOARD_QUERY = """query Top($communityId: ID!, $period: LeaderboardPeriod!) {
  leaderboard(communityId: $communityId, period: $period) {
    entries(first: 100) { nodes { rank score member { person { nickname } } } } } }"""


def derive_scores(title: str) -> tuple[int, int, int]:
    """Derive the leaders' three scores from a submission's title."""
    value = sum(map(ord, title))
    return 1 + value % 5, 1 + value // 5 % 5, 1 + value // 25 % 5


def compute_award(kind: str, title: str) -> int:
    """Compute the points that the author earns for a submission."""
    return compute_amount(BUILT_IN[Trigger.SUBMISSION_APPROVED], Facts(kind=kind, scores=derive_scores(title)))[0]


@dataclass
class RetryingCaller:
    """A person whose phone repeats each call until it is answered.

    `titles` maps the person's titles to their kinds.
    """

    name: str
    urls: tuple[str, ...]
    client: httpx.AsyncClient
    token: str = ""
    titles: dict[str, str] = field(default_factory=dict)
    answered: int = 0

    async def ask(self, operation: str, **variables: Any) -> dict[str, Any]:
        """Send an operation until it is answered, and return its data.

        Fails after five minutes.
        """
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        until = time.monotonic() + RETRY_TIMEOUT_S
        last: object = None
        for attempt in itertools.count():
            url = self.urls[(hash(self.name) + attempt) % len(self.urls)]
            try:
                response = await self.client.post(
                    f"{url}/graphql", json={"query": operation, "variables": variables}, headers=headers
                )
                last = answer = response.json()
                if response.status_code == 200 and "errors" not in answer and not _has_try_again(answer["data"]):
                    self.answered += 1
                    return answer["data"]
                assert _is_transient(answer), answer
            except (httpx.TransportError, ValueError) as error:
                last = error
            assert time.monotonic() < until, f"{self.name} gave up, last answer: {last!r}"
            await asyncio.sleep(0.1)
        raise AssertionError

    async def log_in(self) -> None:
        """Get a token."""
        wanted = {"platform": "DEVELOPMENT", "code": self.name, "nickname": self.name}
        self.token = (await self.ask(operations.LOGIN, input=wanted))["login"]["accessToken"]["token"]


def _has_try_again(data: dict[str, Any]) -> bool:
    return any(
        error["code"] == "TRY_AGAIN"
        for payload in data.values()
        if isinstance(payload, dict)
        for error in payload.get("errors", ())
    )


def _is_transient(answer: dict[str, Any]) -> bool:
    """Return True if the same call may soon succeed.

    The service then said so, or masked a fault.
    """
    return "errors" not in answer or all(
        error["extensions"]["code"] in {"TRY_AGAIN", "INTERNAL"} for error in answer["errors"]
    )


class DayScenario:
    """The day of one community."""

    def __init__(self, urls: tuple[str, ...], client: httpx.AsyncClient, *, residents: int, each: int) -> None:
        self._urls = urls
        self._client = client
        self.leaders = [self._create_caller(f"leader-{number}") for number in range(2)]
        self.residents = [self._create_caller(f"resident-{number:02d}") for number in range(residents)]
        self._each = each
        self.community_id = ""

    def _create_caller(self, name: str) -> RetryingCaller:
        return RetryingCaller(name, self._urls, self._client)

    @property
    def callers(self) -> list[RetryingCaller]:
        """The leaders and residents."""
        return self.leaders + self.residents

    @property
    def answered(self) -> int:
        """The number of calls answered so far."""
        return sum(someone.answered for someone in self.callers)

    async def gather(self, leader_code: str) -> None:
        """Log in and join as everyone."""
        await asyncio.gather(*(someone.log_in() for someone in self.callers))
        first = self.leaders[0]
        joined = await first.ask(operations.JOIN, input={"invitationCode": leader_code})
        self.community_id = joined["communityJoin"]["member"]["community"]["id"]
        for role, guests in (("LEADER", self.leaders[1:]), (None, self.residents)):
            wanted = {"communityId": self.community_id, "idempotencyKey": f"invite-{role}", "role": role}
            made = await first.ask(operations.INVITE, input=wanted | {"uses": len(guests)})
            code = made["invitationCreate"]["invitation"]["code"]
            await asyncio.gather(*(guest.ask(operations.JOIN, input={"invitationCode": code}) for guest in guests))

    async def run(self) -> None:
        """Submit and decide concurrently until everything is published."""
        deciding = [asyncio.create_task(self._decide_all(leader)) for leader in self.leaders]
        try:
            await asyncio.wait_for(asyncio.gather(*(self._submit_all(resident) for resident in self.residents)), 300)
        finally:
            for task in deciding:
                task.cancel()
            outcomes = await asyncio.gather(*deciding, return_exceptions=True)
        for outcome in outcomes:
            assert isinstance(outcome, asyncio.CancelledError), outcome

    async def _submit_all(self, someone: RetryingCaller) -> None:
        for number in range(self._each):
            kind = KINDS[(number + len(someone.name) + int(someone.name[-2:])) % len(KINDS)]
            title = f"{someone.name} {number}"
            someone.titles[title] = kind
            words = {"title": title, "text": "每天一道菜。", "tags": ["日常", kind.lower()]}
            given = {"communityId": self.community_id, "idempotencyKey": f"create-{number}", "kind": kind}
            made = await someone.ask(operations.SUBMIT, input=given | {"content": words, "draft": number % 3 == 0})
            submission = made["submissionCreate"]["submission"]
            assert submission is not None, made
            if number % 3 == 0:
                await self._rewrite(someone, number, submission["id"], words)
        await self._wait_until_published(someone)

    async def _rewrite(self, someone: RetryingCaller, number: int, submission_id: str, words: dict[str, Any]) -> None:
        here = {"submissionId": submission_id}
        better = words | {"text": "每天一道菜，今天写得更好。"}
        edited = await someone.ask(
            operations.EDIT, input=here | {"idempotencyKey": f"edit-{number}", "version": 1, "content": better}
        )
        assert edited["submissionEdit"]["errors"] == []
        sent = await someone.ask(
            operations.SUBMIT_AGAIN, input=here | {"idempotencyKey": f"submit-{number}", "version": 2}
        )
        assert sent["submissionSubmit"]["errors"] == []

    async def _wait_until_published(self, someone: RetryingCaller) -> None:
        while True:
            found = await someone.ask(OWN_SUBMISSIONS_QUERY, communityId=self.community_id)
            nodes = found["mySubmissions"]["nodes"]
            if len(nodes) == self._each and all(node["state"] == "PUBLISHED" for node in nodes):
                return
            await asyncio.sleep(0.2)

    async def _decide_all(self, leader: RetryingCaller) -> None:
        while True:
            found = await leader.ask(operations.QUEUE, communityId=self.community_id)
            cases = found["reviewQueue"]["nodes"]
            await asyncio.gather(*(self._decide(leader, case) for case in cases[:4]))
            if not cases:
                await asyncio.sleep(0.05)

    async def _decide(self, leader: RetryingCaller, case: dict[str, Any]) -> None:
        marks = dict(
            zip(("authenticity", "usefulness", "resonance"), derive_scores(case["revision"]["title"]), strict=True)
        )
        given = {"reviewCaseId": case["id"], "version": case["version"]}
        key = {"idempotencyKey": f"approve-{case['id']}"}
        answer = await leader.ask(operations.APPROVE, input=given | key | {"scores": marks})
        errors = {error["code"] for error in answer["submissionApprove"]["errors"]}
        assert errors <= {"STALE_VERSION"}, errors  # The other leader was first.

    def compute_balances(self) -> dict[str, int]:
        """Compute each resident's balance at the end, by name."""
        return {
            someone.name: sum(compute_award(kind, title) for title, kind in someone.titles.items())
            for someone in self.residents
        }

    async def read_end_state(self) -> dict[str, Any]:
        """Read the final state, without values that depend on time or order."""
        state: dict[str, Any] = {"people": {}, "boards": {}}
        for someone in self.residents:
            seen = await someone.ask(END_STATE_QUERY, communityId=self.community_id)
            amounts = sorted(line["amount"] for line in seen["pointsStatement"]["nodes"])
            running = [line["balance"] for line in seen["pointsStatement"]["nodes"]]
            assert running[:1] == [seen["membership"]["points"]["balance"]] or not running
            submissions = sorted(seen["mySubmissions"]["nodes"], key=lambda node: node["latest"]["title"])
            state["people"][someone.name] = {
                "balance": seen["membership"]["points"]["balance"], "amounts": amounts, "submissions": submissions,
            }  # fmt: skip
        for period in ("WEEK", "MONTH", "EVER"):
            found = await self.residents[0].ask(LEADERBOARD_QUERY, communityId=self.community_id, period=period)
            state["boards"][period] = sorted(
                (row["rank"], row["score"], row["member"]["person"]["nickname"])
                for row in found["leaderboard"]["entries"]["nodes"]
            )
        return state

    async def wait_for_board(self, *, within_s: float) -> bool:
        """Return True if the board shows the expected points within that time."""
        due = sorted(self.compute_balances().values(), reverse=True)[:100]
        for _ in range(int(within_s / 0.1) + 1):
            found = await self.residents[0].ask(LEADERBOARD_QUERY, communityId=self.community_id, period="EVER")
            if [row["score"] for row in found["leaderboard"]["entries"]["nodes"]] == due:
                return True
            await asyncio.sleep(0.1)
        return False
