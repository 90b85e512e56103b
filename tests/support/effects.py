"""Effects of the outbox, run in the test's own process."""

from __future__ import annotations

from community.kernel import outbox
from community.settings import Settings
from workers.execution import run_effect


async def run_all_effects(settings: Settings) -> None:
    """Run every pending effect, as relay and workers would."""
    while effects := await outbox.lease(lease_s=0):
        for effect in effects:
            await run_effect(settings, effect.name, effect_id=effect.id, attempt=effect.attempt)
