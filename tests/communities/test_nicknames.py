"""Nicknames that imitate leaders or the service."""

from __future__ import annotations

import pytest

from community.accounts import people, queries, rules
from community.communities import invitations, memberships, nicknames, roles
from community.communities.models import Role
from community.kernel.errors import InvalidInput
from community.kernel.paging import PageRequest
from community.notices import queries as notices
from community.notices import service
from community.notices.models import NoticeKind
from community.system.checks import DEEP_CHECKS
from tests.support.backends import make_settings
from tests.support.story import create_community, create_person, list_pending_effects


@pytest.fixture
async def place(database):
    """A community whose leader is called Li."""
    made = await create_community()
    await people.edit(made.leader.person_id, nickname="李 Admiral")
    return made


async def find_refusal(call) -> str | None:
    """Return the reason for which the call is refused."""
    with pytest.raises(InvalidInput) as found:
        await call
    assert found.value.path == ("nickname",)
    return found.value.reason


@pytest.mark.parametrize(
    "text", ["官方", "小区官 方", "官\u200b方客服", "Аdmin", "ADM1N", "已注销", "已·注·销", "管理員", "0fficial"]
)
def test_name_of_service_is_refused(text):
    with pytest.raises(InvalidInput) as found:
        rules.normalise_nickname(text)
    assert found.value.reason == "nickname_reserved"


@pytest.mark.parametrize("text", ["badminton", "李官", "方官", "阿明", "👍🏽"])
def test_other_name_is_accepted(text):
    assert rules.normalise_nickname(text) == text


@pytest.mark.parametrize("text", ["李 Admiral", "李Аdmiral", "李·adm1ral", "李 \u200badmiral"])
async def test_edit_to_look_of_leader_is_refused(place, text):
    assert await find_refusal(nicknames.edit_person(place.resident.person_id, nickname=text)) == "nickname_imitates"
    (person,) = await queries.get_people([place.resident.person_id])
    assert person.nickname == "阿明"


@pytest.mark.parametrize("text", ["王团长", "团\u3000长", "團長", "団長"])
async def test_member_called_leader_is_refused(place, text):
    assert await find_refusal(nicknames.edit_person(place.resident.person_id, nickname=text)) == "nickname_leader"


async def test_leader_may_be_called_leader(place):
    await nicknames.edit_person(place.leader.person_id, nickname="李团长")


async def test_joining_with_look_of_leader_is_refused(place):
    code = (await invitations.invite(place.leader, uses=1)).code
    stranger = await create_person("李аdmiral")
    assert await find_refusal(memberships.join(stranger, invitation_code=code)) == "nickname_imitates"
    await nicknames.edit_person(stranger, nickname="小张")
    assert (await memberships.join(stranger, invitation_code=code)).community_id == place.id


async def test_joining_as_leader_keeps_name_of_leader(place):
    code = (await invitations.invite(place.leader, role=Role.LEADER, uses=1)).code
    assert (await memberships.join(await create_person("张团长"), invitation_code=code)).is_leader


async def test_first_nickname_of_new_people_is_no_imitation(place):
    await people.edit(place.leader.person_id, nickname=rules.DEFAULT_NICKNAME)
    await nicknames.edit_person(place.resident.person_id, nickname=rules.DEFAULT_NICKNAME)


async def list_notices(member) -> list[NoticeKind]:
    """Carry out the pending notices about imitation twice, and return the member's."""
    for args in await list_pending_effects(nicknames.IMITATION_EFFECT):
        for _ in range(2):
            await service.notify_imitators(**args)
    return [row.kind for row in (await notices.list_inbox(member, PageRequest())).rows]


async def join_as_leader(place, nickname: str):
    code = (await invitations.invite(place.leader, role=Role.LEADER, uses=1)).code
    return await memberships.join(await create_person(nickname), invitation_code=code)


