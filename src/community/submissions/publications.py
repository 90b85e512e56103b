"""The publications of many authors, in one statement for all of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from datetime import datetime
from functools import partial
from typing import Any

from community.kernel import db
from community.kernel.listing import Listing
from community.kernel.paging import LIMIT_SIZES, MAX_COUNT, Page, PageRequest
from community.submissions.queries import COLUMNS, SubmissionRow


class _AuthorRow(db.Row):
    id: int


AUTHORS = db.Select("SELECT id FROM membership WHERE id = ANY($1)", _AuthorRow)
_PUBLISHED = "FROM submission WHERE author_id = {parent}.id AND published_revision IS NOT NULL"
# A statement for each kind of reader, because one for both has a plan that reads every row of an author.
_SOURCES = {
    for_everyone: f"{_PUBLISHED}{condition} ORDER BY published_at DESC, id DESC"
    for for_everyone, condition in ((False, ""), (True, " AND published_for = 'PUBLIC'"))
}
FIRST_PAGES = {
    (for_everyone, limit): db.Related("found", SubmissionRow, f"{source} LIMIT {limit}", many=True)
    for for_everyone, source in _SOURCES.items()
    for limit in LIMIT_SIZES
}
COUNTS = {
    for_everyone: db.Related(
        "found", int, select=f"(SELECT count(*) FROM (SELECT 1 {source} LIMIT {MAX_COUNT + 1}) AS c) AS value"
    )
    for for_everyone, source in _SOURCES.items()
}
_LATER = Listing(
    f"SELECT {COLUMNS} FROM submission WHERE author_id = $1 AND published_revision IS NOT NULL",
    SubmissionRow,
    by={"published_at": datetime, "id": int},
    newest_first=True,
)


async def list_first_pages(
    author_ids: Collection[int],
    request: PageRequest,
    *,
    for_everyone: bool,
    count: Callable[[int], Awaitable[db.Count]],
) -> dict[int, Page[SubmissionRow]]:
    """Return the first page of each author's publications, newest first, by author.

    `for_everyone` leaves out what was published for members. `count` counts all publications of an author.
    """
    found = await _load(FIRST_PAGES[for_everyone, request.limit], author_ids)
    return {number: request.page(rows, _get_key, count=partial(count, number)) for number, rows in found.items()}


async def list_later_page(author_id: int, request: PageRequest, *, for_everyone: bool) -> Page[SubmissionRow]:
    """Return a page of one author's publications after a cursor. Raises InvalidCursor."""
    return await _LATER.page(request, author_id, filters=[("published_for = 'PUBLIC'", for_everyone or None)])


async def count(author_ids: Collection[int], *, for_everyone: bool) -> dict[int, db.Count]:
    """Return the number of publications by author, at most MAX_COUNT + 1."""
    found = await _load(COUNTS[for_everyone], author_ids)
    return {number: db.Count(value) for number, value in found.items()}


async def _load(found: db.Related, author_ids: Collection[int]) -> dict[int, Any]:
    rows = await AUTHORS.including((found,)).all(list(author_ids)) if author_ids else []
    return {row.id: row.loaded["found"] for row in rows}


def _get_key(row: SubmissionRow) -> tuple[datetime | None, int]:
    return row.published_at, row.id
