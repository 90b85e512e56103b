"""All invariants that `community audit` checks, by room."""

from __future__ import annotations

from community.points.invariants import INVARIANTS as POINTS
from community.review.invariants import INVARIANTS as REVIEW

INVARIANTS = (*POINTS, *REVIEW)
