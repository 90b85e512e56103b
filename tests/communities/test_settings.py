"""Settings of a community, and what is derived from their declarations."""

from __future__ import annotations

import pytest

from community.api.communities.mutations import CommunityEditInput
from community.api.communities.types import Community
from community.communities import founding, profile, settings
from community.communities.invariants import INVARIANTS
from community.communities.queries import get_communities
from community.communities.settings import EDITABLE_SETTINGS, SETTINGS, JoiningPolicy, Visibility
from community.kernel import db
from community.kernel.errors import InvalidInput
from community.kernel.paging import PageRequest
from tests.support.story import create_community, list_rows
from tests.support.tampering import lift_triggers


def graph_fields(declared):
    return {field.python_name: field.description for field in declared.__strawberry_definition__.fields}


@pytest.mark.parametrize("setting", SETTINGS.values(), ids=SETTINGS)
def test_setting_default_is_a_value_of_it(setting):
    given = {"name": "枫林小区"} if setting.default is None else {"name": "枫林小区", setting.name: setting.default}
    value = settings.parse_founding(given)[setting.name]
    assert type(value) is setting.kind
    assert value == (setting.default or value)


def test_settings_are_described_in_the_graph():
    found = graph_fields(Community)
    assert {name for name, setting in SETTINGS.items() if not found[name].startswith(setting.description)} == set()
    edited = graph_fields(CommunityEditInput)
    assert {name for name in edited if name in SETTINGS} == set(EDITABLE_SETTINGS)


async def test_founding_without_values_takes_the_defaults(database):
    founded = await founding.create_community(name="枫林小区")
    (row,) = await get_communities([founded.community_id])
    assert {name: getattr(row, name) for name in SETTINGS} == settings.parse_founding({"name": "枫林小区"})


async def test_edit_of_each_setting_is_saved_and_recorded(database):
    place = await create_community()
    edit = {
        "name": "枫林", "visibility": Visibility.PUBLIC, "joining": JoiningPolicy.OPEN, "description": "老小区",
        "announcement": "周六修电梯", "rules": "不发广告", "newcomer_comment_pause_seconds": 0,
    }  # fmt: skip
    row = await profile.edit_community(place.leader, version=1, edit=edit)
    assert {name: getattr(row, name) for name in edit} == edit
    (change, _) = (await profile.list_changes(place.leader, PageRequest())).rows
    assert change.changes == edit


@pytest.mark.parametrize("seconds", [-1, 3_601])
def test_pause_beyond_its_limits_is_refused(seconds):
    with pytest.raises(InvalidInput) as caught:
        settings.parse_edit({"newcomer_comment_pause_seconds": seconds})
    assert (caught.value.reason, caught.value.path) == ("comment_pause", ("newcomerCommentPauseSeconds",))


async def test_setting_younger_than_its_community_has_the_default(database):
    place = await create_community()
    (founding_change,) = (await profile.list_changes(place.leader, PageRequest())).rows
    del founding_change.changes["newcomer_comment_pause_seconds"]
    async with lift_triggers():
        await db.execute("UPDATE community_change SET changes = $1", founding_change.changes)
    (check,) = [one for one in INVARIANTS if one.table == "community"]
    assert await check.select_violations().all(0, 100) == []


def test_unknown_settings_are_refused():
    with pytest.raises(TypeError, match="colour"):
        settings.parse_founding({"name": "枫林小区", "colour": "red"})
    with pytest.raises(TypeError, match="colour"):
        settings.parse_edit({"colour": "red"})


def test_setting_of_the_operator_is_not_edited():
    with pytest.raises(TypeError, match="time_zone"):
        settings.parse_edit({"time_zone": "UTC"})


def test_value_of_another_kind_is_refused():
    with pytest.raises(TypeError, match="joining"):
        settings.parse_edit({"joining": "OPEN"})


def test_founding_needs_a_name():
    with pytest.raises(TypeError, match="name"):
        settings.parse_founding({})


def test_time_zone_without_region_is_refused():
    with pytest.raises(InvalidInput):
        settings.parse_founding({"name": "枫林小区", "time_zone": "localtime"})


@pytest.mark.parametrize(
    ("value", "text"), [("OPEN", "OPEN"), (JoiningPolicy.OPEN, "OPEN"), (True, "true"), (12, "12")]
)
def test_history_value_is_shown_as_text(value, text):
    assert settings.format_value(value) == text


async def test_edit_keeps_the_stored_form_of_others(database):
    place = await create_community()
    old = "楼下\u202eABC"
    await db.execute("UPDATE community SET description = $1, version = 2", old)
    await profile.record_change(place.id, version=2, actor_id=None, changes={"description": old})
    edited = await profile.edit_community(place.leader, version=2, edit={"name": "新名"})
    assert (edited.name, edited.description) == ("新名", f"{old}\u202c")
    assert [row["description"] for row in await list_rows("community")] == [old]
    (check,) = [one for one in INVARIANTS if one.table == "community"]
    assert await check.select_violations().all(0, 100) == []
