"""Everything that `community audit` proves, room by room."""

from __future__ import annotations

from community.points.audit import PROOFS as POINTS
from community.review.audit import PROOFS as REVIEW

AUDIT = (*POINTS, *REVIEW)
