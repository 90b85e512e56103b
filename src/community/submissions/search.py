"""The search among published submissions, and what the index has of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

from community.communities import names, visibility
from community.communities.queries import list_all_communities
from community.communities.settings import Visibility
from community.kernel import db
from community.kernel.listing import Listing
from community.kernel.paging import Page, PageRequest
from community.search import index
from community.search.excerpts import EXCERPT_LENGTH, Part, mark
from community.search.index import MATCHES, Document
from community.search.models import SearchKind
from community.search.tokens import Query, label, parse_query
from community.submissions import rules
from community.submissions.feed import FeedFilter
from community.submissions.masking import mask_revision, mask_tags
from community.submissions.queries import COLUMNS, SubmissionRow, get_by_ids, get_revisions, list_tags

MAX_RANKED = 1_000
"""Number of the newest matches of which the best come first."""
MAX_SUGGESTING = 200
"""Number of publications whose tags are suggested, the newest ones."""
MAX_SUGGESTIONS = 10
MAX_AUTHORS = 20
"""Number of authors with the name of a search."""
_AUTHOR = re.compile(r"(?:^|(?<=\s))[@＠](\S+)")
_BATCH_SIZE = 200
_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


class SearchOrder(StrEnum):
    """The order of found submissions."""

    NEWEST = "NEWEST"
    TITLE_FIRST = "TITLE_FIRST"


@dataclass(slots=True)
class HitRow(db.Parent):
    """A row of the index. `in_title` is 1 if the title has the first words of the search, else 0."""

    id: int
    submission_id: int
    in_title: int


@dataclass(slots=True)
class Hit(db.Parent):
    """A found submission, with the words marked in title and text."""

    row: HitRow
    submission: SubmissionRow
    title: list[Part]
    excerpt: list[Part]


_HIT = "search_document.id, search_document.subject_id AS submission_id"
_FOUND = f"FROM search_document WHERE search_document.kind = 'SUBMISSION' AND {MATCHES}"
LISTS = {
    SearchOrder.NEWEST: Listing(f"SELECT {_HIT}, 0 AS in_title {_FOUND}", HitRow, newest_first=True),
    SearchOrder.TITLE_FIRST: Listing(
        f"SELECT id, submission_id, in_title FROM (SELECT {_HIT}, CASE WHEN strpos(search_document.title, $3) > 0"
        f" THEN 1 ELSE 0 END AS in_title {_FOUND} ORDER BY search_document.id DESC LIMIT {MAX_RANKED}) AS found"
        " WHERE TRUE",
        HitRow,
        by={"in_title": int, "id": int},
        newest_first=True,
    ),
}


_SUGGESTING = db.Select(
    "SELECT r.id FROM submission_revision r JOIN (SELECT search_document.subject_id, search_document.number"
    f" {_FOUND} ORDER BY search_document.id DESC LIMIT {MAX_SUGGESTING}) AS found"
    " ON r.submission_id = found.subject_id AND r.number = found.number ORDER BY r.id DESC",
    db.Id,
)


async def find(
    community_id: int, text: str, request: PageRequest, *, only: FeedFilter, order: SearchOrder
) -> Page[Hit]:
    """Return a page of the published submissions that have all words of the text.

    Among the newest, one that was published first comes last. Raises InvalidInput, InvalidCursor.
    """
    parse_query(text)
    text, written_by = await _take_authors(community_id, text, for_everyone=only.for_everyone)
    parsed = replace(parse_query(text) if text or not written_by else Query(()), one_of=tuple(written_by))
    query = _narrow(parsed, community_id, only)
    words = [query.runs[0].text if query.runs else ""] if order is SearchOrder.TITLE_FIRST else []
    built = query.build(for_sqlite=db.dialect() is db.Dialect.SQLITE)
    page = await LISTS[order].page(request, built, query.phrases, *words)
    return Page(await _load(page.rows, query), page.has_next, lambda hit: page.cursor_of(hit.row), page.count)


async def _take_authors(community_id: int, text: str, *, for_everyone: bool) -> tuple[str, list[list[str]]]:
    """Return the text without its words `@name`, and the authors of each.

    Authors are labels. Strangers find the authors whom they see.
    """
    groups = []
    for name in dict.fromkeys(_AUTHOR.findall(text)):
        wanted = names.normalise_search(name, path="text")
        found = [row.id for row in await names.find_members(community_id, wanted, limit=MAX_AUTHORS)]
        if for_everyone:
            found = [row.id for row in await visibility.list_presentable_members(found)]
        groups.append([label("author", number) for number in found or [0]])
    return _AUTHOR.sub(" ", text).strip(), groups


async def _load(rows: list[HitRow], query: Query) -> list[Hit]:
    submissions = await get_by_ids([row.submission_id for row in rows])
    # One that has ended since the first statement is left out.
    public = [(row, one, one.published_revision) for row, one in zip(rows, submissions, strict=True)]
    shown = [(row, one, number) for row, one, number in public if number is not None]
    written = await get_revisions([(one.id, number) for _, one, number in shown])
    revisions = [mask_revision(one, row.masks or ()) for one, (_, row, _) in zip(written, shown, strict=True)]
    return [
        Hit(row, one, mark(revision.title, query), mark(revision.text, query, length=EXCERPT_LENGTH))
        for (row, one, _), revision in zip(shown, revisions, strict=True)
    ]


async def suggest_tags(community_id: int, text: str, *, for_everyone: bool) -> list[str]:
    """Return tags of publications that begin with the text, at most 10.

    The most used of the newest publications come first. Raises InvalidInput.
    """
    beginning = rules.normalise_tag(text, path=("text",))
    labels = (label("community", community_id), *[label("public")] * for_everyone)
    query = Query((), labels, beginnings=(label("tag", beginning),))
    built = query.build(for_sqlite=db.dialect() is db.Dialect.SQLITE)
    rows = await _SUGGESTING.all(built, [])
    tags = await list_tags([row.id for row in rows])
    counted = Counter(tag for names in tags for tag in names if tag.startswith(beginning))
    return [tag for tag, _ in counted.most_common(MAX_SUGGESTIONS)]


def _narrow(query: Query, community_id: int, only: FeedFilter) -> Query:
    labels = [label("community", community_id)]
    labels += [] if only.author_id is None else [label("author", only.author_id)]
    labels += [label("recommended")] * only.recommended_only + [label("public")] * only.for_everyone
    one_of = [[label("kind", kind.value) for kind in only.kinds or ()]]
    one_of += [[label("tag", tag) for tag in rules.normalise_wanted_tags(only.tags or ())]]
    return replace(query, labels=tuple(labels), one_of=(*query.one_of, *(group for group in one_of if group)))


async def update_index(rows: Sequence[SubmissionRow]) -> None:
    """Bring the index in line with these submissions, in the caller's transaction. Idempotent."""
    public = [(row, row.published_revision) for row in rows if row.published_revision is not None]
    await index.remove(SearchKind.SUBMISSION, [row.id for row in rows if row.published_revision is None])
    revisions = await get_revisions([(row.id, number) for row, number in public])
    tags = await list_tags([revision.id for revision in revisions])
    for (row, _), written, given in zip(public, revisions, tags, strict=True):
        # The personal data that others see as stars is not found.
        revision = mask_revision(written, row.masks or ())
        names = mask_tags(revision, given)
        await index.put(
            Document(
                row.community_id, SearchKind.SUBMISSION, row.id, revision.number,
                title=revision.title, tags=names, text=revision.text, labels=_list_labels(row, names),
            )
        )  # fmt: skip


