"""The search among published comments, and what the index has of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from community.conversation import queries
from community.conversation.queries import COLUMNS, CommentRow
from community.conversation.reading import Viewer
from community.kernel import db
from community.kernel.listing import Listing
from community.kernel.paging import Page, PageRequest
from community.safety.masking import mask_places
from community.search import index
from community.search.excerpts import EXCERPT_LENGTH, Part, mark
from community.search.index import MATCHES, Document
from community.search.models import SearchKind
from community.search.tokens import label, parse_query

_SCOPE = "comments"
_BATCH_SIZE = 200


@dataclass(slots=True)
class _HitRow(db.Parent):
    id: int
    comment_id: int


@dataclass(slots=True)
class CommentHit(db.Parent):
    """A found comment, with the words marked in its text."""

    id: int
    comment: CommentRow
    excerpt: list[Part]


# The submission is read too, because its end does not touch the comments.
_FOUND = (
    "SELECT search_document.id, c.id AS comment_id FROM search_document"
    " JOIN comment c ON c.id = search_document.subject_id AND c.state = 'PUBLISHED'"
    " JOIN submission s ON s.id = c.submission_id AND s.published_revision IS NOT NULL"
    f" WHERE search_document.kind = 'COMMENT' AND {MATCHES} AND NOT (c.author_id = ANY($3))"
)
LISTS = {
    for_everyone: Listing(f"{_FOUND}{condition}", _HitRow, by={"search_document.id": int}, newest_first=True)
    for for_everyone, condition in (
        (False, ""),
        (True, " AND c.published_for = 'PUBLIC' AND s.published_for = 'PUBLIC'"),
    )
}


async def find(community_id: int, text: str, request: PageRequest, viewer: Viewer) -> Page[CommentHit]:
    """Return a page of the published comments that have all words, newest first.

    Raises InvalidInput, InvalidCursor.
    """
    query = parse_query(text, labels=(label(_SCOPE, community_id),))
    built = query.build(for_sqlite=db.dialect() is db.Dialect.SQLITE)
    page = await LISTS[viewer.for_everyone].page(request, built, query.phrases, list(viewer.hidden_ids))
    rows = await queries.get_by_ids([row.comment_id for row in page.rows])
    shown = [(hit, row) for hit, row in zip(page.rows, rows, strict=True) if row.published_revision is not None]
    revisions = await queries.get_revisions([(row.id, row.published_revision or 0) for _, row in shown])
    hits = [
        CommentHit(hit.id, row, mark(mask_text(revision), query, length=EXCERPT_LENGTH))
        for (hit, row), revision in zip(shown, revisions, strict=True)
    ]
    cursors = {hit.id: hit for hit in page.rows}
    return Page(hits, page.has_next, lambda hit: page.cursor_of(cursors[hit.id]), page.count)


def mask_text(row: queries.CommentRevisionRow) -> str:
    """Return the text as others see it, with stars for personal data."""
    return mask_places(row.text, [(start, end) for start, end in row.masks or ()])


async def update_index(rows: Sequence[CommentRow]) -> None:
    """Add these published comments to the index, or replace their words. In the caller's transaction. Idempotent."""
    revisions = await queries.get_revisions([(row.id, row.published_revision or 0) for row in rows])
    for row, revision in zip(rows, revisions, strict=True):
        labels = (label("author", row.author_id),)
        await index.put(
            Document(
                row.community_id, SearchKind.COMMENT, row.id, revision.number,
                title="", tags=(), text=mask_text(revision), labels=labels, scope=_SCOPE,
            )
        )  # fmt: skip


_MISSING = db.Select(
    f"SELECT {COLUMNS} FROM comment WHERE id > $1 AND state = 'PUBLISHED' AND NOT EXISTS"
    " (SELECT 1 FROM search_document d WHERE d.kind = 'COMMENT' AND d.subject_id = comment.id"
    f" AND d.number = comment.published_revision) ORDER BY id LIMIT {_BATCH_SIZE}",
    CommentRow,
)
_LOCK = db.Select(f"SELECT {COLUMNS} FROM comment WHERE id = ANY($1) ORDER BY id FOR UPDATE", CommentRow)
_EMPTY = db.Change(
    "DELETE FROM search_document WHERE id IN (SELECT id FROM search_document WHERE kind = 'COMMENT'"
    f" ORDER BY id LIMIT {_BATCH_SIZE}) RETURNING id",
    db.Id,
)


async def index_missing() -> int:
    """Add the published comments that the index lacks, and return their number. Idempotent."""
    count, after = 0, 0
    while rows := await _MISSING.all(after):
        await _index_batch([row.id for row in rows])
        count, after = count + len(rows), rows[-1].id
    return count


async def rebuild() -> int:
    """Add all published comments to an empty index, and return their number."""
    while await _empty_batch():
        pass
    return await index_missing()


@db.transactional
async def _index_batch(comment_ids: list[int]) -> None:
    locked = await _LOCK.all(comment_ids)
    await update_index([row for row in locked if row.state == "PUBLISHED"])


@db.transactional
async def _empty_batch() -> int:
    return len(await _EMPTY.all())
