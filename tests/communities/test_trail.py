"""The audit trail, as leaders and the operator read it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from community.communities import bans, invitations, service_tokens, trail
from community.communities.errors import LeadersOnly
from community.communities.models import ServiceScope
from community.kernel import audit, clock, db
from community.kernel.audit import TrailFilter
from community.kernel.audit_actions import AuditAction
from community.kernel.paging import PageRequest
from tests.support.story import assert_refused, create_community, read_all_pages


@pytest.fixture
async def place(database):
    return await create_community()


async def list_actions(actor, **only):
    rows = await read_all_pages(lambda request: trail.list_events(actor, request, only=TrailFilter(**only)), first=2)
    return [row.action for row in rows]


async def test_leader_reads_their_community(place):
    await create_community()
    await invitations.invite(place.leader)
    rows = await read_all_pages(lambda r: trail.list_events(place.leader, r, only=TrailFilter()), first=3)
    assert rows[0].action is AuditAction.INVITATION_CREATE
    assert {row.community_id for row in rows} == {place.id}
    assert [row.id for row in rows] == sorted((row.id for row in rows), reverse=True)


async def test_resident_reads_no_trail(place):
    await assert_refused(LeadersOnly, trail.list_events(place.resident, PageRequest(), only=TrailFilter()))


async def test_trail_is_filtered_by_action_and_time(place):
    before = clock.now()
    await service_tokens.create(place.leader, name="店", scopes=[ServiceScope.REPORT_INTERACTIONS])
    await invitations.invite(place.leader)
    made = [AuditAction.SERVICE_TOKEN_CREATE]
    assert await list_actions(place.leader, actions=made) == made
    assert await list_actions(place.leader, since=before) == [AuditAction.INVITATION_CREATE, *made]
    assert await list_actions(place.leader, until=before - timedelta(days=1)) == []


async def test_operator_reads_what_a_person_did_and_met(place):
    await invitations.invite(place.leader)
    await db.transaction(
        lambda: audit.record(
            audit.NO_COMMUNITY_ID, None, AuditAction.PERSON_BAN, subject="person", subject_id=place.leader.person_id
        )
    )
    rows = await trail.list_for_operator(only=TrailFilter(), person_id=place.leader.person_id)
    assert {row.action for row in rows} >= {AuditAction.INVITATION_CREATE, AuditAction.PERSON_BAN}
    assert {row.actor_id for row in rows} == {place.leader.id, None}


async def test_leaders_read_the_ban_of_their_member(place):
    elsewhere = await create_community()
    await bans.ban(place.resident.person_id, reason="广告")
    await bans.unban(place.resident.person_id)
    rows = (await trail.list_events(place.leader, PageRequest(2), only=TrailFilter())).rows
    assert [row.action for row in rows] == [AuditAction.PERSON_UNBAN, AuditAction.PERSON_BAN]
    assert {(row.subject, row.subject_id, str(row.detail)) for row in rows} == {("membership", place.resident.id, "{}")}
    banned = {AuditAction.PERSON_BAN, AuditAction.PERSON_UNBAN}
    assert banned.isdisjoint(await list_actions(elsewhere.leader))


async def test_operator_reads_about_a_person_without_memberships(place):
    await invitations.invite(place.leader)
    rows = await trail.list_for_operator(only=TrailFilter(), person_id=2**40)
    assert list(rows) == []


async def test_unknown_action_is_not_recorded(place):
    with pytest.raises(ValueError, match="is not a valid"):
        await db.transaction(lambda: audit.record(place.id, None, "wine.drink", subject="wine", subject_id=1))
