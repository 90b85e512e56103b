"""Agreeing no more: a consent, or a guardian's confirmation, and what rests on it, in one transaction.

What is published comes off with it, up to a hundred submissions; a job takes back what is more than that.
"""

from __future__ import annotations

from functools import partial

from community.accounts import person_lock
from community.accounts.errors import SessionEnded
from community.consent import consents, guardians
from community.consent.models import ConsentPurpose
from community.kernel import db
from community.submissions import removal


async def withdraw(person_id: int, *, purpose: ConsentPurpose) -> None:
    """Withdraw a consent, and stop what rests on it; one that was never given changes nothing. Raises SessionEnded."""
    # Alone from the first: two that held the person already would wait for one another.
    with db.on_transaction_begin(partial(_lock_person, person_id)):
        await _withdraw(person_id, purpose)


async def _lock_person(person_id: int) -> None:
    if not await person_lock.lock_exclusive_if_exists(person_id):
        raise SessionEnded


@db.transactional
async def _withdraw(person_id: int, purpose: ConsentPurpose) -> None:
    if await consents.withdraw(person_id, purpose=purpose) and purpose is ConsentPurpose.PUBLICATION:
        await removal.withdraw_batch(person_id)


@db.transactional
async def revoke_child_confirmation(guardian_id: int, *, child_id: int) -> None:
    """Take one's confirmation for a child back, and the child's publications with it. Raises NotFound."""
    await guardians.revoke_child_confirmation(guardian_id, child_id=child_id)
    await removal.withdraw_batch(child_id)
