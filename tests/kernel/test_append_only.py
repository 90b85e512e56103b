"""No statement changes a row of an append-only table."""

from __future__ import annotations

import pytest
from tortoise import Tortoise

from community.kernel import db
from tests.kernel.schema import contents, populate

APPEND_ONLY = {
    "audit_event", "journal_entry", "posting", "submission_revision", "revision_tag", "review_decision",
    "community_change", "consent_document",
    "seal",
}  # fmt: skip


@pytest.fixture
async def rows(database):
    """Return every row of a populated database."""
    await populate()
    return await contents()


async def test_records_are_declared_append_only(database):
    assert {model._meta.db_table for model in Tortoise.apps["community"].values() if model.append_only} >= APPEND_ONLY


@pytest.mark.parametrize("table", sorted(APPEND_ONLY))
async def test_append_only_row_cannot_change(rows, table):
    column = {"revision_tag": "tag", "consent_document": "published_at"}.get(table, "created_at")
    forbidden = [
        f"UPDATE {table} SET {column} = {'NULL' if column.endswith('_at') else repr('')}",
        f"UPDATE {table} SET id = id WHERE id = 1",
        f"DELETE FROM {table}",
        f"DELETE FROM {table} WHERE id = 1",
    ]
    if db.dialect() is db.Dialect.POSTGRES:
        forbidden += [f"TRUNCATE {table} CASCADE", f"TRUNCATE community, {table} CASCADE"]
    for statement in forbidden:
        with pytest.raises(Exception, match="is append-only"):
            await db.execute(statement)
    assert await contents() == rows


@pytest.mark.parametrize("table", sorted(APPEND_ONLY))
async def test_conflicting_insert_cannot_change_append_only_row(rows, table):
    columns = ", ".join(rows[table][0])
    with pytest.raises(Exception, match="is append-only"):
        await db.execute(
            f"INSERT INTO {table} ({columns}) SELECT {columns} FROM {table} WHERE id = 1"
            " ON CONFLICT (id) DO UPDATE SET id = excluded.id"
        )
    assert await contents() == rows


async def test_append_only_table_accepts_new_rows(rows):
    await db.execute("INSERT INTO revision_tag (community_id, revision_id, position, tag) VALUES (1, 1, 1, '面')")
    assert await db.scalar("SELECT count(*) FROM revision_tag") == 2


async def test_insert_or_replace_cannot_change_posting(database):
    await populate()
    before = await contents()
    with pytest.raises(Exception, match=r"append-only|syntax"):
        await db.execute(
            "INSERT OR REPLACE INTO posting (id, community_id, entry_id, from_account_id, to_account_id, amount,"
            " created_at) VALUES (1, 1, 1, 1, 2, 999, '2026-01-01T00:00:00.000000+00:00')"
        )
    assert await contents() == before
