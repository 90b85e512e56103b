"""The operations of the example's screens, executed as guest, member and leader."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from community.api import ids
from community.api.schema import build_schema
from community.communities import queries
from community.consent import documents
from community.consent.models import ConsentPurpose
from community.events import entering
from community.events.kinds import EventKind, EventState
from community.events.tasks.queries import list_questions
from community.kernel import clock, db
from community.notices.models import NoticeKind
from community.notices.service import notify_member
from community.submissions import queries as submissions
from tests.experts.story import endorse, make_expert
from tests.support.api import Caller, new_key
from tests.support.contests import hold, move_to, vote
from tests.support.pictures import make_photo
from tests.support.screens import build_documents, list_operations
from tests.support.shadow import compare_executors

DOCUMENTS = build_documents()
KINDS = {name: operation.operation.value for name, operation in list_operations().items()}
QUERIES = [name for name, kind in KINDS.items() if kind == "query"]
MUTATIONS = [name for name, kind in KINDS.items() if kind == "mutation"]
SCORES = {"authenticity": 4, "usefulness": 5, "resonance": 4}

FOR_LEADERS = {"ReviewQueue", "ReviewCase", "Approve", "SendBack", "Reject"}
FOR_LEADERS |= {"TrustedMembers", "TrustMember", "EndTrust"}
REFUSED_GUEST = {
    "Editor": {"submission": "NOT_FOUND"},
    "Pictures": {"myMedia": "UNAUTHENTICATED"},
    "MySubmissions": dict.fromkeys(("mySubmissionCounts", "mySubmissions"), "UNAUTHENTICATED"),
    "ReviewQueue": {"reviewQueue": "UNAUTHENTICATED"},
    "ReviewCase": {"reviewCase": "UNAUTHENTICATED"},
    "TrustedMembers": {"trusts": "UNAUTHENTICATED"},
    "Points": dict.fromkeys(("membership", "pointsEndings", "earningRules", "pointsStatement"), "UNAUTHENTICATED"),
    "Favourites": {"myFavourites": "UNAUTHENTICATED"},
    "FindMembers": {"suggestedMembers": "UNAUTHENTICATED"},
    "Me": dict.fromkeys(("account", "notices"), "UNAUTHENTICATED"),
    "Events": {"myEntries": "UNAUTHENTICATED"},
    "EventDetail": {"eventEntries": "UNAUTHENTICATED"},
    "EventChecks": {"entryChecks": "UNAUTHENTICATED"},
    "EventResult": {"eventEntries": "UNAUTHENTICATED"},
}
"""The refused root fields of a guest. All others are answered."""
MAY_BE_EMPTY = {
    *("announcement", "roles", "language", "phone", "bornOn", "readAt", "asOf", "exclusion", "exclusionText"),
    *("picture", "mentions", "editedAt", "commentsCloseReason", "comment"),
    *("note", "decision", "scores", "reason", "pollAfterMs"),
    *("votingAt", "judgingAt", "startsAt", "capacity", "placesLeft", "questions", "waitingPosition", "attendedAt"),
    *("prize", "place", "votes", "refusal", "badgeTiers", "goldReward", "silverReward", "bronzeReward", "drawnReward"),
    *("room", "notNowBecause", "notEarnedBecause", "until", "byKind", "reference", "service"),
}
"""Fields that are null or empty on a filled screen, because nothing is to be said."""


@dataclass(frozen=True)
class Screens:
    """A community with content for each screen, its callers, and the variables of each operation."""

    callers: dict[str, Caller]
    variables: dict[str, dict[str, Any]]

    async def send(self, who: str, name: str) -> dict[str, Any]:
        """Send an operation and return the whole answer, which is the plan's and that of graphql-core."""
        with compare_executors() as found:
            answer = await self.callers[who].send(DOCUMENTS[name], **self.variables[name])
        assert (found.compared, found.differences, found.fallbacks) == (1, [], []), name
        return answer


async def upload(caller, number):
    headers = {"Authorization": f"Bearer {caller.token}"}
    response = await caller.client.post(
        "/upload", data={"altText": "一张照片"}, files={"file": ("a.jpg", make_photo(number))}, headers=headers
    )
    return response.json()["media"]["id"]


