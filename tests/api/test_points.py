"""The points bank over HTTP: accounts, statements, holds, services, adjustments and notices."""

from __future__ import annotations

import asyncio
from datetime import datetime

import pytest

from community.api import ids
from community.communities import founding as communities_founding
from community.communities import queries, service_tokens
from community.communities.models import Role
from community.kernel.paging import PageRequest
from community.points import policy
from community.points import queries as points_queries
from community.points.earning.claw_back import claw_back
from community.points.idempotent import SENDER
from community.points.kinds import ExpiryPolicy, Figure
from tests.support import bank
from tests.support.api import Caller, complete_input, new_key
from tests.support.bank import find_violations
from tests.support.story import read_tables

ACCOUNT = """query($c: ID!) {
  membership(communityId: $c) { points { balance held debt growthValue level nextLevelFrom } } }"""
ACCOUNT_OF_MEMBER = "query($m: ID!) { node(id: $m) { ... on Member { points { balance } } } }"
STATEMENT = """query($c: ID!, $m: ID, $kinds: [JournalEntryKind!], $since: DateTime, $until: DateTime,
    $first: Int! = 20, $after: String) {
  pointsStatement(communityId: $c, memberId: $m, kinds: $kinds, since: $since, until: $until, first: $first,
    after: $after) {
    nodes { movement { id } kind amount balance about { id } reason createdAt cause { submission { id } reference }
      explanation { rule version setBy inputs { name value } } }
    pageInfo { hasNextPage endCursor } } }"""
ENDINGS = """query($c: ID!, $m: ID, $first: Int! = 20, $after: String) {
  pointsEndings(communityId: $c, memberId: $m, first: $first, after: $after) {
    nodes { endsAt points } pageInfo { hasNextPage endCursor } } }"""
HOLDS = "query($c: ID!) { pointsHolds(communityId: $c) { nodes { id state amount captured movement { id } } } }"
PENDING = """query($c: ID!) { pendingAdjustments(communityId: $c) { nodes {
  id amount reason state member { id } requestedBy { id } decidedBy { id } } } }"""
NOTICES = "query($c: ID!) { notices(communityId: $c) { nodes { id kind readAt figures { name value } } } }"
UNREAD = "query($c: ID!) { membership(communityId: $c) { unread { kind count } } }"
TOKENS = "query($c: ID!) { serviceTokens(communityId: $c) { nodes { id name scopes revokedAt } } }"

_MUTATIONS = {
    "serviceTokenCreate": "serviceToken { id name scopes revokedAt } secret",
    "serviceTokenRevoke": "serviceToken { id revokedAt }",
    "pointsSpend": "movement { id amount } balance",
    "pointsRefund": "movement { id amount } balance",
    "pointsFreeze": "hold { id state amount captured movement { id } }",
    "pointsCapture": "hold { id state amount captured movement { id } }",
    "pointsRelease": "hold { id state amount captured movement { id } }",
    "pointsAdjust": "adjustment { id amount reason state member { id } requestedBy { id } decidedBy { id } }",
    "adjustmentApprove": "adjustment { id state decidedBy { id } }",
    "adjustmentDecline": "adjustment { id state decidedBy { id } }",
    "noticesRead": "unread",
}


def document(name: str) -> str:
    """Return the document of a mutation with all its fields."""
    kind = name[0].upper() + name[1:]
    return f"mutation($i: {kind}Input!) {{ {name}(input: $i) {{ {_MUTATIONS[name]} errors {{ code path }} }} }}"


