"""The index of published submissions, and suggestions of their tags."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from community.communities.queries import list_all_communities
from community.communities.settings import Visibility
from community.kernel import db
from community.search import index
from community.search.index import MATCHES, Document
from community.search.models import SearchKind
from community.search.tokens import Query, label
from community.submissions import rules
from community.submissions.feed import FeedFilter
from community.submissions.masking import mask_revision, mask_tags
from community.submissions.queries import COLUMNS, SubmissionRow, get_revisions, list_tags

MAX_SUGGESTING = 200
"""Number of publications whose tags are suggested, the newest ones."""
MAX_SUGGESTIONS = 10
_BATCH_SIZE = 200
_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


_FOUND = f"FROM search_document WHERE search_document.kind = 'SUBMISSION' AND {MATCHES}"
_SUGGESTING = db.Select(
    "SELECT r.id FROM submission_revision r JOIN (SELECT search_document.subject_id, search_document.number"
    f" {_FOUND} ORDER BY search_document.id DESC LIMIT {MAX_SUGGESTING}) AS found"
    " ON r.submission_id = found.subject_id AND r.number = found.number ORDER BY r.id DESC",
    db.Id,
)


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


def list_filters(only: FeedFilter) -> Iterator[list[str]]:
    """Yield for each filter the labels of which a submission has one."""
    yield [label("kind", kind.value) for kind in only.kinds or ()]
    yield [label("tag", tag) for tag in rules.normalise_wanted_tags(only.tags or ())]
    yield [label("recommended")] * only.recommended_only


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
    await index.empty(SearchKind.SUBMISSION)
    return await index_missing()


@db.transactional
async def _index_batch(submission_ids: list[int]) -> None:
    await update_index(await _LOCK.all(submission_ids))


@db.transactional
async def _forget_removed() -> None:
    await index.forget_removed()
