"""What happens by the clock: the name of an effect, and every how many seconds."""

from __future__ import annotations

SCHEDULE = {
    "effects.sweep": 3_600,
    "leaderboards.reconcile": 60,
}
