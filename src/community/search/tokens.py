"""The tokens by which texts are searched for. Pure.

A text is compared without case, width and traditional forms. Each run of Chinese characters becomes its pairs of
neighbours and its last character, each word and each emoji becomes one token. So any part of a Chinese text is found
by its pairs, and both databases use the same tokens.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise

import regex

from community.kernel.errors import InvalidInput
from community.kernel.texts import count_characters, fold
from community.kernel.texts.keys import simplify

MAX_QUERY_LENGTH = 50
MAX_TOKEN_LENGTH = 64
_CHINESE = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}]"
_RUN = regex.compile(
    rf"(?V1)(?P<CHINESE>{_CHINESE}+)|(?P<EMOJI>\p{{Extended_Pictographic}}|\p{{Regional_Indicator}}{{2}})"
    rf"|(?P<WORD>[[\p{{L}}\p{{M}}\p{{N}}]--{_CHINESE}]+)"
)
_SPACES = regex.compile(r"[^\S\n]+")
# SQLite's tokenizer splits at these. No text has a token with a character for private use.
_SEPARATORS = str.maketrans({"-": "\ue001", "_": "\ue002"})
_LABEL = "\ue000"


class RunKind(Enum):
    """A kind of a run of characters."""

    CHINESE = "CHINESE"
    EMOJI = "EMOJI"
    WORD = "WORD"


@dataclass(frozen=True, slots=True)
class Run:
    """A run of characters of one kind in a normalised text."""

    kind: RunKind
    text: str
    start: int


def normalise(text: str) -> str:
    """Return the text as it is compared."""
    folded: str = _SPACES.sub(" ", simplify(fold(text)))
    return folded


def iter_runs(normalised: str) -> Iterator[Run]:
    """Yield the runs of a normalised text."""
    for found in _RUN.finditer(normalised):
        yield Run(RunKind[found.lastgroup], found.group(), found.start())


def list_tokens(normalised: str) -> list[str]:
    """Return the different tokens of a normalised text, in any order."""
    tokens: set[str] = set()
    for run in iter_runs(normalised):
        if run.kind is RunKind.CHINESE:
            tokens.update(list_pairs(run.text))
            tokens.add(run.text[-1])
        else:
            tokens.add(run.text[:MAX_TOKEN_LENGTH])
    return sorted(tokens)


def label(name: str, value: int | str = "") -> str:
    """Return the token of an attribute, such as the community. No text has such a token."""
    return f"{_LABEL}{name}{value}".translate(_SEPARATORS)


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a search text. A document has its runs, or one of the labels of `authors`."""

    runs: tuple[Run, ...]
    text: str = ""
    authors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed search text: all of its words and labels occur in a document.

    Of the tokens in a list of `one_of` a document has at least one. `beginnings` are beginnings of tokens.
    """

    words: tuple[Word, ...]
    labels: tuple[str, ...] = ()
    one_of: tuple[Sequence[str], ...] = ()
    beginnings: tuple[str, ...] = ()

    @property
    def runs(self) -> tuple[Run, ...]:
        """The runs of all words."""
        return tuple(run for word in self.words for run in word.runs)

    @property
    def phrases(self) -> list[str]:
        """The Chinese runs that their pairs alone do not prove."""
        return [run.text for word in self.words for run in word.runs if _is_phrase(run)]

    @property
    def exempt_authors(self) -> list[str]:
        """For each phrase the labels of authors whose documents need not have it."""
        return [f" {' '.join(word.authors)} " for word in self.words for run in word.runs if _is_phrase(run)]

    def build(self, *, for_sqlite: bool) -> str:
        """Return the query for a database: FTS5's language, or a `tsquery`."""
        and_, or_, quote, any_end = (" AND ", " OR ", '"', "*") if for_sqlite else (" & ", " | ", "'", ":*")

        # A token has letters, digits, emoji and characters for private use, and neither quotes nor backslashes.
        def join(tokens: Sequence[str], by: str, end: str = "") -> list[str]:
            return [by.join(f"{quote}{token}{quote}{end}" for token in tokens)] if tokens else []

        groups = [*join(self.labels, and_), *(f"({group})" for some in self.one_of for group in join(some, or_))]
        groups += join(self.beginnings, and_, any_end)
        for word in self.words:
            # A single character begins the pair that it starts, and is a token as the last one of a run.
            parts = [part for run in word.runs for part in join(_list_wanted(run), and_, _get_end(run, any_end))]
            authors = join(word.authors, or_)
            groups += [or_.join([f"({and_.join(parts)})", *authors]).join("()")] if authors else parts
        return and_.join(dict.fromkeys(groups))


def _is_phrase(run: Run) -> bool:
    return run.kind is RunKind.CHINESE and len(run.text) > 2  # noqa: PLR2004


def _is_in_pairs(run: Run) -> bool:
    return run.kind is RunKind.CHINESE and len(run.text) > 1


def _list_wanted(run: Run) -> list[str]:
    return list_pairs(run.text) if _is_in_pairs(run) else [run.text[:MAX_TOKEN_LENGTH]]


def _get_end(run: Run, any_end: str) -> str:
    return "" if run.kind is RunKind.EMOJI or _is_in_pairs(run) else any_end


def list_pairs(run: str) -> list[str]:
    """Return the pairs of neighbours in a Chinese run."""
    return [first + second for first, second in pairwise(run)]


def parse_query(text: str, *, path: str = "text", labels: tuple[str, ...] = ()) -> Query:
    """Return the query of a search text.

    Raises InvalidInput unless it has 1 to 50 characters, among them one that can be searched for.
    """
    if count_characters(text) > MAX_QUERY_LENGTH:
        raise InvalidInput("length", min=1, max=MAX_QUERY_LENGTH, actual=count_characters(text), path=(path,))
    words = [Word(tuple(iter_runs(word)), word) for word in normalise(text).split()]
    found = tuple(word for word in words if word.runs)
    if not found:
        raise InvalidInput("nothing_to_search", path=(path,))
    return Query(found, labels)
