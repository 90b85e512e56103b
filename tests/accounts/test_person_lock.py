"""Locks on a person's row, for a person who is there and for one who was erased."""

from __future__ import annotations

import pytest

from community.accounts import people, person_lock
from community.accounts.errors import SessionEnded
from community.kernel import db
from tests.support.story import create_person

RAISING = [person_lock.lock_shared, person_lock.lock_for_update, person_lock.lock_exclusive]
ANSWERING = [person_lock.lock_shared_if_exists, person_lock.lock_exclusive_if_exists]


@pytest.mark.parametrize("lock", RAISING)
async def test_lock_of_an_erased_person_raises(database, lock):
    one = await create_person()
    await db.transaction(lambda: lock(one))
    await people.erase(one)
    with pytest.raises(SessionEnded):
        await db.transaction(lambda: lock(one))


@pytest.mark.parametrize("lock", ANSWERING)
async def test_lock_if_exists_says_if_it_locked(database, lock):
    one = await create_person()
    assert await db.transaction(lambda: lock(one)) is True
    await people.erase(one)
    assert await db.transaction(lambda: lock(one)) is False
