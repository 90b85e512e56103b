"""A migration operation that brings stored texts into a new form, row by row."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass

from tortoise.backends.base.client import BaseDBAsyncClient

from community.kernel import db
from community.kernel.ddl import ForwardOperation
from community.kernel.seals.chain import reseal_rewritten
from community.kernel.seals.contents import record_deletions

_BATCH_SIZE = 1_000
# Older migrations run before seals have reasons, and seals begin again after them.
_HAS_REASONS = {
    "postgres": "SELECT 1 FROM pg_catalog.pg_attribute WHERE attrelid = to_regclass('seal') AND attname = 'reason'",
    "sqlite": "SELECT 1 FROM pragma_table_info('seal') WHERE name = 'reason'",
}


@dataclass(slots=True)
class _Text:
    id: int
    text: str | None


@dataclass(frozen=True, slots=True)
class RewrittenColumn:
    """A text column, and the columns with which it is unique.

    A row that becomes equal to an earlier one is deleted, or keeps a text of its own with its id if `keeps_equal_rows`.
    Rows that do not meet the SQL `condition` stay.
    """

    table: str
    column: str
    unique_with: tuple[str, ...] = ()
    keeps_equal_rows: bool = False
    condition: str = "TRUE"


class Rewrite(ForwardOperation):
    """A migration operation that replaces each text of a column by `form(text)`.

    A row whose form is empty is deleted. The triggers of an append-only table are away meanwhile. Sealed rows are
    sealed again, with the description of the operation as the reason.
    """

    reduces_to_sql = False

    def __init__(self, column: RewrittenColumn, form: Callable[[str], str]) -> None:
        self.column = column
        self.form = form

    def describe(self) -> str:
        """Return the text that the runner prints."""
        return f"new form of {self.column.table}.{self.column.column}"

    async def change(self, client: BaseDBAsyncClient) -> None:
        """Rewrite the rows whose text changes, in the order of their ids."""
        changed = [row async for row in self._iterate_changed(client)]
        if not changed:
            return
        restored = await _remove_triggers(client, self.column.table)
        deleted = [id_ for id_, text in changed if await self._change(client, id_, text)]
        for statement in restored:
            await client.execute_query(statement)
        if await client.execute_query_dict(_HAS_REASONS[client.capabilities.dialect]):
            await record_deletions(self.column.table, deleted)
            await reseal_rewritten(
                self.column.table, self.column.column, [id_ for id_, _ in changed], reason=self.describe()
            )

    async def list_formed_ids(self, row_ids: Sequence[int]) -> set[int]:
        """Return those of these rows whose text has the form."""
        rows = await db.Select(
            f"SELECT id, {self.column.column} AS text FROM {self.column.table} WHERE id = ANY($1)", _Text
        ).all(list(row_ids))
        return {row.id for row in rows if row.text is None or self.form(row.text) == row.text}

    async def _iterate_changed(self, client: BaseDBAsyncClient) -> AsyncIterator[tuple[int, str]]:
        table, column, last = self.column.table, self.column.column, 0
        while rows := await client.execute_query_dict(
            f"SELECT id, {column} AS text FROM {table} WHERE id > {last} AND {column} IS NOT NULL"
            f" AND {self.column.condition} ORDER BY id LIMIT {_BATCH_SIZE}"
        ):
            for row in rows:
                text = self.form(row["text"])
                if text != row["text"] or not text:
                    yield row["id"], text
            last = rows[-1]["id"]

    async def _change(self, client: BaseDBAsyncClient, id_: int, text: str) -> bool:
        """Change a row. Return True if it was deleted instead."""
        table, column = self.column.table, self.column.column
        first, second = ("$1", "$2") if client.capabilities.dialect == "postgres" else ("?1", "?2")
        if not text:
            await client.execute_query(f"DELETE FROM {table} WHERE id = {first}", [id_])
            return True
        if self.column.unique_with:
            same = " AND ".join(f"other.{name} = own.{name}" for name in self.column.unique_with)
            equal = await client.execute_query_dict(
                f"SELECT other.id FROM {table} own JOIN {table} other ON {same}"
                f" WHERE own.id = {first} AND other.id <> own.id AND other.{column} = {second}",
                [id_, text],
            )
            if equal and not self.column.keeps_equal_rows:
                await client.execute_query(f"DELETE FROM {table} WHERE id = {first}", [id_])
                return True
            if equal:
                text = f"{text}〔{id_}〕"
        await client.execute_query(f"UPDATE {table} SET {column} = {second} WHERE id = {first}", [id_, text])
        return False


async def _remove_triggers(client: BaseDBAsyncClient, table: str) -> Sequence[str]:
    """Remove the table's own triggers. Return the statements that restore them."""
    if client.capabilities.dialect == "postgres":
        await client.execute_query(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        return (f"ALTER TABLE {table} ENABLE TRIGGER USER",)
    found = await client.execute_query_dict(
        "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = ?1", [table]
    )
    for trigger in found:
        await client.execute_query(f"DROP TRIGGER {trigger['name']}")
    return [trigger["sql"] for trigger in found]
