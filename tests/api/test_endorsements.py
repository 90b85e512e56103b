"""Notes of endorsements over the API: who reads what."""

from __future__ import annotations

import pytest

from community.api import ids
from community.communities import queries
from community.experts import credentials
from community.experts.credentials import CredentialAction
from community.safety import lists
from community.safety.entries import Word
from community.safety.facts import Level
from tests.experts.story import in_days
from tests.support.api import complete_input

APPLY = """mutation($i: CredentialApplyInput!) { credentialApply(input: $i) {
  credential { id profession } errors { code path } } }"""
GIVE = """mutation($i: EndorsementGiveInput!) { endorsementGive(input: $i) {
  endorsement { id note noteState } errors { code path message } } }"""
READ = """query($id: ID!) { submission(id: $id) { endorsements {
  note noteState noteReason withdrawReason state viewerCanHideNote } } }"""
QUEUE = """query($c: ID!) { reviewQueue(communityId: $c) { nodes { id version kind reasons
  endorsement { note noteState } } } reviewCounts(communityId: $c) { endorsements } }"""
REFUSE = """mutation($i: EndorsementNoteRefuseInput!) { endorsementNoteRefuse(input: $i) {
  reviewCase { state } errors { code } } }"""


@pytest.fixture
async def people(place):
    """A leader, an author, an expert with a credential, another member, and a publication."""
    leader = await place.found_community(public=True)
    author, expert, other = [await place.resident(leader, name) for name in ("小李", "陈医生", "阿明")]
    words = [Word("代购", Level.BLOCK, "广告"), Word("团购", Level.REVIEW, "广告")]
    await lists.publish_as_leader(await queries.get_member(1, place.number), version=0, words=words, exceptions=[])
    given = {
        "profession": "营养师", "kinds": ["RECIPE"], "issuer": "协会", "evidence": "1",
        "expiresOn": in_days(90).isoformat(),
    }  # fmt: skip
    made = (await expert.ask(APPLY, i=complete_input("credentialApply", place.id, given)))["credentialApply"]
    expert.credential = made["credential"]["id"]
    await credentials.decide(ids.decode("Credential", expert.credential, path="id"), CredentialAction.VERIFY)
    return leader, author, expert, other, (await place.publish(author, leader))["id"]


async def give(place, expert, post, note):
    given = {"submissionId": post, "credentialId": expert.credential, "revision": 1, "note": note}
    return (await expert.ask(GIVE, i=complete_input("endorsementGive", place.id, given)))["endorsementGive"]


async def read(post, *callers):
    return [(await caller.ask(READ, id=post))["submission"]["endorsements"][0]["note"] for caller in callers]


async def test_blocked_note_names_its_field(place, people):
    _, _, expert, _, post = people
    refused = await give(place, expert, post, "找我代购")
    message = "文字含有此处不允许的词语：代购。请修改后重试。"
    assert refused == {
        "endorsement": None, "errors": [{"code": "TEXT_BLOCKED", "path": ["note"], "message": message}],
    }  # fmt: skip


async def test_personal_data_is_stars_for_others(place, people):
    leader, author, expert, other, post = people
    await give(place, expert, post, "问我 13812345678")
    plain, stars = "问我 13812345678", "问我 ***********"
    found = await read(post, expert, leader, author, other, place.guest)
    assert found == [plain, plain, stars, stars, stars]


async def test_waiting_note_is_for_expert_and_leaders(place, people):
    leader, author, expert, other, post = people
    assert (await give(place, expert, post, "团购过"))["endorsement"]["noteState"] == "WAITING"
    assert await read(post, expert, leader, author, other, place.guest) == ["团购过", "团购过", None, None, None]
    asked = await leader.ask(QUEUE, c=place.id)
    (case,) = asked["reviewQueue"]["nodes"]
    assert (case["kind"], case["reasons"], case["endorsement"]["note"]) == ("ENDORSEMENT", ["WORDS"], "团购过")
    assert asked["reviewCounts"] == {"endorsements": 1}
    given = {"reviewCaseId": case["id"], "version": case["version"], "reason": "广告"}
    done = await leader.ask(REFUSE, i=complete_input("endorsementNoteRefuse", place.id, given))
    assert done["endorsementNoteRefuse"] == {"reviewCase": {"state": "DECIDED"}, "errors": []}
    reasons = [
        (await caller.ask(READ, id=post))["submission"]["endorsements"][0]["noteReason"]
        for caller in (expert, leader, author, other)
    ]
    assert reasons == ["广告", "广告", None, None]


async def test_reason_of_a_withdrawal_is_not_for_the_author(place, people):
    leader, author, expert, other, post = people
    made = (await give(place, expert, post, "做法正确"))["endorsement"]["id"]
    withdraw = "mutation($i: EndorsementWithdrawInput!) { endorsementWithdraw(input: $i) { errors { code } } }"
    given = {"endorsementId": made, "reason": "看错了"}
    await expert.ask(withdraw, i=complete_input("endorsementWithdraw", place.id, given))
    found = [
        [one["withdrawReason"] for one in (await caller.ask(READ, id=post))["submission"]["endorsements"]]
        for caller in (expert, leader, author, other)
    ]
    assert found == [["看错了"], ["看错了"], [None], []]
