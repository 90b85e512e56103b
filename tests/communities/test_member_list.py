"""The list of members for leaders, with its search and filters."""

from __future__ import annotations

import pytest

from community.accounts import people
from community.communities import invitations, member_list, memberships, nicknames
from community.communities.errors import LeadersOnly
from community.communities.member_list import MemberFilter, MemberOrder
from community.communities.models import Role
from community.communities.sanctions.models import SanctionKind
from community.communities.sanctions.rules import SanctionContent
from community.kernel.errors import InvalidInput
from community.kernel.paging import PageRequest
from community.kernel.personal import ErasureContent
from community.review import sanctions
from community.review.member_records import get_records
from community.submissions.models import SubmissionState
from tests.privacy.test_erasing import erase
from tests.support.story import (
    add_member,
    assert_refused,
    create_community,
    create_draft,
    create_in_review,
    create_in_state,
    create_person,
    read_all_pages,
)

NAMES = ("王小明", "ＷＡＮＧ五", "50%_折", "李四")


@pytest.fixture
async def place(database):
    return await create_community(residents=1)


@pytest.fixture
async def named(place):
    code = (await invitations.invite(place.leader)).code
    return {name: await memberships.join(await create_person(name), invitation_code=code) for name in NAMES}


async def find(place, order=MemberOrder.OLDEST, **only) -> list[int]:
    page = await member_list.list_members(place.leader, PageRequest(), only=MemberFilter(**only), order=order)
    return [row.id for row in page.rows]


@pytest.mark.parametrize(
    ("search", "name"),
    [
        ("王小明", "王小明"),
        ("小明", "王小明"),
        ("折", "50%_折"),
        ("wang", "ＷＡＮＧ五"),
        ("Ang五", "ＷＡＮＧ五"),
        ("%_", "50%_折"),
    ],
)
async def test_search_finds_a_part_of_the_nickname(place, named, search, name):
    assert await find(place, search=search) == [named[name].id]


async def test_search_follows_the_nickname(place, named):
    member = named["李四"]
    await nicknames.edit_person(member.person_id, nickname="赵六")
    assert (await find(place, search="李四"), await find(place, search="赵")) == ([], [member.id])
    await erase(member.person_id, ErasureContent.ANONYMISE)
    assert await find(place, search="赵", former_only=True) == []
    assert await find(place, search=people.ERASED_NICKNAME, former_only=True) == []


async def test_search_needs_a_text(place):
    for search in ("", "字" * 21):
        await assert_refused(InvalidInput, find(place, search=search))


async def test_filters_narrow_the_list(place):
    expert, other = await add_member(place, role=Role.EXPERT), await add_member(place)
    assert await find(place, roles=[Role.EXPERT, Role.LEADER]) == [place.leader.id, expert.id]
    content = SanctionContent(SanctionKind.WARNING, "广告", 7)
    lifted = await sanctions.give(place.leader, other.id, content=content)
    await sanctions.lift(place.leader, lifted.id, reason="误会")
    await sanctions.give(place.leader, expert.id, content=content)
    assert await find(place, sanctioned_only=True) == [expert.id]
    removal = SanctionContent(SanctionKind.REMOVAL, "广告", None)
    await sanctions.give(place.leader, other.id, content=removal)
    assert await find(place, former_only=True, sanctioned_only=True) == [other.id]
    assert await find(place) == [place.leader.id, place.resident.id, expert.id]


async def test_pages_show_each_member_once(place, named):
    ids = [place.leader.id, place.resident.id, *(member.id for member in named.values())]
    for order, expected in ((MemberOrder.OLDEST, ids), (MemberOrder.NEWEST, ids[::-1])):
        rows = await read_all_pages(
            lambda request, order=order: member_list.list_members(
                place.leader, request, only=MemberFilter(), order=order
            ),
            first=2,
        )
        assert [row.id for row in rows] == expected


async def test_resident_lists_no_members(place):
    page = member_list.list_members(place.resident, PageRequest(), only=MemberFilter(), order=MemberOrder.OLDEST)
    await assert_refused(LeadersOnly, page)


async def test_record_counts_what_leaders_know(place):
    await create_draft(place)
    await create_in_review(place)
    for state in (SubmissionState.PUBLISHED, SubmissionState.REJECTED, SubmissionState.WITHDRAWN):
        await create_in_state(place, state)
    await sanctions.give(place.leader, place.resident.id, content=SanctionContent(SanctionKind.WARNING, "广告", 7))
    (row,) = (await get_records([place.resident.id])).values()
    assert (row.published, row.waiting, row.returned, row.rejected, row.removed) == (1, 1, 0, 1, 0)
    assert (row.refusals, row.sanctions) == (1, 1)
