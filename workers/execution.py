"""Execution of one effect. It is done when the commit of its job says so."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from community.kernel import db, outbox
from community.kernel.errors import TryAgain, describe_error
from community.settings import Settings
from workers.job import ExecutionMode, Job
from workers.registry import JOBS

log = logging.getLogger(__name__)


async def run_effect(settings: Settings, name: str, *, effect_id: int, attempt: int) -> str:
    """Run the job of an effect unless the effect is done already. Return `done`, `postponed` or `failed`.

    Records a failure with the effect, which becomes due again later. Raises only CancelledError: the effect is due now.
    """
    job = JOBS[name]
    try:
        if job.mode is ExecutionMode.BATCH:
            await job.work(*_build_arguments(settings, job))
        elif job.mode is ExecutionMode.TRANSACTIONAL:
            await _run_transactional(settings, job, name, effect_id)
        else:
            await _run_at_least_once(settings, job, name, effect_id)
    except Exception as error:
        if isinstance(error, TryAgain):  # no bug, and its traceback tells nothing
            log.warning("effect postponed: effect=%s name=%s reason=%s", effect_id, name, error.reason)
        else:
            log.exception("effect failed: effect=%s name=%s attempt=%s", effect_id, name, attempt)
        try:
            await outbox.record_failure(effect_id, error=describe_error(error), max_failures=settings.outbox_attempts)
        except TryAgain:
            log.warning("failure not recorded, the effect is leased again later: effect=%s", effect_id)
        return "postponed" if isinstance(error, TryAgain) else "failed"
    except asyncio.CancelledError:
        await outbox.release([effect_id])
        raise
    else:
        return "done"


def _build_arguments(settings: Settings, job: Job) -> tuple[Settings, ...]:
    return (settings,) if job.takes_settings else ()


# The arguments come from the database. Redis is trusted for the effect's name and id only.


@db.transactional
async def _run_transactional(settings: Settings, job: Job, name: str, effect_id: int) -> None:
    effect = await outbox.lock(effect_id, name)
    if effect is not None:
        await job.work(*_build_arguments(settings, job), **effect.args)
        await outbox.finish(effect)


async def _run_at_least_once(settings: Settings, job: Job, name: str, effect_id: int) -> None:
    effect = await outbox.claim(effect_id, name, lease_s=settings.outbox_reoffer_s)
    if effect is not None:
        async with _keep_lease(effect, lease_s=settings.outbox_reoffer_s):
            await job.work(*_build_arguments(settings, job), **effect.args)
        await outbox.finish(effect)


@asynccontextmanager
async def _keep_lease(effect: outbox.Effect, *, lease_s: int) -> AsyncIterator[None]:
    """Renew the lease inside the block. A long job is then not leased again."""
    has_ended = asyncio.Event()

    async def renew() -> None:
        while not await _is_set(has_ended, within_s=lease_s / 3):
            with suppress(TryAgain):  # renewed with the next turn, or leased again
                await outbox.renew(effect, lease_s=lease_s)

    renewing = asyncio.create_task(renew())
    try:
        yield
    finally:
        has_ended.set()
        # Not cancelled: a connection that is cancelled while it opens may stay half open.
        await asyncio.wait([renewing])


async def _is_set(event: asyncio.Event, *, within_s: float) -> bool:
    with suppress(TimeoutError):
        async with asyncio.timeout(within_s):
            await event.wait()
    return event.is_set()
