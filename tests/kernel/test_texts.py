"""The characters that a text may have, and the keys by which texts are compared."""

from __future__ import annotations

import re
import unicodedata
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from community.kernel.errors import InvalidInput
from community.kernel.texts import (
    compute_skeleton,
    count_characters,
    fold,
    fold_reference,
    forms,
    normalise_multiline_text,
    normalise_reference,
    normalise_text,
)
from community.kernel.texts.directions import close_directions
from community.kernel.texts.forms import MAX_PARTS, PLAIN_LINE, PLAIN_LINES
from community.kernel.texts.keys import _load_variants

FAMILY, ENGLAND = "👨‍👩‍👧‍👦", "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"
COUPLE = "👩🏽‍❤️‍💋‍👨🏿"
NO_INK = ["\u3164", "\u2800", "\u115f\u1160", "\u200b\u200d", "\ufe0f", "\u00ad", "\u3164\u2800 \u034f", "\u0301",
    "\U00013441", "\U00013442", "\ufffc", "\ufff9", "\U00016fe4", "\U0001d159"]  # fmt: skip
DIRECTIONS = [chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))]

few = settings(max_examples=100, deadline=None)


def normalise(text: str, max_length: int = 20) -> str:
    return normalise_text(text, max_length=max_length, path=("field",))


def normalise_lines(text: str, max_length: int = 100) -> str:
    return normalise_multiline_text(text, max_length=max_length, path=("field",))


def find_refusal(text: str, normaliser=normalise) -> InvalidInput:
    with pytest.raises(InvalidInput) as found:
        normaliser(text)
    assert found.value.path == ("field",)
    return found.value


@pytest.mark.parametrize("text", NO_INK)
@pytest.mark.parametrize("normaliser", [normalise, normalise_lines])
def test_text_without_ink_is_refused(text, normaliser):
    assert find_refusal(text, normaliser).reason == "invisible"


@pytest.mark.parametrize("text", [COUPLE, ENGLAND, "❤️", "1️⃣", "🇨🇳", "阿明👍🏽", "می‌خواهم", "क्षि", "မြို့", "\U0001f8ff"])
def test_emoji_and_joined_letters_stay_whole(text):
    assert normalise(text) == text


@pytest.mark.parametrize(("text", "length"), [(FAMILY * 3, 3), (ENGLAND, 1), ("e\u0301a", 2), ("🇨🇳🇨🇳", 2), ("", 0)])
def test_length_counts_visible_characters(text, length):
    assert count_characters(text) == length


PLAIN = [character for character in map(chr, range(0x11000)) if PLAIN_LINES.fullmatch(character)]


def test_plain_characters_pass_every_check(monkeypatch):
    monkeypatch.setattr(forms, "PLAIN_LINE", re.compile("(?!)"))
    for character in PLAIN:
        if PLAIN_LINE.fullmatch(character) and character != " ":
            assert normalise_text(character, max_length=1, path=()) == character
    assert count_characters("".join(PLAIN)) == len(PLAIN) > 20_000
    assert set(PLAIN) >= {" ", "\n", "a", "，", "家", "！", "《"}
    assert {character for character in PLAIN if not PLAIN_LINE.fullmatch(character)} == {"\n"}


def test_twenty_families_are_a_nickname():
    assert normalise(FAMILY * 20) == FAMILY * 20


@pytest.mark.parametrize(("text", "actual"), [("字" * 21, 21), ("", 0), (" \u3000", 0), (FAMILY * 21, 21)])
def test_wrong_length_is_refused_with_figures(text, actual):
    assert find_refusal(text).figures == {"min": 1, "max": 20, "actual": actual}


def test_one_character_of_many_code_points_is_refused():
    assert find_refusal("a" + "\u200d" * 300).reason == "length"


@pytest.mark.parametrize("control", DIRECTIONS)
def test_direction_control_in_one_line_is_refused(control):
    assert find_refusal(f"a{control}b").reason == "direction"


@pytest.mark.parametrize(
    ("line", "closed"),
    [
        ("a\u202eb", "a\u202eb\u202c"),
        ("a\u2067b\u202dc", "a\u2067b\u202dc\u202c\u2069"),
        ("a\u202cb\u2069", "ab"),
        ("\u2067a\u202c\u2069b", "\u2067a\u2069b"),
        ("\u2066a\u2069\u202ab\u202c", "\u2066a\u2069\u202ab\u202c"),
        ("\u202b" * 9 + "a" + "\u202c" * 9, "\u202b" * 8 + "a" + "\u202c" * 8),
    ],
)
def test_directions_of_line_are_closed(line, closed):
    assert close_directions(line) == closed


