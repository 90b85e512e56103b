"""Excerpts in which the searched words are marked. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

import regex

from community.kernel.texts.directions import close_directions
from community.search.tokens import Query, RunKind, iter_runs, normalise

EXCERPT_LENGTH = 80
"""Number of characters of an excerpt."""
_BEFORE = 20
"""Number of characters before the first match."""
_CLUSTER = regex.compile(r"\X")


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a text, which matches the query or does not."""

    text: str
    is_match: bool


def mark(text: str, query: Query, *, length: int | None = None) -> list[Part]:
    """Return the text in parts, in order. With a length only so many characters, from shortly before a match.

    An ellipsis stands for what is left out.
    """
    clusters = _CLUSTER.findall(text)
    # Each cluster is normalised by itself, so that each place has one.
    pieces = [normalise(cluster) for cluster in clusters]
    ends = list(accumulate(map(len, pieces)))
    matched = [False] * len(clusters)
    for start, end in _find_matches("".join(pieces), query):
        for place, (last, piece) in enumerate(zip(ends, pieces, strict=True)):
            if last - len(piece) < end and start < last:
                matched[place] = True
    first, last = 0, len(clusters)
    if length is not None and len(clusters) > length:
        found = matched.index(True) if True in matched else 0
        first = max(0, min(found - _BEFORE, len(clusters) - length))
        last = first + length
    parts = _join(clusters[first:last], matched[first:last])
    if last - first < len(clusters):  # A direction must not continue in what a screen shows behind the excerpt.
        parts = [Part(close_directions(part.text), part.is_match) for part in parts]
    if first > 0:
        parts.insert(0, Part("…", is_match=False))
    if last < len(clusters):
        parts.append(Part("…", is_match=False))
    return parts


def _find_matches(normalised: str, query: Query) -> Iterator[tuple[int, int]]:
    for asked in query.runs:
        if asked.kind is RunKind.CHINESE:
            start = normalised.find(asked.text)
            while start >= 0:
                yield start, start + len(asked.text)
                start = normalised.find(asked.text, start + 1)
        else:
            for run in iter_runs(normalised):
                if run.kind is asked.kind and run.text.startswith(asked.text):
                    yield run.start, run.start + len(asked.text)


def _join(clusters: list[str], matched: list[bool]) -> list[Part]:
    parts: list[Part] = []
    for cluster, is_match in zip(clusters, matched, strict=True):
        if parts and parts[-1].is_match is is_match:
            parts[-1] = Part(parts[-1].text + cluster, is_match)
        else:
            parts.append(Part(cluster, is_match))
    return parts
