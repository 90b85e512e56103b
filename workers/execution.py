"""Carrying out one effect: held against every other offer of it, done exactly when its commit says so."""

from __future__ import annotations

import logging

from community.kernel import db, outbox
from community.kernel.outbox import Effect
from community.settings import Settings
from workers.job import Job, Way
from workers.registry import JOBS

log = logging.getLogger(__name__)


async def carry_out(settings: Settings, name: str, *, effect_id: int, attempt: int) -> None:
    """Carry out one offer of an effect; one that is done, or has been offered again since, is left alone.

    A failure is noted with the effect, which is then due again later; it raises nothing.
    """
    job = JOBS[name]
    try:
        if job.way is Way.DRAIN:
            await job.work(*_given(settings, job))
        elif job.way is Way.TOGETHER:
            await _together(settings, job, effect_id=effect_id, attempt=attempt, name=name)
        elif job.way is Way.ALONE:
            await _alone(settings, job, name, effect_id)
        else:
            await _apart(settings, job, effect_id=effect_id, attempt=attempt, name=name)
    except Exception as error:
        log.exception("the effect %s (%s, attempt %s) failed", effect_id, name, attempt)
        # The kind of the error alone: its text may quote what a person wrote.
        kind = type(error).__name__
        if job.way is Way.ALONE:
            await outbox.lost(effect_id, error=kind, most=settings.outbox_attempts)
        else:
            await outbox.failed(effect_id, attempt=attempt, error=kind, most=settings.outbox_attempts)


def _given(settings: Settings, job: Job) -> tuple[Settings, ...]:
    return (settings,) if job.configured else ()


@db.transactional
async def _together(settings: Settings, job: Job, *, name: str, effect_id: int, attempt: int) -> None:
    effect = await _held(name, effect_id, attempt)
    if effect is not None:
        await job.work(*_given(settings, job), **effect.args)
        await outbox.finish(effect)


async def _apart(settings: Settings, job: Job, *, name: str, effect_id: int, attempt: int) -> None:
    effect = await _held(name, effect_id, attempt)
    if effect is not None:
        await job.work(*_given(settings, job), **effect.args)
        await outbox.finish(effect)


async def _alone(settings: Settings, job: Job, name: str, effect_id: int) -> None:
    effect = await outbox.claim(effect_id, again_after_s=settings.outbox_reoffer_s)
    if effect is not None and effect.name == name:
        await job.work(*_given(settings, job), **effect.args)
        await outbox.done(effect.id)


async def _held(name: str, effect_id: int, attempt: int) -> Effect | None:
    """The effect as the database has it: what Redis says of it is its id and its attempt, and no more is believed."""
    effect = await outbox.hold(effect_id, attempt=attempt)
    return effect if effect is not None and effect.name == name else None
