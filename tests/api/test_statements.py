"""The number of statements depends on the shape of a query, not on the rows."""

from __future__ import annotations

import pytest

from community.communities import profile, queries
from community.consent import consents, documents
from community.consent.models import ConsentPurpose
from community.kernel import db
from community.privacy import exports
from community.safety import lists
from community.safety.entries import Word
from tests.api.test_media import upload
from tests.support.api import new_key
from tests.support.statements import record_statements

SUBMISSION = """id kind state version recommended likeCount likedByMe note isPublic
  viewerCanEdit viewerCanSubmit viewerCanWithdraw viewerCanRemove viewerCanLike viewerCanReport
  community { name } author { roles person { nickname avatar { state url } } community { name } }
  published { number title text tags media { state url placeholder } }
  latest { number title tags } decision { verdict scores { usefulness } viewerCanAppeal } removal { viewerCanAppeal }"""

QUERIES = {
    "feed": f"query($c: ID!) {{ feed(communityId: $c) {{ nodes {{ {SUBMISSION} }} }} }}",
    "mine": f"query($c: ID!) {{ mySubmissions(communityId: $c) {{ nodes {{ {SUBMISSION} }} }} }}",
    "queue": "query($c: ID!) { reviewQueue(communityId: $c) { nodes { id author { person { nickname } }"
    f" community {{ name }} revision {{ title tags }} submission {{ {SUBMISSION} }} viewerCanDecide"
    " decision { verdict } decidedBy { id } pictureFindings { kind picture { id } otherPicture { url }"
    " otherSubmission { id } } } } }",
    "covers": "query($c: ID!) { feed(communityId: $c)"
    " { nodes { cover { state } published { media(first: 2) { id } } } } }",
    "pages": "query($c: ID!) { feed(communityId: $c, first: 9) { nodes { author { level"
    " person { memberships(first: 9) { nodes { id } } }"
    " publishedSubmissions(first: 9) { totalCount { value } nodes { kind published { title } } } } } } }",
    "statement": "query($c: ID!) { pointsStatement(communityId: $c) { nodes { amount explanation { rule } } } }",
    "board": "query($c: ID!) { leaderboard(communityId: $c, period: EVER)"
    " { entries { nodes { rank member { person { nickname } community { name } } } } mine { member { id } } } }",
    "invitations": "query($c: ID!) { invitations(communityId: $c) { nodes { code uses createdBy { id } } } }",
    "home": "{ me { nickname memberships { nodes { roles community { name viewerCanInvite viewerCanEdit"
    " viewerMembership { id } } points { balance level } unread { kind count } viewerCanChangeRoles } } } }",
}
MAX_STATEMENTS = {
    "feed": 19,
    "mine": 19,
    "queue": 26,
    "covers": 11,
    "pages": 12,
    "statement": 3,
    "board": 12,
    "invitations": 4,
    "home": 8,
}


@pytest.fixture
async def people(place):
    leader = await place.found_community()
    residents = [await place.resident(leader, name) for name in ("小李", "阿明", "陈奶奶")]
    for resident in residents:
        media_id = await upload(resident)
        await resident.ask("mutation($i: ID) { personSetAvatar(input: {mediaId: $i}) { errors { code } } }", i=media_id)
    return place, leader, residents


async def upload_pictures(resident):
    return {"content": {"mediaIds": [await upload(resident, number) for number in (1, 2)]}}


async def count_statements(caller, name, place):
    with record_statements() as sent:
        variables = {"c": place.id} if "$c" in QUERIES[name] else {}
        await caller.ask(QUERIES[name], **variables)
    return len(sent)


async def test_more_rows_need_no_more_statements(people):
    place, leader, residents = people
    for resident in residents[:2]:
        await place.publish(resident, leader, f"初 {resident.name}", **await upload_pictures(resident))
        await place.submit(resident, f"候 {resident.name}", **await upload_pictures(resident))

    async def count_all():
        callers = {name: leader if name in {"queue", "invitations"} else residents[0] for name in QUERIES}
        return {name: await count_statements(caller, name, place) for name, caller in callers.items()}

    few = await count_all()
    for resident in residents:
        for number in range(3):
            await place.submit(resident, f"{resident.name} {number}", **await upload_pictures(resident))
    while True:
        data = await leader.ask("query($c: ID!) { reviewQueue(communityId: $c) { nodes { id } } }", c=place.id)
        if len(data["reviewQueue"]["nodes"]) <= 4:
            break
        await place.approve(leader)
    assert await count_all() == few
    assert {name: sent for name, sent in few.items() if sent > MAX_STATEMENTS[name]} == {}


