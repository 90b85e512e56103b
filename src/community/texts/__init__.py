"""Texts for people, in each language.

    translate("retention.guardian_codes", Language.ZH)

A text has named fields in braces, which `translate` fills in. A new text needs an entry below `en/` and one below
`zh/`.
"""

from __future__ import annotations

import functools
import string
from collections.abc import Collection, Mapping
from enum import StrEnum

from community.texts import en, zh


class Language(StrEnum):
    """A language of the texts, by its code."""

    ZH = "zh"
    EN = "en"


DEFAULT_LANGUAGE = Language.ZH
CATALOGUES: Mapping[Language, Mapping[str, str]] = {Language.EN: en.TEXTS, Language.ZH: zh.TEXTS}


class UnknownText(LookupError):  # noqa: N818 - names what is unknown
    """A key without a text, or a text with a field without a value."""


def translate(key: str, language: Language, /, **values: object) -> str:
    """Return the text of `key` with its fields filled in.

    Raises KeyError for an unknown key or a field without a value.
    """
    # Only texts of the catalogues are formatted. A person's words are values and never a format.
    return CATALOGUES[language][key].format(**values)


def require_text(key: str, names: Collection[str]) -> None:
    """Raise UnknownText unless the text exists and `names` has its fields."""
    if key not in en.TEXTS or not get_fields(en.TEXTS[key]).issubset(names):
        raise UnknownText(f"{key} with the figures {sorted(names)}")


@functools.cache
def get_fields(text: str) -> frozenset[str]:
    """Return the names of the fields of a text."""
    return frozenset(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)
