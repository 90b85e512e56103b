"""Texts in Chinese."""

from __future__ import annotations

from community.texts.collect import collect_texts

TEXTS = collect_texts(__name__, __path__)
"""The texts by key. `texts/en/` has the same keys and fields."""
