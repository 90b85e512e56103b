"""The number of statements of the bank's lists does not depend on the rows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from community.api import ids
from community.communities import queries
from community.communities.models import Role
from community.points import adjustments, holds, spend
from community.points.earning import editing
from community.points.earning.claw_back import claw_back
from community.points.earning.models import Trigger
from community.points.earning.rules import Definition
from community.points.earning.season_rules import SeasonPlan
from community.points.idempotent import Source
from tests.support import bank
from tests.support.statements import record_statements

QUERIES = {
    "statement": """query($c: ID!) { pointsStatement(communityId: $c, first: 100) { nodes {
      id movement { id kind } kind amount balance about { id } reason
      createdAt explanation { rule inputs { name value } } } } }""",
    "adjustments": """query($c: ID!) { pendingAdjustments(communityId: $c, first: 100) { nodes { id reason
      member { id person { nickname } community { name } } requestedBy { person { nickname } }
      decidedBy { person { nickname } } } } }""",
    "notices": "query($c: ID!) { notices(communityId: $c, first: 100) { nodes { id kind figures { name value } } } }",
    "seasons": "query($c: ID!) { seasons(communityId: $c, first: 100) { nodes { id name triggers setBy } } }",
    "editions": """query($c: ID!) { earningRuleEditions(communityId: $c, trigger: CHECK_IN, first: 100) { nodes {
      id version setBy definition { amount streaks { days } } } } }""",
    "rules": "query($c: ID!) { earningRules(communityId: $c) { trigger room until earned { month } } }",
    "endings": "query($c: ID!) { pointsEndings(communityId: $c, first: 100) { nodes { endsAt points } } }",
    "holds": """query($c: ID!) { pointsHolds(communityId: $c, first: 100) {
      nodes { id state amount movement { id } } } }""",
    "tokens": "query($c: ID!) { serviceTokens(communityId: $c, first: 100) { nodes { id name scopes } } }",
    "account": "query($c: ID!) { membership(communityId: $c) { points { balance held debt level } } }",
}
# The caller's session and membership, the list, and one for each relation below it.
MAX_STATEMENTS = {
    "statement": 7, "adjustments": 10, "notices": 3, "seasons": 3, "editions": 3, "rules": 9, "endings": 3, "holds": 4,
    "tokens": 3, "account": 4,
}  # fmt: skip
LEADERS_ONLY = {"adjustments", "tokens"}


@pytest.fixture
async def people(place):
    leader = await place.found_community()
    second = await place.resident(leader, "赵叔", role=Role.LEADER)
    return place, leader, second, await place.resident(leader, "小李"), await place.resident(leader, "阿明")


async def load_member(caller):
    return (await queries.get_members([ids.decode("Member", caller.member_id, path="id")]))[0]


async def add_rows(people, round_: int, many: int) -> None:
    """Create `many` more rows of everything that can be listed."""
    _, leader, second, *callers = people
    leaders = [await load_member(one) for one in (leader, second)]
    residents = [await load_member(caller) for caller in callers]
    now = datetime.now(UTC)
    for number in range(many):
        tag, resident = f"{round_}-{number}", residents[0]
        await bank.award(resident, f"kept:{tag}", 10)
        await bank.award(resident, f"gone:{tag}", 3)
        await claw_back(resident.community_id, f"gone:{tag}")
        given = {"amount": 1, "source": Source(f"spend:{tag}")}
        moved = await spend.spend(resident.community_id, resident.id, **given)
        await spend.refund(resident.community_id, moved.entry_id, source=Source(f"refund:{tag}"))
        given = {"amount": 1, "lasts_s": 600, "source": Source(f"hold:{tag}")}
        await holds.freeze(resident.community_id, resident.id, **given)
        await adjustments.adjust(leaders[0], resident.id, amount=1, reason=f"补 {tag}")
        await adjustments.adjust(leaders[number % 2], residents[number % 2].id, amount=500, reason=f"大 {tag}")
        await editing.open_season(leaders[0], SeasonPlan(tag, 200, now, now + timedelta(days=1), [Trigger.CHECK_IN]))
        await editing.publish_as_leader(leaders[0], Trigger.CHECK_IN, definition=Definition(2))


async def count_statements(caller, name, place) -> tuple[int, int]:
    """Return the number of rows of a list and the number of statements."""
    with record_statements() as sent:
        (answer,) = (await caller.ask(QUERIES[name], c=place.id)).values()
    rows = len(answer["nodes"]) if isinstance(answer, dict) and "nodes" in answer else 0
    return rows, len(sent)


async def test_more_points_rows_need_no_more_statements(people):
    place, leader, _, resident, _ = people
    callers = {name: leader if name in LEADERS_ONLY else resident for name in QUERIES}
    await add_rows(people, 1, 2)
    few = {name: await count_statements(caller, name, place) for name, caller in callers.items()}
    await add_rows(people, 2, 10)
    many = {name: await count_statements(caller, name, place) for name, caller in callers.items()}
    for name in ("statement", "adjustments", "notices", "seasons", "editions", "holds"):
        assert many[name][0] > few[name][0] >= 2, name
    for name in QUERIES:
        # Timing decides if relations under different parents share a statement.
        assert name == "adjustments" or many[name][1] == few[name][1], name
        assert many[name][1] <= MAX_STATEMENTS[name], name
