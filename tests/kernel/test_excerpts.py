"""Excerpts of texts."""

from __future__ import annotations

import pytest

from community.kernel.texts import build_excerpt


@pytest.mark.parametrize(
    ("text", "length", "excerpt"),
    [
        ("", 5, ""), ("小火", 2, "小火"), ("小火慢炖", 3, "小火…"), ("一\n\n 二\t三", 9, "一 二 三"),
        ("一 二三", 3, "一…"), ("👨‍👩‍👧👨‍👩‍👧👨‍👩‍👧", 2, "👨‍👩‍👧…"), ("长", 1, "长"), ("长文", 1, "…"),
    ],
)  # fmt: skip
def test_excerpt_is_cut_between_characters(text, length, excerpt):
    assert build_excerpt(text, max_length=length) == excerpt


def test_cut_excerpt_ends_each_direction():
    text = "\u2067\u202e" + "字" * 20 + "\u202c\u2069"
    excerpt = build_excerpt(text, max_length=6)
    assert excerpt.startswith("\u2067\u202e")
    assert excerpt.endswith("…\u202c\u2069")
