"""Earning over HTTP: rules, progress, seasons, check-ins and reports."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from community.api import ids
from community.communities import founding as communities_founding
from community.communities import service_tokens
from community.points.earning import editing
from community.points.earning.models import Trigger
from community.points.earning.rules import Definition, Needs
from community.points.earning.season_rules import SeasonPlan
from tests.support.api import Caller, complete_input, new_key
from tests.support.bank import find_violations
from tests.support.story import list_rows, read_tables

_DEFINITION = """definition { amount byKind { kind amount } byScores streaks { days bonus }
  caps { day week month lifetime } needs { memberDays approvedSubmissions level } enabled }"""
_EARNING = "earning { points notEarnedBecause until }"
_EDITION = f"id trigger version setBy effectiveFrom {_DEFINITION}"
_SEASON = "id name percent triggers startsAt endsAt cancelledAt setBy"
_INTERACTION = f"reference isNew takenBack {_EARNING}"

RULES = f"""query($c: ID!) {{ earningRules(communityId: $c) {{
  trigger version setBy seasonPercent {_DEFINITION} earned {{ day week month lifetime }}
  room notNowBecause until }} }}"""
EDITIONS = f"""query($c: ID!, $t: EarningTrigger!, $first: Int! = 20, $after: String) {{
  earningRuleEditions(communityId: $c, trigger: $t, first: $first, after: $after) {{
    nodes {{ {_EDITION} }} pageInfo {{ hasNextPage endCursor }} }} }}"""
SEASONS = f"query($c: ID!) {{ seasons(communityId: $c) {{ nodes {{ {_SEASON} }} }} }}"
BALANCE = "query($c: ID!) { membership(communityId: $c) { points { balance } } }"
TOKEN = """mutation($i: ServiceTokenCreateInput!) { serviceTokenCreate(input: $i) {
  serviceToken { id } secret errors { code } } }"""
_MUTATIONS = {
    "checkIn": f"day streak isNew {_EARNING}",
    "earningRulePublish": f"edition {{ {_EDITION} }}",
    "seasonOpen": f"season {{ {_SEASON} }}",
    "seasonCancel": f"season {{ {_SEASON} }}",
    "interactionReport": f"interaction {{ {_INTERACTION} }}",
    "interactionsReport": f"answers {{ reference interaction {{ {_INTERACTION} }} errors {{ code path }} }}",
}
# A refusal keeps its idempotency record, and may have created an account.
_CHANGED = ("earning_rule", "season", "check_in", "interaction", "journal_entry", "posting", "award", "membership",
            "audit_event", "outbox_effect", "notice")  # fmt: skip

PAID = {"notEarnedBecause": None, "until": None}


def document(name: str) -> str:
    """Return the document of a mutation with all its fields."""
    kind = name[0].upper() + name[1:]
    return f"mutation($i: {kind}Input!) {{ {name}(input: $i) {{ {_MUTATIONS[name]} errors {{ code path }} }} }}"


class Town:
    """A community with a leader, two residents and a service that reports."""

    def __init__(self, place, leader, resident, other) -> None:
        self.place, self.leader, self.resident, self.other = place, leader, resident, other
        self.shop = Caller(place.client)

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

    async def service(self, *scopes: str, by=None) -> Caller:
        """Create a service token with these scopes. Return its caller."""
        given = {"communityId": self.id, "idempotencyKey": new_key(), "name": "订货系统", "scopes": list(scopes)}
        made = (await (by or self.leader).ask(TOKEN, i=given))["serviceTokenCreate"]
        for row in await list_rows("service_token"):
            await service_tokens.approve_as_operator(row["community_id"], row["id"])
        return Caller(self.place.client, made["secret"])

    async def report(self, **given):
        """Report an interaction. Return its result."""
        return (await self.succeed(self.shop, "interactionReport", interaction=self.build_interaction(**given)))[
            "interaction"
        ]

    def build_interaction(self, kind: str = "PURCHASE", reference: str = "A1", *, of=None, **given):
        """Build the input of an interaction of the resident."""
        member = (of or self.resident).member_id
        return {"kind": kind, "reference": reference, "memberId": member, "occurredAt": now()} | given

    async def rules(self, caller=None):
        """Return the rules by trigger."""
        data = await (caller or self.resident).ask(RULES, c=self.id)
        return {rule["trigger"]: rule for rule in data["earningRules"]}

    async def balance(self, caller=None) -> int:
        """Return the balance of a caller."""
        return (await (caller or self.resident).ask(BALANCE, c=self.id))["membership"]["points"]["balance"]


def now(**later: float) -> str:
    return (datetime.now(UTC) + timedelta(**later)).isoformat()


@pytest.fixture
async def town(place):
    leader = await place.found_community()
    made = Town(place, leader, await place.resident(leader, "小李"), await place.resident(leader, "阿明"))
    made.shop = await made.service("REPORT_INTERACTIONS")
    return made


async def test_rules_show_each_trigger_and_the_progress(town):
    await town.report()
    found = await town.rules()
    assert list(found) == [trigger.value for trigger in Trigger]
    assert found["PURCHASE"] == {
        "trigger": "PURCHASE", "version": 1, "setBy": "BUILT_IN", "seasonPercent": 100,
        "definition": {
            "amount": 2, "byKind": [], "byScores": False, "streaks": [],
            "caps": {"day": 10, "week": None, "month": 60, "lifetime": None},
            "needs": {"memberDays": 0, "approvedSubmissions": 0, "level": 1}, "enabled": True,
        },
        "earned": {"day": 2, "week": 2, "month": 2, "lifetime": 2},
        "room": 8, "notNowBecause": None, "until": None,
    }  # fmt: skip
    assert (found["CHECK_IN"]["room"], found["CHECK_IN"]["definition"]["streaks"]) == (
        None, [{"days": 7, "bonus": 5}, {"days": 30, "bonus": 20}],
    )  # fmt: skip
    assert (found["REVIEW_DONE"]["notNowBecause"], found["REVIEW_DONE"]["until"]) == ("RULE_OFF", None)
    assert (await town.rules(town.other))["PURCHASE"]["earned"]["lifetime"] == 0


async def test_full_cap_and_unmet_need_have_a_time(town):
    await editing.publish_as_operator(Trigger.PICK_UP, definition=Definition(1, needs=Needs(member_days=3)))
    for number in range(5):
        await town.report(reference=f"A{number}")
    last = (await town.report(reference="A5"))["earning"]
    found = await town.rules()
    full, young = found["PURCHASE"], found["PICK_UP"]
    assert (full["room"], full["notNowBecause"], full["until"]) == (0, "CAP_REACHED", last["until"])
    assert last == {"points": 0, "notEarnedBecause": "CAP_REACHED", "until": full["until"]}
    assert datetime.fromisoformat(full["until"]) > datetime.now(UTC)
    assert (young["room"], young["notNowBecause"]) == (0, "NOT_YET_ELIGIBLE")
    told = (await town.report(kind="PICK_UP"))["earning"]
    assert told == {"points": 0, "notEarnedBecause": "NOT_YET_ELIGIBLE", "until": young["until"]}


async def test_only_members_read_the_rules(town):
    for query, more in ((RULES, {}), (EDITIONS, {"t": "PURCHASE"}), (SEASONS, {})):
        assert await town.place.guest.get_error_code(query, c=town.id, **more) == "UNAUTHENTICATED"
        stranger = await town.place.log_in("路人")
        assert await stranger.get_error_code(query, c=town.id, **more) == "NOT_A_MEMBER"


async def test_leader_publishes_a_rule_and_restores_the_old(town):
    wanted = {"amount": 4, "caps": {"day": 8, "month": 60}, "needs": {"level": 1}}
    edition = (await town.succeed(town.leader, "earningRulePublish", trigger="PURCHASE", definition=wanted))["edition"]
    assert (edition["trigger"], edition["version"], edition["setBy"]) == ("PURCHASE", 1, "COMMUNITY")
    assert edition["definition"]["caps"] == {"day": 8, "week": None, "month": 60, "lifetime": None}
    assert [(await town.report(reference=reference))["earning"]["points"] for reference in "abc"] == [4, 4, 0]
    assert (await town.rules())["PURCHASE"]["setBy"] == "COMMUNITY"
    back = (await town.succeed(town.leader, "earningRulePublish", trigger="PURCHASE"))["edition"]
    assert (back["version"], back["definition"]) == (2, None)
    assert (await town.rules())["PURCHASE"]["setBy"] == "BUILT_IN"
    nodes = (await town.resident.ask(EDITIONS, c=town.id, t="PURCHASE"))["earningRuleEditions"]["nodes"]
    assert nodes == [back, edition]
    assert await find_violations() == {}


async def test_rule_beyond_operators_limits_is_not_in_force(town):
    await town.succeed(town.leader, "earningRulePublish", trigger="CHECK_IN", definition={"amount": 2})
    await editing.publish_as_operator(Trigger.CHECK_IN, definition=Definition(0))
    for caller in (town.resident, town.leader):
        rule = (await town.rules(caller))["CHECK_IN"]
        assert (rule["setBy"], rule["definition"]["amount"]) == ("OPERATOR", 0)
    here = ids.decode("Community", town.id, path="communityId")
    await editing.publish_as_operator(Trigger.CHECK_IN, definition=Definition(7), community_id=here)
    assert (await town.rules())["CHECK_IN"]["setBy"] == "OPERATOR_HERE"
    nodes = (await town.resident.ask(EDITIONS, c=town.id, t="CHECK_IN"))["earningRuleEditions"]["nodes"]
    assert [node["setBy"] for node in nodes] == ["OPERATOR_HERE", "OPERATOR", "COMMUNITY"]


async def test_seasons_of_leaders_have_a_limit(town):
    for start in (1, 32, 63):
        await town.succeed(town.leader, "seasonOpen", **season(startsAt=now(days=start), endsAt=now(days=start + 30.9)))
    more = season(startsAt=now(days=94), endsAt=now(days=95))
    assert await town.get_error_code(town.leader, "seasonOpen", **more) == ("SEASONS_USED_UP", ["endsAt"])


async def test_definition_is_stored_completely(town):
    wanted = {
        "amount": 2, "byKind": [{"kind": "REVIEW", "amount": 1}], "byScores": False,
        "streaks": [{"days": 7, "bonus": 10}], "caps": {"day": 1, "week": 2, "month": 3, "lifetime": 4},
        "needs": {"memberDays": 5, "approvedSubmissions": 6, "level": 7}, "enabled": False,
    }  # fmt: skip
    edition = (await town.succeed(town.leader, "earningRulePublish", trigger="CHECK_IN", definition=wanted))["edition"]
    assert edition["definition"] == wanted


async def test_rule_can_start_later(town):
    at = now(days=2)
    edition = (
        await town.succeed(
            town.leader, "earningRulePublish", trigger="CHECK_IN", definition={"amount": 2}, effectiveFrom=at
        )
    )["edition"]
    assert datetime.fromisoformat(edition["effectiveFrom"]) == datetime.fromisoformat(at)
    assert (await town.rules())["CHECK_IN"]["definition"]["amount"] == 1


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"trigger": "CHECK_IN", "definition": {"amount": 3}}, ["definition", "amount"]),
        ({"trigger": "PURCHASE", "definition": {"amount": 2, "caps": {"month": 60}}}, ["definition", "caps", "day"]),
        ({"trigger": "PURCHASE", "definition": {"amount": 2, "caps": {"day": 11, "month": 60}}},
         ["definition", "caps", "day"]),
        ({"trigger": "CHECK_IN", "definition": {"amount": -1}}, ["definition", "amount"]),
        ({"trigger": "CHECK_IN", "definition": {"amount": 1, "caps": {"week": -1}}}, ["definition", "caps", "week"]),
        ({"trigger": "CHECK_IN", "definition": {"amount": 1, "needs": {"memberDays": 9999}}},
         ["definition", "needs", "memberDays"]),
        ({"trigger": "CHECK_IN", "definition": {"amount": 1, "byKind": [{"kind": "", "amount": 1}]}},
         ["definition", "byKind"]),
        ({"trigger": "CHECK_IN", "definition": {"amount": 1, "byKind": [{"kind": "A", "amount": 3}]}},
         ["definition", "byKind", "A"]),
        ({"trigger": "CHECK_IN", "definition": {"amount": 1, "byKind": [{"kind": "A", "amount": 1}] * 2}},
         ["definition"]),
        ({"trigger": "CHECK_IN", "definition": {"amount": 1, "streaks": [{"days": 0, "bonus": 1}]}},
         ["definition", "streaks"]),
        ({"trigger": "CHECK_IN", "definition": {"amount": 1}, "effectiveFrom": "2020-01-01T00:00:00+08:00"},
         ["effectiveFrom"]),
        ({"trigger": "CHECK_IN", "definition": {"amount": 1}, "effectiveFrom": "2099-01-01T00:00:00+08:00"},
         ["effectiveFrom"]),
    ],
)  # fmt: skip
async def test_rule_beyond_the_limits_names_its_field(town, given, path):
    assert await town.get_error_code(town.leader, "earningRulePublish", **given) == ("INVALID_INPUT", path)


async def test_only_leaders_publish_rules(town):
    given = {"trigger": "CHECK_IN", "definition": {"amount": 1}}
    assert await town.get_error_code(town.resident, "earningRulePublish", **given) == ("LEADERS_ONLY", [])
    for caller in (town.shop, town.place.guest):
        assert await town.get_error_code(caller, "earningRulePublish", **given) == ("UNAUTHENTICATED", [])


async def test_repeated_publication_is_one_version(town):
    given = {"trigger": "CHECK_IN", "definition": {"amount": 2}, "idempotencyKey": new_key()}
    answers = await asyncio.gather(*(town.mutate(town.leader, "earningRulePublish", **given) for _ in range(6)))
    assert all(answer == answers[0] for answer in answers)
    nodes = (await town.leader.ask(EDITIONS, c=town.id, t="CHECK_IN"))["earningRuleEditions"]["nodes"]
    assert nodes == [answers[0]["edition"]]


async def test_editions_are_paged_newest_first(town):
    for _ in range(3):
        await town.succeed(town.leader, "earningRulePublish", trigger="CHECK_IN", definition={"amount": 2})
    await editing.publish_as_operator(Trigger.CHECK_IN, definition=Definition(3))
    seen, after = [], None
    while True:
        page = (await town.resident.ask(EDITIONS, c=town.id, t="CHECK_IN", first=2, after=after))["earningRuleEditions"]
        seen += page["nodes"]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert [(node["version"], node["setBy"]) for node in seen] == [
        (2, "OPERATOR"), (3, "COMMUNITY"), (2, "COMMUNITY"), (1, "COMMUNITY"),
    ]  # fmt: skip


def season(**given):
    return {"name": "端午节", "percent": 200, "startsAt": now(), "endsAt": now(days=3)} | given


async def test_season_pays_more_until_its_cancellation(town):
    opened = (await town.succeed(town.leader, "seasonOpen", **season(triggers=["PURCHASE"])))["season"]
    assert (opened["percent"], opened["triggers"], opened["setBy"], opened["cancelledAt"]) == (
        200, ["PURCHASE"], "COMMUNITY", None,
    )  # fmt: skip
    assert (await town.report(reference="a"))["earning"] == {"points": 4} | PAID
    found = await town.rules()
    assert (found["PURCHASE"]["seasonPercent"], found["PICK_UP"]["seasonPercent"]) == (200, 100)
    cancelled = (await town.succeed(town.leader, "seasonCancel", seasonId=opened["id"]))["season"]
    assert cancelled["cancelledAt"] is not None
    assert (await town.report(reference="b"))["earning"] == {"points": 2} | PAID
    assert (await town.resident.ask(SEASONS, c=town.id))["seasons"]["nodes"] == [cancelled]
    assert await town.get_error_code(town.leader, "seasonCancel", seasonId=opened["id"]) == ("NOT_FOUND", ["seasonId"])
    assert await find_violations() == {}


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"percent": 301}, ["percent"]), ({"percent": 100}, ["percent"]), ({"name": ""}, ["name"]),
        ({"name": "字" * 41}, ["name"]), ({"endsAt": "2020-01-01T00:00:00Z"}, ["endsAt"]),
        ({"endsAt": now(days=40)}, ["endsAt"]),
    ],
)  # fmt: skip
async def test_invalid_season_names_its_field(town, given, path):
    assert await town.get_error_code(town.leader, "seasonOpen", **season(**given)) == ("INVALID_INPUT", path)


async def test_only_leaders_open_and_cancel_seasons(town):
    assert await town.get_error_code(town.resident, "seasonOpen", **season()) == ("LEADERS_ONLY", [])
    opened = (await town.succeed(town.leader, "seasonOpen", **season()))["season"]
    refused = await town.get_error_code(town.resident, "seasonCancel", seasonId=opened["id"])
    assert refused == ("LEADERS_ONLY", [])
    everywhere = await editing.open_season_as_operator(
        SeasonPlan(
            name="春节", percent=400, starts_at=datetime.now(UTC), ends_at=datetime.now(UTC) + timedelta(days=60)
        )
    )
    nodes = (await town.resident.ask(SEASONS, c=town.id))["seasons"]["nodes"]
    assert [(node["setBy"], node["percent"]) for node in nodes] == [("OPERATOR", 400), ("COMMUNITY", 200)]
    number = ids.encode("Season", everywhere.id)
    assert await town.get_error_code(town.leader, "seasonCancel", seasonId=number) == ("NOT_FOUND", ["seasonId"])


@pytest.mark.parametrize("moment", ["2026-12-24T07:00:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
@pytest.mark.parametrize("what", ["effectiveFrom", "startsAt", "endsAt", "occurredAt"])
async def test_extreme_time_is_no_internal_error(town, what, moment):
    name, caller, given = {
        "effectiveFrom": (
            "earningRulePublish", town.leader,
            {"trigger": "CHECK_IN", "definition": {"amount": 1}, "effectiveFrom": moment},
        ),
        "startsAt": ("seasonOpen", town.leader, season(startsAt=moment)),
        "endsAt": ("seasonOpen", town.leader, season(endsAt=moment)),
        "occurredAt": ("interactionReport", town.shop, {"interaction": town.build_interaction(occurredAt=moment)}),
    }[what]  # fmt: skip
    answer = await caller.send(document(name), i=complete_input(name, town.id, given))
    assert "INTERNAL" not in {error["extensions"]["code"] for error in answer.get("errors", [])}


async def test_second_check_in_counts_once(town):
    first, *rest = [await town.succeed(town.resident, "checkIn") for _ in range(3)]
    assert (first["streak"], first["isNew"], first["earning"]) == (1, True, {"points": 1} | PAID)
    assert rest == [first | {"isNew": False}] * 2
    answers = await asyncio.gather(*(town.succeed(town.other, "checkIn") for _ in range(8)))
    assert sorted(answer["isNew"] for answer in answers) == [False] * 7 + [True]
    assert (await town.balance(), await town.balance(town.other)) == (1, 1)
    assert await find_violations() == {}


async def test_only_members_check_in(town):
    stranger = await town.place.log_in("路人")
    assert await town.get_error_code(stranger, "checkIn") == ("NOT_A_MEMBER", [])
    assert await town.get_error_code(town.place.guest, "checkIn") == ("UNAUTHENTICATED", [])
    assert await town.get_error_code(town.shop, "checkIn") == ("UNAUTHENTICATED", [])


async def test_purchase_earns_once_and_return_claws_back(town):
    bought = await town.report()
    assert (bought["reference"], bought["isNew"], bought["takenBack"]) == ("A1", True, 0)
    assert bought["earning"] == {"points": 2} | PAID
    assert await town.report() == bought | {"isNew": False}
    assert await town.balance() == 2
    returned = await town.report(kind="RETURN", reference="R1", purchase="A1")
    assert (returned["takenBack"], await town.balance()) == (2, 0)
    assert await town.report(kind="RETURN", reference="R1", purchase="A1") == returned | {"isNew": False}
    assert await find_violations() == {}


async def test_every_kind_of_interaction_is_recorded(town):
    assert (await town.report(kind="PICK_UP"))["earning"]["points"] == 1
    assert (await town.report(kind="OTHER", name="ORDER_REVIEW"))["earning"]["points"] == 1
    assert (await town.report(kind="INVITATION", inviteeId=town.other.member_id))["earning"]["points"] == 0
    assert await town.balance() == 2
    assert await find_violations() == {}


async def test_unpaid_interaction_has_its_reason(town):
    returned = await town.report(kind="RETURN", reference="R1", purchase="A1")
    invited = await town.report(kind="INVITATION", inviteeId=town.other.member_id)
    bought = await town.report(reference="A1")
    for answer in (bought, returned, invited):
        assert answer["earning"]["points"] == 0
        assert answer["earning"]["notEarnedBecause"] is not None


CAUSES = """query($c: ID!, $m: ID) { pointsStatement(communityId: $c, memberId: $m) {
  nodes { kind amount cause { submission { id } reference } } } }"""


async def test_statement_line_names_its_cause(town):
    made = await town.place.publish(town.resident, town.leader, "汤")
    await town.report(reference="A1")
    await town.report(kind="RETURN", reference="R1", purchase="A1")

    async def causes(caller, **given):
        data = await caller.ask(CAUSES, c=town.id, **given)
        return [(node["kind"], node["cause"]) for node in data["pointsStatement"]["nodes"]]

    bought = {"submission": None, "reference": "A1"}
    assert await causes(town.resident) == [
        ("CLAW_BACK", bought), ("AWARD", bought), ("AWARD", {"submission": {"id": made["id"]}, "reference": None}),
    ]  # fmt: skip
    hidden = bought | {"reference": None}
    assert (await causes(town.leader, m=town.resident.member_id))[:2] == [("CLAW_BACK", hidden), ("AWARD", hidden)]


async def test_reused_reference_is_refused(town):
    await town.report()
    given = {"interaction": town.build_interaction(of=town.other)}
    assert await town.get_error_code(town.shop, "interactionReport", **given) == ("SOURCE_REUSED", ["reference"])


@pytest.mark.parametrize(
    ("given", "code", "path"),
    [
        ({"reference": ""}, "INVALID_INPUT", ["reference"]),
        ({"reference": "x" * 65}, "INVALID_INPUT", ["reference"]),
        ({"name": "APPLE"}, "INVALID_INPUT", ["name"]),
        ({"kind": "RETURN"}, "INVALID_INPUT", ["purchase"]),
        ({"kind": "OTHER"}, "INVALID_INPUT", ["name"]),
        ({"kind": "INVITATION"}, "INVALID_INPUT", ["inviteeId"]),
        ({"kind": "INVITATION", "inviteeId": ids.encode("Member", 10**6)}, "NOT_FOUND", ["inviteeId"]),
        ({"memberId": ids.encode("Member", 10**6)}, "NOT_FOUND", ["memberId"]),
        ({"memberId": "x"}, "INVALID_INPUT", ["memberId"]),
    ],
)
async def test_invalid_report_names_its_field(town, given, code, path):
    refused = await town.get_error_code(town.shop, "interactionReport", interaction=town.build_interaction(**given))
    assert refused == (code, path)


async def test_many_reports_have_results_in_order(town):
    given = [
        town.build_interaction(reference="A1"),
        town.build_interaction(reference="A1"),
        town.build_interaction(reference="A1", of=town.other),
        town.build_interaction(kind="RETURN", reference="R1", purchase="A1"),
        town.build_interaction(reference=""),
        town.build_interaction(reference="A2", memberId="x"),
        town.build_interaction(reference="A3", of=town.other),
    ]
    answers = (await town.succeed(town.shop, "interactionsReport", interactions=given))["answers"]
    assert [answer["reference"] for answer in answers] == ["A1", "A1", "A1", "R1", "", "A2", "A3"]
    assert [answer["errors"] for answer in answers] == [
        [], [], [{"code": "SOURCE_REUSED", "path": ["reference"]}], [],
        [{"code": "INVALID_INPUT", "path": ["reference"]}], [{"code": "INVALID_INPUT", "path": ["memberId"]}], [],
    ]  # fmt: skip
    assert [answer["interaction"] and answer["interaction"]["isNew"] for answer in answers] == [
        True, False, None, True, None, None, True,
    ]  # fmt: skip
    assert answers[3]["interaction"]["takenBack"] == 2
    assert (await town.balance(), await town.balance(town.other)) == (0, 2)
    assert await find_violations() == {}


async def test_repeated_reports_change_nothing(town):
    given = [town.build_interaction(reference=f"A{number}") for number in range(4)]
    first = await town.succeed(town.shop, "interactionsReport", interactions=given)
    before = await read_tables()
    again = await town.succeed(town.shop, "interactionsReport", interactions=given)
    assert [answer["interaction"] for answer in again["answers"]] == [
        answer["interaction"] | {"isNew": False} for answer in first["answers"]
    ]
    assert await read_tables() == before


@pytest.mark.parametrize("number", [0, 101])
async def test_number_of_reports_is_limited(town, number):
    given = [town.build_interaction(reference=f"A{number}") for number in range(number)]
    refused = await town.get_error_code(town.shop, "interactionsReport", interactions=given)
    assert refused == ("INVALID_INPUT", ["interactions"])


async def test_a_hundred_reports_are_recorded(town):
    given = [town.build_interaction(reference=f"A{number}") for number in range(100)]
    answers = (await town.succeed(town.shop, "interactionsReport", interactions=given))["answers"]
    assert sum(answer["interaction"]["earning"]["points"] for answer in answers) == 10
    assert await town.balance() == 10


async def test_only_a_service_with_scope_reports(town):
    mover = await town.service("MOVE_POINTS")
    for name, given in (
        ("interactionReport", {"interaction": town.build_interaction()}),
        ("interactionsReport", {"interactions": [town.build_interaction()]}),
    ):
        for caller, code in (
            (town.leader, "SERVICES_ONLY"), (town.resident, "SERVICES_ONLY"), (town.place.guest, "UNAUTHENTICATED"),
            (mover, "OUT_OF_SCOPE"),
        ):  # fmt: skip
            assert await town.get_error_code(caller, name, **given) == (code, [])


async def test_report_of_foreign_member_is_not_found(town):
    founding = await communities_founding.create_community(name="另一个小区")
    stranger = await town.place.join(await town.place.log_in("钱姐"), founding.code)
    elsewhere = await town.service("REPORT_INTERACTIONS", by=stranger)
    refused = await town.get_error_code(elsewhere, "interactionReport", interaction=town.build_interaction())
    assert refused == ("NOT_FOUND", ["memberId"])
