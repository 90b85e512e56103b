"""Tokens and queries, without a database."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.kernel.errors import InvalidInput
from community.kernel.texts.directions import close_directions
from community.search.excerpts import EXCERPT_LENGTH, Part, mark
from community.search.tokens import label, list_tokens, normalise, parse_query


def join(parts: list[Part]) -> str:
    return "".join(f"[{part.text}]" if part.is_match else part.text for part in parts)


def test_chinese_runs_become_pairs_and_last_character():
    assert list_tokens(normalise("红烧肉,汤")) == sorted(["红烧", "烧肉", "肉", "汤"])


@pytest.mark.parametrize("text", ["紅燒肉", "红烧肉", "红\u200b烧肉"])
def test_forms_of_the_same_words_are_equal(text):
    assert list_tokens(normalise(text)) == list_tokens("红烧肉")


def test_words_numbers_and_emoji_are_whole_tokens():
    assert list_tokens(normalise("ＳＯＵＰ No.3 👍🏽好")) == sorted(["soup", "no", "3", "👍", "好"])


@pytest.mark.parametrize(("text", "reason"), [("", "nothing"), ("  ！？", "nothing"), ("汤" * 51, "length")])
def test_query_without_words_is_refused(text, reason):
    with pytest.raises(InvalidInput) as refused:
        parse_query(text)
    assert refused.value.reason.startswith(reason)


@given(st.text(alphabet="红烧肉汤aＡ -_'\"\\*&|():👍\ue000\n", max_size=50))
def test_query_has_no_operator_of_its_text(text):
    """Any text gives a query of quoted tokens, without quotes inside."""
    try:
        query = parse_query(text)
    except InvalidInput:
        return
    for token in query.build(for_sqlite=True).split(" AND "):
        assert token.strip('*"').isalnum() or token == '"👍"'


def test_labels_are_no_tokens_of_texts():
    assert label("tag", "no-sugar") not in list_tokens(normalise(f"{label('tag', 'no-sugar')} no-sugar"))


@pytest.mark.parametrize(
    ("text", "query", "expected"),
    [
        ("外婆的紅燒肉很香", "红烧肉", "外婆的[紅燒肉]很香"),
        ("ＳＯＵＰ and soups", "soup", "[ＳＯＵＰ] and [soup]s"),
        ("汤, 好汤", "好汤", "汤, [好汤]"),
        ("哈哈哈", "哈哈", "[哈哈哈]"),
        ("no match", "汤", "no match"),
    ],
)
def test_matches_are_marked(text, query, expected):
    assert join(mark(text, parse_query(query))) == expected


@pytest.mark.parametrize("text", [f"\u202e{'啊' * 60}红烧{'啊' * 60}\u202c", f"{'啊' * 9}\u2067红烧{'啊' * 90}\u2069"])
def test_excerpt_closes_its_directions(text):
    parts = mark(text, parse_query("红烧"), length=EXCERPT_LENGTH)
    assert [part.text for part in parts] == [close_directions(part.text) for part in parts]
    assert "红烧" in [part.text.strip("\u2067\u2069") for part in parts if part.is_match]


def test_excerpt_begins_shortly_before_the_match():
    excerpt = join(mark("前" * 200 + "红烧肉" + "后" * 200, parse_query("红烧肉"), length=80))
    assert excerpt == "…" + "前" * 20 + "[红烧肉]" + "后" * 57 + "…"


@given(st.text(max_size=120), st.text(min_size=1, max_size=5))
def test_parts_are_the_whole_text(text, asked):
    try:
        query = parse_query(asked)
    except InvalidInput:
        return
    assert "".join(part.text for part in mark(text, query)) == text
