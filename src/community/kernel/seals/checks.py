"""The check of seals against each other and against the rows."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from community.kernel import db
from community.kernel.seals.chain import COLUMNS, CURRENT, STRETCH_ROWS, SealRow
from community.kernel.seals.contents import Content, compute_marks, list_contents

_PAGE_SIZE = 20
_MAX_NAMED = 20


@dataclass(slots=True)
class _Checked(SealRow):
    """A seal with the digest of the seal before it.

    `continues` is True if it begins where an earlier one ended, `is_replaced` if another one replaces it.
    """

    before: str | None
    continues: bool
    is_replaced: bool


@dataclass(slots=True)
class _RowId:
    row_id: int


@dataclass(frozen=True, slots=True)
class SealFinding:
    """A checked seal. `fault` is None if it agrees with the rows."""

    seal_id: int
    fault: str | None
    redacted: Sequence[int] = ()


_SEALS = db.Select(
    f"SELECT {COLUMNS}, (SELECT b.digest FROM seal b WHERE b.id < s.id ORDER BY b.id DESC LIMIT 1) AS before,"
    " (s.after_id = 0 OR EXISTS (SELECT 1 FROM seal e WHERE e.content = s.content AND e.last_id = s.after_id"
    " AND e.id < s.id)) AS continues, EXISTS (SELECT 1 FROM seal r WHERE r.replaces_id = s.id) AS is_replaced"
    f" FROM seal s WHERE s.id > $1 ORDER BY s.id LIMIT {_PAGE_SIZE}",
    _Checked,
)
_DIGEST = db.Select("SELECT digest AS name FROM seal WHERE id = $1", db.Name)
_WAITING = db.Select("SELECT row_id FROM redaction WHERE table_name = $1 AND row_id > $2 AND row_id <= $3", _RowId)


async def is_kept(kept: str) -> bool:
    """Return True if the database has a seal in its printed form, `id:digest`."""
    id_, _, digest = kept.partition(":")
    found = await _DIGEST.first(int(id_)) if id_.isdecimal() else None
    return found is not None and found.name == digest


async def check_seals(after_id: int = 0) -> AsyncIterator[SealFinding]:
    """Check each seal after `after_id` and yield the findings."""
    contents = {content.name: content for content in list_contents()}
    while page := await _SEALS.all(after_id):
        for seal in page:
            fault = _find_broken_link(seal)
            if fault is None and not seal.is_replaced and seal.content in contents:
                fault = await _find_changed_rows(contents[seal.content], seal)
            yield SealFinding(seal.id, fault, seal.redacted)
        after_id = page[-1].id


def _find_broken_link(seal: _Checked) -> str | None:
    if seal.compute_digest() != seal.digest:
        return "the seal itself was changed"
    if seal.previous_digest != (seal.before or ""):
        return "the seal before it was deleted or changed"
    if not seal.continues:
        return f"no earlier seal covers {seal.content} up to {seal.after_id}"
    return None


async def _find_changed_rows(content: Content, seal: SealRow) -> str | None:
    changed, missing = await _compare(content, seal)
    if changed or missing:
        # The stretch may have been sealed again since the seal was read.
        current = await CURRENT.first(seal.content, seal.last_id)
        if current is not None and current.id != seal.id and current.stretch == seal.stretch:
            return await _find_changed_rows(content, current)
    where = f"{content.table} {seal.after_id + 1} to {seal.last_id}"
    if changed:
        named = ", ".join(map(str, sorted(changed)[:_MAX_NAMED]))
        return f"rows of {where} were changed or inserted: {named}"
    return f"{missing} rows of {where} were deleted" if missing else None


async def _compare(content: Content, seal: SealRow) -> tuple[set[int], int]:
    """Return the changed rows that no redaction explains, and the number of deleted rows."""
    marks = await compute_marks(
        content, seal.columns.split(","), seal.stretch, salt=seal.salt or "", max_rows=2 * STRETCH_ROWS
    )
    changed, missing = seal.find_changes(marks)
    deleted = 0 if content.is_emptied else max(0, missing - len(changed))
    if changed and content.has_words:
        changed -= {row.row_id for row in await _WAITING.all(content.table, seal.after_id, seal.last_id)}
    return changed, deleted
