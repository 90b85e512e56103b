"""What people may write: plain text that can be stored, sent again, and seen."""

from __future__ import annotations

import unicodedata

from community.kernel.errors import InvalidInput

# Controls, halves of a surrogate pair and private-use characters mean nothing to anybody else.
_FORBIDDEN = {"Cc", "Cs", "Co"}
_SEPARATORS = {"Zl", "Zp"}
_NONCHARACTERS = range(0xFDD0, 0xFDF0)


def normalise_text(text: str, *, max_length: int, path: tuple[str, ...], multiline: bool = False) -> str:
    """The text in NFC without space around it, when it is 1 to `most` characters that can be shown.

    With `lines` it may have several, parted by a line feed. Raises InvalidInput with `path`.
    """
    text = unicodedata.normalize("NFC", text)
    if multiline:
        text = text.replace("\r\n", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    text = text.strip()
    if len(text) > max_length or not any(_is_visible(character) for character in text):
        raise InvalidInput(f"This needs 1 to {max_length} characters, not {len(text)}.", path=path)
    if not all(_is_allowed(character, multiline=multiline) for character in text):
        raise InvalidInput("This holds characters that cannot be shown.", path=path)
    return text


def _is_allowed(character: str, *, multiline: bool) -> bool:
    if multiline and character in "\n\t":
        return True
    if ord(character) in _NONCHARACTERS or ord(character) & 0xFFFE == 0xFFFE:  # noqa: PLR2004 - the last two of a plane
        return False
    return unicodedata.category(character) not in _FORBIDDEN | _SEPARATORS


def _is_visible(character: str) -> bool:
    """Whether the character leaves ink; one that this Python does not know yet is most likely a new emoji."""
    category = unicodedata.category(character)
    return category == "Cn" or category[0] not in "CMZ"
