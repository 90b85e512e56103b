"""The index of what can be found. Verbs call it in the transaction that changes or ends a thing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from community.kernel import db
from community.search.models import SearchKind
from community.search.tokens import label, list_tokens, normalise


def build_matches(query: str, phrases: str, exempt_authors: str | None = None) -> str:
    """Return the condition that a document matches a query. The arguments are the places of its values."""
    exempt = _EXEMPT.format(exempt_authors) if exempt_authors else ""
    return (
        f"array_to_tsvector(string_to_array(search_document.tokens, ' ')) @@ CAST({query} AS tsquery)"
        f" AND NOT EXISTS (SELECT 1 FROM unnest({phrases}::text[]) WITH ORDINALITY AS phrase (words, place)"
        f" WHERE phrase.place > 0 AND strpos(search_document.content, phrase.words) = 0{exempt})"
    )


# A document has one label of an author, with a space or the end behind it.
_LABELS = f"substr(search_document.tokens, strpos(search_document.tokens, '{label('author')}')) || ' '"
_AUTHOR = f"substr({_LABELS}, 1, strpos({_LABELS}, ' '))"
_EXEMPT = (
    " AND NOT EXISTS (SELECT 1 FROM unnest({}::text[]) WITH ORDINALITY AS exempt (authors, place)"
    f" WHERE exempt.place = phrase.place AND strpos(exempt.authors, ' ' || {_AUTHOR}) > 0)"
)


MATCHES = build_matches("$1", "$2")
"""The condition that a document matches the query `$1`, and has the phrases `$2`. See `Query`."""

_PUT = (
    "INSERT INTO search_document (community_id, kind, subject_id, number, title, content, tokens)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (kind, subject_id) DO UPDATE SET number = excluded.number,"
    " title = excluded.title, content = excluded.content, tokens = excluded.tokens"
)


@dataclass(frozen=True, slots=True)
class Document:
    """A thing with its words. `labels` are attributes by which a search is narrowed."""

    community_id: int
    kind: SearchKind
    subject_id: int
    number: int
    title: str
    tags: Sequence[str]
    text: str
    labels: Iterable[str] = ()
    scope: str = "community"
    """The name of the label with the community. Searches for one scope read no documents of another."""


async def put(document: Document) -> None:
    """Add a thing to the index, or replace its words. In the caller's transaction."""
    title = normalise(document.title)
    content = "\n".join((title, *map(normalise, document.tags), normalise(document.text)))
    tokens = [*list_tokens(content), label(document.scope, document.community_id), *document.labels]
    await db.execute(
        _PUT,
        document.community_id, document.kind, document.subject_id, document.number, title, content, " ".join(tokens),
    )  # fmt: skip


async def forget_removed() -> None:
    """Remove what the index still has of removed words. In the caller's transaction.

    SQLite's index keeps tokens of removed rows until it merges its parts. PostgreSQL's is emptied by VACUUM.
    """
    if db.dialect() is db.Dialect.SQLITE:
        await db.execute("INSERT INTO search_document_index (search_document_index) VALUES ('optimize')")


_EMPTY = db.Change(
    "DELETE FROM search_document WHERE id IN (SELECT id FROM search_document WHERE kind = $1 ORDER BY id"
    " LIMIT 200) RETURNING id",
    db.Id,
)


async def empty(kind: SearchKind) -> None:
    """Remove all things of a kind from the index. Each batch is a transaction."""
    while await _empty_batch(kind):
        pass


@db.transactional
async def _empty_batch(kind: SearchKind) -> int:
    return len(await _EMPTY.all(kind))


async def remove(kind: SearchKind, subject_ids: Sequence[int]) -> None:
    """Remove things from the index. In the caller's transaction."""
    await db.execute("DELETE FROM search_document WHERE kind = $1 AND subject_id = ANY($2)", kind, list(subject_ids))
