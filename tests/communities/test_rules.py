"""Rules about a community's name, time zone and invitation codes."""

from __future__ import annotations

import pytest

from community.communities import rules
from community.kernel.errors import InvalidInput


def test_a_community_name_has_forty_characters_at_most():
    assert rules.normalise_community_name("区" * 40) == "区" * 40
    with pytest.raises(InvalidInput) as refusal:
        rules.normalise_community_name("区" * 41)
    assert refusal.value.path == ("name",)


@pytest.mark.parametrize("name", ["Asia/Shanghai", "Europe/Berlin", "UTC", "America/St_Johns"])
def test_a_time_zone_is_a_name_of_the_iana_list(name):
    assert rules.validate_time_zone(name) == name


@pytest.mark.parametrize(
    "name", ["", "Asia", "Asia/Nowhere", "+08:00", "../etc/passwd", "/etc/passwd", "a\x00b", "\ud800"]
)
def test_anything_else_is_no_time_zone(name):
    with pytest.raises(InvalidInput) as refusal:
        rules.validate_time_zone(name)
    assert refusal.value.path == ("timeZone",)


@pytest.mark.parametrize("typed", ["abcd2345", "ABCD-2345", " abcd 2345 ", "a-b-c-d-2-3-4-5"])
def test_a_code_may_be_typed_as_people_type(typed):
    assert rules.normalise_invitation_code(typed) == "ABCD2345"