async def create_avatar(place, caller, media_id):
    await caller.ask(DOCUMENTS["SetAvatar"], input={"mediaId": media_id})
    await place.run_effects()


async def send_notice(caller):
    (row,) = await queries.get_members([ids.decode("Member", caller.member_id, path="id")])
    await notify_member(row.community_id, row.id, kind=NoticeKind.POINTS_EXPIRED, key=new_key(), detail={"points": 1})


async def open_topic(place, leader):
    given = {"communityId": place.id, "idempotencyKey": new_key(), "tag": "家常菜", "description": "今天煮什么？"}
    given |= {"lastDay": f"{clock.now() + timedelta(days=9):%Y-%m-%d}", "mediaId": await upload(leader, 6)}
    document = "mutation($i: TopicOpenInput!) { topicOpen(input: $i) { topic { id } errors { code } } }"
    answer = (await leader.ask(document, i=given))["topicOpen"]
    await place.run_effects()
    return answer["topic"]["id"]


async def comment(caller, submission_id, text, parent_id=None):
    given = {"submissionId": submission_id, "text": text, "parentId": parent_id, "idempotencyKey": new_key()}
    answer = (await caller.ask(DOCUMENTS["SendComment"], input=given))["commentCreate"]
    assert answer["errors"] == []
    return {"commentId": answer["comment"]["id"]}


async def hold_events(place, leader, member, other, submissions):
    """Hold an event for each operation, with submissions of two members. Return the variables."""
    leads, me, they = [
        (await queries.get_members([ids.decode("Member", one.member_id, path="id")]))[0]
        for one in (leader, member, other)
    ]
    theirs, mine = (ids.decode("Submission", number, path="id") for number in submissions)
    contest = await hold(leads)
    voting = await hold(leads)
    entry = await entering.enter(they, voting.id, submission_id=theirs)
    await move_to(leads, voting, EventState.VOTING)
    ended = await hold(leads, drawn_prizes=1, drawn_value=50)
    shown = await entering.enter(they, ended.id, submission_id=theirs)
    await move_to(leads, ended, EventState.VOTING)
    await vote(leads, shown)
    await move_to(leads, ended, EventState.CLOSED)
    with clock.at(clock.now() - timedelta(days=3)):  # It started a day ago.
        activity = await hold(leads, EventState.OPEN, EventKind.ACTIVITY)
        attended = await entering.enter(me, activity.id)
    left = await entering.enter(me, (await hold(leads, EventState.OPEN, EventKind.ACTIVITY)).id)
    challenge = await hold(leads, EventState.OPEN, EventKind.CHECK_IN_CHALLENGE)
    ((question, _),) = await list_questions([(await hold(leads, EventState.OPEN, EventKind.RIDDLES)).id])
    key, contest_id = {"idempotencyKey": new_key()}, ids.encode("Event", contest.id)
    inputs = {
        "Enter": {"eventId": contest_id, "submissionId": ids.encode("Submission", mine), **key},
        "Leave": {"entryId": ids.encode("EventEntry", left.id), **key},
        "Vote": {"entryId": ids.encode("EventEntry", entry.id)},
        "Attend": {"entryId": ids.encode("EventEntry", attended.id), "code": activity.code, **key},
        "CheckInChallenge": {"eventId": ids.encode("Event", challenge.id), **key},
        "AnswerRiddle": {"questionId": ids.encode("EventQuestion", question.id), "text": "雨", **key},
    }
    return {name: {"input": given} for name, given in inputs.items()} | {
        "Events": {"communityId": place.id},
        "EventDetail": {"id": ids.encode("Event", voting.id)},
        "EventChecks": {"eventId": contest_id, "submissionId": ids.encode("Submission", mine)},
        "EventResult": {"id": ids.encode("Event", ended.id)},
    }


async def trust(leader, member):
    """Trust a member as an author, and return the input of `trustEnd`."""
    await db.execute("UPDATE community SET trusted_authors_publish = TRUE")
    given = {"memberId": member.member_id, "reason": "写得好", "idempotencyKey": new_key()}
    answer = await leader.ask(DOCUMENTS["TrustMember"], input=given)
    return {"trustId": answer["trustGive"]["trust"]["id"], "idempotencyKey": new_key()}


