"""Texts for people, in each language.

    translate("retention.guardian_codes", Language.CHINESE)

A text has named fields in braces, which `translate` fills in. A new text needs an entry in `en.py` and one in `zh.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from community.texts import en, zh


class Language(StrEnum):
    """A language of the texts, by its code."""

    ENGLISH = "en"
    CHINESE = "zh"


CATALOGUES: Mapping[Language, Mapping[str, str]] = {Language.ENGLISH: en.TEXTS, Language.CHINESE: zh.TEXTS}


def translate(key: str, language: Language, /, **values: object) -> str:
    """Return the text of `key` with its fields filled in.

    Raises KeyError for an unknown key or a field without a value.
    """
    # Only texts of the catalogues are formatted. A person's words are values and never a format.
    return CATALOGUES[language][key].format(**values)
