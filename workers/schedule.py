"""What happens by the clock: the name of an effect, and every how many seconds."""

from __future__ import annotations

RECONCILE = "leaderboards.reconcile"

SCHEDULE = {
    "effects.collect_media": 3_600,
    "effects.sweep": 3_600,
    RECONCILE: 60,
}
