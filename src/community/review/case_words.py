"""The words of cases about texts, by which leaders search their queue.

Opening a case writes them. A decision keeps them apart from those of open cases, and any other end removes them, each
in its transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from community.accounts.rules import fold_nickname
from community.communities.queries import list_all_communities
from community.kernel import db
from community.kernel.ddl import REDACTED
from community.review.models import CaseState, ThingKind
from community.review.things import THINGS
from community.search import index
from community.search.index import Document, build_matches
from community.search.models import SearchKind
from community.search.tokens import label, parse_query
from community.submissions.rules import AUTHOR_ONLY_STATES

_BATCH_SIZE = 200
_SCOPE = "queue"
_LABELS = {CaseState.OPEN: label("case"), CaseState.DECIDED: label("decided")}
_OF_AUTHOR_ALONE = ", ".join(f"'{state}'" for state in sorted(AUTHOR_ONLY_STATES))
HAS_WORDS = (
    "(id IN (SELECT search_document.subject_id FROM search_document WHERE search_document.kind = 'CASE'"
    f" AND {build_matches('{}', '{}')})"
    # A name is compared as it is now. The words have it as it was when the case was opened.
    " OR EXISTS (SELECT 1 FROM membership m JOIN person p ON p.id = m.person_id"
    " WHERE m.id = review_case.author_id AND strpos(p.search_name, {}) > 0))"
    " AND NOT EXISTS (SELECT 1 FROM submission s WHERE s.id = review_case.submission_id"
    f" AND s.state IN ({_OF_AUTHOR_ALONE}))"
)
"""The condition that a case has the words of `build_search`.

The words of a withdrawn submission are its author's alone.
"""


@dataclass(slots=True)
class _WordsRow:
    id: int
    community_id: int
    state: CaseState
    nickname: str
    number: int | None
    title: str | None
    text: str | None
    thing: ThingKind | None
    thing_id: int | None
    thing_revision: int | None


_WORDS = db.Select(
    "SELECT c.id, c.community_id, c.state, p.nickname, r.number, r.title, r.text, c.thing, c.thing_id,"
    " c.thing_revision FROM review_case c JOIN membership m ON m.id = c.author_id JOIN person p ON p.id = m.person_id"
    " LEFT JOIN submission_revision r ON r.id = c.revision_id WHERE c.id = ANY($1) AND c.state <> 'SUPERSEDED'",
    _WordsRow,
)
_HAS_TEXT = "state IN ('OPEN', 'DECIDED') AND (revision_id IS NOT NULL OR thing IS NOT NULL)"
_MISSING = db.Select(
    f"SELECT id FROM review_case WHERE community_id = $1 AND {_HAS_TEXT} AND id > $2"
    " AND NOT EXISTS (SELECT 1 FROM search_document d WHERE d.kind = 'CASE' AND d.subject_id = review_case.id)"
    f" ORDER BY id LIMIT {_BATCH_SIZE}",
    db.Id,
)
_LOCK = db.Select(f"SELECT id FROM review_case WHERE id = ANY($1) AND {_HAS_TEXT} ORDER BY id FOR UPDATE", db.Id)
_KEEP_DECIDED = (
    f"UPDATE search_document SET tokens = replace(tokens, '{_LABELS[CaseState.OPEN]}', '{_LABELS[CaseState.DECIDED]}')"
    " WHERE kind = 'CASE' AND subject_id = $1"
)
_REMOVE = "DELETE FROM search_document WHERE kind = 'CASE' AND subject_id IN (SELECT id FROM review_case WHERE "
_REMOVE_OF_AUTHORS = db.Change(f"{_REMOVE}author_id = ANY($1)) RETURNING id", db.Id)
_REMOVE_OF_SUBMISSIONS = db.Change(f"{_REMOVE}submission_id = ANY($1)) RETURNING id", db.Id)
_REMOVE_OF_THING = db.Change(f"{_REMOVE}thing = $1 AND thing_id = $2) RETURNING id", db.Id)


def build_search(community_id: int, text: str, states: Collection[CaseState]) -> tuple[str, list[str], str]:
    """Return the values of `HAS_WORDS` for cases in these states. Raises InvalidInput."""
    wanted = [_LABELS[state] for state in _LABELS if state in states] or [label("none")]
    # Rows of an earlier version have the scope of publications.
    scopes = [label(_SCOPE, community_id), label("community", community_id)]
    query = replace(parse_query(text), one_of=(wanted, scopes))
    return query.build(for_sqlite=db.dialect() is db.Dialect.SQLITE), query.phrases, fold_nickname(text)


async def add(case_ids: Sequence[int]) -> None:
    """Add the words of these cases. A case about no text has none. In the caller's transaction."""
    for row in await _WORDS.all(list(case_ids)):
        text = row.text
        if row.thing is not None and row.thing_id is not None and row.thing_revision is not None:
            (text,) = await THINGS[row.thing].read_texts([(row.thing_id, row.thing_revision)])
        if text is not None and text != REDACTED:
            await index.put(
                Document(
                    row.community_id, SearchKind.CASE, row.id, row.number or row.thing_revision or 0,
                    title=row.title or "", tags=[row.nickname], text=text, labels=[_LABELS[row.state]],
                    scope=_SCOPE,
                )
            )  # fmt: skip


async def keep_decided(case_id: int) -> None:
    """Move the words of a case to those of decided ones. In the caller's transaction."""
    await db.execute(_KEEP_DECIDED, case_id)


async def remove(case_ids: Sequence[int]) -> None:
    """Remove the words of superseded cases. In the caller's transaction."""
    await index.remove(SearchKind.CASE, case_ids)


async def erase(author_ids: Sequence[int]) -> None:
    """Remove the words of the cases of these authors. In the caller's transaction."""
    await _REMOVE_OF_AUTHORS.all(list(author_ids))
    await index.forget_removed()


async def erase_submissions(submission_ids: Sequence[int]) -> None:
    """Remove the words of the cases of these submissions. In the caller's transaction."""
    await _REMOVE_OF_SUBMISSIONS.all(list(submission_ids))
    await index.forget_removed()


async def erase_thing(kind: ThingKind, thing_id: int) -> None:
    """Remove the words of the cases of a deleted thing. In the caller's transaction."""
    await _REMOVE_OF_THING.all(kind, thing_id)


async def index_missing() -> int:
    """Add the words of cases that the index lacks, and return their number. Idempotent."""
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
