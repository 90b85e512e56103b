"""The index of published comments."""

from __future__ import annotations

from collections.abc import Sequence

from community.conversation import queries
from community.conversation.queries import COLUMNS, CommentRow
from community.kernel import db
from community.safety.masking import mask_places
from community.search import index
from community.search.index import Document
from community.search.models import SearchKind
from community.search.tokens import label

SCOPE = "comments"
"""The name of the label with the community of a comment."""
_BATCH_SIZE = 200


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
                title="", tags=(), text=mask_text(revision), labels=labels, scope=SCOPE,
            )
        )  # fmt: skip


_MISSING = db.Select(
    f"SELECT {COLUMNS} FROM comment WHERE id > $1 AND state = 'PUBLISHED' AND NOT EXISTS"
    " (SELECT 1 FROM search_document d WHERE d.kind = 'COMMENT' AND d.subject_id = comment.id"
    f" AND d.number = comment.published_revision) ORDER BY id LIMIT {_BATCH_SIZE}",
    CommentRow,
)
_LOCK = db.Select(f"SELECT {COLUMNS} FROM comment WHERE id = ANY($1) ORDER BY id FOR UPDATE", CommentRow)


async def index_missing() -> int:
    """Add the published comments that the index lacks, and return their number. Idempotent."""
    count, after = 0, 0
    while rows := await _MISSING.all(after):
        await _index_batch([row.id for row in rows])
        count, after = count + len(rows), rows[-1].id
    return count


async def rebuild() -> int:
    """Add all published comments to an empty index, and return their number."""
    await index.empty(SearchKind.COMMENT)
    return await index_missing()


@db.transactional
async def _index_batch(comment_ids: list[int]) -> None:
    locked = await _LOCK.all(comment_ids)
    await update_index([row for row in locked if row.state == "PUBLISHED"])
