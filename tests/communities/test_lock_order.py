"""Locks on two memberships, which every verb takes in the order of ids."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest

from community.communities import invitations, memberships, roles, service_access, service_tokens
from community.communities.models import Role, ServiceScope
from community.kernel import clock, db
from community.points.earning.interactions import InteractionReport, record_interaction
from community.points.earning.models import InteractionKind
from community.review import service as review
from community.review.rules import Approval
from tests.communities.test_at_once import call_while_held
from tests.support.story import FAIR_SCORES, add_member, create_community, create_in_review, get_open_case


@pytest.fixture
async def place(database):
    """A community whose second leader is its newest member."""
    place = await create_community(residents=2)
    place.leaders.append(await add_member(place, role=Role.LEADER))
    return place


async def decide(place):
    case = await get_open_case(await create_in_review(place))
    return review.approve(place.leaders[1], case.id, version=case.version, approval=Approval(FAIR_SCORES))


async def join_again(place):
    code = (await invitations.invite(place.leaders[1], role=Role.EXPERT)).code
    return memberships.join(place.resident.person_id, invitation_code=code)


async def report_invitation(place):
    new = await service_tokens.create(place.leaders[1], name="店", scopes=[ServiceScope.REPORT_INTERACTIONS])
    report = InteractionReport(
        InteractionKind.INVITATION, "r", place.resident.id, clock.now() - timedelta(hours=1), invitee_id=place.other.id
    )

    async def call():
        with db.on_transaction_begin(partial(service_access.lock_usable, new.row)):
            return await record_interaction(new.row, report)

    return call()


@pytest.mark.on_servers
@pytest.mark.parametrize("prepare", [decide, join_again, report_invitation])
async def test_call_beside_a_change_of_roles_does_not_deadlock(place, caplog, prepare):
    """The change waits for the older membership. A call that locks the newer one first would block it."""
    call = await prepare(place)
    change = roles.take_role(place.leaders[1], place.resident.id, role=Role.EXPERT)
    lock = ("SELECT id FROM membership WHERE id = $1 FOR UPDATE", place.resident.id)
    for answer in await call_while_held(lock, change, call):
        assert not isinstance(answer, Exception)
    assert "transaction repeated" not in caplog.text
