"""The search among published submissions and comments.

A word is found in the words of a thing. A word of at least two characters is also found at the beginning of the name of
its author, and a word `@name` in any part of that name only.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from community.accounts.rules import MAX_NICKNAME_LENGTH, fold_nickname
from community.communities import names, visibility
from community.communities.queries import MemberRow
from community.conversation import queries
from community.conversation.indexing import SCOPE, mask_text
from community.conversation.queries import CommentRow
from community.conversation.reading import Viewer
from community.kernel import db
from community.kernel.listing import Listing
from community.kernel.paging import Page, PageRequest
from community.search.excerpts import EXCERPT_LENGTH, Part, mark
from community.search.index import build_matches
from community.search.models import SearchKind
from community.search.tokens import Query, Word, label, parse_query
from community.submissions import queries as submissions
from community.submissions.feed import FeedFilter
from community.submissions.masking import mask_revision
from community.submissions.queries import SubmissionRow
from community.submissions.search import list_filters

MAX_RANKED = 1_000
"""Number of the newest matches of which the best come first."""
MAX_AUTHORS = 20
"""Number of authors with the name of a word."""
MAX_NAMES = 5
"""Number of words of a search that are compared with names."""
_MIN_NAME_LENGTH = 2
_NO_ONE = label("author", 0)
_AUTHOR = re.compile(r"(?:^|(?<=\s))[@＠](\S+)")


class SearchOrder(StrEnum):
    """The order of what is found."""

    NEWEST = "NEWEST"
    TITLE_FIRST = "TITLE_FIRST"


class Searched(StrEnum):
    """A kind of things among which members search."""

    SUBMISSION = "SUBMISSION"
    COMMENT = "COMMENT"


class HitRow(db.Row):
    """A row of the index. `in_title` is 1 if the title has the first words of the search, else 0."""

    id: int
    kind: SearchKind
    subject_id: int
    in_title: int


class Hit(db.Row):
    """A found submission, or a comment under it, with the words marked."""

    row: HitRow
    submission: SubmissionRow
    comment: CommentRow | None
    title: list[Part]
    excerpt: list[Part]


def _build_lists(order: SearchOrder, *, for_everyone: bool) -> Listing[HitRow]:
    hit = "search_document.id, search_document.kind, search_document.subject_id"
    readers = " AND c.published_for = 'PUBLIC' AND s.published_for = 'PUBLIC'" if for_everyone else ""
    # The submission of a comment is read too, because its end does not touch the comments. With EXISTS PostgreSQL
    # could read all comments first. It evaluates a subquery of a value for each row.
    found = (
        f"FROM search_document WHERE {build_matches('$1', '$2', '$3')} AND (search_document.kind = 'SUBMISSION'"
        " OR search_document.kind = 'COMMENT' AND (SELECT c.id FROM comment c JOIN submission s"
        " ON s.id = c.submission_id AND s.published_revision IS NOT NULL"
        " WHERE c.id = search_document.subject_id AND c.state = 'PUBLISHED'"
        f" AND NOT (c.author_id = ANY($4)){readers}) IS NOT NULL)"
    )
    if order is SearchOrder.NEWEST:
        return Listing(f"SELECT {hit}, 0 AS in_title {found}", HitRow, newest_first=True)
    in_title = "CASE WHEN strpos(search_document.title, $5) > 0 THEN 1 ELSE 0 END AS in_title"
    return Listing(
        f"SELECT id, kind, subject_id, in_title FROM (SELECT {hit}, {in_title} {found}"
        f" ORDER BY search_document.id DESC LIMIT {MAX_RANKED}) AS found WHERE TRUE",
        HitRow,
        by={"in_title": int, "id": int},
        newest_first=True,
    )


LISTS = {
    (order, for_everyone): _build_lists(order, for_everyone=for_everyone)
    for order in SearchOrder
    for for_everyone in (False, True)
}


@dataclass(frozen=True, slots=True)
class SearchFilter:
    """The filters of the feed, and one kind of things or None for all."""

    feed: FeedFilter
    searched: Searched | None = None


async def find(
    community_id: int, text: str, request: PageRequest, viewer: Viewer, *, only: SearchFilter, order: SearchOrder
) -> Page[Hit]:
    """Return a page of the published things that have all words of the text.

    Among the newest, one that was published first comes last. Raises InvalidInput, InvalidCursor.
    """
    query = _narrow(await _parse(community_id, text, viewer), community_id, only, viewer)
    title = [query.runs[0].text if query.runs else ""] if order is SearchOrder.TITLE_FIRST else []
    page = await LISTS[order, viewer.for_everyone].page(
        request, query.build(for_sqlite=db.dialect() is db.Dialect.SQLITE), query.phrases, query.exempt_authors,
        list(viewer.hidden_ids), *title,
    )  # fmt: skip
    return Page(await _load(page.rows, query), page.has_next, lambda hit: page.cursor_of(hit.row), page.count)


async def _parse(community_id: int, text: str, viewer: Viewer) -> Query:
    """Return the query of a search text with the authors whom it names. Authors are labels."""
    parse_query(text)
    written_by = []
    for name in dict.fromkeys(names.normalise_search(each, path="text") for each in _AUTHOR.findall(text)):
        found = await names.find_members(community_id, name, limit=MAX_AUTHORS)
        written_by.append(_label_authors(await _see_all(found, viewer)) or [_NO_ONE])
    text = _AUTHOR.sub(" ", text).strip()
    query = parse_query(text) if text or not written_by else Query(())
    words: tuple[Word, ...] = ()
    if len(query.words) > 1:  # A name may have a space.
        words = await _find_named(community_id, [Word(query.runs, text)], viewer)
    if not any(word.authors for word in words):
        words = await _find_named(community_id, query.words, viewer)
    return replace(query, words=words, one_of=tuple(written_by))


async def _find_named(community_id: int, words: Sequence[Word], viewer: Viewer) -> tuple[Word, ...]:
    """Return the words with the labels of authors whose names begin with them."""
    named = []
    for place, word in enumerate(words):
        found: list[MemberRow] = []
        name = fold_nickname(word.text)
        if place < MAX_NAMES and _MIN_NAME_LENGTH <= len(name) <= MAX_NICKNAME_LENGTH:
            found = await names.find_by_beginning(community_id, name, limit=MAX_AUTHORS)
        named.append(replace(word, authors=tuple(_label_authors(await _see_all(found, viewer)))))
    return tuple(named)


async def _see_all(members: list[MemberRow], viewer: Viewer) -> list[MemberRow]:
    """Return the members whom the viewer sees."""
    if not viewer.for_everyone or not members:
        return members
    seen = {row.id for row in await visibility.list_presentable_members([row.id for row in members])}
    return [row for row in members if row.id in seen]


def _label_authors(members: Sequence[MemberRow]) -> list[str]:
    return [label("author", member.id) for member in members]


def _narrow(query: Query, community_id: int, only: SearchFilter, viewer: Viewer) -> Query:
    """Return the query of what the viewer may find, with the filters. Those of the feed leave out comments."""
    scopes = {
        Searched.SUBMISSION: label("community", community_id),
        Searched.COMMENT: label(SCOPE, community_id),
    }
    one_of = [group for group in list_filters(only.feed) if group]
    searched = list(scopes) if only.searched is None and not one_of else [only.searched or Searched.SUBMISSION]
    one_of = [[scopes[each] for each in searched], *one_of]
    if viewer.for_everyone:  # The list itself compares the readers of a comment.
        one_of.append([label("public"), scopes[Searched.COMMENT]])
    author = only.feed.author_id
    return replace(query, labels=() if author is None else (label("author", author),), one_of=(*query.one_of, *one_of))


async def _load(rows: list[HitRow], query: Query) -> list[Hit]:
    comments = await queries.find_by_ids([row.subject_id for row in rows if row.kind is SearchKind.COMMENT])
    found = [(row, comments.get(row.subject_id) if row.kind is SearchKind.COMMENT else None) for row in rows]
    above = await submissions.get_by_ids([row.subject_id if one is None else one.submission_id for row, one in found])
    # One that has ended since the first statement is left out.
    shown = [
        (row, comment, submission, submission.published_revision)
        for (row, comment), submission in zip(found, above, strict=True)
        if submission.published_revision is not None and (comment is None or comment.published_revision is not None)
    ]
    written = await submissions.get_revisions([(submission.id, number) for _, _, submission, number in shown])
    said = await queries.get_revisions(
        [(comment.id, comment.published_revision or 0) for _, comment, _, _ in shown if comment is not None]
    )
    texts = {one.comment_id: mask_text(one) for one in said}
    hits = []
    for (row, comment, submission, _), one in zip(shown, written, strict=True):
        revision = mask_revision(one, submission.masks or ())
        text = mark(revision.text if comment is None else texts[comment.id], query, length=EXCERPT_LENGTH)
        hits.append(Hit(row, submission, comment, mark(revision.title, query), text))
    return hits
