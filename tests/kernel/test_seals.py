"""Seals find each change of a sealed row, and follow redactions."""

from __future__ import annotations

from datetime import timedelta

import asyncpg
import pytest

from community.kernel import audit, clock, db
from community.kernel.audit_actions import AuditAction
from community.kernel.migrate import list_rewrites
from community.kernel.rewriting import RewrittenColumn
from community.kernel.seals import chain
from community.kernel.seals.checks import check_seals, find_age, is_kept
from community.kernel.seals.contents import Stretch, join_marks, list_contents, record_deletions
from tests.kernel.schema import populate
from tests.support.tampering import lift_triggers

_UNIQUE = ("community_id", "revision_id")
ACTION = AuditAction.COMMUNITY_EDIT.value


@db.transactional
async def record(number: int) -> int:
    return await audit.record(1, None, ACTION, subject="community", subject_id=1, number=number)


async def list_faults() -> list[str]:
    return [finding.fault async for finding in check_seals() if finding.fault is not None]


async def print_newest() -> str:
    newest = await chain.find_newest()
    return f"{newest.id}:{newest.digest}"


@pytest.fixture
async def events(database):
    """Five sealed events."""
    ids = [await record(number) for number in range(5)]
    await chain.seal_all()
    return ids


async def test_untouched_rows_agree_with_their_seals(events):
    assert await list_faults() == []
    assert await chain.seal_all() == 0


ROWS = "rows of audit_event 1 to 5"
TAMPERED = {
    "DELETE FROM audit_event WHERE id = 3": f"1 {ROWS} were deleted",
    "DELETE FROM audit_event WHERE id = 5": f"1 {ROWS} were deleted",
    "UPDATE audit_event SET subject_id = 2 WHERE id = 3": f"{ROWS} were changed or inserted: 3",
    "UPDATE audit_event SET detail = '{\"number\": 7}' WHERE id = 3": f"{ROWS} were changed or inserted: 3",
    "UPDATE audit_event SET detail = '{}' WHERE id = 3": f"{ROWS} were changed or inserted: 3",
    "UPDATE seal SET marks = '' WHERE id = 1": "the seal itself was changed",
    "UPDATE seal SET digest = 'x' WHERE id = 1": "the seal itself was changed",
}


async def test_change_of_sealed_row_is_found(events):
    found = {}
    for statement in TAMPERED:
        async with lift_triggers():
            await db.execute(statement)
            found[statement] = await list_faults()
    assert {statement: faults[0] for statement, faults in found.items()} == TAMPERED


async def test_deleted_seal_is_found(events):
    async with lift_triggers():
        await db.execute("DELETE FROM seal_salt WHERE seal_id = 1")
        await db.execute("DELETE FROM seal WHERE id = 1")
        assert await list_faults() == ["the seal before it was deleted or changed"]


async def test_rebuilt_chain_lacks_the_kept_seal(events):
    kept = await print_newest()
    assert await is_kept(kept)
    async with lift_triggers():
        await db.execute("DELETE FROM seal_salt")
        await db.execute("DELETE FROM seal")
        await db.execute("DELETE FROM audit_event WHERE id = 3")
        await chain.seal_all()
        assert await list_faults() == []
        assert [await is_kept(kept), await is_kept("x"), await is_kept("1:")] == [False] * 3


async def test_redaction_gets_a_new_seal(events):
    kept = await print_newest()
    await db.execute("UPDATE audit_event SET detail = '{}' WHERE id = 3")
    assert await list_faults() == []
    assert await chain.seal_all() == 1
    newest = await chain.find_newest()
    assert (newest.redacted, newest.replaces_id is None) == ([3], False)
    assert await db.scalar("SELECT count(*) FROM seal_salt WHERE seal_id = $1", newest.replaces_id) == 0
    assert (await list_faults(), await is_kept(kept), await chain.seal_all()) == ([], True, 0)


async def test_redaction_cannot_hide_another_change(events):
    await db.execute("UPDATE audit_event SET detail = '{}' WHERE id = 3")
    async with lift_triggers():
        await db.execute("UPDATE audit_event SET detail = '{\"number\": 7}' WHERE id = 2")
        assert await chain.seal_all() == 0
        assert await list_faults() == ["rows of audit_event 1 to 5 were changed or inserted: 2"]


