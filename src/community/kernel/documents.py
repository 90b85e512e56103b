"""Trusted documents, the GraphQL documents of clients that an operator registered."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime

from community.kernel import clock, db
from community.kernel.errors import InvalidInput, NotFound
from community.kernel.models import TrustedDocument
from community.kernel.tables import row_of

MAX_DOCUMENTS = 2_000


@row_of(TrustedDocument)
class TrustedDocumentRow:
    """A registered document."""

    id: int
    digest: str
    text: str
    registered_at: datetime


_INSERT = db.Change(
    "INSERT INTO trusted_document (digest, text, registered_at) VALUES ($1, $2, $3)"
    " ON CONFLICT (digest) DO NOTHING RETURNING id",
    db.Id,
)
_COLUMNS = db.columns(TrustedDocumentRow)
_FIND = db.Select(f"SELECT {_COLUMNS} FROM trusted_document WHERE digest = $1", TrustedDocumentRow)
_LIST = db.Select(f"SELECT {_COLUMNS} FROM trusted_document ORDER BY id LIMIT {MAX_DOCUMENTS}", TrustedDocumentRow)
_COUNT = db.Select("SELECT count(*) AS count FROM trusted_document", db.Count)
_DELETE = db.Change("DELETE FROM trusted_document WHERE digest = $1 RETURNING id", db.Id)


def compute_digest(text: str) -> str:
    """Return the SHA-256 of a document in hexadecimal, as clients compute it."""
    return hashlib.sha256(text.encode()).hexdigest()


@db.transactional
async def register(texts: Iterable[str]) -> int:
    """Register documents and return the number of new ones. Idempotent: known documents stay.

    Raises InvalidInput, and registers none, if there are more than `MAX_DOCUMENTS` then.
    """
    now = clock.now()
    new = sum([len(await _INSERT.all(compute_digest(text), text, now)) for text in texts])
    count = (await _COUNT.one()).count
    if new and count > MAX_DOCUMENTS:
        raise InvalidInput("too_many_documents", max=MAX_DOCUMENTS, actual=count)
    return new


async def find_text(digest: str) -> str | None:
    """Return the registered document with this digest, or None."""
    found = await _FIND.first(digest)
    return None if found is None else found.text


async def list_all() -> list[TrustedDocumentRow]:
    """Return the registered documents, oldest first, at most `MAX_DOCUMENTS`."""
    return await _LIST.all()


@db.transactional
async def remove(digest: str) -> None:
    """Remove a document. Raises NotFound if it is not registered."""
    if await _DELETE.first(digest) is None:
        raise NotFound("trusted_document", path=())
