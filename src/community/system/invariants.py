"""All invariants that `community audit` checks, by room."""

from __future__ import annotations

from community.media.invariants import INVARIANTS as MEDIA
from community.points.invariants import INVARIANTS as POINTS
from community.review.invariants import INVARIANTS as REVIEW

INVARIANTS = (*POINTS, *MEDIA, *REVIEW)
