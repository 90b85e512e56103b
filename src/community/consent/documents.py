"""Consent documents and their versions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from community.consent.models import ConsentDocument, ConsentPurpose
from community.kernel import clock, db, mistakes, outbox
from community.kernel.tables import row_of
from community.kernel.texts import normalise_multiline_text, normalise_text

MAX_TITLE_LENGTH = 60
MAX_TEXT_LENGTH = 20_000


@row_of(ConsentDocument)
class DocumentRow:
    """One version of the text that persons agree to for a purpose."""

    id: int
    purpose: ConsentPurpose
    version: int
    title: str
    text: str
    renews: bool
    published_at: datetime


_DOCUMENT_COLUMNS = db.columns(DocumentRow)
_LIST_LATEST = db.Select(
    f"SELECT {_DOCUMENT_COLUMNS} FROM consent_document d WHERE version ="
    " (SELECT max(version) FROM consent_document l WHERE l.purpose = d.purpose) ORDER BY purpose",
    DocumentRow,
)
_FIND_DOCUMENTS = db.Select(f"SELECT {_DOCUMENT_COLUMNS} FROM consent_document WHERE id = ANY($1)", DocumentRow)
_NEW_DOCUMENT = db.Change(
    "INSERT INTO consent_document (purpose, version, title, text, renews, published_at) VALUES ($1,"
    " (SELECT COALESCE(max(version), 0) + 1 FROM consent_document WHERE purpose = $1), $2, $3,"
    " ($4 OR NOT EXISTS (SELECT 1 FROM consent_document WHERE purpose = $1)), $5)"
    f" RETURNING {_DOCUMENT_COLUMNS}",
    DocumentRow,
)


async def list_documents() -> list[DocumentRow]:
    """Return the latest document of each purpose that has one."""
    return await _LIST_LATEST.all()


async def find_document(document_id: int) -> DocumentRow | None:
    """Return the document, or None."""
    return await _FIND_DOCUMENTS.first([document_id])


async def get_documents(document_ids: Sequence[int]) -> list[DocumentRow]:
    """Return the document of each id, in order. Raises KeyError for an unknown id."""
    found = {row.id: row for row in await _FIND_DOCUMENTS.all(list(set(document_ids)))}
    return [found[document_id] for document_id in document_ids]


@db.transactional
async def publish(purpose: ConsentPurpose, *, title: str, text: str, renews: bool = False) -> DocumentRow:
    """Publish the next version of a purpose's document, for the operator.

    `renews` ends every consent to an earlier version, as the first version always does. Raises InvalidInput.
    """
    with mistakes.collect() as check:
        title = check(normalise_text, title, max_length=MAX_TITLE_LENGTH, path=("title",))
        text = check(normalise_multiline_text, text, max_length=MAX_TEXT_LENGTH, path=("text",))
    row = await _NEW_DOCUMENT.one(purpose, title, text, renews, clock.now())
    if row.renews and purpose is ConsentPurpose.LEADERBOARDS:
        await outbox.put("leaderboards.rebuild_all")
    return row
