"""Sentences about refused pictures for people, by reason."""

from __future__ import annotations

from community.media.models import MediaRefusal
from community.texts import Language, translate

REFUSAL_SENTENCES = {
    reason: translate(f"media_refusal.{reason.value.lower()}", Language.ENGLISH) for reason in MediaRefusal
}
"""The sentence for each reason. A missing text fails at import."""
