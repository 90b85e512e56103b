"""The search for listed words in a text (Aho–Corasick)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from ahocorasick_rs import AhoCorasick

from community.safety import disguise, forms
from community.safety.entries import Word, WordEntries, compute_pattern

MAX_HITS = 10_000
"""Hits of one form that are looked at. Nested words could have tens of thousands."""
MAX_MATCHES = 100

_Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Match:
    """A listed word in a text, with its place in code points."""

    start: int
    end: int
    word: Word


@dataclass(slots=True)
class Matches:
    """The words that were found, in order, and the places that are harmless.

    `is_complete` is False if there were more hits than the limit.
    """

    words: list[Match] = field(default_factory=list)
    harmless: list[_Span] = field(default_factory=list)
    is_complete: bool = True


class _Automaton:
    """The patterns of one form, each with its word. An exception has no word."""

    def __init__(self) -> None:
        self._words: dict[str, Word | None] = {}
        self._automaton: AhoCorasick | None = None
        self._entries: list[Word | None] = []

    def add(self, pattern: str, word: Word | None) -> None:
        """Add a pattern. The first word of a pattern stays, and an exception replaces none."""
        # The library drops a pattern that is no Unicode text, with all that follow.
        pattern.encode()
        self._words.setdefault(pattern, word)

    def build(self) -> None:
        """Build the automaton out of the patterns."""
        self._entries = list(self._words.values())
        if self._words:
            self._automaton = AhoCorasick(list(self._words), store_patterns=False)

    @property
    def is_empty(self) -> bool:
        """True if there are no patterns."""
        return self._automaton is None

    def find(self, text: str) -> list[tuple[Word | None, int, int]]:
        """Return the hits, with their places in the form."""
        if self._automaton is None:
            return []
        hits = self._automaton.find_matches_as_indexes(text, overlapping=True)
        return [(self._entries[number], start, end) for number, start, end in hits[: MAX_HITS + 1]]


class WordMatcher:
    """One word list, ready for search. It does not change, so that threads can share it."""

    def __init__(self, entries: WordEntries) -> None:
        self._han, self._letters, self._sounds = _Automaton(), _Automaton(), _Automaton()
        for word in entries.words:
            self._add(word.text, word)
            if word.by_sound:
                self._sounds.add(forms.compute_sounds(word.text)[0], word)
            if word.by_initials and (initials := forms.find_initials(word.text)):
                self._letters.add(compute_pattern(initials), word)
        for exception in entries.exceptions:
            self._add(exception, None)
        for automaton in (self._han, self._letters, self._sounds):
            automaton.build()

    def _add(self, text: str, word: Word | None) -> None:
        pattern = compute_pattern(text)
        (self._han if forms.is_han(pattern) else self._letters).add(pattern, word)

    def find(self, text: str) -> Matches:
        """Return the words of the list in a text.

        A word inside an exception or inside a longer word of the list does not count.
        """
        found = Matches()
        candidates: list[Match] = []
        for hits, places in self._search(text):
            if len(hits) > MAX_HITS:
                found.is_complete = False
            for word, start, end in hits[:MAX_HITS]:
                # A character that stands for two letters is there once, and never in part.
                if (start and places[start] == places[start - 1]) or places[end - 1 : end] == places[end : end + 1]:
                    continue
                parts = list(dict.fromkeys(places[start:end]))
                if word is None and disguise.is_joined(text, parts):
                    found.harmless.append((parts[0][0], parts[-1][1]))
                elif word is not None and disguise.is_readable(text, parts, word=word.text):
                    candidates.append(Match(parts[0][0], parts[-1][1], word))
        found.words = _keep_longest(drop_inside(candidates, found.harmless))
        if len(found.words) > MAX_MATCHES:
            found.words, found.is_complete = found.words[:MAX_MATCHES], False
        return found

    def _search(self, text: str) -> Iterable[tuple[list[tuple[Word | None, int, int]], list[_Span]]]:
        for automaton, table in ((self._han, forms.HAN), (self._letters, forms.LETTERS)):
            if hits := automaton.find(text.translate(table)):
                yield hits, forms.locate(text, table)
        if not self._sounds.is_empty:
            sounds, places = forms.compute_sounds(text)
            yield self._sounds.find(sounds), places


def drop_inside(matches: Sequence[Match], harmless: Sequence[_Span]) -> list[Match]:
    """Return the matches that are not inside a harmless place."""
    spans = sorted(harmless)
    reaches = list(accumulate((end for _, end in spans), max))
    starts = [start for start, _ in spans]

    def is_harmless(match: Match) -> bool:
        place = bisect_right(starts, match.start)
        return place > 0 and reaches[place - 1] >= match.end

    return [match for match in matches if not is_harmless(match)]


def _keep_longest(matches: Iterable[Match]) -> list[Match]:
    """Return the matches that are not inside a longer one, in order."""
    kept: list[Match] = []
    reach = -1
    # A match is inside another if an earlier one in this order ends no earlier.
    for match in sorted(matches, key=lambda match: (match.start, -match.end)):
        if match.end > reach:
            kept.append(match)
            reach = match.end
    return kept