@few
@given(st.text(st.sampled_from(["a", "\n", *DIRECTIONS]), max_size=40))
def test_every_line_closes_its_directions(text):
    for line in normalise_lines(f"x{text}").split("\n"):
        assert close_directions(line) == line
        opened = sum(line.count(control) for control in "\u202a\u202b\u202d\u202e")
        assert (opened, sum(map(line.count, "\u2066\u2067\u2068"))) == (line.count("\u202c"), line.count("\u2069"))


@given(st.text(st.sampled_from(["a", " ", "\n", "\v", "e", "\u0301", *DIRECTIONS]), max_size=12))
def test_normalised_lines_stay_as_they_are(text):
    try:
        stored = normalise_lines(text)
    except InvalidInput:
        return
    assert stored.strip() == stored
    assert unicodedata.is_normalized("NFC", stored)
    assert normalise_lines(stored) == stored


def test_lines_of_dropped_directions_are_refused():
    assert find_refusal("\u202c\v\u202c", normalise_lines).figures["actual"] == 0


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r", "\v", "\f", "\x85", "\u2028", "\u2029"])
def test_line_break_becomes_line_feed(line_break):
    assert normalise_lines(f"一{line_break}二") == "一\n二"


@pytest.mark.parametrize(
    "text",
    ["a\nb", "a\rb", "a\x85b", "a\u2028b", "a\tb", "a\x00b", "\ud800", "\ue000", "a\uffff", "\u0e00", "a\U000e0080"],
)
def test_character_without_meaning_is_refused(text):
    assert find_refusal(text).reason == "characters"


@pytest.mark.parametrize("text", ["👍" + "🏽" * 100, "a" + "\u200d" * 40, "\u200d".join("👨" * 9), "\u1100" * 17])
def test_character_of_many_parts_is_refused(text):
    refusal = find_refusal(f"阿明{text}")
    assert (refusal.reason, refusal.figures["max"], refusal.figures["actual"]) == ("parts", MAX_PARTS, len(text))


@pytest.mark.parametrize("normaliser", [normalise, normalise_lines])
def test_pile_of_marks_is_refused(normaliser):
    assert normaliser("x\u0301\u0302\u0303\u0304") == "x\u0301\u0302\u0303\u0304"
    for between in ("", "\u200c", "\u2060", "\ufe0f", "\u3164", "\u0903", "\U00013430"):
        pile = "x" + between.join(["\u0301\u0302"] * 3)
        assert find_refusal(pile, normaliser).figures == {"max": 4}


@pytest.mark.parametrize(
    ("one", "other"),
    [("家常菜", "家常菜\ufe0f"), ("ＳＯＵＰ", "soup"), ("ﬁsh", "FISH"), ("Straße", "STRASSE"), ("a\u200bb", "AB"),
     ("\u3164汤", "汤"), ("é", "E\u0301"), ("家常菜", "家常菜\U00016fe4"), ("汤\u2800", "汤\ufffc")],
)  # fmt: skip
def test_texts_that_look_the_same_fold_to_one(one, other):
    assert fold(one) == fold(other)


def test_reference_keeps_its_case():
    assert (fold_reference("Ａb-１\u200b"), fold_reference("ab-1")) == ("Ab-1", "ab-1")


def test_reference_is_short_in_its_stored_form():
    assert normalise_reference("Ａ-1\u200b", path="field") == "A-1"
    refusal = find_refusal("\ufdfa" * 64, partial(normalise_reference, path="field"))
    assert refusal.figures == {"min": 1, "max": 64, "actual": 64 * 18}


@few
@given(st.text())
def test_folding_twice_changes_nothing(text):
    assert fold(fold(text)) == fold(text)
    assert fold_reference(fold_reference(text)) == fold_reference(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [("admin", "аdmіn"), ("ADMIN", "admin"), ("Admln", "Admin"), ("0fficial", "OFFICIAL"), ("团长", "团\u200b长"),
     ("𝐀dmin", "admin"), ("团长", "团\U00013441长"), ("值班", "値班"), ("modern", "rnodern")],
)  # fmt: skip
def test_texts_that_look_alike_have_one_skeleton(one, other):
    assert compute_skeleton(one) == compute_skeleton(other)


def test_traditional_characters_have_the_skeleton_of_simplified_ones():
    pairs = _load_variants()
    assert len(pairs) == 5_122
    assert [chr(one) for one, other in pairs.items() if compute_skeleton(chr(one)) != compute_skeleton(other)] == []
    assert compute_skeleton("團長") == compute_skeleton("团长")


def test_other_texts_have_another_skeleton():
    assert len({compute_skeleton(text) for text in ("阿明", "阿朋", "小王", "小玉", "wang", "wong")}) == 6
