"""The queue `leaderboards`: one job applies every pending step."""

from __future__ import annotations

from community.leaderboards import closings
from community.leaderboards import service as leaderboards
from community.scores.scores import BOARD_EFFECT
from community.settings import get_settings
from workers.job import ExecutionMode, Job


async def drain() -> None:
    """Apply every pending step of every board."""
    await leaderboards.apply_pending(max_failures=get_settings().outbox_attempts)


JOBS = {
    BOARD_EFFECT: Job(drain, ExecutionMode.BATCH),
    "leaderboards.rebuild_person": Job(leaderboards.queue_person_updates),
    "leaderboards.rebuild_all": Job(leaderboards.rebuild_all, ExecutionMode.AT_LEAST_ONCE),
    "leaderboards.refresh_community": Job(leaderboards.refresh_community, ExecutionMode.AT_LEAST_ONCE),
    "leaderboards.recount_all": Job(leaderboards.recount_all, ExecutionMode.AT_LEAST_ONCE),
    "leaderboards.close_periods": Job(closings.close_due, ExecutionMode.AT_LEAST_ONCE),
    "leaderboards.reconcile": Job(leaderboards.reconcile, ExecutionMode.AT_LEAST_ONCE),
}
