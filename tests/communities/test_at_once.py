"""Changes of one membership that run at the same time."""

from __future__ import annotations

import asyncio

import pytest

from community.accounts import people
from community.communities import invitations, memberships, queries, roles
from community.communities.errors import LeadersOnly, NotAMember
from community.communities.models import Role
from community.kernel import db
from community.kernel.errors import NotFound
from community.review import service as review
from community.review.rules import Approval
from tests.support.story import (
    FAIR_SCORES,
    create_community,
    create_in_review,
    get_open_case,
    list_rows,
    run_concurrently,
)
from tests.support.waiting import until_blocked

ROUNDS = 25


async def test_role_given_while_leaving_is_gone_on_return(database):
    place = await create_community(leaders=1, residents=0)
    code = (await invitations.invite(place.leader, uses=ROUNDS * 3)).code
    someone = await create_community(residents=1)
    for _ in range(ROUNDS):
        member = await memberships.join(someone.resident.person_id, invitation_code=code)
        given, left = await run_concurrently(
            roles.give_role(place.leader, member.id, role=Role.LEADER), memberships.leave(member)
        )
        assert not isinstance(given, Exception) or isinstance(given, NotFound)
        assert not isinstance(left, Exception)
        assert [row for row in await list_rows("membership_role") if row["membership_id"] == member.id] == []
        back = await memberships.join(someone.resident.person_id, invitation_code=code)
        assert back.roles == []
        await memberships.leave(back)


async def test_leaders_who_demote_each_other_leave_one(database):
    place = await create_community(leaders=2, residents=0)
    one, other = place.leaders
    for _ in range(ROUNDS):
        answers = await run_concurrently(
            roles.take_role(one, other.id, role=Role.LEADER), roles.take_role(other, one.id, role=Role.LEADER)
        )
        assert sorted(isinstance(answer, LeadersOnly) for answer in answers) == [False, True]
        leaders = [member for member in await queries.get_members([one.id, other.id]) if member.is_leader]
        assert len(leaders) == 1
        (demoted,) = {one.id, other.id} - {leaders[0].id}
        await roles.give_role(leaders[0], demoted, role=Role.LEADER)


async def test_members_reported_as_inviters_of_each_other_count_once(database):
    place = await create_community(residents=2)
    one, other = place.residents
    for _ in range(ROUNDS):
        await db.execute(
            "UPDATE membership SET invited_by = $1 WHERE id = ANY($2)", place.leader.id, [one.id, other.id]
        )
        answers = await run_concurrently(
            memberships.record_inviter(place.id, one.id, inviter_id=other.id),
            memberships.record_inviter(place.id, other.id, inviter_id=one.id),
        )
        assert sorted(answers) == [False, True]


async def call_while_held(lock, call, later):
    """Start `call` while its rows are locked, then `later`. Return both results, in this order."""
    held, go = asyncio.Event(), asyncio.Event()

    async def hold():
        await db.execute(*lock)
        held.set()
        await go.wait()

    holding = asyncio.create_task(db.transaction(hold))
    await held.wait()
    first = asyncio.create_task(call)
    await until_blocked()
    second = asyncio.create_task(later)
    await until_blocked(2)
    go.set()
    await holding
    return await run_concurrently(first, second)


@pytest.mark.parametrize("end", ["demote", "ban"])
async def test_approval_that_waits_commits_before_its_leader_ends(database, end):
    """The leader's end waits for the decision that runs, so that no decision follows the end."""
    place = await create_community(leaders=2)
    row = await create_in_review(place)
    case = await get_open_case(row)
    leader = place.leaders[1]
    approval = review.approve(leader, case.id, version=case.version, approval=Approval(FAIR_SCORES))
    ending = {
        "demote": lambda: roles.take_role(place.leader, leader.id, role=Role.LEADER),
        "ban": lambda: people.ban(leader.person_id, reason="广告"),
    }[end]()
    lock = ("SELECT id FROM submission WHERE id = $1 FOR UPDATE", row.id)
    approved, ended = await call_while_held(lock, approval, ending)
    assert not isinstance(approved, Exception)
    assert not isinstance(ended, Exception)
    actions = [row["action"] for row in await list_rows("audit_event")]
    assert "review.approved" in actions
    assert "role.take" not in actions[: actions.index("review.approved")]


async def test_former_leader_decides_nothing(database):
    place = await create_community(leaders=2)
    case = await get_open_case(await create_in_review(place))
    leader = place.leaders[1]
    await memberships.leave(leader)
    with pytest.raises(NotAMember):
        await review.approve(leader, case.id, version=case.version, approval=Approval(FAIR_SCORES))
