"""Limits of complaints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from community.kernel import mistakes
from community.kernel.errors import InvalidInput
from community.kernel.texts import normalise_multiline_text

MAX_TEXT_LENGTH = 500
MAX_MEDIA = 3
MAX_MESSAGES = 50
REOPEN_PERIOD = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintContent:
    """Words, pictures and subject of a complaint.

    It is about at most one thing. `leader_id` is a leader whom it concerns.
    """

    text: str
    media_ids: Sequence[int] = field(default=())
    redemption_id: int | None = None
    reward_id: int | None = None
    pick_up_point_id: int | None = None
    leader_id: int | None = None

    def __post_init__(self) -> None:
        """Check the values. Raises InvalidInput with all mistakes."""
        with mistakes.collect() as check:
            object.__setattr__(self, "text", check(normalise_message, self.text))
            check(_validate_media, self.media_ids)
            check(_validate_about, (self.redemption_id, self.reward_id, self.pick_up_point_id))


def normalise_message(text: str) -> str:
    """Return a message, 1 to 500 characters. Raises InvalidInput."""
    return normalise_multiline_text(text, max_length=MAX_TEXT_LENGTH, path=("text",))


def _validate_media(media_ids: Sequence[int]) -> None:
    if len(set(media_ids)) != len(media_ids) or len(media_ids) > MAX_MEDIA:
        raise InvalidInput("complaint_media", max=MAX_MEDIA, actual=len(media_ids), path=("mediaIds",))


def _validate_about(ids: Sequence[int | None]) -> None:
    if sum(number is not None for number in ids) > 1:
        raise InvalidInput("complaint_about", path=("redemptionId",))


def can_reopen(solved_at: datetime | None, reopened_at: datetime | None, *, now: datetime) -> bool:
    """Return True if the member may open the complaint again at this time."""
    return solved_at is not None and reopened_at is None and solved_at > now - REOPEN_PERIOD
