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


def translate_refusal(reason: MediaRefusal, language: Language) -> str:
    """Return the sentence about a refused picture."""
    return translate(f"media_refusal.{reason.value.lower()}", language, **_FIGURES.get(reason, {}))