def _list_labels(row: SubmissionRow, tags: Iterable[str]) -> list[str]:
    labels = [label("author", row.author_id), label("kind", row.kind.value), *(label("tag", tag) for tag in tags)]
    labels += [label("recommended")] * row.recommended
    return labels + [label("public")] * (row.published_for is Visibility.PUBLIC)


_MISSING = db.Select(
    f"SELECT {COLUMNS} FROM submission WHERE community_id = $1 AND published_revision IS NOT NULL"
    " AND (published_at, id) > ($2, $3) AND NOT EXISTS"
    " (SELECT 1 FROM search_document d WHERE d.kind = 'SUBMISSION' AND d.subject_id = submission.id"
    " AND d.number = submission.published_revision) ORDER BY published_at, id"
    f" LIMIT {_BATCH_SIZE}",
    SubmissionRow,
)
_LOCK = db.Select(
    f"SELECT {COLUMNS} FROM submission WHERE id = ANY($1) ORDER BY published_at, id FOR UPDATE", SubmissionRow
)
_EMPTY = db.Change(
    "DELETE FROM search_document WHERE id IN (SELECT id FROM search_document WHERE kind = 'SUBMISSION'"
    f" ORDER BY id LIMIT {_BATCH_SIZE}) RETURNING id",
    db.Id,
)


async def index_missing() -> int:
    """Add the publications that the index lacks, and return their number.

    The oldest come first. Each batch is a transaction. So an interrupted run loses nothing. Idempotent.
    """
    count = 0
    for community in await list_all_communities():
        after: tuple[datetime, int] = (_BEGINNING, 0)
        while rows := await _MISSING.all(community.id, *after):
            await _index_batch([row.id for row in rows])
            count, after = count + len(rows), (rows[-1].published_at or _BEGINNING, rows[-1].id)
    await _forget_removed()
    return count


async def rebuild() -> int:
    """Add all publications to an empty index, and return their number.

    Searches find less until it ends.
    """
    while await _empty_batch():
        pass
    return await index_missing()


@db.transactional
async def _index_batch(submission_ids: list[int]) -> None:
    await update_index(await _LOCK.all(submission_ids))


@db.transactional
async def _forget_removed() -> None:
    await index.forget_removed()


@db.transactional
async def _empty_batch() -> int:
    return len(await _EMPTY.all())
