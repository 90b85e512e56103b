"""Points over HTTP: whole numbers below 2^53, beyond GraphQL's Int."""

from __future__ import annotations

import json

import pytest
import strawberry
from hypothesis import given
from hypothesis import strategies as st
from strawberry.schema.config import StrawberryConfig

from community.api import ids
from community.api.amounts import POINTS_SCALAR, Points
from community.api.edge.numbers import MAX_SAFE_INTEGER
from community.communities import queries, service_tokens
from community.points import adjustments, policy
from community.points.kinds import EntryKind, ExpiryPolicy
from community.points.rules import MAX_POINTS
from tests.support import bank
from tests.support.api import Caller, new_key

BEYOND_INT = 2**31
ACCOUNT = """query($c: ID!, $m: ID!) {
  node(id: $m) { ... on Member { points { balance held debt growthValue level nextLevelFrom } } }
  pointsEndings(communityId: $c, memberId: $m) { nodes { points } }
  pointsStatement(communityId: $c, memberId: $m) { nodes { kind amount balance debt } } }"""
BOARD = """query($c: ID!) { leaderboard(communityId: $c, period: EVER) {
  entries { nodes { rank score } } mine { score } neighbours { score } } }"""
RULES = "query($c: ID!) { earningRules(communityId: $c) { trigger room earned { day week month lifetime } } }"
TOKEN = "mutation($i: ServiceTokenCreateInput!) { serviceTokenCreate(input: $i) { secret } }"
SPEND = """mutation($i: PointsSpendInput!) {
  pointsSpend(input: $i) { movement { id amount } balance errors { code path } } }"""
REFUND = """mutation($i: PointsRefundInput!) {
  pointsRefund(input: $i) { movement { amount } balance errors { code path } } }"""
FREEZE = """mutation($i: PointsFreezeInput!) {
  pointsFreeze(input: $i) { hold { id amount } errors { code path } } }"""
CAPTURE = """mutation($i: PointsCaptureInput!) {
  pointsCapture(input: $i) { hold { amount captured } errors { code path } } }"""
ADJUST = """mutation($i: PointsAdjustInput!) {
  pointsAdjust(input: $i) { adjustment { amount state } errors { code path } } }"""
SPEND_AMOUNT = """mutation($m: ID!, $k: String!, $amount: Points!) { pointsSpend(input: {
  memberId: $m, idempotencyKey: $k, reference: "订单 1", amount: $amount }) {
  movement { amount } balance errors { code path } } }"""
# JSON that is not a number of points. Beyond 2^53 a float can mean another whole number.
MALFORMED = ["1.5", "true", '"1"', "[1]", '{"amount": 1}', str(2**53), str(-(2**53)), "9007199254740992.0", "1e300"]
LITERALS = ["1.5", "true", '"1"', "ONE", "[1, 2]", "{amount: 1}", str(2**53), str(-(2**53)), "1e300", "9" * 5_000]
MAX_PYTHON_DIGITS = 4_300  # maximum digits that Python converts to a number


class Town:
    """A community with a leader, a resident and a service."""

    def __init__(self, place, leader, resident, shop) -> None:
        self.place, self.leader, self.resident, self.shop = place, leader, resident, shop

    async def enrich(self, points: int) -> None:
        """Award points to the resident."""
        (member,) = await queries.get_members([ids.decode("Member", self.resident.member_id, path="id")])
        assert await bank.award(member, new_key(), points)

    async def mutate(self, caller: Caller, mutation: str, **given):
        """Send a mutation. Return its payload."""
        (answer,) = (await caller.ask(mutation, i=given)).values()
        return answer

    def wanted(self, amount, **more):
        """Build the input for points of the resident."""
        return {"memberId": self.resident.member_id, "amount": amount, "idempotencyKey": new_key(), **more}

    async def account(self, caller: Caller | None = None):
        """Return the resident's account as the resident or another caller reads it."""
        return await (caller or self.resident).ask(ACCOUNT, c=self.place.id, m=self.resident.member_id)


@pytest.fixture
async def town(place):
    leader = await place.found_community()
    resident = await place.resident(leader, "小李")
    given = {"communityId": place.id, "idempotencyKey": new_key(), "name": "订货系统", "scopes": ["MOVE_POINTS"]}
    made = await leader.ask(TOKEN, i=given)
    await service_tokens.approve_as_operator(place.number, 1)
    return Town(place, leader, resident, Caller(place.client, made["serviceTokenCreate"]["secret"]))


@pytest.mark.parametrize("points", [BEYOND_INT, MAX_SAFE_INTEGER])
async def test_large_account_is_read_exactly(town, points):
    await town.enrich(points)
    expected = {
        "node": {"points": {
            "balance": points, "held": 0, "debt": 0, "growthValue": points, "level": 10, "nextLevelFrom": None,
        }},
        "pointsEndings": {"nodes": [{"points": points}]},
        "pointsStatement": {"nodes": [{"kind": "AWARD", "amount": points, "balance": points, "debt": 0}]},
    }  # fmt: skip
    assert await town.account() == expected
    assert await town.account(town.leader) == expected


