"""Redaction is the only change of an append-only row."""

from __future__ import annotations

import pytest
from tortoise import Tortoise

from community.kernel import db
from community.kernel.ddl import REDACTED
from tests.kernel.schema import contents, populate

REDACTIONS = {
    "submission_revision": f"title = '{REDACTED}', text = '{REDACTED}', product_ref = NULL",
    "revision_tag": "tag = '〔' || id || '〕'",
    "review_decision": f"reason = '{REDACTED}'",
    "journal_entry": "explanation = '{}'",
    "audit_event": "detail = '{}'",
    "community_change": "changes = '{}'",
    "redemption_event": "reason = NULL",
    "complaint_message": f"text = '{REDACTED}'",
    "comment_revision": f"text = '{REDACTED}'",
    "project_report": f"title = '{REDACTED}', text = '{REDACTED}'",
}


@pytest.fixture
async def rows(database):
    await populate()
    return await contents()


def test_every_redactable_table_is_tested(database_models):
    assert set(REDACTIONS) == {model._meta.db_table for model in database_models if model.redacts}


@pytest.fixture
async def database_models(database):
    return [model for model in Tortoise.apps["community"].values() if getattr(model, "append_only", False)]


@pytest.mark.parametrize("table", REDACTIONS)
async def test_redaction_changes_its_columns_only(rows, table):
    await db.execute(f"UPDATE {table} SET {REDACTIONS[table]}")
    after = await contents()
    taken = {part.split(" = ")[0].strip() for part in REDACTIONS[table].split(", ")}
    assert {name: found for name, found in after.items() if name not in {table, "redaction"}} == {
        name: found for name, found in rows.items() if name not in {table, "redaction"}
    }
    recorded = [row["row_id"] for row in after["redaction"][1:] if row["table_name"] == table]
    assert recorded == [row["id"] for row in rows[table]]
    for old, new in zip(rows[table], after[table], strict=True):
        assert {name for name in old if old[name] != new[name]} <= taken
        assert all(str(new[name]) in (REDACTED, "{}", "None", f"〔{new['id']}〕") for name in taken)


@pytest.mark.parametrize("table", REDACTIONS)
async def test_other_changes_are_refused(rows, table):
    sets, (column, *_) = REDACTIONS[table], REDACTIONS[table].split(" = ")
    others = [name for name in rows[table][0] if name not in sets]
    numbers = [name for name in others if name.endswith(("id", "number"))]
    forbidden = [
        *(f"UPDATE {table} SET {sets}, {name} = COALESCE({name}, 0) + 1" for name in numbers),
        *(f"UPDATE {table} SET {sets}, {name} = NULL" for name in others if name == "created_at"),
        f"UPDATE {table} SET {column} = '{REDACTED} 别的'" if "'{}'" not in sets else
        f"""UPDATE {table} SET {column} = '{{"别的": 1}}'""",
        f"UPDATE {table} SET id = id",
        f"DELETE FROM {table}",
    ]  # fmt: skip
    for statement in forbidden:
        with pytest.raises(Exception, match="is append-only"):
            await db.execute(statement)
    assert await contents() == rows


@pytest.mark.parametrize("table", REDACTIONS)
async def test_redacted_words_cannot_be_restored(rows, table):
    await db.execute(f"UPDATE {table} SET {REDACTIONS[table]}")
    after = await contents()
    column = REDACTIONS[table].split(" = ")[0]
    word = "'词'" if "'{}'" not in REDACTIONS[table] else """'{"a": 1}'"""
    with pytest.raises(Exception, match="is append-only"):
        await db.execute(f"UPDATE {table} SET {column} = {word}")
    # A second redaction changes nothing, and is refused.
    with pytest.raises(Exception, match="is append-only"):
        await db.execute(f"UPDATE {table} SET {REDACTIONS[table]}")
    assert await contents() == after


async def test_posting_has_no_redaction(rows):
    for sets in ("amount = 1", "to_balance = NULL", "id = id"):
        with pytest.raises(Exception, match="is append-only"):
            await db.execute(f"UPDATE posting SET {sets}")
    assert await contents() == rows
