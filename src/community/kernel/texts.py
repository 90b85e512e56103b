"""What people may write: plain text that can be stored, sent again, and seen."""

from __future__ import annotations

import unicodedata

from community.kernel.errors import InvalidInput

# Controls, halves of a surrogate pair and private-use characters mean nothing to anybody else.
_FORBIDDEN = {"Cc", "Cs", "Co"}
_SEPARATORS = {"Zl", "Zp"}
_NONCHARACTERS = range(0xFDD0, 0xFDF0)


def plain(text: str, *, most: int, path: tuple[str, ...], lines: bool = False) -> str:
    """The text in NFC without space around it, when it is 1 to `most` characters that can be shown.

    With `lines` it may have several, parted by a line feed. Raises InvalidInput with `path`.
    """
    text = unicodedata.normalize("NFC", text)
    if lines:
        text = text.replace("\r\n", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    text = text.strip()
    if len(text) > most or not any(_is_seen(character) for character in text):
        raise InvalidInput(f"This needs 1 to {most} characters, not {len(text)}.", path=path)
    if not all(_may_stand(character, lines=lines) for character in text):
        raise InvalidInput("This holds characters that cannot be shown.", path=path)
    return text


def _may_stand(character: str, *, lines: bool) -> bool:
    if lines and character in "\n\t":
        return True
    if ord(character) in _NONCHARACTERS or ord(character) & 0xFFFE == 0xFFFE:  # noqa: PLR2004 - the last two of a plane
        return False
    return unicodedata.category(character) not in _FORBIDDEN | _SEPARATORS


def _is_seen(character: str) -> bool:
    """Whether the character leaves ink; one that this Python does not know yet is most likely a new emoji."""
    category = unicodedata.category(character)
    return category == "Cn" or category[0] not in "CMZ"
