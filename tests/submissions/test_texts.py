"""Unusual characters in titles."""

from __future__ import annotations

import pytest

from community.kernel.errors import InvalidInput
from community.submissions import rules


@pytest.mark.parametrize("emoji", ["🩷", "🫨", "🪿", "🫩"], ids=lambda emoji: hex(ord(emoji)))
def test_character_newer_than_python_is_accepted(emoji):
    assert rules.normalise_content(title=f"喜欢{emoji}", text="好").title == f"喜欢{emoji}"


@pytest.mark.parametrize("separator", ["\u2028", "\u2029"])
def test_a_title_is_one_line(separator):
    with pytest.raises(InvalidInput):
        rules.normalise_content(title=f"一{separator}二", text="好")


@pytest.mark.parametrize("nothing", ["\u200b", "\u200d\u200d", "\ufeff", "\u2060"], ids=ascii)
def test_invisible_title_is_refused(nothing):
    with pytest.raises(InvalidInput):
        rules.normalise_content(title=nothing, text="好")


@pytest.mark.parametrize("same", ["家常菜\ufe0f", "#家常菜", "家\u200b常菜", "\u3164家常菜", "＃家常菜＃"])
def test_tags_that_look_the_same_are_one(same):
    assert rules.normalise_content(title="题", text="好", tags=["家常菜", same]).tags == ("家常菜",)


@pytest.mark.parametrize("nothing", ["\u3164", "\u2800", "\ufe0f", "#\u200b#"], ids=ascii)
def test_invisible_tag_is_refused(nothing):
    with pytest.raises(InvalidInput):
        rules.normalise_tag(nothing)
