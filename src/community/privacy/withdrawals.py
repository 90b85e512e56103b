"""Withdrawal of consents and confirmations with the publications that need them.

One transaction withdraws the consent, or the guardian's confirmation, and up to a hundred submissions. A job withdraws
the rest.
"""

from __future__ import annotations

from community.accounts import person_lock
from community.consent import consents, guardians
from community.consent.models import ConsentPurpose
from community.kernel import db
from community.submissions import removal


@person_lock.exclusive
async def withdraw(person_id: int, *, purpose: ConsentPurpose) -> None:
    """Withdraw a consent and stop what needs it. Raises SessionEnded if the person was erased.

    Idempotent: a consent that is not given stays so.
    """
    if await consents.withdraw(person_id, purpose=purpose) and purpose is ConsentPurpose.PUBLICATION:
        await removal.withdraw_batch(person_id)


@db.transactional
async def revoke_child_confirmation(guardian_id: int, *, child_id: int) -> None:
    """Revoke a guardian's confirmation and withdraw the child's publications. Raises NotFound."""
    await guardians.revoke_child_confirmation(guardian_id, child_id=child_id)
    await removal.withdraw_batch(child_id)
