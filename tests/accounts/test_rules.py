"""Rules about nicknames, ages and telephone numbers."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.accounts import rules
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
    assert rules.normalise_nickname(given) == kept


@pytest.mark.parametrize(
    "given",
    ["", "   ", "\u3000\u00a0", "字" * 21, "a\nb", "a\x00b", "a\x07b", "a\u2028b", "a\u2029b", "a\x85b", "\ud800"],
)
def test_a_nickname_that_cannot_be_is_refused_by_its_path(given):
    with pytest.raises(InvalidInput) as refusal:
        rules.normalise_nickname(given)
    assert (refusal.value.code, refusal.value.path) == ("INVALID_INPUT", ("nickname",))


@given(st.text(max_size=30))
def test_a_nickname_is_refused_or_is_one_storable_line(text):
    try:
        name = rules.normalise_nickname(text)
    except InvalidInput:
        return
    assert 1 <= len(name) <= 20
    assert name == unicodedata.normalize("NFC", name).strip() == rules.normalise_nickname(name)
    assert len(name.splitlines()) == 1
    assert "\x00" not in name.encode().decode()


NOW = datetime(2026, 11, 26, 15, 59, tzinfo=UTC)
"""A minute before midnight in China."""


@pytest.mark.parametrize(
    ("born_on", "expected"), [("2012-11-27", True), ("2012-11-26", False), (None, False), ("1980-02-29", False)]
)
def test_child_is_under_fourteen(born_on, expected):
    assert rules.is_child(born_on, now=NOW) is expected


def test_birthday_begins_at_midnight_in_china():
    assert rules.compute_age("2012-11-27", now=NOW) == 13
    assert rules.compute_age("2012-11-27", now=NOW + timedelta(minutes=1)) == 14


def test_age_before_birth_is_negative():
    assert rules.compute_age("2026-11-27", now=NOW) == -1


def test_child_cutoff_agrees_with_is_child():
    cutoff = rules.compute_child_cutoff(NOW)
    assert cutoff == "2012-11-26"
    assert not rules.is_child(cutoff, now=NOW)


def test_child_cutoff_on_a_leap_day_compares():
    leap_day = datetime(2028, 2, 29, tzinfo=UTC)
    assert "2014-02-28" < rules.compute_child_cutoff(leap_day) < "2014-03-01"


@pytest.mark.parametrize(("phone", "masked"), [("13812341234", "138****1234"), ("1234567", "1****"), ("12", "1****")])
def test_phone_is_masked(phone, masked):
    assert rules.mask_phone(phone) == masked
