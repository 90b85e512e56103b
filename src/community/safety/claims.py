"""The list of absolute claims that the service brings along."""

from __future__ import annotations

from functools import cache
from importlib import resources

from community.safety.entries import Word, parse_lines
from community.safety.facts import Level
from community.safety.matcher import WordMatcher

CLAIM_CATEGORY = "claim"


@cache
def load_claims() -> WordMatcher:
    """Return the list of absolute claims. Each of its words needs a leader's view."""
    lines = resources.files("community.safety").joinpath("claims.csv").read_text(encoding="utf-8").splitlines()
    entries, _ = parse_lines(lines, default=Word("", Level.REVIEW, CLAIM_CATEGORY))
    return WordMatcher(entries)
