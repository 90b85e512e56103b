"""Controls of the direction of writing. One that is not closed turns the text around it."""

from __future__ import annotations

_EMBEDDINGS = frozenset("\u202a\u202b\u202d\u202e")
_ISOLATES = frozenset("\u2066\u2067\u2068")
_POP_EMBEDDING, _POP_ISOLATE = "\u202c", "\u2069"
_CONTROLS = _EMBEDDINGS | _ISOLATES | {_POP_EMBEDDING, _POP_ISOLATE}
MAX_DEPTH = 8
"""Largest number of open directions. Further ones are dropped with their ends."""


def has_direction_controls(text: str) -> bool:
    """Return True if the text has a control of direction other than a mark."""
    return not _CONTROLS.isdisjoint(text)


def close_directions(line: str) -> str:
    """Return the line with an end for each direction that it opens.

    Other ends are dropped.
    """
    if not has_direction_controls(line):
        return line
    kept: list[str] = []
    open_ends: list[str] = []
    dropped: list[str] = []
    for character in line:
        if character in _EMBEDDINGS or character in _ISOLATES:
            end = _POP_ISOLATE if character in _ISOLATES else _POP_EMBEDDING
            if dropped or len(open_ends) == MAX_DEPTH:
                dropped.append(end)
                continue
            open_ends.append(end)
        elif character in {_POP_EMBEDDING, _POP_ISOLATE}:
            ends = dropped or open_ends
            if not ends or ends[-1] != character:
                continue
            ends.pop()
            if ends is dropped:
                continue
        kept.append(character)
    return "".join(kept) + "".join(reversed(open_ends))
