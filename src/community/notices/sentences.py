"""Sentences of notices, for the inbox and for subscription messages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from community.notices.models import NoticeKind
from community.texts import CATALOGUES, Language, translate

WITHOUT_POINTS = "without_points"
"""End of the key of the text for a notice of 0 points, such as a prize. Kinds that always have points need none."""


def build_sentence(kind: NoticeKind, detail: Mapping[str, Any], language: Language) -> str:
    """Return the sentence of a notice in a language."""
    key = f"notice.{kind.value.lower()}"
    free = f"{key}.{WITHOUT_POINTS}"
    is_free = detail.get("points") == 0 and free in CATALOGUES[language]
    return translate(free if is_free else key, language, **detail)