async def endorse_as(caller, submission_id):
    """Endorse a publication as an expert, and return the id of the endorsement."""
    (expert,) = await queries.get_members([ids.decode("Member", caller.member_id, path="id")])
    row = await submissions.get(expert.community_id, ids.decode("Submission", submission_id, path="id"))
    credential = await make_expert(expert, kinds=[row.kind])
    return ids.encode("Endorsement", (await endorse(expert, row, credential)).id)


@pytest.fixture
async def screens(place):
    leader = await place.found_community(public=True)
    member, other = await place.resident(leader, "小李"), await place.resident(leader, "阿明")
    pictures = [await upload(member, number) for number in range(3)]
    await create_avatar(place, member, pictures[0])
    await send_notice(member)
    await documents.publish(ConsentPurpose.NOTICES, title="消息", text="我们会发送消息。")
    content = {
        "title": "红烧肉",
        "text": "小火。",
        "tags": ["家常菜"],
        "productRef": "pork-1",
        "mediaIds": pictures[2:],
    }
    topic_id = await open_topic(place, leader)  # before the publication, which belongs to it
    public = await place.publish(member, leader, content={**content, "mediaIds": pictures[1:2]})
    theirs = await place.publish(other, leader, content={**content, "mediaIds": [await upload(other, 5)]})
    about_events = await hold_events(place, leader, member, other, (theirs["id"], public["id"]))
    trusted = await trust(leader, member)
    draft = await place.submit(member, draft=True, content=content)
    await place.submit(other, content={**content, "mediaIds": [await upload(other, 3)]})
    await create_avatar(place, other, await upload(other, 4))
    case = await place.get_first_case(leader)
    notice = (await member.ask(DOCUMENTS["Me"], communityId=place.id))["notices"]["nodes"][0]
    consents = (await member.ask(DOCUMENTS["ConsentDocuments"]))["consentDocuments"]
    invite = "mutation($i: InvitationCreateInput!) { invitationCreate(input: $i) { invitation { code } } }"
    invited = await leader.ask(invite, i={"communityId": place.id, "idempotencyKey": new_key()})
    logged_in = await place.guest.ask(
        DOCUMENTS["Login"], input={"platform": "DEVELOPMENT", "code": "新人", "nickname": "新人"}
    )
    here, key = {"communityId": place.id}, {"idempotencyKey": new_key()}
    await member.ask(DOCUMENTS["Favourite"], input={"submissionId": public["id"]})
    said = await comment(other, public["id"], "烧肉真香")
    own = await comment(member, public["id"], "谢谢", said["commentId"])
    endorsed = await endorse_as(leader, theirs["id"])
    await db.execute("UPDATE community SET newcomer_comment_pause_seconds = 0")
    drafted = {"submissionId": draft["id"], "version": draft["version"], **key}
    decided = {"reviewCaseId": case["id"], "version": case["version"], **key}
    inputs = {
        "Login": {"platform": "DEVELOPMENT", "code": "再来", "nickname": "再来"},
        "Refresh": {"refreshToken": logged_in["login"]["refreshToken"]["token"]},
        "Join": {"invitationCode": invited["invitationCreate"]["invitation"]["code"]},
        "GiveConsent": {"documentId": consents[0]["id"]},
        "CheckIn": here,
        **{name: {"submissionId": public["id"]} for name in ("Favourite", "Unfavourite")},
        "Share": {"submissionId": public["id"], "channel": "CHAT"},
        "Like": {"submissionId": public["id"]},
        "SendComment": {"submissionId": public["id"], "text": "我也试试", **key},
        "EditComment": {**own, "text": "谢谢你", **key},
        "DeleteComment": {**own, **key},
        "LikeComment": said,
        "UnlikeComment": said,
        "ReportComment": {**said, "category": "ADVERTISEMENT", **key},
        "ReportNote": {"endorsementId": endorsed, "category": "ADVERTISEMENT", **key},
        "Unlike": {"submissionId": public["id"]},
        "CreateSubmission": {**here, **key, "kind": "RECIPE", "draft": True, "content": content},
        "EditSubmission": {**drafted, "content": content},
        "SendSubmission": drafted,
        "Withdraw": drafted,
        "Approve": {**decided, "scores": SCORES},
        "SendBack": {**decided, "whatToChange": "请补充照片"},
        "Reject": {**decided, "reason": "与小区无关"},
        "TrustMember": {"memberId": other.member_id, "reason": "写得好", **key},
        "EndTrust": trusted,
        "EditProfile": {"nickname": "小李子"},
        "SetAvatar": {"mediaId": pictures[0]},
        "ReadNotices": {**here, "upTo": notice["id"]},
    }
    variables = {
        **{name: {"input": given} for name, given in inputs.items()},
        "Home": here,
        "Discover": here,
        "Search": {**here, "text": "烧肉"},
        "TopicFeed": {**here, "topicId": topic_id},
        "Favourites": here,
        "SuggestedTags": {**here, "text": "家"},
        "FindMembers": {**here, "text": "阿"},
        "Comments": {"id": public["id"]},
        "Replies": said,
        "SubmissionDetail": {"id": theirs["id"]},
        "Editor": {"id": draft["id"]},
        "Pictures": {"ids": pictures},
        "MySubmissions": here,
        "ReviewQueue": here,
        "ReviewCase": {"id": case["id"]},
        "TrustedMembers": here,
        "Points": here,
        "Leaderboard": here,
        "Me": here,
        "ConsentDocuments": {},
    }
    variables |= about_events
    return Screens({"guest": place.guest, "member": member, "leader": leader}, variables)


