"""The words of open cases, by which leaders search their queue.

Opening a case writes them, and closing it removes them, each in its transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from community.accounts.rules import fold_nickname
from community.communities.queries import list_all_communities
from community.kernel import db
from community.search import index
from community.search.index import Document, build_matches
from community.search.models import SearchKind
from community.search.tokens import label, parse_query

_BATCH_SIZE = 200
HAS_WORDS = (
    "(id IN (SELECT search_document.subject_id FROM search_document WHERE search_document.kind = 'CASE'"
    f" AND {build_matches('{}', '{}')})"
    # A name is compared as it is now. The words have it as it was when the case was opened.
    " OR EXISTS (SELECT 1 FROM membership m JOIN person p ON p.id = m.person_id"
    " WHERE m.id = review_case.author_id AND strpos(p.search_name, {}) > 0))"
)
"""The condition that a case has the words of a search, for the values of `build_search`."""


@dataclass(slots=True)
class _WordsRow:
    id: int
    community_id: int
    number: int
    title: str
    text: str
    nickname: str


_WORDS = db.Select(
    "SELECT c.id, c.community_id, r.number, r.title, r.text, p.nickname FROM review_case c"
    " JOIN submission_revision r ON r.id = c.revision_id JOIN membership m ON m.id = c.author_id"
    " JOIN person p ON p.id = m.person_id WHERE c.id = ANY($1) AND c.state = 'OPEN'",
    _WordsRow,
)
_MISSING = db.Select(
    "SELECT id FROM review_case WHERE community_id = $1 AND state = 'OPEN' AND id > $2 AND revision_id IS NOT NULL"
    " AND NOT EXISTS (SELECT 1 FROM search_document d WHERE d.kind = 'CASE' AND d.subject_id = review_case.id)"
    f" ORDER BY id LIMIT {_BATCH_SIZE}",
    db.Id,
)
_LOCK = db.Select("SELECT id FROM review_case WHERE id = ANY($1) AND state = 'OPEN' ORDER BY id FOR UPDATE", db.Id)
_REMOVE_OF_AUTHORS = db.Change(
    "DELETE FROM search_document WHERE kind = 'CASE'"
    " AND subject_id IN (SELECT id FROM review_case WHERE author_id = ANY($1)) RETURNING id",
    db.Id,
)
_REMOVE_OF_SUBMISSION = db.Change(
    "DELETE FROM search_document WHERE kind = 'CASE'"
    " AND subject_id IN (SELECT id FROM review_case WHERE submission_id = $1) RETURNING id",
    db.Id,
)


def build_search(community_id: int, text: str) -> tuple[str, list[str], str]:
    """Return the values of `HAS_WORDS` for a search text. Raises InvalidInput."""
    query = parse_query(text, labels=(label("case"), label("community", community_id)))
    return query.build(for_sqlite=db.dialect() is db.Dialect.SQLITE), query.phrases, fold_nickname(text)


async def add(case_ids: Sequence[int]) -> None:
    """Add the words of these open cases. A case without a revision has none. In the caller's transaction."""
    for row in await _WORDS.all(list(case_ids)):
        await index.put(
            Document(
                row.community_id, SearchKind.CASE, row.id, row.number, title=row.title, tags=[row.nickname],
                text=row.text, labels=[label("case")],
            )
        )  # fmt: skip


async def remove(case_ids: Sequence[int]) -> None:
    """Remove the words of closed cases. In the caller's transaction."""
    await index.remove(SearchKind.CASE, case_ids)


async def erase(author_ids: Sequence[int]) -> None:
    """Remove the words of the cases of these authors. In the caller's transaction."""
    await _REMOVE_OF_AUTHORS.all(list(author_ids))
    await index.forget_removed()


async def erase_submission(submission_id: int) -> None:
    """Remove the words of the cases of a submission. In the caller's transaction."""
    await _REMOVE_OF_SUBMISSION.all(submission_id)
    await index.forget_removed()


async def index_missing() -> int:
    """Add the words of open cases that the index lacks, and return their number. Idempotent."""
    count = 0
    for community in await list_all_communities():
        last = 0
        while rows := await _MISSING.all(community.id, last):
            await _index_batch([row.id for row in rows])
            count, last = count + len(rows), rows[-1].id
    return count


@db.transactional
async def _index_batch(case_ids: list[int]) -> None:
    await add([row.id for row in await _LOCK.all(case_ids)])
