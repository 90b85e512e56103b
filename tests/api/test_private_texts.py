"""Texts that only their author may read: withdrawn ones, and edits that were not sent."""

from __future__ import annotations

from community.accounts import people
from community.api import ids
from community.kernel.ddl import REDACTED
from community.kernel.seals import chain
from community.kernel.seals.checks import check_seals
from tests.api.test_visibility import change, decide
from tests.support.story import list_rows

CASES = """query($c: ID!) { reviewQueue(communityId: $c, states: [OPEN, DECIDED, SUPERSEDED]) {
  nodes { id submission { id latest { title } } revision { title text } } } }"""
LATEST = "query($s: ID!) { submission(id: $s) { latest { title } } }"
MINE = "query($c: ID!) { mySubmissions(communityId: $c) { nodes { id latest { title } viewerCanWithdraw } } }"
LEAVE = "mutation($c: ID!) { communityLeave(input: {communityId: $c}) { errors { code } } }"
REVISION = "query($i: ID!) { node(id: $i) { ... on Revision { title } } }"
FEED = "query($c: ID!) { feed(communityId: $c) { nodes { id } } }"
MAKE_PUBLIC = "submissionMakePublic"


async def read_latest(caller, submission):
    found = (await caller.ask(LATEST, s=submission["id"]))["submission"]["latest"]
    return found and found["title"]


async def test_leader_reads_no_withdrawn_text_through_its_case(place):
    leader = await place.found_community()
    author = await place.resident(leader, "小李")
    submission = await place.submit(author)
    await change(place, author, "submissionWithdraw", submission)
    (case,) = (await leader.ask(CASES, c=place.id))["reviewQueue"]["nodes"]
    assert (case["submission"], case["revision"]) == (None, None)


async def test_leader_reads_the_sent_text_of_a_returned_submission(place):
    leader = await place.found_community()
    author = await place.resident(leader, "小李")
    submission = await place.submit(author)
    sent = await read_latest(author, submission)
    await decide(place, leader, "submissionReturn", whatToChange="再写写")
    await change(place, author, "submissionEdit", submission, content={"title": "未送", "text": "未送的字"})
    assert (await read_latest(author, submission), await read_latest(leader, submission)) == ("未送", sent)
    (case,) = (await leader.ask(CASES, c=place.id))["reviewQueue"]["nodes"]
    assert case["submission"]["latest"]["title"] == case["revision"]["title"] == sent
    await change(place, author, "submissionSubmit", submission)
    assert await read_latest(leader, submission) == "未送"


async def test_leader_reads_no_unsent_edit_after_removing_it(place):
    leader = await place.found_community()
    author = await place.resident(leader, "小李")
    submission = await place.submit(author)
    sent = await read_latest(author, submission)
    await decide(place, leader, "submissionReturn", whatToChange="再写写")
    await change(place, author, "submissionEdit", submission, content={"title": "未送", "text": "未送的字"})
    await change(place, leader, "submissionRemove", submission, reason="广告")
    assert await read_latest(leader, submission) == sent


async def test_erased_submission_loses_the_reasons_for_it(place):
    leader = await place.found_community()
    author = await place.resident(leader, "小李")
    submissions = []
    for word in ("您写的番茄", "留着"):
        submissions.append(await place.submit(author))
        await decide(place, leader, "submissionReturn", whatToChange=word)
    await chain.seal_all()
    await change(place, author, "submissionErase", submissions[0])
    assert [row["reason"] for row in await list_rows("review_decision")] == [REDACTED, "留着"]
    assert [found async for found in check_seals() if found.fault] == []


async def test_former_member_reads_and_withdraws_the_own_submission(place):
    leader = await place.found_community()
    author, other = await place.resident(leader, "小李"), await place.resident(leader, "阿明")
    submission = await place.publish(author, leader)
    await other.ask(LEAVE, c=place.id)
    await author.ask(LEAVE, c=place.id)
    (own,) = (await author.ask(MINE, c=place.id))["mySubmissions"]["nodes"]
    assert (own["id"], own["viewerCanWithdraw"]) == (submission["id"], True)
    assert await read_latest(author, submission) is not None
    assert await other.get_error_code(LATEST, s=submission["id"]) == "NOT_FOUND"
    await change(place, author, "submissionWithdraw", submission)


