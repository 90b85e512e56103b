"""Decisions on many cases in one call: an answer for each, and one key."""

from __future__ import annotations

import pytest

from community.communities.models import Role
from community.kernel import db
from tests.support.api import CommunityApi, new_key
from tests.support.story import list_rows, read_tables_without_keys

DECIDE = """mutation($i: CaseDecideManyInput!) { caseDecideMany(input: $i) {
  answers { reviewCase { id state } errors { code path } } errors { code path min max actual } } }"""
QUEUE = "query($c: ID!) { reviewQueue(communityId: $c, first: 50) { nodes { id version } } }"
SCORES = {"authenticity": 4, "usefulness": 4, "resonance": 4}


class Town:
    """Three cases of one author, and two leaders."""

    def __init__(self, place: CommunityApi) -> None:
        self.place = place

    async def build(self) -> Town:
        self.leader = await self.place.found_community()
        self.author = await self.place.resident(self.leader, "author")
        self.second = await self.place.resident(self.leader, "second", role=Role.LEADER)
        for title in ("one", "two", "three"):
            await self.place.submit(self.author, title)
        return self

    async def list_cases(self):
        found = await self.leader.ask(QUEUE, c=self.place.id)
        return [{"reviewCaseId": row["id"], "version": row["version"]} for row in found["reviewQueue"]["nodes"]]

    async def decide(self, decisions, *, key="k1", by=None):
        given = {"communityId": self.place.id, "idempotencyKey": key, "decisions": decisions}
        return (await (by or self.leader).ask(DECIDE, i=given))["caseDecideMany"]


def list_results(answer):
    return [(each["reviewCase"] or {}).get("state") or each["errors"][0]["code"] for each in answer["answers"]]


def make_decisions(cases):
    one, two, three = cases
    return [
        one | {"verdict": "APPROVED", "scores": SCORES},
        two | {"verdict": "RETURNED", "note": "补充"},
        three | {"verdict": "REJECTED", "note": "无关"},
    ]


@pytest.fixture
async def town(place):
    return await Town(place).build()


async def test_each_verdict_has_its_effect(town):
    answer = await town.decide(make_decisions(await town.list_cases()))
    assert (answer["errors"], list_results(answer)) == ([], ["DECIDED"] * 3)
    assert [row["state"] for row in await list_rows("submission")] == ["PUBLISHED", "RETURNED", "REJECTED"]
    assert [row["verdict"] for row in await list_rows("review_decision")] == ["APPROVED", "RETURNED", "REJECTED"]


async def test_refused_item_does_not_stop_others(town):
    one, two, three = make_decisions(await town.list_cases())
    answer = await town.decide([one | {"version": 7}, two, two, three])
    assert list_results(answer) == ["STALE_VERSION", "DECIDED", "STALE_VERSION", "DECIDED"]
    assert [row["state"] for row in await list_rows("submission")] == ["IN_REVIEW", "RETURNED", "REJECTED"]


async def test_repetition_gives_the_same_answers(town):
    decisions = make_decisions(await town.list_cases())
    decisions[1]["version"] = 7
    first, before = await town.decide(decisions), await read_tables_without_keys()
    assert await town.decide(decisions) == first
    assert list_results(first) == ["DECIDED", "STALE_VERSION", "DECIDED"]
    assert await read_tables_without_keys() == before


async def test_key_with_other_decisions_changes_nothing(town):
    decisions = make_decisions(await town.list_cases())
    await town.decide(decisions[:1])
    before = await read_tables_without_keys()
    assert (await town.decide(decisions))["errors"] == [
        {"code": "IDEMPOTENCY_KEY_REUSED", "path": ["idempotencyKey"], "min": None, "max": None, "actual": None}
    ]
    assert await read_tables_without_keys() == before


async def test_claimed_case_stays_free_for_repetition(town):
    decisions = make_decisions(await town.list_cases())
    claim = "mutation($i: CaseClaimInput!) { caseClaim(input: $i) { errors { code } } }"
    given = {"reviewCaseId": decisions[0]["reviewCaseId"], "idempotencyKey": new_key()}
    await town.second.ask(claim, i=given)
    assert list_results(await town.decide(decisions)) == ["CASE_CLAIMED", "DECIDED", "DECIDED"]
    await db.execute("UPDATE review_case SET claimed_until = claimed_at WHERE claimed_by IS NOT NULL")
    assert list_results(await town.decide(decisions)) == ["DECIDED"] * 3


@pytest.mark.parametrize(
    ("wrong", "paths"),
    [
        ({"verdict": "APPROVED"}, [["scores"]]),
        ({"verdict": "APPROVED", "scores": SCORES | {"resonance": 6}}, [["scores", "resonance"]]),
        ({"verdict": "APPROVED", "scores": SCORES | {"resonance": 3}, "recommended": True}, [["recommended"]]),
        ({"verdict": "REJECTED"}, [["note"]]),
        ({"verdict": "RETURNED", "note": " ", "scores": SCORES, "recommended": True},
         [["scores"], ["recommended"], ["note"]]),
    ],
)  # fmt: skip
async def test_invalid_item_decides_nothing(town, wrong, paths):
    one, two, _ = make_decisions(await town.list_cases())
    case = {"reviewCaseId": two["reviewCaseId"], "version": two["version"]}
    answer = await town.decide([one, case | wrong])
    assert [error["path"] for error in answer["errors"]] == [["decisions", "1", *path] for path in paths]
    assert (answer["answers"], await list_rows("review_decision")) == ([], [])


@pytest.mark.parametrize("count", [0, 51])
async def test_number_of_decisions_is_limited(town, count):
    one = make_decisions(await town.list_cases())[0]
    (error,) = (await town.decide([one] * count))["errors"]
    assert (error["path"], error["min"], error["max"], error["actual"]) == (["decisions"], 1, 50, count)


async def test_repetition_after_leading_hides_the_cases(town):
    decisions = make_decisions(await town.list_cases())
    await town.decide(decisions, by=town.second)
    await db.execute(
        "DELETE FROM membership_role WHERE role = 'LEADER' AND membership_id ="
        " (SELECT max(membership_id) FROM membership_role WHERE role = 'LEADER')"
    )
    answer = await town.decide(decisions, by=town.second)
    assert (answer["errors"], [each["reviewCase"] for each in answer["answers"]]) == ([], [None] * 3)
    assert (await town.decide(decisions, by=town.second, key="k2"))["errors"][0]["code"] == "LEADERS_ONLY"
