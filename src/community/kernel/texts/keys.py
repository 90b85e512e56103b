"""Keys by which texts are compared. They are never shown in place of the text."""

from __future__ import annotations

import unicodedata
from functools import cache
from importlib import resources

import regex

from community.kernel.texts.forms import BLANK, normalise_text

MAX_REFERENCE_LENGTH = 64
_BLANKS = regex.compile(rf"[{BLANK}]+")
_SAME_IN_SKELETONS = str.maketrans({"i": "l"})
"""Letters that the table keeps apart. A capital I looks like an l, so all three are one."""


def fold(text: str) -> str:
    """Return the text without differences that people do not see.

    These are compatibility forms, case and invisible characters.
    """
    text = unicodedata.normalize("NFKC", text).casefold()
    return unicodedata.normalize("NFKC", _BLANKS.sub("", text))


def fold_reference(text: str) -> str:
    """Return a program's reference without compatibility forms and invisible characters.

    Its case stays, because two references of a program may differ in nothing else.
    """
    return unicodedata.normalize("NFKC", _BLANKS.sub("", unicodedata.normalize("NFKC", text)))


def normalise_reference(text: str, *, path: str) -> str:
    """Return a reference as it is compared. Raises InvalidInput unless it has 1 to 64 characters."""
    text = normalise_text(text, max_length=MAX_REFERENCE_LENGTH, path=(path,))
    # A compatibility form may stand for many characters.
    return normalise_text(fold_reference(text), max_length=MAX_REFERENCE_LENGTH, path=(path,))


def compute_skeleton(text: str) -> str:
    """Return the same text for all texts that look alike (UTS 39).

    Neither case nor traditional characters matter. Some pairs are 0 and O, 1 and l, and some Chinese characters. So it
    is a key for imitation only.
    """
    text = _BLANKS.sub("", unicodedata.normalize("NFKC", text)).translate(_load_variants())
    text = unicodedata.normalize("NFD", text)
    # Before the case is removed a capital may look like another small letter. After it the small letters are compared.
    text = fold(text.translate(_load_confusables()))
    text = unicodedata.normalize("NFD", text).translate(_load_confusables())
    # The table may give a traditional character for one that looks like it.
    return text.translate(_SAME_IN_SKELETONS).translate(_load_variants())


def simplify(text: str) -> str:
    """Return the text with simplified Chinese characters in place of traditional ones."""
    return text.translate(_load_variants())


@cache
def _load_confusables() -> dict[int, str]:
    table: dict[int, str] = {}
    for line in _read_table("confusables.txt"):
        prototype, alike = ("".join(chr(int(code, 16)) for code in part.split()) for part in line.split(":"))
        table.update(dict.fromkeys(map(ord, alike), prototype))
    return table


@cache
def _load_variants() -> dict[int, str]:
    return {ord(variant): line[0] for line in _read_table("variants.txt") for variant in line[1:]}


def _read_table(name: str) -> list[str]:
    lines = resources.files("community.kernel.texts").joinpath(name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if not line.startswith("#")]
