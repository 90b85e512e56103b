"""Invariants of rewards and redemptions."""

from __future__ import annotations

from community.kernel.invariants import Invariant

INVARIANTS = (
    Invariant(
        "each redemption has the kind of its reward",
        "redemption",
        "SELECT t.id FROM redemption t JOIN reward r ON r.id = t.reward_id"
        " WHERE t.id > $1 AND t.id <= $2 AND t.kind <> r.kind",
    ),
)
"""Invariants of this room that `community audit` checks."""