def list_empty(value, name=""):
    """List the names of the fields that are null or empty."""
    if value is None or value in ([], ""):
        return {name}
    if not isinstance(value, dict | list):
        return set()
    inner = value.items() if isinstance(value, dict) else [(name, one) for one in value]
    return {found for field, one in inner for found in list_empty(one, field)}


def list_refused(answer):
    return {error["path"][0]: error["extensions"]["code"] for error in answer.get("errors", [])}


def test_screen_documents_are_within_the_limits():
    schema = build_schema()
    assert [error for text in DOCUMENTS.values() for error in schema.check_document(text)] == []


async def test_screen_queries_answer_guest(screens):
    answers = {name: await screens.send("guest", name) for name in QUERIES}
    expected = {name: REFUSED_GUEST.get(name, {}) for name in QUERIES}
    assert {name: list_refused(answer) for name, answer in answers.items()} == expected
    refused = {
        name: {field for field, value in answer["data"].items() if value is None} for name, answer in answers.items()
    }
    assert refused == {name: {*codes, *(["me"] if name == "Me" else [])} for name, codes in expected.items()}


async def test_screen_queries_are_filled_for_member(screens):
    found = {}
    for name in QUERIES:
        answer = await screens.send("leader" if name in FOR_LEADERS else "member", name)
        found[name] = list_refused(answer), list_empty(answer["data"]) - MAY_BE_EMPTY
    assert found == {name: ({}, set()) for name in QUERIES}


async def test_review_queries_refuse_member(screens):
    names = [name for name in QUERIES if name in FOR_LEADERS]
    found = {name: list(list_refused(await screens.send("member", name)).values()) for name in names}
    assert found == {name: ["LEADERS_ONLY"] for name in names}


def list_codes(answer):
    (payload,) = answer["data"].values()
    return [error["code"] for error in payload["errors"]]


async def test_screen_mutations_refuse_guest_in_payload(screens):
    found = {name: list_codes(await screens.send("guest", name)) for name in MUTATIONS}
    assert found == {name: [] if name in ("Login", "Refresh") else ["UNAUTHENTICATED"] for name in MUTATIONS}


@pytest.mark.divided("name")
@pytest.mark.parametrize("name", MUTATIONS)
async def test_screen_mutation_succeeds_for_member(screens, name):
    answer = await screens.send("leader" if name in FOR_LEADERS else "member", name)
    assert list_refused(answer) == {}
    (payload,) = answer["data"].values()
    assert payload["errors"] == []
    assert list_empty(payload) - MAY_BE_EMPTY == {"errors"}


async def test_review_mutations_refuse_member(screens):
    names = [name for name in MUTATIONS if name in FOR_LEADERS]
    found = {name: list_codes(await screens.send("member", name)) for name in names}
    assert found == {name: ["LEADERS_ONLY"] for name in names}
