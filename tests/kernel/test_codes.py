"""Codes that people type are hard to guess and hard to misread."""

from __future__ import annotations

import pytest

from community.kernel import codes

_ALPHABET = "23456789ABCDEFGHJKMNPQRSTWXYZ"


def test_generated_codes_have_no_ambiguous_characters():
    made = {codes.generate_code() for _ in range(500)}
    assert len(made) == 500
    assert all(len(code) == 8 and not set(code) & set("01OILUVabcdefghijklmnopqrstuvwxyz") for code in made)
    assert all(codes.is_code(code) for code in made)


@pytest.mark.parametrize(
    "typed",
    [
        "abcd2345",
        "ABCD-2345",
        " abcd 2345 ",
        "a-b-c-d-2-3-4-5",
        "ＡＢＣＤ２３４５",
        "ABCD2345\u3000",
        "abcd\u200b2345\ufeff",
        "ABCD—2345",
        "ABCD−2345",
        "ABCD\u2011\u00ad2345",
        "\u202aABCD2345\u202c",
        "ABCD\n2345",
    ],
)
def test_typed_code_is_normalised(typed):
    assert codes.normalise_code(typed) == "ABCD2345"


@pytest.mark.parametrize("text", ["", "ABCD234", "ABCD23456", "ABCD234O", "abcd2345", "ABCD 2345"])
def test_other_text_is_no_code(text):
    assert not codes.is_code(text)


def test_checked_code_shows_each_single_mistake():
    code = codes.generate_checked_code()
    assert codes.is_checked_code(code)
    others = [code[:at] + each + code[at + 1 :] for at in range(8) for each in _ALPHABET if each != code[at]]
    assert len(others) == 8 * 28
    assert not any(codes.is_checked_code(other) for other in others)


def test_checked_code_shows_two_characters_that_changed_places():
    code = "23456789"
    code = next(code[:-1] + last for last in _ALPHABET if codes.is_checked_code(code[:-1] + last))
    for one in range(8):
        for two in range(one):
            changed = list(code)
            changed[one], changed[two] = code[two], code[one]
            assert changed == list(code) or not codes.is_checked_code("".join(changed))
