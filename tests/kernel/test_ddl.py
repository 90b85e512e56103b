"""A CHECK constraint is replaced without a rebuild of the table."""

from __future__ import annotations

import pytest
from tortoise.exceptions import BaseORMException

from community.kernel import db
from community.kernel.ddl import Ddl, replace_check
from tests.kernel.schema import contents, populate

WIDER = replace_check("posting", "posting_amount", was="amount > 0", now="amount > 0 OR 'it''s' = 'it''s'")


async def change():
    for text in Ddl(WIDER).render_sql(db.dialect().value):
        await db.execute(text)


async def insert_nothing():
    await db.execute(
        "INSERT INTO posting (community_id, entry_id, from_account_id, to_account_id, amount, created_at)"
        " SELECT 1, 1, 1, 2, 0, created_at FROM posting LIMIT 1"
    )


@pytest.fixture
async def narrow(database):
    """Populate a database in which a posting of nothing is refused."""
    await populate()
    with pytest.raises(BaseORMException):
        await insert_nothing()


async def test_replaced_check_accepts_rows_and_keeps_triggers(narrow):
    before = await contents()
    await db.transaction(change)
    assert await contents() == before
    await insert_nothing()
    with pytest.raises(BaseORMException):
        await db.execute("DELETE FROM posting")
    with pytest.raises(BaseORMException):
        await db.execute("UPDATE posting SET entry_id = 99")


async def test_rolled_back_check_is_unchanged(narrow):
    async def fail():
        await change()
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011 - ours, two lines above
        await db.transaction(fail)
    with pytest.raises(BaseORMException):
        await insert_nothing()
