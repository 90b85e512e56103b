"""What happens by the clock: the name of an effect, and every how many seconds."""

from __future__ import annotations

RECONCILE = "leaderboards.reconcile"

SCHEDULE = {
    "effects.sweep": 3_600,
    "effects.offer_due_erasures": 600,
    RECONCILE: 60,
}
