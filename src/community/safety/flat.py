"""Texts with one plain character for each of their characters, so that places stay."""

from __future__ import annotations

import unicodedata

from community.kernel.texts import compute_skeleton, fold
from community.safety.forms import is_han

INVISIBLE = "\u200b"
_NUMERALS = str.maketrans("〇零一二两三四五六七八九壹贰叁肆伍陆柒捌玖幺洞oli", "00122345678912345678910011")


class _Table(dict[int, str]):
    def __missing__(self, code: int) -> str:
        self[code] = found = _flatten_character(chr(code))
        return found


def _flatten_character(character: str) -> str:
    if (digit := unicodedata.digit(character, None)) is not None:
        return str(digit)
    folded = fold(character)
    if not folded or unicodedata.category(folded[0])[0] == "M":
        return INVISIBLE
    if is_han(folded):
        simplified = compute_skeleton(folded)
        folded = simplified if is_han(simplified) else folded
    elif folded.isalpha() and not folded.isascii():
        # A look-alike of a Latin letter. Latin letters themselves stay as they are.
        folded = alike if len(alike := compute_skeleton(folded)) == 1 and alike.isascii() else folded
    return folded if len(folded) == 1 else " " if folded.isspace() else character


_TABLE = _Table()


def flatten(text: str) -> str:
    """Return the text without width, case and traditional forms, of the same length."""
    return text.translate(_TABLE)


def read_numerals(flat: str) -> str:
    """Return a flat text with digits for Chinese numerals and look-alike letters."""
    return flat.translate(_NUMERALS)
