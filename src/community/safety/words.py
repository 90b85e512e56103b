"""The check for listed words and absolute claims."""

from __future__ import annotations

from collections.abc import Iterator

import regex

from community.kernel.texts import fold
from community.safety.claims import load_claims
from community.safety.facts import Facts, Finding, Level, Place, Reason
from community.safety.matcher import Match, drop_inside

_ENUMERATION = regex.compile(r"(?:^|(?<=[\s。;!?,:：]))第一(?=[\s,、:])")
"""The beginning of a list of points. No claim begins so."""


def check_words(facts: Facts) -> Iterator[Finding]:
    """Yield a finding for each listed word and each absolute claim."""
    for field, text in facts.texts.items():
        harmless: list[tuple[int, int]] = []
        complete = True
        for matcher in facts.lists:
            found = matcher.find(text)
            harmless += found.harmless
            complete &= found.is_complete
            yield from (_describe(match, field, Reason.LISTED_WORD) for match in found.words)
        claims = load_claims().find(text)
        # An exception of the operator or of a community also counts for the list of the service.
        yield from (
            _describe(match, field, Reason.ABSOLUTE_CLAIM)
            for match in drop_inside(claims.words, harmless)
            if not _is_enumeration(text, match)
        )
        if not (complete and claims.is_complete):
            yield Finding(Level.REVIEW, Reason.TOO_MANY_WORDS)


def _describe(match: Match, field: str, reason: Reason) -> Finding:
    figures = {"category": match.word.category, "word": match.word.text}
    return Finding(match.word.level, reason, Place(field, match.start, match.end), figures)


def _is_enumeration(text: str, match: Match) -> bool:
    before, after = (
        fold(text[match.start - 1 : match.start]) if match.start else "",
        fold(text[match.end : match.end + 1]),
    )
    return _ENUMERATION.search(f"{before}{fold(match.word.text)}{after}") is not None
