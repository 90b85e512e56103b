"""What names, codes and time zones look like."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.accounts import rules as accounts_rules
from community.communities import rules as communities_rules
from community.kernel.errors import InvalidInput


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("王阿姨", "王阿姨"),
        ("  王 阿姨\t", "王 阿姨"),
        ("字" * 20, "字" * 20),
        ("  " + "字" * 20 + "　", "字" * 20),
        ("Ame\u0301lie", "Am\u00e9lie"),
        ("e\u0301" * 20, "\u00e9" * 20),
        ("👩‍👧 妈妈", "👩‍👧 妈妈"),
    ],
)
def test_a_nickname_is_kept_in_nfc_without_the_space_around_it(given, kept):
    assert accounts_rules.normalise_nickname(given) == kept


@pytest.mark.parametrize(
    "given",
    ["", "   ", "\u3000\u00a0", "字" * 21, "a\nb", "a\x00b", "a\x07b", "a\u2028b", "a\u2029b", "a\x85b", "\ud800"],
)
def test_a_nickname_that_cannot_be_is_refused_by_its_path(given):
    with pytest.raises(InvalidInput) as refusal:
        accounts_rules.normalise_nickname(given)
    assert (refusal.value.code, refusal.value.path) == ("INVALID_INPUT", ("nickname",))


@given(st.text(max_size=30))
def test_a_nickname_is_refused_or_is_one_storable_line(text):
    try:
        name = accounts_rules.normalise_nickname(text)
    except InvalidInput:
        return
    assert 1 <= len(name) <= 20
    assert name == unicodedata.normalize("NFC", name).strip() == accounts_rules.normalise_nickname(name)
    assert len(name.splitlines()) == 1
    assert "\x00" not in name.encode().decode()


def test_a_community_name_has_forty_characters_at_most():
    assert communities_rules.normalise_community_name("区" * 40) == "区" * 40
    with pytest.raises(InvalidInput) as refusal:
        communities_rules.normalise_community_name("区" * 41)
    assert refusal.value.path == ("name",)


@pytest.mark.parametrize("name", ["Asia/Shanghai", "Europe/Berlin", "UTC", "America/St_Johns"])
def test_a_time_zone_is_a_name_of_the_iana_list(name):
    assert communities_rules.validate_time_zone(name) == name


@pytest.mark.parametrize(
    "name", ["", "Asia", "Asia/Nowhere", "+08:00", "../etc/passwd", "/etc/passwd", "a\x00b", "\ud800"]
)
def test_anything_else_is_no_time_zone(name):
    with pytest.raises(InvalidInput) as refusal:
        communities_rules.validate_time_zone(name)
    assert refusal.value.path == ("timeZone",)


@pytest.mark.parametrize("typed", ["abcd2345", "ABCD-2345", " abcd 2345 ", "a-b-c-d-2-3-4-5"])
def test_a_code_may_be_typed_as_people_type(typed):
    assert communities_rules.normalise_invitation_code(typed) == "ABCD2345"
