"""Forms of a text in which words are searched, and their places in it.

| form | it has | finds |
|---|---|---|
| letters | letters and digits without width, case, traditional and look-alike forms | words in other letters |
| Han | the Chinese characters of it | Chinese words with anything between |
| sounds | one symbol per Chinese character or Pinyin syllable | homophones, and words in Pinyin |
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from functools import cache
from importlib import resources

import regex

from community.kernel.texts import compute_skeleton, fold

_HAN = regex.compile(r"\p{Script=Han}+")
_LETTER_CATEGORIES = frozenset({"Ll", "Lu", "Lt", "Lo", "Nd"})
_STAND_INS = {"@": "a", "$": "s"}
_SQUARES = ((0x1F150, 26), (0x1F170, 26), (0x1F1E6, 26))
"""Blocks of letters in circles, squares and flags that have no compatibility form."""
_STROKES = frozenset("丨丶丿亅乀乁")
_FIRST_SYMBOL = 0xE000
_MAX_SYLLABLE = 6
_ALIKE = regex.compile("(?<=^[zcs])h|(?<=[ie]n)g$")


def is_han(text: str) -> bool:
    """Return True if the text has Chinese characters only."""
    return _HAN.fullmatch(text) is not None


class _Table(dict[int, str]):
    """A table for `str.translate` that computes each entry when it is first needed."""

    def __init__(self, compute: Callable[[str], str]) -> None:
        super().__init__()
        self._compute = compute

    def __missing__(self, code: int) -> str:
        self[code] = found = self._compute(chr(code))
        return found


def _compute_letters(character: str) -> str:
    code = ord(character)
    for first, count in _SQUARES:
        if first <= code < first + count:
            character = chr(ord("a") + code - first)
    if (digit := unicodedata.digit(character, None)) is not None:
        character = str(digit)
    character = _STAND_INS.get(character, character)
    folded = _keep_letters(fold(character))
    if not folded:  # The skeleton of a symbol may be a letter.
        return ""
    skeleton = _keep_letters(compute_skeleton(character))
    # The skeleton of a few strokes, such as 一, is a symbol.
    return folded if is_han(folded) and not is_han(skeleton) else skeleton


def _keep_letters(text: str) -> str:
    return "".join(character for character in text if unicodedata.category(character) in _LETTER_CATEGORIES)


def _compute_han(character: str) -> str:
    letters = LETTERS[ord(character)]
    # Strokes and characters in circles stand between letters more often than for one.
    is_mark = character in _STROKES or unicodedata.category(character) == "So"
    return letters if is_han(letters) and not is_mark else ""


LETTERS = _Table(_compute_letters)
HAN = _Table(_compute_han)


def locate(text: str, table: _Table) -> list[tuple[int, int]]:
    """Return the place in `text` of each character of its translated form."""
    return [(place, place + 1) for place, character in enumerate(text) for _ in table[ord(character)]]


def compute_sounds(text: str) -> tuple[str, list[tuple[int, int]]]:
    """Return the sounds of a text, one symbol each, and their places."""
    found = list(_iterate_sounds(text))
    return "".join(symbol for symbol, _ in found), [place for _, place in found]


def _iterate_sounds(text: str) -> Iterator[tuple[str, tuple[int, int]]]:
    symbols = _load_sounds()
    latin = text.translate(_LATIN)
    last = 0
    for run in regex.finditer("[a-z]+", latin):
        yield from _iterate_read(text, last, run.start(), symbols)
        for start, end in _split_syllables(run.group()):
            yield _get_symbols()[run.group()[start:end]], (run.start() + start, run.start() + end)
        last = run.end()
    yield from _iterate_read(text, last, len(text), symbols)


def _split_syllables(run: str) -> Iterator[tuple[int, int]]:
    """Yield the places of the syllables of a Latin word, longer ones first. Nothing if it is not all Pinyin."""
    sounds = _get_symbols()
    ends = [0] * len(run) + [len(run)]
    for start in reversed(range(len(run))):
        for end in range(min(len(run), start + _MAX_SYLLABLE), start, -1):
            if ends[end] and run[start:end] in sounds:
                ends[start] = end
                break
    start = 0
    while start < len(run) and ends[start]:
        yield start, ends[start]
        start = ends[start]


def _iterate_read(text: str, start: int, end: int, symbols: dict[str, str]) -> Iterator[tuple[str, tuple[int, int]]]:
    for place in range(start, end):
        if symbol := symbols.get(HAN[ord(text[place])]):
            yield symbol, (place, place + 1)


def _compute_latin(character: str) -> str:
    """Return the small Latin letter of a character, or a blank. The length of a text stays."""
    base = unicodedata.normalize("NFD", fold(character))[:1]
    return "v" if base in {"ü", "v"} else base if base.isascii() and base.isalpha() else " "


_LATIN = _Table(_compute_latin)


def find_initials(word: str) -> str | None:
    """Return the first letters of the sounds of a Chinese word. None if a sound is unknown."""
    letters = word.translate(HAN)
    symbols = _load_sounds()
    if not letters or any(letter not in symbols for letter in letters):
        return None
    return "".join(_get_initials()[symbols[letter]] for letter in letters)


@cache
def _read_sounds() -> dict[str, str]:
    """Return the characters of each sound."""
    lines = resources.files("community.safety").joinpath("readings.txt").read_text(encoding="utf-8").splitlines()
    parts = (line.partition(": ") for line in lines if not line.startswith("#"))
    return {sound: characters for sound, _, characters in parts}


@cache
def _get_symbols() -> dict[str, str]:
    """Return the symbol of each sound. Sounds that many people pronounce alike share one."""
    alike = {sound: _ALIKE.sub("", sound) for sound in _read_sounds()}
    numbers = {sound: number for number, sound in enumerate(dict.fromkeys(alike.values()))}
    return {sound: chr(_FIRST_SYMBOL + numbers[shared]) for sound, shared in alike.items()}


@cache
def _get_initials() -> dict[str, str]:
    return {symbol: sound[0] for sound, symbol in _get_symbols().items()}


@cache
def _load_sounds() -> dict[str, str]:
    """Return the symbol of each character, as it is in the Han form."""
    return {
        character.translate(HAN): _get_symbols()[sound]
        for sound, characters in _read_sounds().items()
        for character in characters
        if character.translate(HAN)
    }