class Town:
    """A community with a leader, two residents and a service."""

    def __init__(self, place, leader, resident, other) -> None:
        self.place, self.leader, self.resident, self.other = place, leader, resident, other
        self.shop = Caller(place.client)
        self.token_ids: dict[str, str] = {}

    @property
    def id(self) -> str:
        return self.place.id

    async def mutate(self, caller, name: str, /, **given):
        """Send a mutation in this community. Return its payload."""
        return (await caller.ask(document(name), i=complete_input(name, self.id, given)))[name]

    async def succeed(self, caller, name: str, /, **given):
        """Send a mutation that must succeed. Return its payload."""
        answer = await self.mutate(caller, name, **given)
        assert answer["errors"] == []
        return answer

    async def get_error_code(self, caller, name: str, /, **given) -> tuple[str, list[str]]:
        """Send a mutation that must fail and change nothing. Return its code and path."""
        before = await read_tables(*_CHANGED)
        answer = await self.mutate(caller, name, **given)
        assert await read_tables(*_CHANGED) == before
        assert [value for part, value in answer.items() if part != "errors" and value not in (None, [])] == []
        (error,) = answer["errors"]
        return error["code"], error["path"]

    async def service(self, *scopes: str, name: str = "订货系统") -> Caller:
        """Create a service token with these scopes. Return its caller."""
        made = await self.succeed(self.leader, "serviceTokenCreate", name=name, scopes=list(scopes))
        self.token_ids[name] = made["serviceToken"]["id"]
        token_id = ids.decode("ServiceToken", made["serviceToken"]["id"], path="id")
        await service_tokens.approve_as_operator(self.place.number, token_id)
        return Caller(self.place.client, made["secret"])

    async def member(self, caller):
        """Return the row of the caller's membership."""
        return (await queries.get_members([ids.decode("Member", caller.member_id, path="id")]))[0]

    async def award(self, caller, cause: str, amount: int) -> None:
        """Award points to a caller."""
        assert await bank.award(await self.member(caller), cause, amount)

    async def spend(self, amount: int, **given):
        """Spend points of the resident."""
        wanted = {"memberId": self.resident.member_id, "amount": amount, "reference": "订单 1"}
        return await self.mutate(self.shop, "pointsSpend", **wanted | given)

    async def freeze(self, amount: int, **given):
        """Freeze points of the resident."""
        wanted = {"memberId": self.resident.member_id, "amount": amount, "reference": "订单 1", "seconds": 600}
        return await self.mutate(self.shop, "pointsFreeze", **wanted | given)

    async def lines(self, caller=None, **given):
        """Return the nodes of a statement."""
        data = await (caller or self.resident).ask(STATEMENT, c=self.id, **given)
        return data["pointsStatement"]["nodes"]

    async def balance(self, caller=None) -> int:
        """Return the balance of a caller."""
        data = await (caller or self.resident).ask(ACCOUNT, c=self.id)
        return data["membership"]["points"]["balance"]


# A refusal keeps its idempotency record, and may have created an account.
_CHANGED = ("journal_entry", "posting", "lot", "lot_movement", "points_hold", "adjustment", "award", "notice",
            "service_token", "audit_event", "outbox_effect")  # fmt: skip


@pytest.fixture
async def town(place):
    leader = await place.found_community()
    made = Town(place, leader, await place.resident(leader, "小李"), await place.resident(leader, "阿明"))
    made.shop = await made.service("MOVE_POINTS")
    return made


def read_inputs(line) -> dict[str, str]:
    """Return the figures of a line."""
    return {one["name"].lower(): one["value"] for one in line["explanation"]["inputs"]}


def create_another_community():
    """Create another community with the code of its first leader."""
    return communities_founding.create_community(name="另一个小区")


async def second_leader(town) -> Caller:
    return await town.place.resident(town.leader, "赵叔", role=Role.LEADER)


async def test_account_shows_balance_held_debt_and_growth(town):
    await town.award(town.resident, "a", 60)
    assert (await town.freeze(15))["errors"] == []
    assert (await town.resident.ask(ACCOUNT, c=town.id))["membership"]["points"] == {
        "balance": 45, "held": 15, "debt": 0, "growthValue": 60, "level": 2, "nextLevelFrom": 200,
    }  # fmt: skip
    assert (await town.other.ask(ACCOUNT, c=town.id))["membership"]["points"] == {
        "balance": 0, "held": 0, "debt": 0, "growthValue": 0, "level": 1, "nextLevelFrom": 50,
    }  # fmt: skip


async def test_statement_explains_an_approval(town):
    await town.place.publish(town.resident, town.leader)
    (line,) = await town.lines()
    assert (line["kind"], line["amount"], line["balance"], line["about"], line["reason"]) == (
        "AWARD",
        24,
        24,
        None,
        None,
    )
    explanation = line["explanation"]
    assert (explanation["rule"], explanation["version"], explanation["setBy"]) == ("SUBMISSION_APPROVED", 1, "BUILT_IN")
    assert read_inputs(line) == {
        "kind": "RECIPE",
        "authenticity": "4",
        "usefulness": "4",
        "resonance": "4",
        "base": "20",
    }
    assert datetime.fromisoformat(line["createdAt"]).tzinfo is not None


@pytest.mark.parametrize("first", [1, 3, 100])
async def test_running_balance_continues_over_pages(town, first):
    for number in range(1, 5):
        await town.award(town.resident, f"a{number}", number * 10)
        await town.spend(number)
    seen, after = [], None
    while True:
        page = (await town.resident.ask(STATEMENT, c=town.id, first=first, after=after))["pointsStatement"]
        seen += page["nodes"]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert [line["amount"] for line in seen] == [-4, 40, -3, 30, -2, 20, -1, 10]
    for line, earlier in zip(seen, [*seen[1:], {"balance": 0}], strict=True):
        assert line["balance"] == earlier["balance"] + line["amount"]
    assert seen[0]["balance"] == await town.balance() == 90


