"""Texts for people: every language has every key, with the same fields."""

from __future__ import annotations

from types import ModuleType

import pytest

from community.texts import CATALOGUES, Language, en, get_fields, translate, zh


@pytest.mark.parametrize("language", Language)
def test_language_has_every_key(language):
    assert set(CATALOGUES[language]) == set(en.TEXTS)


@pytest.mark.parametrize("language", Language)
def test_language_has_the_same_fields(language):
    texts = CATALOGUES[language]
    assert {key: get_fields(text) for key, text in texts.items()} == {
        key: get_fields(text) for key, text in en.TEXTS.items()
    }


def test_text_is_returned_in_the_language():
    assert translate("retention.guardian_codes", Language.ZH) == "有效期一天，过期无用"


def test_fields_are_filled_in_with_words_unchanged(monkeypatch):
    monkeypatch.setitem(en.TEXTS, "test.greeting", "Hello, {name}.")
    assert translate("test.greeting", Language.EN, name="{name}") == "Hello, {name}."


def test_unknown_key_raises():
    with pytest.raises(KeyError):
        translate("retention.unknown", Language.EN)


@pytest.mark.parametrize("language", [en, zh])
def test_key_is_in_one_module_of_its_language(language):
    modules = [module for module in vars(language).values() if isinstance(module, ModuleType)]
    assert sum(len(module.TEXTS) for module in modules) == len(language.TEXTS)