PERSONAL_QUERIES = {
    "sessions": "{ sessions { nodes { id device current } } }",
    "history": "query($c: ID!) { communityHistory(communityId: $c)"
    " { nodes { version changes { field } changedBy { person { nickname } community { name } } } } }",
    "consents": "{ consents { purpose givenAt document { title version } } }",
    "exports": "{ dataExports { state downloadPath } }",
    "account": "{ account { bornOn guardian person { nickname } dependants { nickname } platforms { platform }"
    " phone { masked } } }",
}
MAX_PERSONAL_STATEMENTS = {"sessions": 2, "history": 6, "consents": 3, "exports": 2, "account": 6}


async def test_more_personal_rows_need_no_more_statements(place):
    leader = await place.found_community()
    me = (await queries.find_member(1, place.number)).person_id

    async def count_all():
        sent = {}
        for name, query in PERSONAL_QUERIES.items():
            with record_statements() as statements:
                await leader.ask(query, **({"c": place.id} if "$c" in query else {}))
            sent[name] = len(statements)
        return sent

    async def add_rows(version):
        await place.log_in("王姐")
        member = await queries.get_member(me, place.number)
        await profile.edit_community(member, version=version, edit={"announcement": f"第{version}次"})
        document = await documents.publish(ConsentPurpose.NOTICES, title="题", text=f"第{version}版", renews=True)
        await consents.give(me, document_id=document.id)
        await exports.build(place.settings, (), (await exports.request(me)).id)

    await add_rows(1)
    few = await count_all()
    for version in range(2, 5):
        await add_rows(version)
    assert await count_all() == few
    assert {name: sent for name, sent in few.items() if sent > MAX_PERSONAL_STATEMENTS[name]} == {}


CHANGED = "{ submission { id likeCount likedByMe } errors { code } } }"
LIKE = f"mutation($i: SubmissionLikeInput!) {{ submissionLike(input: $i) {CHANGED}"
CREATE = f"mutation($i: SubmissionCreateInput!) {{ submissionCreate(input: $i) {CHANGED}"


async def test_like_needs_few_statements(people):
    place, leader, residents = people
    counts = []
    for _ in range(2):
        published = await place.publish(residents[0], leader)
        with record_statements() as sent:
            await residents[1].ask(LIKE, i={"submissionId": published["id"]})
        counts.append(len(sent))
    # The first one also reads what never changes. SQLite has one statement for each write.
    assert counts[1] <= (7 if db.dialect() is db.Dialect.POSTGRES else 10), sent


async def test_more_tags_and_pictures_need_no_more_statements(people):
    place, _, (author, *_) = people
    counts = []
    for number in (1, 1, 3):
        pictures = [await upload(author, each) for each in range(number)]
        content = {
            "title": "汤", "text": "小火。", "mediaIds": pictures, "tags": [f"汤{each}" for each in range(number)],
        }  # fmt: skip
        given = {"communityId": place.id, "idempotencyKey": new_key(), "kind": "RECIPE", "content": content}
        with record_statements() as sent:
            await author.ask(CREATE, i=given)
        counts.append(len(sent))
    # The first one also reads what never changes.
    assert counts[1] == counts[2] <= (7 if db.dialect() is db.Dialect.POSTGRES else 16), sent


async def test_token_costs_one_statement_per_request(place):
    await place.found_community()
    someone = await place.log_in("王姐")
    with record_statements() as guest:
        await place.guest.ask("{ consentDocuments { id } }")
    with record_statements() as known:
        await someone.ask("{ consentDocuments { id } }")
    assert len(known) == len(guest) + 1


async def test_more_word_lists_need_no_more_statements(place):
    leader = await place.found_community()
    query = "query($c: ID!) { wordListEditions(communityId: $c) { nodes { version words { word } exceptions } } }"
    counts = []
    for version in range(3):
        actor = await queries.get_member(1, place.number)
        await lists.publish_as_leader(actor, version=version, words=[Word("阿瓜丸")], exceptions=["阿瓜丸子"])
        with record_statements() as sent:
            answer = await leader.ask(query, c=place.id)
        assert len(answer["wordListEditions"]["nodes"]) == version + 1
        counts.append(len(sent))
    assert counts == [3] * 3
