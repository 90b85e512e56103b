"""Blocks between members."""

from __future__ import annotations

import pytest

from community.communities import blocks, memberships, roles
from community.communities.errors import LeaderNotBlocked, NotAMember
from community.communities.models import Role
from community.communities.queries import get_member
from community.kernel.errors import InvalidInput, NotFound
from community.kernel.paging import PageRequest
from tests.support.story import assert_refused, create_community, list_rows


@pytest.fixture
async def place(database):
    return await create_community(residents=3)


async def is_blocked_between(viewer, member_id) -> bool:
    return await blocks.list_blocked_between(viewer, [member_id]) == {member_id}


async def test_block_works_in_both_directions(place):
    one, other, third = place.residents
    everyone = [one.id, other.id, third.id, place.leader.id]
    await blocks.block(one, other.id)
    assert await blocks.list_blocked_between(one, everyone) == {other.id}
    assert await blocks.list_blocked_between(other, everyone) == {one.id}
    assert await blocks.list_blocked_between(third, everyone) == set()


async def test_repeated_block_is_one_row(place):
    one, other, _ = place.residents
    for _ in range(2):
        assert (await blocks.block(one, other.id)).id == other.id
    assert [(row["membership_id"], row["blocked_id"]) for row in await list_rows("member_block")] == [
        (one.id, other.id)
    ]


async def test_unblock_ends_only_the_own_block(place):
    one, other, _ = place.residents
    await blocks.block(one, other.id)
    await blocks.block(other, one.id)
    for _ in range(2):
        await blocks.unblock(one, other.id)
    assert await is_blocked_between(one, other.id)
    await blocks.unblock(other, one.id)
    assert not await is_blocked_between(one, other.id)


async def test_own_blocks_are_listed_newest_first(place):
    one, other, third = place.residents
    await blocks.block(one, other.id)
    await blocks.block(one, third.id)
    await blocks.block(other, third.id)
    first = await blocks.list_own(one, PageRequest(1))
    assert ([row.blocked_id for row in first.rows], first.has_next) == ([third.id], True)
    rest = await blocks.list_own(one, PageRequest(1, first.cursor_of(first.rows[0])))
    assert ([row.blocked_id for row in rest.rows], rest.has_next) == ([other.id], False)


async def test_leader_neither_blocks_nor_is_blocked(place):
    one, *_ = place.residents
    await assert_refused(LeaderNotBlocked, blocks.block(one, place.leader.id))
    await assert_refused(LeaderNotBlocked, blocks.block(place.leader, one.id))
    assert await list_rows("member_block") == []


async def test_block_has_no_effect_while_one_leads(place):
    one, other, _ = place.residents
    await blocks.block(one, other.id)
    await roles.give_role(place.leader, other.id, role=Role.LEADER)
    leading = await get_member(other.person_id, place.id)
    assert not await is_blocked_between(one, other.id)
    assert not await is_blocked_between(leading, one.id)
    await roles.take_role(place.leader, other.id, role=Role.LEADER)
    assert await is_blocked_between(one, other.id)


async def test_block_of_oneself_or_a_stranger_is_refused(place):
    one, *_ = place.residents
    elsewhere = await create_community()
    assert (await assert_refused(InvalidInput, blocks.block(one, one.id))).reason == "own_block"
    await assert_refused(NotFound, blocks.block(one, elsewhere.resident.id))
    await assert_refused(NotFound, blocks.unblock(one, elsewhere.resident.id))
    assert await list_rows("member_block") == []


async def test_former_member_can_be_blocked(place):
    one, other, _ = place.residents
    await memberships.leave(other)
    await blocks.block(one, other.id)
    assert await is_blocked_between(one, other.id)
    await assert_refused(NotAMember, blocks.block(other, one.id))


async def test_block_stays_after_leaving(place):
    one, other, _ = place.residents
    await blocks.block(one, other.id)
    await memberships.leave(one)
    assert await blocks.list_blocked_between(other, [one.id]) == {one.id}


async def test_only_the_maker_sees_a_block(place):
    one, other, _ = place.residents
    await blocks.block(one, other.id)
    assert await blocks.list_blocked_by(one.person_id, [other.id]) == {other.id}
    assert await blocks.list_blocked_by(other.person_id, [one.id]) == set()
    assert (await blocks.list_own(other, PageRequest())).rows == []