async def test_statement_filters_keep_the_running_balances(town):
    await town.award(town.resident, "a", 50)
    spent = (await town.spend(5))["movement"]["id"]
    await town.award(town.resident, "b", 10)
    assert (await town.succeed(town.shop, "pointsRefund", spendId=spent, reference="退"))["movement"]["amount"] == 5
    every = await town.lines()
    assert [(line["kind"], line["amount"], line["balance"]) for line in every] == [
        ("REFUND", 5, 60), ("AWARD", 10, 55), ("SPEND", -5, 45), ("AWARD", 50, 50),
    ]  # fmt: skip
    assert await town.lines(kinds=["SPEND", "REFUND"]) == [every[0], every[2]]
    assert await town.lines(kinds=[]) == every
    assert await town.lines(kinds=["EXPIRY"]) == []
    middle = every[1]["createdAt"]
    assert await town.lines(since=middle) == every[:2]
    assert await town.lines(until=middle) == every[2:]
    assert await town.lines(since=middle, until=middle) == []
    assert await town.lines(since=middle, kinds=["AWARD"], first=1) == [every[1]]


@pytest.mark.parametrize("name", ["since", "until"])
@pytest.mark.parametrize("moment", ["2026-11-24T07:00:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
async def test_invalid_time_in_statement_is_bad_input(town, name, moment):
    await town.award(town.resident, "a", 50)
    answer = await town.resident.send(STATEMENT, c=town.id, **{name: moment})
    codes = [error["extensions"]["code"] for error in answer.get("errors", [])]
    assert set(codes) <= {"INVALID_INPUT", "BAD_USER_INPUT", "GRAPHQL_VALIDATION_FAILED"}


@pytest.mark.parametrize(("given", "code"), [({"after": "WyJ4Il0"}, "INVALID_CURSOR"), ({"first": 0}, "INVALID_INPUT"),
                                             ({"first": 101}, "INVALID_INPUT")])  # fmt: skip
async def test_invalid_page_is_refused(town, given, code):
    assert await town.resident.get_error_code(STATEMENT, c=town.id, **given) == code


async def test_leader_reads_account_without_private_figures(town):
    await town.place.publish(town.resident, town.leader)
    await town.spend(4, reference="订单 88")
    own, seen = await town.lines(), await town.lines(town.leader, m=town.resident.member_id)
    assert read_inputs(own[0])["reference"] == "订单 88"
    assert seen[0] == own[0] | {"explanation": own[0]["explanation"] | {"inputs": []}}
    assert seen[1] == own[1]
    asked = {"c": town.id, "m": town.resident.member_id}
    assert (await town.leader.ask(ACCOUNT_OF_MEMBER, **asked))["node"] == {"points": {"balance": 20}}
    assert (await town.leader.ask(ENDINGS, **asked))["pointsEndings"]["nodes"][0]["points"] == 20


async def test_member_can_name_only_themselves(town):
    await town.award(town.resident, "a", 5)
    own = {"c": town.id, "m": town.resident.member_id}
    assert (await town.resident.ask(ACCOUNT_OF_MEMBER, **own))["node"] == {"points": {"balance": 5}}
    assert (await town.other.ask(ACCOUNT_OF_MEMBER, **own))["node"] == {"points": None}
    for query in (STATEMENT, ENDINGS):
        assert await town.other.get_error_code(query, **own) == "LEADERS_ONLY"
        assert await town.place.guest.get_error_code(query, **own) == "UNAUTHENTICATED"
        assert await town.shop.get_error_code(query, **own) == "UNAUTHENTICATED"


async def test_leader_reads_only_their_community(town):
    here = town.id
    founding = await create_another_community()
    stranger = await town.place.join(await town.place.log_in("钱姐"), founding.code)
    there = town.id
    assert there != here
    asked = await stranger.ask(ACCOUNT_OF_MEMBER, m=town.resident.member_id)
    assert asked["node"] in (None, {"points": None})
    for query in (STATEMENT, ENDINGS):
        assert await stranger.get_error_code(query, c=here, m=town.resident.member_id) == "NOT_A_MEMBER"
        assert await stranger.get_error_code(query, c=there, m=town.resident.member_id) == "NOT_FOUND"


async def test_id_of_another_type_is_no_member(town):
    for wrong_id in (town.id, "nonsense", ""):
        assert await town.leader.get_error_code(STATEMENT, c=town.id, m=wrong_id) == "INVALID_INPUT"


async def test_endings_sum_to_balance_earliest_first(town):
    for number, days in enumerate((30, 10, 20)):
        await policy.set_policy(town.place.number, expiry=ExpiryPolicy.ROLLING_DAYS, rolling_days=days)
        await town.award(town.resident, f"a{number}", days)
        await town.award(town.resident, f"b{number}", 1)
    await town.spend(3)
    seen, after = [], None
    while True:
        page = (await town.resident.ask(ENDINGS, c=town.id, first=1, after=after))["pointsEndings"]
        seen += page["nodes"]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert [node["points"] for node in seen] == [8, 21, 31]
    assert [node["endsAt"] for node in seen] == sorted(node["endsAt"] for node in seen)
    assert sum(node["points"] for node in seen) == await town.balance()


async def test_service_spends_and_refunds(town):
    await town.award(town.resident, "a", 50)
    answer = await town.spend(30)
    spent = answer["movement"]
    assert (spent["amount"], answer["balance"]) == (30, 20)
    part = await town.succeed(town.shop, "pointsRefund", spendId=spent["id"], amount=10, reference="退一件")
    assert (part["movement"]["amount"], part["balance"]) == (10, 30)
    rest = await town.succeed(town.shop, "pointsRefund", spendId=spent["id"], reference="全退")
    assert (rest["movement"]["amount"], rest["balance"]) == (20, 50)
    for given in ({}, {"amount": 1}):
        code, path = await town.get_error_code(
            town.shop, "pointsRefund", spendId=spent["id"], reference="再退", **given
        )
        assert (code, path) == ("REFUND_TOO_LARGE", ["amount"])
    assert (await town.lines())[0]["about"] == {"id": spent["id"]}
    assert await find_violations() == {}


async def test_service_freezes_captures_and_refunds(town):
    await town.award(town.resident, "a", 50)
    hold = (await town.freeze(30))["hold"]
    assert hold == hold | {"state": "OPEN", "amount": 30, "captured": 0, "movement": None}
    assert (await town.resident.ask(HOLDS, c=town.id))["pointsHolds"]["nodes"] == [hold]
    assert (await town.other.ask(HOLDS, c=town.id))["pointsHolds"]["nodes"] == []
    captured = (await town.succeed(town.shop, "pointsCapture", holdId=hold["id"], amount=20))["hold"]
    assert (captured["state"], captured["captured"], await town.balance()) == ("CAPTURED", 20, 30)
    assert (await town.succeed(town.shop, "pointsCapture", holdId=hold["id"], amount=20))["hold"] == captured
    for name, given in (("pointsCapture", {"amount": 19}), ("pointsCapture", {}), ("pointsRelease", {})):
        assert await town.get_error_code(town.shop, name, holdId=hold["id"], **given) == ("HOLD_RESOLVED", [])
    back = await town.succeed(town.shop, "pointsRefund", spendId=captured["movement"]["id"], reference="退")
    assert (back["movement"]["amount"], await town.balance()) == (20, 50)
    assert (await town.resident.ask(HOLDS, c=town.id))["pointsHolds"]["nodes"] == []
    assert await find_violations() == {}


async def test_service_releases_a_hold_once(town):
    await town.award(town.resident, "a", 50)
    hold = (await town.freeze(30))["hold"]
    released = (await town.succeed(town.shop, "pointsRelease", holdId=hold["id"]))["hold"]
    assert (released["state"], await town.balance()) == ("RELEASED", 50)
    assert (await town.succeed(town.shop, "pointsRelease", holdId=hold["id"]))["hold"] == released
    assert await town.get_error_code(town.shop, "pointsCapture", holdId=hold["id"]) == ("HOLD_RESOLVED", [])
    assert await find_violations() == {}


async def test_missing_points_are_neither_spent_nor_frozen(town):
    await town.award(town.resident, "a", 10)
    wanted = {"memberId": town.resident.member_id, "amount": 11, "reference": "订单"}
    assert await town.get_error_code(town.shop, "pointsSpend", **wanted) == ("INSUFFICIENT_POINTS", ["amount"])
    assert await town.get_error_code(town.shop, "pointsFreeze", **wanted, seconds=60) == (
        "INSUFFICIENT_POINTS",
        ["amount"],
    )


async def test_debt_blocks_spending_until_it_is_repaid(town):
    await town.award(town.resident, "a", 10)
    await town.spend(10)
    await claw_back(town.place.number, "a")
    wanted = {"memberId": town.resident.member_id, "amount": 1, "reference": "订单"}
    assert await town.get_error_code(town.shop, "pointsSpend", **wanted) == ("IN_DEBT", [])
    assert await town.get_error_code(town.shop, "pointsFreeze", **wanted, seconds=60) == ("IN_DEBT", [])
    account = (await town.resident.ask(ACCOUNT, c=town.id))["membership"]["points"]
    assert (account["balance"], account["debt"], account["growthValue"]) == (0, 10, 10)
    await town.award(town.resident, "b", 12)
    assert (await town.spend(2))["errors"] == []
    assert await find_violations() == {}


@pytest.mark.parametrize(
    ("name", "given", "code", "path"),
    [
        ("pointsSpend", {"amount": 0}, "INVALID_INPUT", ["amount"]),
        ("pointsSpend", {"amount": -5}, "INVALID_INPUT", ["amount"]),
        ("pointsSpend", {"reference": ""}, "INVALID_INPUT", ["reference"]),
        ("pointsSpend", {"reference": "字" * 65}, "INVALID_INPUT", ["reference"]),
        ("pointsSpend", {"idempotencyKey": ""}, "INVALID_INPUT", ["idempotencyKey"]),
        ("pointsSpend", {"idempotencyKey": "键"}, "INVALID_INPUT", ["idempotencyKey"]),
        ("pointsSpend", {"idempotencyKey": "x" * 65}, "INVALID_INPUT", ["idempotencyKey"]),
        ("pointsSpend", {"memberId": "nonsense"}, "INVALID_INPUT", ["memberId"]),
        ("pointsFreeze", {"amount": 0, "seconds": 60}, "INVALID_INPUT", ["amount"]),
        ("pointsFreeze", {"seconds": 0}, "INVALID_INPUT", ["seconds"]),
        ("pointsFreeze", {"seconds": 2_592_001}, "INVALID_INPUT", ["seconds"]),
    ],
)
async def test_invalid_input_names_its_field(town, name, given, code, path):
    await town.award(town.resident, "a", 50)
    wanted = {"memberId": town.resident.member_id, "amount": 5, "reference": "订单"} | given
    assert await town.get_error_code(town.shop, name, **wanted) == (code, path)


@pytest.mark.parametrize("amount", [0, -1, 51])
async def test_capture_and_refund_are_limited_by_amount(town, amount):
    await town.award(town.resident, "a", 100)
    hold, spent = (await town.freeze(50))["hold"], (await town.spend(50))["movement"]
    assert await town.get_error_code(town.shop, "pointsCapture", holdId=hold["id"], amount=amount) == (
        "INVALID_INPUT", ["amount"],
    )  # fmt: skip
    refused = await town.get_error_code(town.shop, "pointsRefund", spendId=spent["id"], amount=amount, reference="退")
    assert refused == ("REFUND_TOO_LARGE", ["amount"])


async def test_unknown_movement_or_hold_is_not_found(town):
    await town.award(town.resident, "a", 50)
    spent = (await town.spend(5))["movement"]["id"]
    nothing = {"pointsRefund": ("spendId", "Movement"), "pointsCapture": ("holdId", "PointsHold"),
               "pointsRelease": ("holdId", "PointsHold")}  # fmt: skip
    for name, (part, kind) in nothing.items():
        more = {"reference": "退"} if name == "pointsRefund" else {}
        assert await town.get_error_code(town.shop, name, **{part: ids.encode(kind, 10**6)}, **more) == (
            "NOT_FOUND",
            [part],
        )
        assert await town.get_error_code(town.shop, name, **{part: town.id}, **more) == ("INVALID_INPUT", [part])
    awarded = (await town.lines(kinds=["AWARD"]))[0]["movement"]["id"]
    code, _ = await town.get_error_code(town.shop, "pointsRefund", spendId=awarded, reference="退")
    assert (code, awarded != spent) == ("NOT_FOUND", True)


async def test_repeated_spend_runs_once(town):
    await town.award(town.resident, "a", 50)
    once = {"idempotencyKey": new_key()}
    answers = await asyncio.gather(*(town.spend(30, **once) for _ in range(12)))
    assert all(answer == answers[0] for answer in answers)
    assert (answers[0]["balance"], await town.balance()) == (20, 20)
    await town.award(town.resident, "b", 5)
    assert await town.spend(30, **once) == answers[0]
    assert await find_violations() == {}


async def test_repeated_freeze_and_refund_run_once(town):
    await town.award(town.resident, "a", 50)
    once = {"idempotencyKey": new_key()}
    assert await town.freeze(20, **once) == await town.freeze(20, **once)
    spent = (await town.spend(10))["movement"]["id"]
    given = {"spendId": spent, "reference": "退", "idempotencyKey": new_key()}
    first, second = [await town.mutate(town.shop, "pointsRefund", **given) for _ in range(2)]
    assert (first, first["errors"], await town.balance()) == (second, [], 30)
    assert await find_violations() == {}


async def test_repeated_refund_into_debt_has_same_result(town):
    await town.award(town.resident, "a", 50)
    spent = (await town.spend(50))["movement"]["id"]
    await claw_back(town.place.number, "a")
    given = {"spendId": spent, "reference": "退", "idempotencyKey": new_key()}
    first, second = [await town.mutate(town.shop, "pointsRefund", **given) for _ in range(2)]
    assert first == second


async def test_key_of_another_movement_is_refused(town):
    await town.award(town.resident, "a", 50)
    used = {"idempotencyKey": new_key()}
    spent = (await town.spend(10, **used))["movement"]["id"]
    wanted = {"amount": 10, "reference": "订单", **used}
    own, others = {"memberId": town.resident.member_id}, {"memberId": town.other.member_id}
    for name, given in (
        ("pointsSpend", wanted | own | {"amount": 11}),
        ("pointsSpend", wanted | others),
        ("pointsFreeze", wanted | own | {"seconds": 60}),
        ("pointsRefund", {"spendId": spent, "reference": "退", **used}),
    ):
        assert await town.get_error_code(town.shop, name, **given) == ("SOURCE_REUSED", [])
    assert await find_violations() == {}


async def test_refusal_is_stored_with_its_service_key(town):
    """A late call must not spend for an order that the service knows as failed."""
    once = {"idempotencyKey": new_key()}
    refused = await town.spend(30, **once)
    assert refused["errors"][0]["code"] == "INSUFFICIENT_POINTS"
    await town.award(town.resident, "a", 50)
    assert (await town.spend(30, **once), await town.balance()) == (refused, 50)
    assert (await town.spend(30))["errors"] == []


async def test_service_key_is_for_one_input(town):
    await town.award(town.resident, "a", 100)
    once, other = {"idempotencyKey": new_key()}, {"reference": "订单 2"}
    second = await town.spend(10)  # the first spend creates the community's account, so that later ones are quick
    first = await town.spend(10, **once)
    assert get_code(await town.spend(10, **once, **other)) == "SOURCE_REUSED"
    refund = {"idempotencyKey": new_key(), "reference": "退 1", "spendId": first["movement"]["id"]}
    back = await town.mutate(town.shop, "pointsRefund", **refund)
    assert back["errors"] == []
    for another in ({"spendId": second["movement"]["id"]}, {"amount": 10}, {"reference": "退 2"}):
        assert get_code(await town.mutate(town.shop, "pointsRefund", **refund | another)) == "SOURCE_REUSED"
    assert await town.mutate(town.shop, "pointsRefund", **refund) == back
    frozen = {"idempotencyKey": new_key()}
    hold = await town.freeze(10, **frozen)
    for another in ({"seconds": 601}, other):
        assert get_code(await town.freeze(10, **frozen, **another)) == "SOURCE_REUSED"
    assert (await town.freeze(10, **frozen), await town.balance()) == (hold, 80)


async def test_reference_of_service_is_compared_as_folded(town):
    await town.award(town.resident, "a", 100)
    once, frozen, back = ({"idempotencyKey": new_key()} for _ in range(3))
    spent = await town.spend(10, **once, reference="Ａ-1\u200b")
    assert await town.spend(10, **once, reference="A-1") == spent
    hold = await town.freeze(10, **frozen, reference="Ａ-2\u200b")
    assert await town.freeze(10, **frozen, reference="A-2") == hold
    back["spendId"] = spent["movement"]["id"]
    refunded = await town.mutate(town.shop, "pointsRefund", **back, reference="Ａ-3\u200b")
    assert await town.mutate(town.shop, "pointsRefund", **back, reference="A-3") == refunded
    assert [payload["errors"] for payload in (spent, hold, refunded)] == [[], [], []]


def get_code(payload):
    (error,) = payload["errors"]
    return error["code"]


async def test_key_stays_valid_with_a_new_token(town):
    await town.award(town.resident, "a", 50)
    once = {"idempotencyKey": new_key()}
    first = await town.spend(30, **once)
    town.shop = await town.service("MOVE_POINTS", name="新系统")
    assert (await town.spend(30, **once), await town.balance()) == (first, 20)


_MOVES = {
    "pointsSpend": {"amount": 1, "reference": "订单"},
    "pointsFreeze": {"amount": 1, "reference": "订单", "seconds": 60},
    "pointsRefund": {"reference": "退"},
    "pointsCapture": {},
    "pointsRelease": {},
}


async def build_moves(town):
    """Return the name and the input of every call of a service."""
    await town.award(town.resident, "a", 50)
    hold, spent = (await town.freeze(5))["hold"]["id"], (await town.spend(5))["movement"]["id"]
    of = {
        "pointsSpend": {"memberId": town.resident.member_id},
        "pointsFreeze": {"memberId": town.resident.member_id},
        "pointsRefund": {"spendId": spent},
        "pointsCapture": {"holdId": hold},
        "pointsRelease": {"holdId": hold},
    }
    return [(name, given | of[name]) for name, given in _MOVES.items()]


async def test_person_cannot_move_points(town):
    for name, given in await build_moves(town):
        for caller in (town.leader, town.resident):
            assert await town.get_error_code(caller, name, **given) == ("SERVICES_ONLY", [])
        assert await town.get_error_code(town.place.guest, name, **given) == ("UNAUTHENTICATED", [])


async def test_token_without_scope_moves_no_points(town):
    reporter = await town.service("REPORT_INTERACTIONS")
    for name, given in await build_moves(town):
        assert await town.get_error_code(reporter, name, **given) == ("OUT_OF_SCOPE", [])


async def test_token_of_another_community_moves_no_points(town):
    calls = await build_moves(town)
    town.leader = await town.place.found_community()
    stranger = await town.service("MOVE_POINTS")
    for name, given in calls:
        code, _ = await town.get_error_code(stranger, name, **given)
        assert code == "NOT_FOUND"


async def test_revoked_token_is_refused_immediately(town):
    calls = await build_moves(town)
    await town.succeed(town.leader, "serviceTokenRevoke", serviceTokenId=town.token_ids["订货系统"])
    before = await read_tables()
    for name, given in calls:
        assert await town.get_error_code(town.shop, name, **given) == ("UNAUTHENTICATED", [])
    assert await read_tables() == before


async def test_service_secret_is_returned_once(town):
    given = {"name": "小票机", "scopes": ["MOVE_POINTS"], "idempotencyKey": new_key()}
    first, second = [await town.succeed(town.leader, "serviceTokenCreate", **given) for _ in range(2)]
    assert first["secret"].startswith("cst_")
    assert (second["secret"], second["serviceToken"]) == (None, first["serviceToken"])
    assert first["secret"] not in str(await town.leader.ask(TOKENS, c=town.id)) + str(await read_tables())


async def test_only_leaders_manage_service_tokens(town):
    given = {"name": "小票机", "scopes": ["MOVE_POINTS"]}
    assert await town.get_error_code(town.resident, "serviceTokenCreate", **given) == ("LEADERS_ONLY", [])
    refused = await town.get_error_code(town.resident, "serviceTokenRevoke", serviceTokenId=town.token_ids["订货系统"])
    assert refused == ("LEADERS_ONLY", [])
    assert await town.resident.get_error_code(TOKENS, c=town.id) == "LEADERS_ONLY"
    nodes = (await town.leader.ask(TOKENS, c=town.id))["serviceTokens"]["nodes"]
    assert nodes == [
        {"id": town.token_ids["订货系统"], "name": "订货系统", "scopes": ["MOVE_POINTS"], "revokedAt": None}
    ]  # fmt: skip


async def test_small_adjustment_is_booked_and_notified(town):
    given = {"memberId": town.resident.member_id, "amount": 20, "reason": "补发"}
    made = (await town.succeed(town.leader, "pointsAdjust", **given))["adjustment"]
    assert made == made | {
        "amount": 20, "reason": "补发", "state": "MADE", "member": {"id": town.resident.member_id},
        "requestedBy": {"id": town.leader.member_id}, "decidedBy": {"id": town.leader.member_id},
    }  # fmt: skip
    for caller, whose in ((town.resident, None), (town.leader, town.resident.member_id)):
        (line,) = await town.lines(caller, m=whose)
        assert (line["kind"], line["amount"], line["reason"]) == ("ADJUSTMENT", 20, "补发")
    (notice,) = (await town.resident.ask(NOTICES, c=town.id))["notices"]["nodes"]
    assert (notice["kind"], notice["figures"]) == ("POINTS_ADJUSTED", [{"name": "POINTS", "value": "20"}])
    assert await find_violations() == {}


async def test_large_adjustment_needs_two_leaders(town):
    second = await second_leader(town)
    given = {"memberId": town.resident.member_id, "amount": 500, "reason": "大额补发"}
    asked = (await town.succeed(town.leader, "pointsAdjust", **given))["adjustment"]
    assert (asked["state"], asked["decidedBy"], await town.balance()) == ("PENDING", None, 0)
    for caller in (town.leader, second):
        assert (await caller.ask(PENDING, c=town.id))["pendingAdjustments"]["nodes"] == [asked]
    assert await town.resident.get_error_code(PENDING, c=town.id) == "LEADERS_ONLY"
    number = {"adjustmentId": asked["id"]}
    assert await town.get_error_code(town.leader, "adjustmentApprove", **number) == ("OWN_ACCOUNT", ["adjustmentId"])
    assert await town.get_error_code(town.resident, "adjustmentApprove", **number) == ("LEADERS_ONLY", [])
    made = (await town.succeed(second, "adjustmentApprove", **number))["adjustment"]
    assert made == {"id": asked["id"], "state": "MADE", "decidedBy": {"id": second.member_id}}
    assert await town.balance() == 500
    for name in ("adjustmentApprove", "adjustmentDecline"):
        assert await town.get_error_code(second, name, **number) == ("ADJUSTMENT_DECIDED", [])
    assert (await second.ask(PENDING, c=town.id))["pendingAdjustments"]["nodes"] == []
    assert await find_violations() == {}


async def test_requester_can_decline_their_adjustment(town):
    given = {"memberId": town.resident.member_id, "amount": 500, "reason": "写错了"}
    asked = (await town.succeed(town.leader, "pointsAdjust", **given))["adjustment"]
    declined = (await town.succeed(town.leader, "adjustmentDecline", adjustmentId=asked["id"]))["adjustment"]
    assert (declined["state"], await town.balance()) == ("DECLINED", 0)


async def test_repeated_adjustment_is_booked_once(town):
    given = {
        "memberId": town.resident.member_id, "amount": 20, "reason": "补发", "idempotencyKey": new_key(),
    }  # fmt: skip
    answers = await asyncio.gather(*(town.mutate(town.leader, "pointsAdjust", **given) for _ in range(8)))
    assert (all(answer == answers[0] for answer in answers), await town.balance()) == (True, 20)
    other = await town.mutate(town.leader, "pointsAdjust", **given | {"amount": 21})
    assert other["errors"] == [{"code": "IDEMPOTENCY_KEY_REUSED", "path": ["idempotencyKey"]}]


@pytest.mark.parametrize(
    ("given", "code", "path"),
    [
        ({"amount": 0}, "INVALID_INPUT", ["amount"]),
        ({"reason": ""}, "INVALID_INPUT", ["reason"]),
        ({"reason": "字" * 201}, "INVALID_INPUT", ["reason"]),
        ({"amount": -1}, "INSUFFICIENT_POINTS", ["amount"]),
        ({"memberId": "x"}, "INVALID_INPUT", ["memberId"]),
    ],
)
async def test_invalid_adjustment_is_refused(town, given, code, path):
    wanted = {"memberId": town.resident.member_id, "amount": 5, "reason": "补发"} | given
    assert await town.get_error_code(town.leader, "pointsAdjust", **wanted) == (code, path)


async def test_adjustment_by_unauthorised_caller_is_refused(town):
    given = {"amount": 5, "reason": "补发"}
    own = await town.get_error_code(town.leader, "pointsAdjust", memberId=town.leader.member_id, **given)
    assert own == ("OWN_ACCOUNT", ["memberId"])
    assert await town.get_error_code(town.resident, "pointsAdjust", memberId=town.other.member_id, **given) == (
        "LEADERS_ONLY", [],
    )  # fmt: skip
    assert await town.get_error_code(town.shop, "pointsAdjust", memberId=town.other.member_id, **given) == (
        "UNAUTHENTICATED", [],
    )  # fmt: skip


async def test_refused_approval_names_a_field_of_its_input(town):
    second = await second_leader(town)
    await town.award(town.resident, "a", 200)
    given = {"memberId": town.resident.member_id, "amount": -150, "reason": "多发了"}
    asked = (await town.succeed(town.leader, "pointsAdjust", **given))["adjustment"]
    await town.spend(100)
    code, path = await town.get_error_code(second, "adjustmentApprove", adjustmentId=asked["id"])
    assert code == "INSUFFICIENT_POINTS"
    assert path in ([], ["adjustmentId"])


async def test_notices_are_own_and_marked_up_to_one(town):
    for number in range(3):
        await town.award(town.resident, f"a{number}", 10 + number)
        await claw_back(town.place.number, f"a{number}")
    nodes = (await town.resident.ask(NOTICES, c=town.id))["notices"]["nodes"]
    assert [(node["kind"], node["readAt"], node["figures"][1]) for node in nodes] == [
        ("POINTS_CLAWED_BACK", None, {"name": "POINTS", "value": str(points)}) for points in (12, 11, 10)
    ]
    assert (await town.resident.ask(UNREAD, c=town.id))["membership"] == {
        "unread": [{"kind": "POINTS_CLAWED_BACK", "count": 3}]
    }
    for _ in range(2):
        assert (await town.succeed(town.resident, "noticesRead", upTo=nodes[1]["id"]))["unread"] == 1
    seen = (await town.resident.ask(NOTICES, c=town.id))["notices"]["nodes"]
    assert [node["readAt"] is None for node in seen] == [True, False, False]
    assert (await town.other.ask(NOTICES, c=town.id))["notices"]["nodes"] == []
    assert (await town.other.ask(UNREAD, c=town.id))["membership"] == {"unread": []}
    assert await town.get_error_code(town.resident, "noticesRead", upTo=town.id) == ("INVALID_INPUT", ["upTo"])
    assert await town.place.guest.get_error_code(NOTICES, c=town.id) == "UNAUTHENTICATED"


async def test_explanation_lists_every_stored_figure(town):
    await town.award(town.resident, "a", 50)
    hold = (await town.freeze(20))["hold"]["id"]
    await town.succeed(town.shop, "pointsCapture", holdId=hold, amount=5)
    await town.spend(10)
    await claw_back(town.place.number, "a")
    member = await town.member(town.resident)
    rows = (await points_queries.list_statement_lines(member.community_id, member.id, PageRequest())).rows
    # The helper that awards points stores `why`.
    stored = {name for row in rows for name in row.explanation.get("inputs", {})} - {SENDER, "why"}
    assert stored <= {figure.value for figure in Figure}
    lines = (await town.resident.ask(STATEMENT, c=town.id))["pointsStatement"]["nodes"]
    assert {name for line in lines for name in read_inputs(line)} == stored