async def test_record_without_redaction_excuses_no_change(events):
    async with lift_triggers():
        await db.execute("UPDATE audit_event SET detail = '{\"number\": 7}' WHERE id = 2")
        await db.execute("INSERT INTO redaction (table_name, row_id) VALUES ('audit_event', 2)")
        found = await list_faults()
        assert found == ["rows of audit_event 1 to 5 were changed or inserted: 2"]
        assert (await chain.seal_all(), await list_faults()) == (0, found)


FALSE_SEALS = {
    "another content": ("retired", "detail", 0, 5, 0, [3]),
    "fewer rows": ("audit_event words", "detail", 0, 3, 3, [3]),
    "no rows": ("audit_event words", "detail", 0, 5, 0, [3]),
    "other columns": ("audit_event words", "action", 0, 5, 5, [3]),
    "no redacted row": ("audit_event words", "detail", 0, 5, 5, []),
    "a row with its words": ("audit_event words", "detail", 0, 5, 5, [3]),
    "a later row": ("audit_event words", "detail", 0, 5, 5, [6]),
    "columns without words": ("audit_event", None, 0, 5, 5, [3]),
}


@pytest.mark.parametrize("name", FALSE_SEALS)
async def test_false_replacement_of_seal_is_found(events, name):
    content, columns, after_id, last_id, count, redacted = FALSE_SEALS[name]
    replaced = await chain.CURRENT.one("audit_event" if columns is None else "audit_event words", 1)
    covered, stretch = (columns or replaced.columns).split(","), Stretch(after_id, last_id)
    source = next(one for one in list_contents() if one.name == replaced.content)
    async with lift_triggers():
        joined = await join_marks(source, covered, stretch, salt="s", max_rows=count)
        await chain._insert_seal(
            content, covered, stretch, joined.marks, salt="s", replaces_id=replaced.id, redacted=redacted
        )
        newest = await chain.find_newest()
        assert [finding.seal_id async for finding in check_seals() if finding.fault] == [newest.id]


async def test_second_seal_of_same_rows_is_found(events):
    content = next(one for one in list_contents() if one.name == "audit_event")
    async with lift_triggers():
        await db.execute("UPDATE audit_event SET subject_id = 2 WHERE id = 3")
        joined = await join_marks(content, content.columns, Stretch(0, 5), salt="s", max_rows=5)
        await chain._insert_seal(content.name, content.columns, Stretch(0, 5), joined.marks, salt="s")
        assert await list_faults() == [
            "rows of audit_event 1 to 5 were changed or inserted: 3", "no earlier seal ends at audit_event 0",
        ]  # fmt: skip


async def test_redaction_before_the_first_seal_is_sealed(database):
    await record(1)
    await db.execute("UPDATE audit_event SET detail = '{}'")
    await chain.seal_all()
    assert await list_faults() == []
    assert await db.scalar("SELECT count(*) FROM redaction") == 0


async def test_long_table_is_sealed_in_stretches(events, monkeypatch):
    monkeypatch.setattr(chain, "STRETCH_ROWS", 2)
    for number in range(5):
        await record(number)
    await chain.seal_all()
    found = await db.client().execute_query_dict(
        "SELECT after_id, last_id FROM seal WHERE content = 'audit_event' ORDER BY id"
    )
    assert [tuple(row.values()) for row in found] == [(0, 5), (5, 7), (7, 9), (9, 10)]
    assert await list_faults() == []


async def test_every_table_can_be_sealed(database):
    await populate()
    await db.execute("DELETE FROM seal_salt")
    async with lift_triggers():
        await db.execute("DELETE FROM seal")
        await chain.seal_all()
        sealed = {row["content"] for row in await db.client().execute_query_dict("SELECT content FROM seal")}
        assert sealed == {content.name for content in list_contents()}
        assert await list_faults() == []


@pytest.fixture
async def sealed_rows(database):
    """A sealed row in each table."""
    await populate()
    async with lift_triggers():
        await db.execute("DELETE FROM redaction")
        await db.execute("DELETE FROM seal_salt")
        await db.execute("DELETE FROM seal")
        await chain.seal_all()
        yield


