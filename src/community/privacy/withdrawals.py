"""Agreeing no more: a consent, or a guardian's confirmation, and what rests on it, in one transaction.

What is published comes off with it, up to a hundred submissions; a job takes back what is more than that.
"""

from __future__ import annotations

from functools import partial

from community.identity import consents, people, standing
from community.identity.errors import SessionEnded
from community.identity.models import Purpose
from community.kernel import db
from community.submissions import service as submissions


async def withdraw(person_id: int, *, purpose: Purpose) -> None:
    """Withdraw a consent, and stop what rests on it; one that was never given changes nothing. Raises SessionEnded."""
    # Alone from the first: two that held the person already would wait for one another.
    with db.beginning_with(partial(_alone, person_id)):
        await _withdraw(person_id, purpose)


async def _alone(person_id: int) -> None:
    if not await standing.alone(person_id):
        raise SessionEnded


@db.transactional
async def _withdraw(person_id: int, purpose: Purpose) -> None:
    if await consents.withdraw(person_id, purpose=purpose) and purpose is Purpose.PUBLICATION:
        await submissions.take_back_some(person_id)


@db.transactional
async def revoke_child(guardian_id: int, *, child_id: int) -> None:
    """Take one's confirmation for a child back, and the child's publications with it. Raises NotFound."""
    await people.revoke_child(guardian_id, child_id=child_id)
    await submissions.take_back_some(child_id)
