"""Limits of content, tags and transitions of states."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.kernel.errors import InvalidInput
from community.submissions import rules
from community.submissions.errors import StateForbids
from community.submissions.models import SubmissionState


def normalise(**given):
    return rules.normalise_content(**{"title": "题", "text": "文", **given})


def test_content_at_its_limits_is_kept():
    kept = normalise(title="题" * 60, text="文" * 5_000, tags=["签" * 20, *"abcdefgh"], product_ref="x" * 64)
    assert (len(kept.title), len(kept.text), len(kept.tags), len(kept.product_ref)) == (60, 5_000, 9, 64)


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"title": "题" * 61}, "title"),
        ({"title": "a\nb"}, "title"), ({"title": "a\tb"}, "title"), ({"title": "a\x00b"}, "title"),
        ({"title": "\ud800"}, "title"),
        ({"text": "文" * 5_001}, "text"),
        ({"text": "a\x00b"}, "text"), ({"text": "a\x1bb"}, "text"), ({"text": "\udfff"}, "text"),
        ({"text": "\ue000"}, "text"), ({"text": "\uffff"}, "text"),
        ({"product_ref": ""}, "productRef"), ({"product_ref": "x" * 65}, "productRef"),
        ({"product_ref": "a\nb"}, "productRef"),
        ({"tags": list("abcdefghij")}, "tags"), ({"tags": [""]}, "tags"), ({"tags": ["签" * 21]}, "tags"),
        ({"tags": ["two words"]}, "tags"), ({"tags": ["#"]}, "tags"), ({"tags": ["a\x00"]}, "tags"),
        ({"tags": ["\ud800"]}, "tags"), ({"tags": ["a,b"]}, "tags"), ({"tags": ["<b>"]}, "tags"),
    ],
)  # fmt: skip
def test_content_beyond_limits_is_refused(given, path):
    with pytest.raises(InvalidInput) as refusal:
        normalise(**given)
    assert (refusal.value.code, refusal.value.path[:2]) == ("INVALID_INPUT", ("content", path))


@pytest.mark.parametrize("nothing", ["", " \n\t", "　"])
def test_draft_content_may_be_empty(nothing):
    assert normalise(title=nothing, text=nothing, tags=["汤"]) == rules.RevisionContent("", "", ("汤",), None)


def test_incomplete_content_is_refused_with_each_part():
    with pytest.raises(InvalidInput) as refusal:
        rules.require_complete("", "")
    assert [one.path for one in refusal.value.list_all()] == [("content", "title"), ("content", "text")]


def test_text_keeps_lines_and_tabs():
    assert normalise(text="\r\n一\r\n\t二\n\n三  ").text == "一\n\t二\n\n三"


def test_text_length_counts_in_nfc():
    assert normalise(title="e\u0301" * 60).title == "\u00e9" * 60


@given(st.text(max_size=80), st.text(max_size=200), st.lists(st.text(max_size=25), max_size=10))
def test_valid_content_is_valid_again(title, text, tags):
    try:
        kept = rules.normalise_content(title=title, text=text, tags=tags)
    except InvalidInput:
        return
    assert rules.normalise_content(title=kept.title, text=kept.text, tags=kept.tags) == kept
    assert len(kept.title) <= 60
    assert len(kept.text) <= 5_000
    assert "\x00" not in (kept.title + kept.text).encode().decode()


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("种菜", "种菜"), ("#种菜", "种菜"), ("#种菜#", "种菜"), ("＃种菜", "种菜"),
        ("##种菜", "种菜"), (" 种菜 ", "种菜"), ("5-a", "5-a"), ("约翰·史密斯", "约翰·史密斯"),
        ("Tomato", "tomato"), ("ＴＯＭＡＴＯ", "tomato"), ("STRAßE", "strasse"), ("①", "1"),
    ],
)  # fmt: skip
def test_a_tag_has_one_form(typed, kept):
    assert rules.normalise_tag(typed) == kept


def test_equal_tags_count_once_in_order():
    assert normalise(tags=["Tea", "番茄", "#tea", "ＴＥＡ", "番茄#"]).tags == ("tea", "番茄")


def test_tag_length_counts_in_stored_form():
    assert rules.normalise_tag("ß" * 10) == "ss" * 10
    with pytest.raises(InvalidInput):
        rules.normalise_tag("ß" * 11)


@given(st.text(max_size=25))
def test_a_tag_is_refused_or_canonical(text):
    try:
        kept = rules.normalise_tag(text)
    except InvalidInput:
        return
    assert rules.normalise_tag(kept) == kept == rules.normalise_tag(f" #{kept.upper().lower()}# ")
    assert 1 <= len(kept) <= 20


@given(st.text(alphabet="番茄茶abcXYZ019", min_size=1, max_size=20))
def test_tag_is_independent_of_typing(text):
    full_width = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)
    kept = rules.normalise_tag(text)
    assert [rules.normalise_tag(typed) for typed in (text.upper(), full_width, f"#{text}#")] == [kept] * 3
    assert kept == unicodedata.normalize("NFKC", kept)


D, P, R, U, T, J, W, X = (
    SubmissionState  # draft, pending, in review, published ("up"), returned, rejected, withdrawn, removed
)
TABLE = {
    "EDIT": {D: D, P: P, R: P, U: P, T: T},
    "EDIT_PUBLISHED": {D: D, P: P, R: P, U: P, T: T, J: P},
    "SUBMIT": {D: P, T: P},
    "WITHDRAW": {D: W, P: W, R: W, U: W, T: W, J: W},
    "REMOVE": {P: X, R: X, U: X, T: X, J: X},
}


@pytest.mark.parametrize("verb", TABLE)
@pytest.mark.parametrize("state", SubmissionState)
def test_transition_follows_the_table(verb, state):
    transition = getattr(rules, verb)
    if state in TABLE[verb]:
        assert rules.get_next_state(transition, state) is TABLE[verb][state]
        return
    with pytest.raises(StateForbids) as refusal:
        rules.get_next_state(transition, state)
    assert refusal.value.code == "STATE_FORBIDS"
    assert refusal.value.reason == state.lower()


def test_withdrawn_and_removed_states_are_final():
    assert not any(state in transition for transition in TABLE.values() for state in (W, X))