async def test_stranger_reads_an_older_publication_with_consent_only(place):
    leader = await place.found_community()
    author, stranger = await place.resident(leader, "小李"), await place.log_in("路人")
    submission = await place.publish(author, leader)
    edit = """mutation($c: ID!) { communityEdit(input: {communityId: $c, version: 1, visibility: PUBLIC,
      idempotencyKey: "open"}) { errors { code } } }"""
    assert (await leader.ask(edit, c=place.id))["communityEdit"]["errors"] == []
    for caller in (stranger, place.guest):
        assert (await caller.ask(FEED, c=place.id))["feed"]["nodes"] == []
        assert await caller.get_error_code(LATEST, s=submission["id"]) == "NOT_FOUND"
    await change(place, author, MAKE_PUBLIC, submission)
    for caller in (stranger, place.guest):
        assert (await caller.ask(FEED, c=place.id))["feed"]["nodes"] == [{"id": submission["id"]}]
        assert (await caller.ask(LATEST, s=submission["id"]))["submission"] == {"latest": None}


async def test_leader_finds_no_unsent_revision_by_id(place):
    leader = await place.found_community()
    author = await place.resident(leader, "小李")
    submission = await place.submit(author, draft=True)
    for number, title in enumerate(("早先", "送的", "未送"), 1):
        await change(place, author, "submissionEdit", submission, content={"title": title, "text": title})
        if number == 2:
            await change(place, author, "submissionSubmit", submission)
            await decide(place, leader, "submissionReturn", whatToChange="再写写")
    found = {}
    for caller in (author, leader):
        nodes = [(await caller.ask(REVISION, i=ids.encode("Revision", number)))["node"] for number in range(1, 5)]
        found[caller] = [node and node["title"] for node in nodes]
    assert found[author][1:] == ["早先", "送的", "未送"]
    assert found[leader] == [None, None, "送的", None]


async def test_leader_finds_every_sent_revision_by_id(place):
    leader = await place.found_community()
    author = await place.resident(leader, "小李")
    submission = await place.submit(author)
    await decide(place, leader, "submissionReturn", whatToChange="再写写")
    await change(place, author, "submissionEdit", submission, content={"title": "再送", "text": "再送"})
    await change(place, author, "submissionSubmit", submission)
    nodes = [(await leader.ask(REVISION, i=ids.encode("Revision", number)))["node"] for number in (1, 2)]
    assert [node["title"] for node in nodes] == ["红烧肉", "再送"]


SEEN = """query($s: ID!, $c: ID!) { submission(id: $s) { version updatedAt }
  auditTrail(communityId: $c) { nodes { action } } }"""


async def test_leader_learns_nothing_of_an_unsent_edit(place):
    leader = await place.found_community()
    author = await place.resident(leader, "小李")
    submission = await place.submit(author)
    await decide(place, leader, "submissionReturn", whatToChange="再写写")
    seen = await leader.ask(SEEN, s=submission["id"], c=place.id)
    await change(place, author, "submissionEdit", submission, content={"title": "未送", "text": "未送的字"})
    assert await leader.ask(SEEN, s=submission["id"], c=place.id) == seen
    await change(place, leader, "submissionRemove", submission, reason="广告")


async def test_submission_of_a_suspended_author_offers_no_approval(place):
    leader = await place.found_community()
    await place.submit(await place.resident(leader, "小李"))
    case = await place.get_first_case(leader)
    query = "query($i: ID!) { reviewCase(id: $i) { viewerCanDecide viewerCanApprove author { person { id } } } }"
    shown = (await leader.ask(query, i=case["id"]))["reviewCase"]
    person = shown.pop("author")["person"]["id"]
    assert shown == {"viewerCanDecide": True, "viewerCanApprove": True}
    await people.ban(ids.decode("Person", person, path="id"), reason="广告")
    shown = (await leader.ask(query, i=case["id"]))["reviewCase"]
    assert (shown["viewerCanDecide"], shown["viewerCanApprove"]) == (True, False)
