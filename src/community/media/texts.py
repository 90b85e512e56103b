"""Sentences about refused pictures for people, by reason."""

from __future__ import annotations

from community.media.images.decoding import MAX_PIXELS_COSTLY_FORMATS, MAX_PIXELS_HEIF
from community.media.models import MediaRefusal
from community.texts import Language, translate

_FIGURES = {
    MediaRefusal.TOO_MANY_PIXELS: {
        "camera": MAX_PIXELS_HEIF // 1_000_000,
        "web": MAX_PIXELS_COSTLY_FORMATS // 1_000_000,
    }
}
REFUSAL_SENTENCES = {
    reason: translate(f"media_refusal.{reason.value.lower()}", Language.ENGLISH, **_FIGURES.get(reason, {}))
    for reason in MediaRefusal
}
"""The sentence for each reason. A missing text fails at import."""
