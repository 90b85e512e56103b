"""Withdrawal of consents and confirmations with the publications that need them.

One transaction withdraws the consent, or the guardian's confirmation, and up to a hundred submissions. A job withdraws
the rest.
"""

from __future__ import annotations

from functools import partial

from community.accounts import person_lock
from community.consent import consents, guardians
from community.consent.models import ConsentPurpose
from community.kernel import db
from community.submissions import removal


async def withdraw(person_id: int, *, purpose: ConsentPurpose) -> None:
    """Withdraw a consent and stop what needs it. Raises SessionEnded if the person was erased.

    Idempotent: a consent that is not given stays so.
    """
    # The transaction takes the exclusive lock first. Two that held a shared lock before would wait for one another.
    with db.on_transaction_begin(partial(person_lock.lock_exclusive, person_id)):
        await _withdraw(person_id, purpose)


@db.transactional
async def _withdraw(person_id: int, purpose: ConsentPurpose) -> None:
    if await consents.withdraw(person_id, purpose=purpose) and purpose is ConsentPurpose.PUBLICATION:
        await removal.withdraw_batch(person_id)


@db.transactional
async def revoke_child_confirmation(guardian_id: int, *, child_id: int) -> None:
    """Revoke a guardian's confirmation and withdraw the child's publications. Raises NotFound."""
    await guardians.revoke_child_confirmation(guardian_id, child_id=child_id)
    await removal.withdraw_batch(child_id)
