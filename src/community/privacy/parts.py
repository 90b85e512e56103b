"""The rooms that keep something of people. A room is added by its `personal.py` and one line here."""

from __future__ import annotations

from community.communities import personal
from community.kernel.personal import Part
from community.media import personal as media
from community.notices import personal as notices
from community.points import personal as points
from community.privacy import personal as own
from community.review import personal as review
from community.submissions import personal as submissions

PARTS: tuple[Part, ...] = (
    own.PART,
    submissions.PART,
    review.PART,
    media.PART,
    points.PART,
    notices.PART,
    # Last: the others may still ask who the person is.
    personal.PART,
)
