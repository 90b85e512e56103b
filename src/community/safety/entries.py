"""Entries of word lists: their form, their limits and the lines of a file. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from community.kernel import mistakes
from community.kernel.errors import InvalidInput, Refusal
from community.kernel.texts import normalise_text
from community.safety import forms
from community.safety.facts import Level

MAX_WORD_LENGTH = 40
MAX_CATEGORY_LENGTH = 20
MAX_OPERATOR_ENTRIES = 100_000
MAX_LEADER_ENTRIES = 2_000
MIN_INITIALS = 3
DEFAULT_CATEGORY = "general"

_OPTIONS = ("sound", "initials")
_EXCEPTION_MARK = "!"


@dataclass(frozen=True, slots=True)
class Word:
    """A listed word. It may also be found by its sound, or by the initials of its sounds."""

    text: str
    level: Level = Level.REVIEW
    category: str = DEFAULT_CATEGORY
    by_sound: bool = False
    by_initials: bool = False


@dataclass(frozen=True, slots=True)
class WordEntries:
    """The entries of a list. A word inside one of the exceptions does not count."""

    words: tuple[Word, ...] = ()
    exceptions: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.words) + len(self.exceptions)

    def as_json(self) -> dict[str, Any]:
        """Return the entries as they are stored."""
        return {
            "words": [[word.text, word.level, word.category, word.by_sound, word.by_initials] for word in self.words],
            "exceptions": list(self.exceptions),
        }

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> WordEntries:
        """Return the entries that `as_json` stored."""
        words = (Word(text, Level(level), *rest) for text, level, *rest in stored["words"])
        return cls(tuple(words), tuple(stored["exceptions"]))


def compute_pattern(text: str) -> str:
    """Return the letters and digits by which a word is compared."""
    return text.translate(forms.LETTERS)


def normalise_word(word: Word, *, path: tuple[str, ...]) -> Word:
    """Return a word in its stored form. Raises InvalidInput with all its mistakes."""
    with mistakes.collect() as check:
        return Word(
            check(_normalise_listed, word.text, path=(*path, "word")),
            word.level,
            check(normalise_text, word.category, max_length=MAX_CATEGORY_LENGTH, path=(*path, "category")),
            check(_require_sound, word, path=(*path, "bySound")),
            check(_require_initials, word, path=(*path, "byInitials")),
        )


def normalise_exception(text: str, *, path: tuple[str, ...]) -> str:
    """Return a harmless longer word in its stored form. Raises InvalidInput."""
    return _normalise_listed(text, path=path)


def normalise_entries(words: Sequence[Word], exceptions: Sequence[str], *, max_entries: int) -> WordEntries:
    """Return the entries of a list. Raises InvalidInput with all mistakes, also for a repeated word."""
    count = len(words) + len(exceptions)
    if count > max_entries:
        raise InvalidInput("too_many_words", max=max_entries, actual=count, path=("words",))
    with mistakes.collect() as check:
        kept = [check(normalise_word, word, path=("words", str(place))) for place, word in enumerate(words)]
        harmless = [
            check(normalise_exception, text, path=("exceptions", str(place))) for place, text in enumerate(exceptions)
        ]
    seen: dict[str, int] = {}
    for place, word in enumerate(kept):
        if (first := seen.setdefault(compute_pattern(word.text), place)) != place:
            raise InvalidInput("word_repeated", path=("words", str(place), "word"), number=first + 1)
    return WordEntries(tuple(kept), tuple(dict.fromkeys(harmless)))


def _normalise_listed(text: str, *, path: tuple[str, ...]) -> str:
    text = normalise_text(text, max_length=MAX_WORD_LENGTH, path=path)
    pattern = compute_pattern(text)
    if not pattern or (len(pattern) == 1 and not forms.is_han(pattern)):
        raise InvalidInput("word_short", path=path)
    return text


def _require_sound(word: Word, *, path: tuple[str, ...]) -> bool:
    if word.by_sound and (forms.find_initials(word.text) is None or not forms.is_han(compute_pattern(word.text))):
        raise InvalidInput("word_sound", path=path)
    return word.by_sound


def _require_initials(word: Word, *, path: tuple[str, ...]) -> bool:
    if word.by_initials:
        initials = forms.find_initials(word.text)
        if initials is None or not forms.is_han(compute_pattern(word.text)):
            raise InvalidInput("word_sound", path=path)
        if len(initials) < MIN_INITIALS:
            raise InvalidInput("word_initials", min=MIN_INITIALS, path=path)
    return word.by_initials


@dataclass(frozen=True, slots=True)
class LineFault:
    """A line of a file that gives no entry, numbered from 1.

    `sentence` is for the operator. A repetition has none, and `repeats` is the number of the first line.
    """

    number: int
    sentence: str = ""
    repeats: int = 0


def parse_lines(lines: Iterable[str], *, default: Word) -> tuple[WordEntries, list[LineFault]]:
    """Return the entries of a file, and its faulty and repeated lines.

    A line is `word,level,category,options` or `!exception`. Missing parts are those of `default`. The options are
    `sound` and `initials`. Lines that begin with # are comments.
    """
    words: dict[str, tuple[int, Word]] = {}
    exceptions: dict[str, int] = {}
    faults: list[LineFault] = []
    for number, line in enumerate(lines, start=1):
        line = line.strip()  # noqa: PLW2901 - the line without its end
        if not line or line.startswith("#"):
            continue
        try:
            if line.startswith(_EXCEPTION_MARK):
                exception = normalise_exception(line[1:], path=("word",))
                first = exceptions.setdefault(exception, number)
            else:
                word = _parse_word(line, default)
                first, _ = words.setdefault(compute_pattern(word.text), (number, word))
        except Refusal as refusal:
            faults.append(LineFault(number, str(refusal)))
        else:
            if first != number:
                faults.append(LineFault(number, repeats=first))
    return WordEntries(tuple(word for _, word in words.values()), tuple(exceptions)), faults


def _parse_word(line: str, default: Word) -> Word:
    parts = [part.strip() for part in line.replace("\t", ",").split(",")]
    if len(parts) > 4:  # noqa: PLR2004 - word, level, category, options
        raise InvalidInput("word_line", path=("word",))
    text, level, category, options = (*parts, "", "", "", "")[:4]
    wanted = options.lower().split()
    if any(option not in _OPTIONS for option in wanted):
        raise InvalidInput("word_options", path=("options",))
    word = Word(
        text,
        _parse_level(level) if level else default.level,
        category or default.category,
        "sound" in wanted or default.by_sound,
        "initials" in wanted or default.by_initials,
    )
    return normalise_word(word, path=())


def _parse_level(text: str) -> Level:
    try:
        return Level(text.upper())
    except ValueError:
        raise InvalidInput("word_level", path=("level",)) from None
