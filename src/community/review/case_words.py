"""The words of cases about texts, by which leaders search their queue.

Opening a case writes them. A decision keeps them apart from those of open cases, and any other end removes them, each
in its transaction. The words of an appeal are the member's own and those of what it is about.
Both cases of a complaint have all of its messages, and each change of a message replaces them.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

from community.accounts.rules import fold_nickname
from community.communities.queries import list_all_communities
from community.kernel import db
from community.kernel.ddl import REDACTED
from community.review.models import CaseKind, CaseState, ThingKind
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
    kind: CaseKind
    state: CaseState
    nickname: str
    number: int | None
    title: str | None
    text: str | None
    thing: ThingKind | None
    thing_id: int | None
    thing_revision: int | None


@dataclass(slots=True)
class _TextRow:
    text: str


_WORDS = db.Select(
    "SELECT c.id, c.community_id, c.kind, c.state, p.nickname, r.number, r.title, r.text, c.thing, c.thing_id,"
    " c.thing_revision FROM review_case c JOIN membership m ON m.id = c.author_id JOIN person p ON p.id = m.person_id"
    " LEFT JOIN submission_revision r ON r.id = c.revision_id WHERE c.id = ANY($1) AND c.state <> 'SUPERSEDED'"
    " ORDER BY c.id",
    _WordsRow,
)
_COMPLAINTS = "SELECT id FROM complaint WHERE case_id = {0} UNION SELECT id FROM complaint WHERE first_case_id = {0}"
_OF_COMPLAINT = f"FROM complaint_message m WHERE m.complaint_id IN ({_COMPLAINTS}) AND m.text <> '{REDACTED}'"
_OF_APPEAL = f"FROM appeal a WHERE a.case_id = {{}} AND a.text <> '{REDACTED}'"
_OWN_TEXTS = {
    CaseKind.COMPLAINT: db.Select(f"SELECT m.text {_OF_COMPLAINT.format('$1')} ORDER BY m.id", _TextRow),
    CaseKind.APPEAL: db.Select(f"SELECT a.text {_OF_APPEAL.format('$1')}", _TextRow),
}
HAS_TEXT = "(c.revision_id IS NOT NULL OR c.thing IS NOT NULL OR c.kind IN ('APPEAL', 'COMPLAINT'))"
"""The condition that a case `c` is about a text."""
NUMBER = (
    "COALESCE((SELECT r.number FROM submission_revision r WHERE r.id = c.revision_id), c.thing_revision,"
    f" (SELECT count(*) {_OF_COMPLAINT.format('c.id')}) + (SELECT count(*) {_OF_APPEAL.format('c.id')}))"
)
"""The number of the words of a case `c`: of its revision, or how many texts of its complaint or appeal are left."""
_MISSING = db.Select(
    f"SELECT c.id FROM review_case c WHERE c.community_id = $1 AND c.state IN ('OPEN', 'DECIDED') AND {HAS_TEXT}"
    " AND c.id > $2 AND NOT EXISTS (SELECT 1 FROM search_document d WHERE d.kind = 'CASE' AND d.subject_id = c.id"
    f" AND d.number = {NUMBER}) ORDER BY c.id LIMIT {_BATCH_SIZE}",
    db.Id,
)
_KEEP_DECIDED = (
    f"UPDATE search_document SET tokens = replace(tokens, '{_LABELS[CaseState.OPEN]}', '{_LABELS[CaseState.DECIDED]}')"
    " WHERE kind = 'CASE' AND subject_id = $1"
)
_LOCK, _LOCK_OF_AUTHORS, _LOCK_OF_SUBMISSIONS, _LOCK_OF_THING = (
    db.Select(f"SELECT id FROM review_case WHERE {condition} ORDER BY id FOR UPDATE", db.Id)
    for condition in (
        "id = ANY($1)", "author_id = ANY($1)", "submission_id = ANY($1)", "thing = $1 AND thing_id = $2",
    )
)  # fmt: skip
_LOCK_COMPLAINTS = db.Select(
    f"SELECT id FROM complaint WHERE id IN ({_COMPLAINTS.format('ANY($1)')}) ORDER BY id FOR UPDATE", db.Id
)


def build_search(community_id: int, text: str, states: Collection[CaseState]) -> tuple[str, list[str], str]:
    """Return the values of `HAS_WORDS` for cases in these states. Raises InvalidInput."""
    wanted = [_LABELS[state] for state in _LABELS if state in states] or [label("none")]
    # Rows of an earlier version have the scope of publications.
    scopes = [label(_SCOPE, community_id), label("community", community_id)]
    query = replace(parse_query(text), one_of=(wanted, scopes))
    return query.build(for_sqlite=db.dialect() is db.Dialect.SQLITE), query.phrases, fold_nickname(text)


async def add(case_ids: Sequence[int]) -> int:
    """Add the words of these cases, or replace them. Return the number of cases with words.

    In the caller's transaction, which has locked a complaint.
    """
    count = 0
    for row in await _WORDS.all(list(case_ids)):
        texts = await _read_texts(row)
        if texts:
            count += 1
            await index.put(
                Document(
                    row.community_id, SearchKind.CASE, row.id, row.number or row.thing_revision or len(texts),
                    title=row.title or "", tags=[row.nickname], text="\n".join(texts), labels=[_LABELS[row.state]],
                    scope=_SCOPE,
                )
            )  # fmt: skip
    return count


async def read_texts(case_id: int) -> list[str]:
    """Return the title and the texts by which a case is found."""
    return [text for row in await _WORDS.all([case_id]) for text in (row.title, *await _read_texts(row)) if text]


async def _read_texts(row: _WordsRow) -> list[str]:
    texts: list[str | None] = [row.text]
    if row.thing is not None and row.thing_id is not None and row.thing_revision is not None:
        texts += await THINGS[row.thing].read_texts([(row.thing_id, row.thing_revision)])
    if row.kind in _OWN_TEXTS:
        texts += [own.text for own in await _OWN_TEXTS[row.kind].all(row.id)]
    return [text for text in texts if text is not None and text != REDACTED]


async def keep_decided(case_id: int) -> None:
    """Move the words of a case to those of decided ones. In the caller's transaction."""
    await db.execute(_KEEP_DECIDED, case_id)