@pytest.mark.parametrize("points", [BEYOND_INT, MAX_SAFE_INTEGER])
async def test_board_shows_large_points_exactly(town, points):
    await town.enrich(points)
    expected = {
        "entries": {"nodes": [{"rank": 1, "score": points}]}, "mine": {"score": points},
        "neighbours": [{"score": points}],
    }  # fmt: skip
    by_the_books = await town.resident.ask(BOARD, c=town.place.id)
    await town.place.run_effects()
    by_redis = await town.resident.ask(BOARD, c=town.place.id)
    assert by_the_books["leaderboard"] == by_redis["leaderboard"] == expected


async def test_large_rule_progress_is_read_exactly(town):
    await town.enrich(MAX_SAFE_INTEGER)
    rules = (await town.resident.ask(RULES, c=town.place.id))["earningRules"]
    earned = next(rule["earned"] for rule in rules if rule["trigger"] == bank.RULE.trigger)
    assert earned == dict.fromkeys(("day", "week", "month", "lifetime"), MAX_SAFE_INTEGER)


async def test_service_moves_points_of_large_account(town):
    left = MAX_SAFE_INTEGER - MAX_POINTS
    await town.enrich(MAX_SAFE_INTEGER)
    spent = await town.mutate(town.shop, SPEND, **town.wanted(MAX_POINTS, reference="订单 1"))
    assert (spent["movement"]["amount"], spent["balance"], spent["errors"]) == (MAX_POINTS, left, [])
    given = {"spendId": spent["movement"]["id"], "amount": MAX_POINTS, "idempotencyKey": new_key(), "reference": "退"}
    refunded = await town.mutate(town.shop, REFUND, **given)
    assert refunded == {"movement": {"amount": MAX_POINTS}, "balance": MAX_SAFE_INTEGER, "errors": []}
    frozen = await town.mutate(town.shop, FREEZE, **town.wanted(MAX_POINTS, reference="订单 2", seconds=600))
    assert (frozen["hold"]["amount"], frozen["errors"]) == (MAX_POINTS, [])
    captured = await town.mutate(town.shop, CAPTURE, holdId=frozen["hold"]["id"], amount=MAX_POINTS)
    assert captured == {"hold": {"amount": MAX_POINTS, "captured": MAX_POINTS}, "errors": []}
    found = await town.account()
    assert found["node"]["points"]["balance"] == left
    assert await bank.find_violations() == {}


async def test_held_points_can_exceed_an_int(town):
    await town.enrich(MAX_SAFE_INTEGER)
    for number in range(3):
        await town.mutate(town.shop, FREEZE, **town.wanted(MAX_POINTS, reference=f"订单 {number}", seconds=600))
    account = (await town.account())["node"]["points"]
    assert (account["held"], account["balance"]) == (3 * MAX_POINTS, MAX_SAFE_INTEGER - 3 * MAX_POINTS)


async def test_adjustments_can_exceed_an_int(town):
    await policy.set_policy(
        town.place.number, expiry=ExpiryPolicy.ROLLING_DAYS, rolling_days=30, adjustment_limit=MAX_POINTS
    )
    for number, amount in enumerate((MAX_POINTS, MAX_POINTS, MAX_POINTS, -MAX_POINTS), 1):
        asked = await town.mutate(town.leader, ADJUST, **town.wanted(amount, reason="盘点"))
        # The limit is for 30 days together, so a second person must approve from the second on.
        state = "MADE" if number == 1 else "PENDING"
        assert asked == {"adjustment": {"amount": amount, "state": state}, "errors": []}
        if state == "PENDING":
            await adjustments.approve_as_operator(town.place.number, number)
    found = await town.account()
    assert [line["balance"] for line in found["pointsStatement"]["nodes"]] == [
        MAX_POINTS * times for times in (2, 3, 2, 1)
    ]
    assert {line["kind"] for line in found["pointsStatement"]["nodes"]} == {EntryKind.ADJUSTMENT}


@pytest.mark.parametrize("amount", [MAX_POINTS + 1, BEYOND_INT, MAX_SAFE_INTEGER, 0, -1, -MAX_SAFE_INTEGER])
async def test_amount_beyond_the_maximum_is_refused(town, amount):
    await town.enrich(MAX_SAFE_INTEGER)
    answer = await town.mutate(town.shop, SPEND, **town.wanted(amount, reference="订单 1"))
    assert answer == {"movement": None, "balance": None, "errors": [{"code": "INVALID_INPUT", "path": ["amount"]}]}
    assert (await town.account())["node"]["points"]["balance"] == MAX_SAFE_INTEGER


