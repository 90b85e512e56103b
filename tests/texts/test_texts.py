"""Texts for people: every language has every key, with the same fields."""

from __future__ import annotations

import string

import pytest

from community.texts import CATALOGUES, Language, en, translate


def fields(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("language", Language)
def test_language_has_every_key(language):
    assert set(CATALOGUES[language]) == set(en.TEXTS)


@pytest.mark.parametrize("language", Language)
def test_language_has_the_same_fields(language):
    texts = CATALOGUES[language]
    assert {key: fields(text) for key, text in texts.items()} == {key: fields(text) for key, text in en.TEXTS.items()}


def test_text_is_returned_in_the_language():
    assert translate("retention.guardian_codes", Language.CHINESE) == "有效期一天，过期无用"


def test_fields_are_filled_in_with_words_unchanged(monkeypatch):
    monkeypatch.setitem(en.TEXTS, "test.greeting", "Hello, {name}.")
    assert translate("test.greeting", Language.ENGLISH, name="{name}") == "Hello, {name}."


def test_unknown_key_raises():
    with pytest.raises(KeyError):
        translate("retention.unknown", Language.ENGLISH)