async def test_member_who_looks_like_new_leader_is_told(place):
    await people.edit(place.resident.person_id, nickname="张 三")
    await people.edit(place.other.person_id, nickname="張·三")
    await roles.give_role(place.leader, place.other.id, role=Role.LEADER)
    assert await list_notices(place.resident) == [NoticeKind.NICKNAME_OF_LEADER]
    assert await list_notices(place.other) == [NoticeKind.NICKNAME_IMITATED]
    assert await list_notices(place.leader) == []


async def test_member_who_looks_like_joining_leader_is_told(place):
    await people.edit(place.resident.person_id, nickname="张三")
    leader = await join_as_leader(place, "张三")
    assert await list_notices(place.resident) == [NoticeKind.NICKNAME_OF_LEADER]
    assert await list_notices(leader) == [NoticeKind.NICKNAME_IMITATED]


async def test_member_who_looks_like_renamed_leader_is_told(place):
    await people.edit(place.resident.person_id, nickname="张三")
    await nicknames.edit_person(place.leader.person_id, nickname="张三")
    assert await list_notices(place.resident) == [NoticeKind.NICKNAME_OF_LEADER]


async def test_nobody_is_told_of_a_leader_who_steps_down(place):
    await people.edit(place.resident.person_id, nickname="张三")
    leader = await join_as_leader(place, "张三")
    await roles.take_role(place.leader, leader.id, role=Role.LEADER)
    assert await list_notices(place.resident) == []


async def carry_out_replacements() -> None:
    for args in await list_pending_effects("effects.replace_leader_nickname"):
        for _ in range(2):
            await service.replace_leader_nickname(**args)


async def get_nickname(member) -> str:
    return (await queries.find_person(member.person_id)).nickname


async def take_role(place, leader) -> None:
    await roles.take_role(place.leader, leader.id, role=Role.LEADER)


async def leave(place, leader) -> None:
    await memberships.leave(leader)


async def ban(place, leader) -> None:
    await people.ban(leader.person_id, reason="广告")


@pytest.mark.parametrize(("lose", "told"), [(take_role, 1), (leave, 0), (ban, 1)])
async def test_nickname_of_former_leader_is_replaced(place, lose, told):
    leader = await join_as_leader(place, "张团长")
    await lose(place, leader)
    await carry_out_replacements()
    assert await get_nickname(leader) == rules.DEFAULT_NICKNAME
    assert await list_notices(leader) == [NoticeKind.NICKNAME_REPLACED] * told


async def test_other_nickname_of_former_leader_stays(place):
    leader = await join_as_leader(place, "张三")
    await take_role(place, leader)
    await carry_out_replacements()
    assert await get_nickname(leader) == "张三"


async def test_leader_of_another_community_keeps_nickname(place):
    leader = await join_as_leader(place, "张团长")
    other = await create_community()
    code = (await invitations.invite(other.leader, role=Role.LEADER, uses=1)).code
    await memberships.join(leader.person_id, invitation_code=code)
    await take_role(place, leader)
    await carry_out_replacements()
    assert await get_nickname(leader) == "张团长"
    assert await list_notices(leader) == []


async def test_erased_leader_keeps_nickname_of_the_erased(place):
    leader = await join_as_leader(place, "张团长")
    await take_role(place, leader)
    await people.erase(leader.person_id)
    await carry_out_replacements()
    assert await get_nickname(leader) == people.ERASED_NICKNAME


@pytest.mark.parametrize("text", ["张叁", "張三丰", "李四"])
async def test_other_nickname_is_no_imitation_of_new_leader(place, text):
    await people.edit(place.resident.person_id, nickname=text)
    await join_as_leader(place, "张三")
    assert await list_notices(place.resident) == []


async def test_deep_check_names_members_who_look_like_leaders(place):
    assert await nicknames.list_all_imitators() == []
    await people.edit(place.resident.person_id, nickname="李аdmiral")
    assert await nicknames.list_all_imitators() == [place.resident.id]
    assert f"memberships {place.resident.id}" in await DEEP_CHECKS["nicknames"](make_settings())
