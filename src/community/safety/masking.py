"""The text that the public sees."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import regex

from community.safety.facts import Finding, Level

MASK = "*"
_CLUSTER = regex.compile(r"\X")


def mask(text: str, findings: Iterable[Finding], *, field: str) -> str:
    """Return the text with a star for each character that a finding masks."""
    return mask_places(
        text,
        [
            (finding.place.start, finding.place.end)
            for finding in findings
            if finding.level is Level.MASK and finding.place is not None and finding.place.field == field
        ],
    )


def mask_places(text: str, places: Sequence[tuple[int, int]]) -> str:
    """Return the text with a star for each character of these places.

    Spaces and line breaks stay, and so does the number of characters that people see.
    """
    if not places:
        return text
    return "".join(
        MASK if _is_inside(match.start(), match.end(), places) and not match.group().isspace() else match.group()
        for match in _CLUSTER.finditer(text)
    )


def _is_inside(start: int, end: int, places: Iterable[tuple[int, int]]) -> bool:
    return any(start < last and first < end for first, last in places)
