"""Published revisions as others see them, with stars in the place of personal data."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

from community.safety.masking import mask_places
from community.submissions.queries import RevisionRow

MASKS = "masks"
"""Key in `loaded` of a masked copy."""


def mask_revision(row: RevisionRow, masks: Sequence[list[Any]]) -> RevisionRow:
    """Return a copy with a masked title and text. It carries the masks for its tags."""
    masked = copy.copy(row)
    masked.title, masked.text = _mask(row.title, masks, "title"), _mask(row.text, masks, "text")
    masked.loaded = {**(row.loaded or {}), MASKS: masks}
    return masked


def mask_tags(row: RevisionRow, tags: list[str]) -> list[str]:
    """Return the tags of a revision, masked if it is a masked copy."""
    if not row.loaded or MASKS not in row.loaded:
        return tags
    return [_mask(tag, row.loaded[MASKS], f"tags.{place}") for place, tag in enumerate(tags)]


def _mask(text: str, masks: Sequence[list[Any]], field: str) -> str:
    return mask_places(text, [(start, end) for name, start, end in masks if name == field])