async def test_only_recorded_deletions_are_no_fault(sealed_rows):
    await db.execute("DELETE FROM membership_role")
    assert await list_faults() == []
    await db.execute("DELETE FROM submission_like")
    assert await list_faults() == ["1 rows of submission_like 1 to 1 were deleted"]
    await record_deletions("submission_like", [1])
    assert (await list_faults(), await chain.seal_all(), await list_faults()) == ([], 0, [])


async def test_record_of_old_call_may_be_deleted(sealed_rows):
    await db.execute("DELETE FROM idempotency_record")
    later = clock.now() + timedelta(days=8)
    with clock.at(later):
        assert await list_faults() == []


async def test_words_outside_append_only_tables_are_sealed(sealed_rows):
    for table, words in (("interaction", "reference"), ("adjustment", "reason"), ("season", "name")):
        await db.execute(f"UPDATE {table} SET {words} = 'x'")
        assert f"rows of {table} 1 to 1 were changed or inserted: 1" in await list_faults()


async def test_forged_replacement_hides_no_other_row(events):
    await db.execute("UPDATE audit_event SET detail = '{}' WHERE id = 3")
    await chain.seal_all()
    redacted = await chain.find_newest()
    (content,) = [one for one in list_contents() if one.name == "audit_event words"]
    async with lift_triggers():
        await db.execute("UPDATE audit_event SET detail = '{\"number\": 7}' WHERE id = 2")
        # Row 3 keeps its mark, so that only one mark is new.
        salt = redacted.salt
        joined = await join_marks(content, content.columns, Stretch(0, 5), salt=salt, max_rows=5)
        await chain._insert_seal(
            content.name, content.columns, Stretch(0, 5), joined.marks, salt=salt, replaces_id=redacted.id, redacted=[3]
        )
        assert await list_faults() == [f"it replaces the seal {redacted.id}, and changes other rows than it names"]


async def test_seal_with_fewer_columns_is_found(events):
    await record(5)
    (content,) = [one for one in list_contents() if one.name == "audit_event"]
    async with lift_triggers():
        columns = [name for name in content.columns if name != "actor_id"]
        joined = await join_marks(content, columns, Stretch(5, 6), salt="s", max_rows=5)
        await chain._insert_seal(content.name, columns, Stretch(5, 6), joined.marks, salt="s")
        assert await list_faults() == ["it covers other columns of audit_event than the seal before it"]


async def test_old_rows_without_seal_are_a_fault(events):
    assert (await find_age()).fault is None
    await record(5)
    with clock.at(clock.now() + timedelta(hours=3)):
        assert "the newest seal" in (await find_age()).fault
        async with lift_triggers():
            await db.execute("DELETE FROM seal_salt")
            await db.execute("DELETE FROM seal")
            assert "there is no seal" in (await find_age()).fault


async def test_rewriting_migration_is_no_fault(sealed_rows):
    await db.execute(
        "INSERT INTO revision_tag (community_id, revision_id, position, tag) VALUES (1, 1, 5, 'Ａ'), (1, 1, 6, 'a')"
    )
    await chain.seal_all()
    (rewrite,) = [one for one in list_rewrites() if one.column == RewrittenColumn("revision_tag", "tag", _UNIQUE)][-1:]
    client = db.client()
    editor = type("Editor", (), {"client": client})()
    await rewrite.database_forward("", None, None, editor)
    findings = [finding async for finding in check_seals()]
    assert [finding.fault for finding in findings if finding.fault] == []
    assert {finding.reason for finding in findings} == {"", "new form of revision_tag.tag"}
    await db.execute("UPDATE revision_tag SET tag = 'b' WHERE tag = 'a'")
    assert await list_faults() != []


@pytest.mark.on_servers
async def test_row_committed_late_is_sealed_later(database):
    connection = await asyncpg.connect(database.database_url)
    try:
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute(
            "INSERT INTO audit_event (community_id, action, subject, subject_id, detail, created_at)"
            " VALUES (1, $1, 'community', 1, '{}', $2)",
            ACTION, clock.now(),
        )  # fmt: skip
        assert await record(2) == 2
        assert await chain.seal_all(wait_s=0) == 0
        await transaction.commit()
    finally:
        await connection.close()
    await chain.seal_all()
    assert await list_faults() == []
    assert await db.scalar("SELECT marks FROM seal WHERE content = 'audit_event'") is not None
