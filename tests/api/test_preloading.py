"""Roots read the selected relations in their own statement, with the values of the relations' own statements."""

from __future__ import annotations

import pytest

from community.api import ids
from community.api.compiled.running import Run
from community.communities import founding, memberships
from community.communities.queries import MAX_OWN_MEMBERSHIPS
from tests.api.test_media import upload
from tests.support.screens import build_documents
from tests.support.statements import record_statements

MEDIA = "id state refusal width height placeholder colour altText createdAt url"
REVISION = f"id number title text excerpt tags productRef createdAt media {{ {MEDIA} }} few: media(first: 1) {{ id }}"
MEMBER = f"id roles joinedAt person {{ id nickname language avatar {{ {MEDIA} }} }}"
SUBMISSION = f"""id kind state version likeCount likedByMe note isPublic publishedAt viewerCanEdit
  community {{ id name }} author {{ {MEMBER} }}
  published {{ {REVISION} }} latest {{ {REVISION} }} cover {{ {MEDIA} }}"""
CASE = f"id author {{ {MEMBER} }} revision {{ {REVISION} }} submission {{ id state }}"
NODE = f"query($id: ID!) {{ node(id: $id) {{ ... on Submission {{ {SUBMISSION} }} }} }}"
DETAIL = f"query($id: ID!) {{ submission(id: $id) {{ {SUBMISSION} }} }}"
QUEUE = f"query($c: ID!) {{ reviewQueue(communityId: $c) {{ nodes {{ {CASE} }} }} }}"
FEED = f"""query($c: ID!) {{ feed(communityId: $c, first: 9)
  {{ totalCount {{ value }} edges {{ node {{ {SUBMISSION} }} }} }} }}"""
CARDS = f"""query($c: ID!) {{ feed(communityId: $c, first: 9) {{ pageInfo {{ endCursor }} nodes {{
  id kind state version recommended likeCount likedByMe publishedAt viewerCanEdit viewerCanLike community {{ id }}
  author {{ id roles person {{ id nickname avatar {{ {MEDIA} }} }} }}
  published {{ {REVISION} }} cover {{ {MEDIA} }} }} }} }}"""
OWN = f"""query($c: ID!) {{ mySubmissions(communityId: $c, first: 9)
  {{ totalCount {{ value }} edges {{ node {{ id }} }} nodes {{ {SUBMISSION} }} }} }}"""
MAX_STATEMENTS = {"Home": 4, "SubmissionDetail": 3, "MySubmissions": 3}


@pytest.fixture
async def people(place):
    leader = await place.found_community(public=True)
    member, other = await place.resident(leader, "小李"), await place.resident(leader, "阿明")
    stranger = await place.log_in("路人")
    for resident in (member, other):
        avatar = await upload(resident)
        await resident.ask("mutation($i: ID) { personSetAvatar(input: {mediaId: $i}) { errors { code } } }", i=avatar)
    content = {"mediaIds": [await upload(member, 5), await upload(member, 6)], "tags": ["汤", "菜"]}
    published = await place.publish(member, leader, content=content)
    await place.publish(other, leader)
    await place.submit(other)
    await place.submit(member, draft=True, content=content)
    await other.ask(
        "mutation($i: SubmissionLikeInput!) { submissionLike(input: $i) { errors { code } } }",
        i={"submissionId": published["id"]},
    )
    return {"leader": leader, "member": member, "other": other, "stranger": stranger, "guest": place.guest}


async def test_feed_rows_equal_single_rows(place, people):
    for caller in people.values():
        page = (await caller.ask(FEED, c=place.id))["feed"]
        assert page["totalCount"]["value"] == len(page["edges"]) == 2
        for edge in page["edges"]:
            assert (await caller.ask(NODE, id=edge["node"]["id"]))["node"] == edge["node"]
            assert (await caller.ask(DETAIL, id=edge["node"]["id"]))["submission"] == edge["node"]


async def test_own_rows_equal_single_rows(place, people):
    for name in ("leader", "member", "other"):
        page = (await people[name].ask(OWN, c=place.id))["mySubmissions"]
        assert page["totalCount"]["value"] == len(page["nodes"]) == (0 if name == "leader" else 2)
        for node in page["nodes"]:
            assert (await people[name].ask(NODE, id=node["id"]))["node"] == node
            assert (await people[name].ask(DETAIL, id=node["id"]))["submission"] == node


async def test_feed_of_a_member_needs_no_batch_function(place, people, monkeypatch):
    loaded = []
    load_batch = Run._load_batch

    async def load_and_note(self, takers):
        loaded.append(takers[0][0].plan.loaded[takers[0][1]].key)
        await load_batch(self, takers)

    monkeypatch.setattr(Run, "_load_batch", load_and_note)
    for name in ("member", "leader"):
        assert len((await people[name].ask(CARDS, c=place.id))["feed"]["nodes"]) == 2
    assert loaded == []
    # A guest sees only authors who have published, which takes a statement.
    assert len((await people["guest"].ask(CARDS, c=place.id))["feed"]["nodes"]) == 2
    assert "author" in loaded


async def test_queue_rows_equal_single_cases(place, people):
    (case,) = (await people["leader"].ask(QUEUE, c=place.id))["reviewQueue"]["nodes"]
    single = await people["leader"].ask(f"query($id: ID!) {{ reviewCase(id: $id) {{ {CASE} }} }}", id=case["id"])
    assert single["reviewCase"] == case


async def test_screens_of_member_need_few_statements(place, people):
    member = people["member"]
    shown = (await member.ask(FEED, c=place.id))["feed"]["edges"][0]["node"]
    for name, limit in MAX_STATEMENTS.items():
        variables = {"id": shown["id"]} if name == "SubmissionDetail" else {"communityId": place.id}
        with record_statements() as sent:
            await member.ask(build_documents()[name], **variables)
        assert len(sent) == limit, sent


async def test_person_of_many_communities_reads_all(place):
    resident = await place.log_in("王姐")
    (person,) = {(await resident.ask("{ me { id } }"))["me"]["id"]}
    for number in range(MAX_OWN_MEMBERSHIPS + 1):
        made = await founding.create_community(name=f"社区{number}")
        await memberships.join(ids.decode("Person", person, path="id"), invitation_code=made.code)
        here = {"c": ids.encode("Community", made.community_id)}
        found = await resident.ask("query($c: ID!) { community(id: $c) { viewerMembership { roles } } }", **here)
        assert found["community"]["viewerMembership"]["roles"] == ["LEADER"]
