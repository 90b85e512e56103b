"""Sanctions of members: who gives them, what they forbid, and how they end."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from community.accounts import people
from community.communities import invitations, memberships, queries, roles
from community.communities.errors import (
    LeaderProtected,
    LeadersOnly,
    MemberSanctioned,
    Muted,
    NotAMember,
    Removed,
    SanctionOver,
)
from community.communities.models import Role
from community.communities.sanctions import queries as sanction_queries
from community.communities.sanctions.models import SanctionKind
from community.communities.sanctions.rules import SanctionContent
from community.communities.settings import JoiningPolicy
from community.kernel import clock
from community.kernel.errors import NotFound
from community.review import sanctions
from community.review import service as review
from community.review.rules import Approval
from community.submissions import readers, removal, write
from community.submissions.models import SubmissionKind, SubmissionState
from community.submissions.reactions import likes
from tests.communities.test_at_once import call_while_held
from tests.support.api import new_key, run_api
from tests.support.bank import find_violations
from tests.support.story import (
    FAIR_SCORES,
    add_member,
    assert_refused,
    create_community,
    create_draft,
    create_in_review,
    create_person,
    create_published,
    edit_submission,
    get_open_case,
    list_rows,
    make_content,
    read_tables,
    reload_submission,
    run_concurrently,
)

DOCUMENT = Path(__file__).parents[2] / "docs" / "architecture.md"
ROUNDS = 12


@pytest.fixture
async def place(database):
    return await create_community(leaders=2)


async def give(place, kind, member=None, days=7):
    content = SanctionContent(kind, "广告", None if kind is SanctionKind.REMOVAL and days == 0 else days)
    return await sanctions.give(place.leader, (member or place.resident).id, content=content)


async def list_notified(member) -> list[str]:
    return [row["kind"] for row in await list_rows("notice") if row["membership_id"] == member.id]


@pytest.mark.parametrize("kind", SanctionKind)
async def test_sanction_is_announced_once_and_consistent(place, kind):
    row = await give(place, kind)
    assert row.is_in_force
    assert row.ends_at - row.starts_at == timedelta(days=7)
    assert await list_notified(place.resident) == [f"SANCTION_{kind}"]
    await sanctions.lift(place.leaders[1], row.id, reason="误会")
    assert await list_notified(place.resident) == [f"SANCTION_{kind}", "SANCTION_LIFTED"]
    await assert_refused(SanctionOver, sanctions.lift(place.leader, row.id, reason="误会"))
    assert await find_violations() == {}


async def test_sanction_is_given_by_leaders_to_others(place):
    elsewhere = await create_community()
    expert = await add_member(place, role=Role.EXPERT)
    before = await read_tables("sanction", "notice", "audit_event")
    content = SanctionContent(SanctionKind.WARNING, "广告", 7)
    await assert_refused(LeaderProtected, sanctions.give(place.leader, place.leader.id, content=content))
    await assert_refused(LeaderProtected, sanctions.give(place.leader, place.leaders[1].id, content=content))
    await assert_refused(LeadersOnly, sanctions.give(place.resident, place.other.id, content=content))
    await assert_refused(NotFound, sanctions.give(place.leader, elsewhere.resident.id, content=content))
    assert await read_tables("sanction", "notice", "audit_event") == before
    row = await give(place, SanctionKind.WARNING, expert)
    await assert_refused(NotFound, sanctions.lift(elsewhere.leader, row.id, reason="误会"))


async def test_muted_member_sends_nothing(place):
    draft, public = await create_draft(place), await create_published(place)
    row = await give(place, SanctionKind.MUTE)
    before = await read_tables("submission", "submission_revision", "outbox_effect")
    content, author = make_content(), place.resident
    for call in (
        write.create(author, kind=SubmissionKind.RECIPE, content=content),
        write.submit(author, draft.id, version=draft.version),
        write.edit(author, public.id, version=public.version, content=content),
        readers.make_public(author, public.id, version=public.version),
    ):
        assert (await assert_refused(Muted, call)).retry_at == row.ends_at
    assert await read_tables("submission", "submission_revision", "outbox_effect") == before


async def test_muted_member_drafts_likes_and_withdraws(place):
    public = await create_published(place)
    others = await create_published(place, author=place.other)
    await give(place, SanctionKind.MUTE)
    draft = await create_draft(place)
    await write.edit(place.resident, draft.id, version=draft.version, content=make_content())
    await likes.like(place.resident, others.id)
    withdrawn = await removal.withdraw(place.resident, public.id, version=public.version)
    assert withdrawn.state is SubmissionState.WITHDRAWN


async def test_longest_of_several_mutes_counts(place):
    await give(place, SanctionKind.MUTE, days=2)
    longer = await give(place, SanctionKind.MUTE, days=5)
    draft = await create_draft(place)
    with clock.at(clock.now() + timedelta(days=3)):
        await assert_refused(Muted, write.submit(place.resident, draft.id, version=draft.version))
        await sanctions.lift(place.leader, longer.id, reason="误会")
        await write.submit(place.resident, draft.id, version=draft.version)


async def test_mute_ends_by_time(place):
    row = await give(place, SanctionKind.MUTE)
    draft = await create_draft(place)
    with clock.at(row.ends_at):
        await write.submit(place.resident, draft.id, version=draft.version)


async def test_mute_outlasts_leaving_and_joining(place):
    code = (await invitations.invite(place.leader)).code
    await give(place, SanctionKind.MUTE)
    await removal.leave_community(place.resident)
    member = await memberships.join(place.resident.person_id, invitation_code=code)
    await assert_refused(Muted, write.create(member, kind=SubmissionKind.RECIPE, content=make_content()))


async def test_mute_keeps_what_waits(place):
    waiting = await create_in_review(place)
    await give(place, SanctionKind.MUTE)
    case = await get_open_case(waiting)
    await review.approve(place.leader, case.id, version=case.version, approval=Approval(FAIR_SCORES))
    assert (await reload_submission(waiting)).state is SubmissionState.PUBLISHED


async def test_removal_ends_the_membership_as_leaving_does(place):
    await roles.give_role(place.leader, place.resident.id, role=Role.EXPERT)
    waiting, public = await create_in_review(place), await create_published(place)
    edit = await edit_submission(public, place.resident, title="改")
    await give(place, SanctionKind.REMOVAL)
    (member,) = await queries.get_members([place.resident.id])
    assert (member.roles, member.left_at is None) == ([], False)
    assert (await reload_submission(waiting)).state is SubmissionState.WITHDRAWN
    assert (await reload_submission(edit)).state is SubmissionState.PUBLISHED
    ended = ("membership.leave", "role.take", "submission.withdraw", "submission.drop_edit")
    actors = {row["actor_id"] for row in await list_rows("audit_event") if row["action"] in ended}
    assert actors == {place.leader.id}
    await assert_refused(NotAMember, write.create_draft(member, kind=SubmissionKind.RECIPE, content=make_content()))
    assert await find_violations() == {}


async def test_removed_person_joins_in_no_way(database):
    place = await create_community(joining=JoiningPolicy.OPEN)
    person_id = place.resident.person_id
    codes = [(await invitations.invite(place.leader, role=role)).code for role in (None, *Role)]
    row = await give(place, SanctionKind.REMOVAL)
    before = await read_tables("membership", "membership_role", "invitation")
    joinings = [memberships.join(person_id, invitation_code=code) for code in codes]
    for joining in (*joinings, memberships.join_open(person_id, community_id=place.id)):
        assert (await assert_refused(Removed, joining)).retry_at == row.ends_at
    assert await read_tables("membership", "membership_role", "invitation") == before
    with clock.at(row.ends_at):
        assert (await memberships.join_open(person_id, community_id=place.id)).id == place.resident.id
    assert await find_violations() == {}


async def test_removal_without_end_lasts_until_it_is_lifted(database):
    place = await create_community(joining=JoiningPolicy.OPEN)
    other = await give(place, SanctionKind.REMOVAL, place.other, days=0)
    with clock.at(clock.now() + timedelta(days=4_000)):
        refused = await assert_refused(Removed, memberships.join_open(place.other.person_id, community_id=place.id))
        assert refused.retry_at is None
        await sanctions.lift(place.leader, other.id, reason="误会")
        await memberships.join_open(place.other.person_id, community_id=place.id)


async def test_sanctioned_member_becomes_no_leader(place):
    row = await give(place, SanctionKind.WARNING)
    code = (await invitations.invite(place.leader, role=Role.LEADER)).code
    for call in (
        roles.give_role(place.leader, place.resident.id, role=Role.LEADER),
        memberships.join(place.resident.person_id, invitation_code=code),
    ):
        await assert_refused(MemberSanctioned, call)
    await roles.give_role(place.leader, place.resident.id, role=Role.EXPERT)
    await sanctions.lift(place.leader, row.id, reason="误会")
    assert (await roles.give_role(place.leader, place.resident.id, role=Role.LEADER)).is_leader


async def test_end_is_announced_once_and_only_to_the_sanctioned(place):
    row = await give(place, SanctionKind.MUTE)
    lifted = await give(place, SanctionKind.WARNING, place.other)
    await sanctions.lift(place.leader, lifted.id, reason="误会")
    assert await sanctions.announce_ended() == 0
    with clock.at(row.ends_at):
        assert sum(await run_concurrently(sanctions.announce_ended(), sanctions.announce_ended())) == 1
        assert await sanctions.announce_ended() == 0
    assert await list_notified(place.resident) == ["SANCTION_MUTE", "SANCTION_ENDED"]
    assert "SANCTION_ENDED" not in await list_notified(place.other)


@pytest.mark.parametrize("first", ["sanction", "role"])
async def test_sanction_and_role_of_leader_exclude_each_other(place, first):
    code = (await invitations.invite(place.leader)).code
    for number in range(ROUNDS):
        person_id = await create_person(f"王叔{number}")  # No member may be called as a new leader.
        member = await memberships.join(person_id, invitation_code=code)
        sanction = give(place, SanctionKind.MUTE, member)
        role = roles.give_role(place.leaders[1], member.id, role=Role.LEADER)
        calls = (sanction, role) if first == "sanction" else (role, sanction)
        answers = await run_concurrently(*calls)
        failed = [answer for answer in answers if isinstance(answer, Exception)]
        assert [type(answer) for answer in failed] in ([LeaderProtected], [MemberSanctioned])
    assert await find_violations() == {}


@pytest.mark.parametrize("first", ["removal", "leaving"])
async def test_removal_and_leaving_end_the_membership_once(place, first):
    for _ in range(ROUNDS):
        member = await add_member(place)
        waiting = await create_in_review(place, author=member)
        calls = [give(place, SanctionKind.REMOVAL, member), removal.leave_community(member)]
        removed, left = await run_concurrently(*(calls if first == "removal" else reversed(calls)))
        outcomes = {type(answer) for answer in (removed, left) if isinstance(answer, Exception)}
        assert len(outcomes) == 1
        assert outcomes <= {NotFound, NotAMember}
        assert (await reload_submission(waiting)).state is SubmissionState.WITHDRAWN
    assert await find_violations() == {}


async def test_removal_and_joining_leave_no_member(database):
    place = await create_community(joining=JoiningPolicy.OPEN)
    for _ in range(ROUNDS):
        member = await add_member(place)
        await run_concurrently(
            give(place, SanctionKind.REMOVAL, member), memberships.join_open(member.person_id, community_id=place.id)
        )
        assert await queries.find_member(member.person_id, place.id) is None
    assert await find_violations() == {}


async def test_mute_waits_for_what_is_being_sent(place):
    draft = await create_draft(place)
    lock = ("SELECT id FROM submission WHERE id = $1 FOR UPDATE", draft.id)
    sending = write.submit(place.resident, draft.id, version=draft.version)
    sent, muted = await call_while_held(lock, sending, give(place, SanctionKind.MUTE))
    assert sent.state is SubmissionState.PENDING_SCREENING
    assert muted.kind is SanctionKind.MUTE
    actions = [row["action"] for row in await list_rows("audit_event")]
    assert actions.index("submission.submit") < actions.index("sanction.give")


MEMBER = """query($id: ID!, $c: ID!) {
  node(id: $id) { ... on Member { sanctions { kind isInForce reason viewerCanLift } } }
  notices(communityId: $c) { nodes { kind figures { name value } } }
}"""


async def test_removed_person_reads_inbox_and_sanctions(settings):
    async with run_api(settings) as place:
        leader = await place.found_community()
        resident = await place.resident(leader, "one")
        give = "mutation($i: SanctionGiveInput!) { sanctionGive(input: $i) { sanction { id } errors { code } } }"
        given = {"memberId": resident.member_id, "kind": "REMOVAL", "reason": "广告", "idempotencyKey": new_key()}
        sanction = (await leader.ask(give, i=given))["sanctionGive"]["sanction"]
        found = await resident.ask(MEMBER, id=resident.member_id, c=place.id)
    assert found["node"]["sanctions"] == [
        {"kind": "REMOVAL", "isInForce": True, "reason": "广告", "viewerCanLift": False}
    ]
    (notice,) = found["notices"]["nodes"]
    assert notice == {"kind": "SANCTION_REMOVAL", "figures": [{"name": "SANCTION", "value": sanction["id"]}]}


async def test_sanction_by_a_suspended_leader_stays(place):
    row = await give(place, SanctionKind.MUTE)
    await people.ban(place.leader.person_id, reason="广告")
    assert (await sanction_queries.get_sanction(place.id, row.id)).is_in_force


ROWS = {
    "drafts, likes, withdrawals, redemptions": ["test_muted_member_drafts_likes_and_withdraws"],
    "new submissions, edits of publications, opening to everyone": ["test_muted_member_sends_nothing"],
    "waiting submissions": ["test_removal_ends_the_membership_as_leaving_does", "test_mute_keeps_what_waits"],
    "promises of trials": ["test_promise_of_a_muted_member_waits"],
    "leaving and joining": ["test_mute_outlasts_leaving_and_joining", "test_removed_person_joins_in_no_way"],
    "the role of a leader": ["test_sanctioned_member_becomes_no_leader"],
    "inbox, own sanctions": ["test_removed_person_reads_inbox_and_sanctions"],
}
"""The tests of each row of the table in docs/architecture.md."""


def test_each_row_of_sanction_table_has_its_tests():
    table = DOCUMENT.read_text().partition("| of a sanctioned member |")[2].partition("\n\n")[0]
    assert re.findall(r"^\| ([^|]+?) \|", table, re.MULTILINE) == list(ROWS)
    tests = Path(__file__).read_text() + (Path(__file__).parents[1] / "rewards" / "test_trials.py").read_text()
    assert {test for row in ROWS.values() for test in row if f"def {test}(" not in tests} == set()
