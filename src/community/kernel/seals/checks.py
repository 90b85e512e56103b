"""The check of seals against each other and against the rows."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from community.kernel import clock, db
from community.kernel.migrate import list_rewrites
from community.kernel.seals.chain import COLUMNS, CURRENT, SealRow, find_newest, find_redactions
from community.kernel.seals.contents import (
    Content,
    compute_marks,
    join_marks,
    list_contents,
    list_deleted_ids,
    list_ids,
    list_redacted_ids,
)

MAX_UNSEALED = timedelta(hours=2)
"""Longest time for which a row waits for a seal. A job seals every hour."""
_TIMES = ("created_at", "granted_at", "opened_at", "published_at")
_PAGE_SIZE = 20
_MAX_NAMED = 20


@dataclass(slots=True)
class _Checked(SealRow):
    """A seal with the digest of the seal before it. `is_replaced` is True if another one replaces it."""

    before: str | None
    is_replaced: bool


@dataclass(slots=True)
class _Row:
    id: int
    at: datetime


@dataclass(slots=True)
class _SealBefore:
    """The seal of the stretch before, of the same content."""

    last_id: int
    columns: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class SealFinding:
    """A checked seal. `fault` is None if it agrees with the rows.

    `redacted` are rows that an erasure redacted, or to which the migration `reason` gave a new form.
    """

    seal_id: int
    content: str
    fault: str | None
    redacted: Sequence[int] = ()
    reason: str = ""


_SEALS = db.Select(
    f"SELECT {COLUMNS}, (SELECT b.digest FROM seal b WHERE b.id < s.id ORDER BY b.id DESC LIMIT 1) AS before,"
    " EXISTS (SELECT 1 FROM seal r WHERE r.replaces_id = s.id AND r.id > s.id) AS is_replaced"
    f" FROM seal s WHERE s.id > $1 ORDER BY s.id LIMIT {_PAGE_SIZE}",
    _Checked,
)
_DIGEST = db.Select("SELECT digest AS name FROM seal WHERE id = $1", db.Name)
_BEFORE = db.Select(
    "SELECT last_id, columns, created_at FROM seal WHERE content = $1 AND id < $2 AND replaces_id IS NULL"
    " ORDER BY last_id DESC LIMIT 1",
    _SealBefore,
)
_REPLACED = db.Select(f"SELECT {COLUMNS} FROM seal s WHERE s.id = $1 AND s.id < $2", SealRow)


async def is_kept(kept: str) -> bool:
    """Return True if the database has a seal in its printed form, `id:digest`."""
    id_, _, digest = kept.partition(":")
    found = await _DIGEST.first(int(id_)) if id_.isdecimal() else None
    return found is not None and found.name == digest


async def check_seals(after_id: int = 0) -> AsyncIterator[SealFinding]:
    """Check each seal after `after_id` and yield the findings."""
    contents = {content.name: content for content in list_contents()}
    last: dict[str, _SealBefore | None] = {}
    while page := await _SEALS.all(after_id):
        for seal in page:
            content = contents.get(seal.content)
            if seal.content not in last:
                last[seal.content] = await _BEFORE.first(seal.content, seal.id)
            before = last[seal.content]
            fault = _find_broken_link(seal)
            if content is None:
                fault = fault or f"no table has the content {seal.content}"
            elif seal.replaces_id is not None:
                fault = fault or await _find_false_replacement(content, seal, seal.replaces_id)
            else:
                fault = fault or _find_wrong_scope(content, seal, before)
                last[seal.content] = _SealBefore(seal.last_id, seal.columns, seal.created_at)
            if fault is None and content is not None and not seal.is_replaced:
                fault = await _find_changed_rows(content, seal, before)
            yield SealFinding(seal.id, seal.content, fault, seal.redacted, seal.reason)
        after_id = page[-1].id


def _find_broken_link(seal: _Checked) -> str | None:
    if seal.compute_digest() != seal.digest:
        return "the seal itself was changed"
    if seal.previous_digest != (seal.before or ""):
        return "the seal before it was deleted or changed"
    return None


def _find_wrong_scope(content: Content, seal: SealRow, before: _SealBefore | None) -> str | None:
    """Return the fault of a seal that leaves out rows or columns.

    A new version may only add columns.
    """
    if seal.after_id != (0 if before is None else before.last_id):
        return f"no earlier seal ends at {seal.content} {seal.after_id}"
    least = [] if before is None else before.columns.split(",")
    if not set(least) <= set(seal.list_columns()) <= set(content.columns):
        return f"it covers other columns of {content.table} than the seal before it"
    return None


async def _find_false_replacement(content: Content, seal: SealRow, replaces_id: int) -> str | None:
    """Return the fault of a replacement that changes more than redacted rows."""
    replaced = await _REPLACED.first(replaces_id, seal.id)
    if replaced is None or not seal.replaces(replaced):
        return f"it replaces the seal {replaces_id}, which covers other rows"
    ids = await list_ids(content, seal.stretch)
    pairs = zip(ids, replaced.list_marks(), seal.list_marks(), strict=False)
    changed = {id_ for id_, old, new in pairs if old != new}
    if not seal.redacted or len(ids) != len(seal.list_marks()) or not changed <= set(seal.redacted):
        return f"it replaces the seal {replaces_id}, and changes other rows than it names"
    if not set(seal.redacted) <= await _list_excused(content, seal):
        return f"it replaces the seal {replaces_id}, and its rows were not redacted"
    return None


async def _list_excused(content: Content, seal: SealRow) -> set[int]:
    """Return the rows with redacted values, or with a form from a migration."""
    if not seal.reason:
        return await list_redacted_ids(content, seal.stretch) if content.redacts else set()
    excused = await list_deleted_ids(content.table, seal.stretch)
    for rewrite in list_rewrites():
        if rewrite.describe() == seal.reason and rewrite.column.table == content.table:
            excused |= await rewrite.list_formed_ids(seal.redacted)
    return excused


async def _find_changed_rows(content: Content, seal: SealRow, before: _SealBefore | None) -> str | None:
    changed, missing = await _compare(content, seal)
    if changed or missing:
        # The stretch may have been sealed again since the seal was read.
        current = await CURRENT.first(seal.content, seal.last_id)
        if current is not None and current.replaces_id is not None and current.replaces(seal):
            return await _find_changed_rows(content, current, before)
    where = f"{content.table} {seal.after_id + 1} to {seal.last_id}"
    if changed:
        named = ", ".join(map(str, sorted(changed)[:_MAX_NAMED]))
        return f"rows of {where} were changed or inserted: {named}"
    if missing and not await _may_be_deleted(content, seal, before):
        return f"{missing} rows of {where} were deleted"
    return None


async def _may_be_deleted(content: Content, seal: SealRow, before: _SealBefore | None) -> bool:
    """Return True if rows of this age are deleted without a record."""
    if content.deleted_after is None:
        return content.is_emptied
    limit = clock.now() - content.deleted_after
    if before is not None and before.created_at > limit:
        return False
    rows = await db.Select(
        f"SELECT id, created_at AS at FROM {content.table} WHERE id > $1 AND id <= $2 ORDER BY id", _Row
    ).all(seal.after_id, seal.last_id)
    if not rows or rows[0].at < limit + MAX_UNSEALED:  # Concurrent rows are not in the order of their times.
        return True
    marks = await compute_marks(
        content, seal.list_columns(), seal.stretch, salt=seal.salt or "", max_rows=2 * len(seal.list_marks()) + 1
    )
    return list(marks.values()) == seal.list_marks()[-len(marks) :]


async def _compare(content: Content, seal: SealRow) -> tuple[set[int], int]:
    """Return the changed rows that no redaction explains, and the number of deleted rows."""
    columns, salt, limit = seal.list_columns(), seal.salt or "", 2 * len(seal.list_marks()) + 1
    if (await join_marks(content, columns, seal.stretch, salt=salt, max_rows=limit)).marks == seal.marks:
        return set(), 0
    marks = await compute_marks(content, columns, seal.stretch, salt=salt, max_rows=limit)
    changed, missing = seal.find_changes(marks)
    deleted = missing - len(changed)
    if deleted > 0:
        deleted -= len(await list_deleted_ids(content.table, seal.stretch) - marks.keys())
    if changed and content.redacts:
        changed -= await find_redactions(content, seal.stretch)
    return changed, max(0, deleted)


@dataclass(frozen=True, slots=True)
class SealAge:
    """The newest seal, and the time since which a row has waited.

    Each is None if there is none.
    """

    newest: SealRow | None
    waits_since: datetime | None

    @property
    def fault(self) -> str | None:
        """The fault if a row has waited for too long."""
        if self.waits_since is None or self.waits_since > clock.now() - MAX_UNSEALED:
            return None
        seals = "there is no seal" if self.newest is None else f"the newest seal {self.newest.id} is old"
        return f"{seals}, and rows wait for one since {self.waits_since:%Y-%m-%d %H:%M}Z"


async def find_age() -> SealAge:
    """Return how long rows have waited for a seal.

    Rows without a time are written with others that have one.
    """
    waiting = []
    for content in list_contents():
        time = next((name for name in _TIMES if name in content.columns), None)
        if time is not None:
            sealed = "SELECT s.last_id FROM seal s WHERE s.content = $1 ORDER BY s.last_id DESC LIMIT 1"
            oldest = await db.Select(
                f"SELECT t.id, t.{time} AS at FROM {content.table} t WHERE t.id > COALESCE(({sealed}), 0)"
                " ORDER BY t.id LIMIT 1",
                _Row,
            ).first(content.name)
            waiting += [] if oldest is None else [oldest.at]
    return SealAge(await find_newest(), min(waiting, default=None))
