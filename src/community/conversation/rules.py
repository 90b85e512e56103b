"""Limits of comments, and their content."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from community.conversation.errors import CommentTooSoon
from community.kernel import mistakes
from community.kernel.errors import InvalidInput, Refusal
from community.kernel.texts import normalise_multiline_text

MAX_TEXT_LENGTH = 500
MAX_REASON_LENGTH = 200
MAX_MENTIONS = 5
EDIT_PERIOD = timedelta(minutes=10)
MAX_EDITS = 10
REPEAT_PERIOD = timedelta(days=1)
"""Time in which an author does not send the same text twice under one submission."""
RATE_PERIOD = timedelta(minutes=1)
MAX_IN_PERIOD = 10
"""Comments of a member in RATE_PERIOD."""
NEWCOMER_AGE = timedelta(days=1)
"""Age of a membership until which its member makes the community's pause. Members with a role are no newcomers."""


@dataclass(frozen=True, slots=True)
class CommentContent:
    """The validated content of a comment."""

    text: str
    media_id: int | None = None
    mention_ids: tuple[int, ...] = ()


def normalise_content(text: str, *, media_id: int | None = None, mention_ids: Sequence[int] = ()) -> CommentContent:
    """Return a comment's content in NFC. Raises InvalidInput with every part beyond its limits."""
    with mistakes.collect() as check:
        return CommentContent(check(_normalise_text, text), media_id, check(_normalise_mentions, mention_ids))


def _normalise_text(text: str) -> str:
    return normalise_multiline_text(text, max_length=MAX_TEXT_LENGTH, path=("text",))


def _normalise_mentions(mention_ids: Sequence[int]) -> tuple[int, ...]:
    if len(mention_ids) > MAX_MENTIONS:
        raise InvalidInput("too_many_mentions", max=MAX_MENTIONS, actual=len(mention_ids), path=("mentionIds",))
    return tuple(dict.fromkeys(mention_ids))


def normalise_reason(text: str) -> str:
    """Return a leader's reason in NFC. Raises InvalidInput unless it has 1 to 200 characters."""
    return normalise_multiline_text(text, max_length=MAX_REASON_LENGTH, path=("reason",))


def find_pace_refusal(recent: Sequence[datetime], now: datetime, *, pause: timedelta) -> Refusal | None:
    """Return the refusal of one more comment after the recent ones, or None. The newest comes last.

    `pause` is the time between two comments, zero for those who are no newcomers.
    """
    counted = [moment for moment in recent if moment > now - RATE_PERIOD]
    if recent and recent[-1] + pause > now:
        return CommentTooSoon("newcomer", retry_at=recent[-1] + pause, seconds=round(pause.total_seconds()))
    if len(counted) >= MAX_IN_PERIOD:
        return CommentTooSoon("minute", retry_at=counted[-MAX_IN_PERIOD] + RATE_PERIOD, max=MAX_IN_PERIOD)
    return None
