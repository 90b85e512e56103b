"""Normalisation of texts that people write."""

from __future__ import annotations

import unicodedata

from community.kernel.errors import InvalidInput

# Controls, halves of a surrogate pair and private-use characters have no meaning for other people.
_FORBIDDEN = {"Cc", "Cs", "Co"}
_SEPARATORS = {"Zl", "Zp"}
_NONCHARACTERS = range(0xFDD0, 0xFDF0)
_LINE_CHARACTERS = "\n\t"


def normalise_text(text: str, *, max_length: int, path: tuple[str, ...]) -> str:
    """Return a text of one line in NFC, without surrounding space.

    Raises InvalidInput with `path` unless it then has 1 to `max_length` characters, all of which can be shown.
    """
    return _normalise(unicodedata.normalize("NFC", text), max_length=max_length, path=path, extra_characters="")


def normalise_multiline_text(text: str, *, max_length: int, path: tuple[str, ...]) -> str:
    """Return a text of several lines in NFC, without surrounding space.

    Lines are separated by a line feed. Raises InvalidInput with `path` unless it then has 1 to `max_length` characters,
    all of which can be shown.
    """
    text = unicodedata.normalize("NFC", text)
    text = text.replace("\r\n", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    return _normalise(text, max_length=max_length, path=path, extra_characters=_LINE_CHARACTERS)


def _normalise(text: str, *, max_length: int, path: tuple[str, ...], extra_characters: str) -> str:
    text = text.strip()
    if len(text) > max_length or not any(_is_visible(character) for character in text):
        raise InvalidInput("length", min=1, max=max_length, actual=len(text), path=path)
    if not all(character in extra_characters or _is_allowed(character) for character in text):
        raise InvalidInput("characters", path=path)
    return text


def _is_allowed(character: str) -> bool:
    if ord(character) in _NONCHARACTERS or ord(character) & 0xFFFE == 0xFFFE:  # noqa: PLR2004 - the last two of a plane
        return False
    return unicodedata.category(character) not in _FORBIDDEN | _SEPARATORS


def _is_visible(character: str) -> bool:
    """Return True if the character can be seen. One that this Python does not know is probably a new emoji."""
    category = unicodedata.category(character)
    return category == "Cn" or category[0] not in "CMZ"