async def remove(case_ids: Sequence[int]) -> None:
    """Remove the words of these cases. In the caller's transaction."""
    await index.remove(SearchKind.CASE, case_ids)


async def erase(author_ids: Sequence[int]) -> None:
    """Remove the words of the cases of these authors. In the caller's transaction."""
    await remove(await _lock(_LOCK_OF_AUTHORS, list(author_ids)))
    await index.forget_removed()


async def erase_submissions(submission_ids: Sequence[int]) -> None:
    """Remove the words of the cases of these submissions. In the caller's transaction."""
    await remove(await _lock(_LOCK_OF_SUBMISSIONS, list(submission_ids)))
    await index.forget_removed()


async def erase_thing(kind: ThingKind, thing_id: int) -> None:
    """Remove the words of the cases of a deleted thing. In the caller's transaction."""
    await remove(await _lock(_LOCK_OF_THING, kind, thing_id))


async def index_missing() -> int:
    """Add missing and changed words of cases, and return the number of cases. Idempotent."""
    count = 0
    for community in await list_all_communities():
        last = 0
        while rows := await _MISSING.all(community.id, last):
            count, last = count + await _index_batch([row.id for row in rows]), rows[-1].id
    return count


async def rebuild() -> int:
    """Add the words of all cases to an empty index, and return their number."""
    await index.empty(SearchKind.CASE)
    return await index_missing()


@db.transactional
async def _index_batch(case_ids: list[int]) -> int:
    return await add(await _lock(_LOCK, case_ids))


async def _lock(cases: db.Select[db.Id], *values: Any) -> list[int]:
    """Lock cases, then their complaints, and return the cases. No other transaction then writes their words."""
    locked = [row.id for row in await cases.all(*values)]
    await _LOCK_COMPLAINTS.all(locked)
    return locked
