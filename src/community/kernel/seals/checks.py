"""The check of seals against each other and against the rows."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from community.kernel import db
from community.kernel.seals.chain import COLUMNS, CURRENT, STRETCH_ROWS, SealRow, find_redactions
from community.kernel.seals.contents import Content, compute_marks, list_contents, list_redacted_ids

_PAGE_SIZE = 20
_MAX_NAMED = 20


@dataclass(slots=True)
class _Checked(SealRow):
    """A seal with the digest of the seal before it. `is_replaced` is True if another one replaces it."""

    before: str | None
    is_replaced: bool


@dataclass(frozen=True, slots=True)
class SealFinding:
    """A checked seal. `fault` is None if it agrees with the rows. `redacted` are rows that erasure redacted."""

    seal_id: int
    content: str
    fault: str | None
    redacted: Sequence[int] = ()


_SEALS = db.Select(
    f"SELECT {COLUMNS}, (SELECT b.digest FROM seal b WHERE b.id < s.id ORDER BY b.id DESC LIMIT 1) AS before,"
    " EXISTS (SELECT 1 FROM seal r WHERE r.replaces_id = s.id AND r.id > s.id) AS is_replaced"
    f" FROM seal s WHERE s.id > $1 ORDER BY s.id LIMIT {_PAGE_SIZE}",
    _Checked,
)
_DIGEST = db.Select("SELECT digest AS name FROM seal WHERE id = $1", db.Name)
_END_BEFORE = db.Select(
    "SELECT last_id AS id FROM seal WHERE content = $1 AND id < $2 ORDER BY last_id DESC LIMIT 1", db.Id
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
    ends: dict[str, int] = {}
    while page := await _SEALS.all(after_id):
        for seal in page:
            content = contents.get(seal.content)
            if seal.content not in ends:
                end = await _END_BEFORE.first(seal.content, seal.id)
                ends[seal.content] = 0 if end is None else end.id
            fault = _find_broken_link(seal)
            if content is None:
                fault = fault or f"no table has the content {seal.content}"
            elif seal.replaces_id is not None:
                fault = fault or await _find_false_replacement(content, seal, seal.replaces_id)
            elif seal.after_id != ends[seal.content]:
                fault = fault or f"no earlier seal ends at {seal.content} {seal.after_id}"
            if fault is None and content is not None and not seal.is_replaced:
                fault = await _find_changed_rows(content, seal)
            ends[seal.content] = max(seal.last_id, ends[seal.content])
            yield SealFinding(seal.id, seal.content, fault, seal.redacted)
        after_id = page[-1].id


def _find_broken_link(seal: _Checked) -> str | None:
    if seal.compute_digest() != seal.digest:
        return "the seal itself was changed"
    if seal.previous_digest != (seal.before or ""):
        return "the seal before it was deleted or changed"
    return None


async def _find_false_replacement(content: Content, seal: SealRow, replaces_id: int) -> str | None:
    """Return the fault of a seal that replaces another one without a redaction. The words stay redacted."""
    replaced = await _REPLACED.first(replaces_id, seal.id)
    if replaced is None or not seal.replaces(replaced):
        return f"it replaces the seal {replaces_id}, which covers other rows"
    if not (content.redacts and seal.redacted and await list_redacted_ids(content, seal.stretch) >= set(seal.redacted)):
        return f"it replaces the seal {replaces_id}, and its rows were not redacted"
    return None


async def _find_changed_rows(content: Content, seal: SealRow) -> str | None:
    changed, missing = await _compare(content, seal)
    if changed or missing:
        # The stretch may have been sealed again since the seal was read.
        current = await CURRENT.first(seal.content, seal.last_id)
        if current is not None and current.replaces_id is not None and current.replaces(seal):
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
    if changed and content.redacts:
        changed -= await find_redactions(content, seal.stretch)
    return changed, deleted
