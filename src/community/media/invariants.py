"""Invariants of pictures, as statements that find violations."""

from __future__ import annotations

from community.kernel.invariants import forbid_rows

INVARIANTS = (
    forbid_rows(
        "the size of a community's pictures is the sum of those that it uses",
        "community c",
        "COALESCE((SELECT v.size_bytes FROM media_volume v WHERE v.community_id = c.id), 0) <> COALESCE((SELECT"
        " sum(m.size_bytes) FROM media_use u JOIN media m ON m.id = u.media_id WHERE u.community_id = c.id), 0)",
    ),
)
"""Invariants of pictures that `community audit` checks."""
