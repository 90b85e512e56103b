"""Texts in Chinese."""

from __future__ import annotations

from community.texts.zh import (
    accounts,
    appeals,
    common,
    communities,
    conversation,
    earning,
    media,
    pick_up,
    points,
    privacy,
    review,
    rewards,
    safety,
    submissions,
)

TEXTS = {
    **accounts.TEXTS,
    **appeals.TEXTS,
    **common.TEXTS,
    **communities.TEXTS,
    **conversation.TEXTS,
    **earning.TEXTS,
    **media.TEXTS,
    **pick_up.TEXTS,
    **points.TEXTS,
    **privacy.TEXTS,
    **review.TEXTS,
    **rewards.TEXTS,
    **safety.TEXTS,
    **submissions.TEXTS,
}
"""The texts by key. `texts/en/` has the same keys and fields."""
