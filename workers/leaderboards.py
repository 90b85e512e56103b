"""The queue `leaderboards`: one job takes every step that waits."""

from __future__ import annotations

from community.leaderboards import service as leaderboards
from community.settings import current
from workers.job import Job, Way


async def drain() -> None:
    """Carry out every pending step of every board."""
    await leaderboards.drain(most_failures=current().outbox_attempts)


JOBS = {
    leaderboards.STEP: Job(drain, Way.DRAIN),
    "leaderboards.rebuild": Job(leaderboards.rebuild_one, Way.APART),
    "leaderboards.rebuild_all": Job(leaderboards.rebuild_all, Way.APART),
    "leaderboards.reconcile": Job(leaderboards.reconcile, Way.APART),
}