async def _get_refusal_message(town, code: str, query: str, variables: str) -> str:
    """Return the message of the only error. Assert its code and that nothing was spent."""
    await town.enrich(50)
    body = f'{{"query": {json.dumps(query)}, "variables": {variables}}}'
    headers = {"Authorization": f"Bearer {town.shop.token}", "Content-Type": "application/json"}
    (error,) = (await town.place.client.post("/graphql", content=body, headers=headers)).json()["errors"]
    assert error["extensions"] == {"code": code}
    assert (await town.account())["node"]["points"]["balance"] == 50
    return error["message"]


def _build_input(town, amount: str) -> str:
    fixed = json.dumps(town.wanted(1, reference="订单 1"))
    return fixed.replace('"amount": 1', f'"amount": {amount}')


@pytest.mark.parametrize("amount", MALFORMED)
async def test_invalid_points_are_refused_within_an_input(town, amount):
    message = await _get_refusal_message(town, "BAD_USER_INPUT", SPEND, f'{{"i": {_build_input(town, amount)}}}')
    assert "amount" in message
    assert f"Points are a whole number from -{MAX_SAFE_INTEGER} to {MAX_SAFE_INTEGER}." in message


@pytest.mark.parametrize("amount", MALFORMED)
async def test_invalid_points_are_refused_as_a_variable(town, amount):
    known = {"m": town.resident.member_id, "k": new_key()}
    variables = f'{json.dumps(known)[:-1]}, "amount": {amount}}}'
    message = await _get_refusal_message(town, "BAD_USER_INPUT", SPEND_AMOUNT, variables)
    assert f"Points are a whole number from -{MAX_SAFE_INTEGER} to {MAX_SAFE_INTEGER}." in message


@pytest.mark.parametrize("amount", LITERALS)
async def test_invalid_points_are_refused_as_a_literal(town, amount):
    query = SPEND_AMOUNT.replace("amount: $amount", f"amount: {amount}").replace(", $amount: Points!", "")
    known = {"m": town.resident.member_id, "k": new_key()}
    message = await _get_refusal_message(town, "GRAPHQL_VALIDATION_FAILED", query, json.dumps(known))
    assert (
        f"Points are a whole number from -{MAX_SAFE_INTEGER} to {MAX_SAFE_INTEGER}." in message
        or len(amount) > MAX_PYTHON_DIGITS
    )


async def test_points_variable_cannot_be_an_int(town):
    query = SPEND_AMOUNT.replace("Points!", "Int!")
    known = {"m": town.resident.member_id, "k": new_key(), "amount": 1}
    message = await _get_refusal_message(town, "GRAPHQL_VALIDATION_FAILED", query, json.dumps(known))
    assert message == "Variable '$amount' of type 'Int!' used in position expecting type 'Points!'."


@pytest.mark.parametrize("amount", ["20", "20.0", "2e1"])
async def test_whole_number_is_accepted_in_every_notation(town, amount):
    await town.enrich(50)
    known = {"m": town.resident.member_id}
    answer = await town.shop.ask(SPEND_AMOUNT, k=new_key(), amount=json.loads(amount), **known)
    assert answer["pointsSpend"] == {"movement": {"amount": 20}, "balance": 30, "errors": []}
    literal = SPEND_AMOUNT.replace("amount: $amount", f"amount: {amount}").replace(", $amount: Points!", "")
    answer = await town.shop.ask(literal, k=new_key(), **known)
    assert answer["pointsSpend"] == {"movement": {"amount": 20}, "balance": 10, "errors": []}


@strawberry.type
class _Echo:
    @strawberry.field
    def echo(self, points: Points) -> Points:
        return points

    @strawberry.field
    def raw(self, digits: str) -> Points:
        return Points(int(digits))


ECHO = strawberry.Schema(_Echo, config=StrawberryConfig(scalar_map={Points: POINTS_SCALAR}))


@given(
    st.integers(-MAX_SAFE_INTEGER, MAX_SAFE_INTEGER)
    | st.sampled_from([MAX_SAFE_INTEGER, -MAX_SAFE_INTEGER, 0, BEYOND_INT, -BEYOND_INT])
)
def test_number_of_points_survives_a_round_trip(number):
    by_variable = ECHO.execute_sync("query($n: Points!) { echo(points: $n) }", {"n": number})
    by_literal = ECHO.execute_sync(f"{{ echo(points: {number}) }}")
    assert (by_variable.errors, by_literal.errors) == (None, None)
    assert by_variable.data == by_literal.data == {"echo": number}
    assert json.loads(json.dumps(by_variable.data), parse_int=float) == {"echo": float(number)}


@pytest.mark.parametrize("number", [MAX_SAFE_INTEGER + 1, -MAX_SAFE_INTEGER - 1, 2**63])
def test_unsafe_number_of_points_is_never_returned(number):
    answered = ECHO.execute_sync("query($d: String!) { raw(digits: $d) }", {"d": str(number)})
    assert answered.data is None
    assert [error.message for error in answered.errors] == [
        f"Points are a whole number from -{MAX_SAFE_INTEGER} to {MAX_SAFE_INTEGER}."
    ]
