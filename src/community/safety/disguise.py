"""The decision whether letters with other characters between them are a word. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import regex

from community.kernel.texts import fold

MAX_GAP = 8
MAX_GAP_LETTERS = 2
MIN_SPLIT_LENGTH = 3
"""Letters of a word that may be split by sentence marks, and of a Latin word that may be split at all."""

# Marks of full width have lost it.
_SENTENCE_MARKS = regex.compile(r"[。、,;:!?\n]|\.{3}")
_LATIN = regex.compile(r"[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}]+")
_REPEATED = regex.compile(r"(.)\1+")


def _list_gaps(text: str, places: Sequence[tuple[int, int]]) -> list[str]:
    """Return the characters between each letter and the next, without invisible ones."""
    return [fold(text[end:start]) if start > end else "" for (_, end), (start, _) in pairwise(places)]


def is_joined(text: str, places: Sequence[tuple[int, int]]) -> bool:
    """Return True if only spaces and symbols stand between the letters."""
    return not any(_SENTENCE_MARKS.search(gap) or _count_letters(gap) for gap in _list_gaps(text, places))


def is_readable(text: str, places: Sequence[tuple[int, int]], *, word: str) -> bool:
    """Return True if people read the letters at these places as this word.

    Few characters may stand between them. Sentence marks must stand between all, because two clauses are no word. A
    number is no word, although 0 and 1 look like letters.
    """
    if not _has_edges(text, places[0], places[-1]):
        return False
    if fold("".join(text[start:end] for start, end in places)).isdigit() and not fold(word).isdigit():
        return False
    gaps = _list_gaps(text, places)
    filled = [gap for gap in gaps if gap]
    if not filled:
        return True
    if any(len(_REPEATED.sub(r"\1", gap)) > MAX_GAP or _count_letters(gap) > MAX_GAP_LETTERS for gap in filled):
        return False
    is_even = len(filled) == len(gaps) and len(places) >= MIN_SPLIT_LENGTH
    if any(_SENTENCE_MARKS.search(gap) for gap in filled):
        return is_even
    # Between Latin words there are spaces, so that a part of one and a part of the next are no word.
    return is_even or not any(
        gap and _is_latin(text[left[0] : left[1]]) and _is_latin(text[right[0] : right[1]])
        and left[1] - left[0] == right[1] - right[0] == 1
        for gap, (left, right) in zip(gaps, pairwise(places), strict=True)
    )  # fmt: skip


def _has_edges(text: str, first: tuple[int, int], last: tuple[int, int]) -> bool:
    """Return True if no word or number continues before or after these letters."""
    before = text[first[0] - 1 : first[0]] if first[0] else ""
    after = text[last[1] : last[1] + 1]
    return not _continues(before, text[first[0]]) and not _continues(text[last[1] - 1], after)


def _continues(left: str, right: str) -> bool:
    """Return True if two neighbours are of one Latin word, or of one number."""
    return (_is_latin(left) and _is_latin(right)) or (fold(left).isdigit() and fold(right).isdigit())


def _is_latin(text: str) -> bool:
    return _LATIN.fullmatch(fold(text)) is not None


def _count_letters(text: str) -> int:
    return sum(1 for character in text if character.isalnum())
