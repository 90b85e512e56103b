"""Sealing of new and redacted rows, one stretch per transaction."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from community.kernel import clock, db
from community.kernel.models import Seal
from community.kernel.seals.contents import (
    MARK_LENGTH,
    Content,
    Stretch,
    compute_marks,
    forget_deletions,
    get_row_salts,
    join_marks,
    list_contents,
    list_deleted_ids,
    list_ids,
    list_recorded_ids,
    list_redacted_ids,
)
from community.kernel.tables import row_of

log = logging.getLogger(__name__)

STRETCH_ROWS = 2_000
WAIT_S = 10.0
"""Longest time for which a run waits for running transactions."""

_LOCK_ID = 4_022_250_975
_POLL_S = 0.05


@row_of(Seal, computed=("salt",))
class SealRow:
    """A seal. Its salt is None after it was replaced."""

    id: int
    content: str
    columns: str
    after_id: int
    last_id: int
    marks: str
    replaces_id: int | None
    redacted: list[int]
    reason: str
    previous_digest: str
    digest: str
    created_at: datetime
    salt: str | None

    @property
    def stretch(self) -> Stretch:
        """The ids that it covers."""
        return Stretch(self.after_id, self.last_id)

    def list_marks(self) -> list[str]:
        """Return the marks of its rows, in the order of their ids."""
        return [self.marks[start : start + MARK_LENGTH] for start in range(0, len(self.marks), MARK_LENGTH)]

    def compute_digest(self) -> str:
        """Return the digest of its fields, which must be the stored one."""
        covered = [
            self.previous_digest, self.content, self.columns, self.after_id, self.last_id, self.marks, self.replaces_id,
            self.redacted, self.reason, self.created_at.isoformat(timespec="microseconds"),
        ]  # fmt: skip
        return hashlib.sha256(json.dumps(covered).encode()).hexdigest()

    def replaces(self, other: SealRow) -> bool:
        """Return True if it is later and covers the same columns and rows."""
        return self.id > other.id and self._get_scope() == other._get_scope()

    def _get_scope(self) -> tuple[object, ...]:
        return self.content, self.columns, self.stretch, len(self.marks)

    def list_columns(self) -> list[str]:
        """Return the names of its columns."""
        return self.columns.split(",")

    def find_changes(self, present: dict[int, str]) -> tuple[set[int], int]:
        """Return the present rows that it does not cover, and how many are missing."""
        sealed = set(self.list_marks())
        changed = {id_ for id_, mark in present.items() if mark not in sealed}
        return changed, len(sealed) - (len(present) - len(changed))


@dataclass(slots=True)
class WriterRow:
    """A running transaction that has locked a table to write."""

    name: str
    running: str


COLUMNS = db.columns(SealRow, "s", salt="(SELECT t.salt FROM seal_salt t WHERE t.seal_id = s.id)")
_NEWEST = db.Select(f"SELECT {COLUMNS} FROM seal s ORDER BY s.id DESC LIMIT 1", SealRow)
_COVERED = db.Select("SELECT last_id AS id FROM seal WHERE content = $1 ORDER BY last_id DESC LIMIT 1", db.Id)
CURRENT = db.Select(
    f"SELECT {COLUMNS} FROM seal s WHERE s.content = $1 AND s.last_id >= $2 ORDER BY s.last_id, s.id DESC LIMIT 1",
    SealRow,
)
_NEW = db.Change(
    "INSERT INTO seal (content, columns, after_id, last_id, marks, replaces_id, redacted, reason, previous_digest,"
    " digest, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING id",
    db.Id,
)
_NEXT_REDACTED = db.Select(
    "SELECT row_id AS id FROM redaction WHERE table_name = $1 AND row_id > $2 ORDER BY row_id LIMIT 1", db.Id
)
_WRITERS = db.Select(
    "SELECT CAST(c.relname AS TEXT) AS name, l.virtualtransaction AS running FROM pg_catalog.pg_locks l"
    " JOIN pg_catalog.pg_class c ON c.oid = l.relation WHERE l.mode = 'RowExclusiveLock' AND l.pid <> pg_backend_pid()"
    " AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = current_database())",
    WriterRow,
)


async def find_newest() -> SealRow | None:
    """Return the newest seal, or None."""
    return await _NEWEST.first()


async def seal_all(*, wait_s: float = WAIT_S) -> int:
    """Seal new and redacted rows, and return the number of new seals.

    Idempotent. Rows of a table whose writers still run after `wait_s` seconds are left to the next call.
    """
    contents = list_contents()
    settled = await find_settled_ids({content.table for content in contents}, wait_s=wait_s)
    count = 0
    for content in contents:
        while content.table in settled and await _seal_next(content, settled[content.table]):
            count += 1
        if content.redacts:
            count += await _seal_redacted(content)
    return count


async def find_settled_ids(tables: set[str], *, wait_s: float) -> dict[str, int]:
    """Return, for each table, an id below which no row can be inserted.

    On SQLite one transaction writes at a time. On PostgreSQL a running transaction may hold a smaller id than a
    committed row. It locked the table as a writer before it drew the id, and keeps the lock until its end. So the
    newest id is settled when every transaction has ended that held this lock after the newest id was read. A table
    whose writers do not end in `wait_s` seconds is left out.
    """
    newest = {table: await db.scalar(f"SELECT COALESCE(max(id), 0) FROM {table}") for table in sorted(tables)}
    if db.dialect() is db.Dialect.SQLITE:
        return newest
    ends_at = time.monotonic() + wait_s
    waiting = await _list_writers()
    while any(name in tables for name, _ in waiting) and time.monotonic() < ends_at:
        await asyncio.sleep(_POLL_S)
        waiting &= await _list_writers()
    return {table: newest[table] for table in newest.keys() - {name for name, _ in waiting}}


async def _list_writers() -> set[tuple[str, str]]:
    return {(row.name, row.running) for row in await _WRITERS.all()}


@db.transactional
async def _seal_next(content: Content, settled_id: int) -> bool:
    """Seal the next new rows. Return False if there are none."""
    await _lock_chain()
    covered = await _COVERED.first(content.name)
    stretch = Stretch(0 if covered is None else covered.id, settled_id)
    salt = secrets.token_hex(16)
    await forget_deletions(content.table, stretch)
    joined = await join_marks(content, content.columns, stretch, salt=salt, max_rows=STRETCH_ROWS)
    if not joined.count:
        return False
    if joined.count == STRETCH_ROWS:
        stretch = Stretch(stretch.after_id, joined.last_id)
    await _insert_seal(content.name, content.columns, stretch, joined.marks, salt=salt)
    return True


async def _seal_redacted(content: Content) -> int:
    """Replace the seals of redacted rows, and return the number of new seals."""
    count, position = 0, 0
    while redacted := await _NEXT_REDACTED.first(content.table, position):
        seal = await CURRENT.first(content.name, redacted.id)
        if seal is None:
            break  # The row is too new to be sealed.
        count += await _replace_seal(content, redacted.id)
        position = seal.last_id
    return count


@db.transactional
async def _replace_seal(content: Content, row_id: int) -> bool:
    """Seal the stretch of a redacted row again.

    Return False without an effect if a row of the stretch was changed in another way, so that audits find it.
    """
    await _lock_chain()
    seal = await CURRENT.one(content.name, row_id)
    assert seal.salt is not None
    before = await compute_marks(content, seal.list_columns(), seal.stretch, salt=seal.salt, max_rows=2 * STRETCH_ROWS)
    changed, missing = seal.find_changes(before)
    deleted = await list_deleted_ids(content.table, seal.stretch)
    # Read after the marks, so that no redacted row is taken for a changed one.
    redacted = sorted(await find_redactions(content, seal.stretch))
    if changed - set(redacted) or missing > len(changed) + len(deleted - before.keys()) or not redacted:
        log.error("a sealed row was changed: seal=%s content=%s", seal.id, seal.content)
        return False
    await db.execute("DELETE FROM redaction WHERE table_name = $1 AND row_id = ANY($2)", content.table, redacted)
    await _insert_replacement(content, seal, redacted, reason="")
    return True


@db.transactional
async def reseal_rewritten(table: str, column: str, row_ids: Sequence[int], *, reason: str) -> None:
    """Seal the stretches of rows again that a migration rewrote.

    Every other row keeps its mark, so that audits find its changes.
    """
    await _lock_chain()
    left = set(row_ids)
    for content in list_contents():
        if content.table != table or column not in content.columns:
            continue
        while left and (seal := await CURRENT.first(content.name, min(left))):
            own = {id_ for id_ in left if id_ <= seal.last_id}
            left -= own
            await _insert_replacement(content, seal, sorted(own), reason=reason)


async def _insert_replacement(content: Content, seal: SealRow, row_ids: Sequence[int], *, reason: str) -> None:
    """Seal a stretch again, with new marks and salts for these rows only."""
    ids = await list_ids(content, seal.stretch)
    if len(ids) != len(seal.list_marks()):
        log.error("sealed rows were deleted or inserted: seal=%s content=%s", seal.id, seal.content)
        return
    salts = get_row_salts(content, seal.salt or "", ids) | {id_: secrets.token_hex(16) for id_ in row_ids}
    salt = json.dumps(salts)
    new = await compute_marks(content, seal.list_columns(), seal.stretch, salt=salt, max_rows=2 * STRETCH_ROWS)
    marks = [new.get(id_, old) if id_ in row_ids else old for id_, old in zip(ids, seal.list_marks(), strict=True)]
    # Without their salts, the old marks cannot confirm a guess at the redacted words.
    await db.execute("DELETE FROM seal_salt WHERE seal_id = $1", seal.id)
    await _insert_seal(
        content.name, seal.list_columns(), seal.stretch, "".join(marks), salt=salt, replaces_id=seal.id,
        redacted=row_ids, reason=reason,
    )  # fmt: skip


async def find_redactions(content: Content, stretch: Stretch) -> set[int]:
    """Return the rows that were redacted after their seal and have their redacted values."""
    recorded = await list_recorded_ids(content.table, stretch)
    return recorded & await list_redacted_ids(content, stretch) if recorded else recorded


async def _lock_chain() -> None:
    """Let one process at a time add seals. SQLite has one writer already."""
    if db.dialect() is db.Dialect.POSTGRES:
        await db.scalar("SELECT pg_advisory_xact_lock($1)", _LOCK_ID)


async def _insert_seal(
    content: str,
    columns: Sequence[str],
    stretch: Stretch,
    marks: str,
    *,
    salt: str,
    replaces_id: int | None = None,
    redacted: Sequence[int] = (),
    reason: str = "",
) -> None:
    previous = await find_newest()
    seal = SealRow(
        0, content, ",".join(columns), stretch.after_id, stretch.last_id, marks, replaces_id,
        list(redacted), reason, "" if previous is None else previous.digest, "", clock.now(), salt,
    )  # fmt: skip
    new = await _NEW.one(
        seal.content, seal.columns, seal.after_id, seal.last_id, seal.marks, seal.replaces_id,
        json.dumps(seal.redacted), seal.reason, seal.previous_digest, seal.compute_digest(), seal.created_at,
    )  # fmt: skip
    await db.execute("INSERT INTO seal_salt (seal_id, salt) VALUES ($1, $2)", new.id, salt)
