"""Reading submissions: one, one's own, the feed, and what hangs on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from community.kernel import db
from community.kernel.errors import NotFound
from community.kernel.listing import Listing
from community.kernel.paging import Page, PageRequest
from community.kernel.tables import row_of
from community.submissions.models import Submission, SubmissionKind, SubmissionRevision, SubmissionState
from community.submissions.rules import normalise_tag as canonical_tag


@row_of(Submission)
@dataclass(slots=True)
class SubmissionRow:
    """A submission. The numbers name revisions; `note` is what the last decision told the author."""

    id: int
    community_id: int
    author_id: int
    kind: SubmissionKind
    state: SubmissionState
    version: int
    latest_revision: int
    published_revision: int | None
    published_at: datetime | None
    recommended: bool
    like_count: int
    note: str | None
    created_at: datetime
    updated_at: datetime


@row_of(SubmissionRevision)
@dataclass(slots=True)
class RevisionRow:
    """The text of a submission at one time."""

    id: int
    community_id: int
    submission_id: int
    number: int
    title: str
    text: str
    product_ref: str | None
    created_at: datetime


COLUMNS = db.columns(SubmissionRow)
REVISION_COLUMNS = db.columns(RevisionRow)

# What the review may decide right now, as (submission id, revision id): for the queries of the rooms above.
AWAITING_DECISION = (
    "SELECT s.id AS submission_id, r.id AS revision_id FROM submission s"
    " JOIN submission_revision r ON r.community_id = s.community_id AND r.submission_id = s.id"
    " AND r.number = s.latest_revision WHERE s.state = 'IN_REVIEW'"
)

_BY_ID = db.Select(f"SELECT {COLUMNS} FROM submission WHERE id = ANY($1)", SubmissionRow)
_ONE = db.Select(f"SELECT {COLUMNS} FROM submission WHERE community_id = $1 AND id = $2", SubmissionRow)


async def find(community_id: int, submission_id: int) -> SubmissionRow | None:
    """The submission of that community, whatever its state, or None."""
    return await _ONE.first(community_id, submission_id)


async def get(community_id: int, submission_id: int) -> SubmissionRow:
    """The submission of that community, whatever its state. Raises NotFound."""
    row = await find(community_id, submission_id)
    if row is None:
        raise make_not_found()
    return row


def make_not_found(*, path: str = "submissionId") -> NotFound:
    """The one answer to who may not know of a submission, and to who asks for one that does not exist."""
    return NotFound("There is no such submission in this community.", path=(path,))


_LOCK = db.Select(f"SELECT {COLUMNS} FROM submission WHERE id = $1 FOR UPDATE", SubmissionRow)


async def lock(submission_id: int) -> SubmissionRow:
    """The submission, held until the end of the transaction; before its cases, in the order of locks."""
    return await _LOCK.one(submission_id)


async def get_by_ids(submission_ids: Sequence[int]) -> list[SubmissionRow]:
    """The submission of each id, in order."""
    found = {row.id: row for row in await _BY_ID.all(list(set(submission_ids)))}
    return [found[submission_id] for submission_id in submission_ids]


@dataclass(frozen=True, slots=True)
class FeedFilter:
    """Which published submissions; None and False do not narrow."""

    kind: SubmissionKind | None = None
    tag: str | None = None
    author_id: int | None = None
    recommended_only: bool = False


FEED = Listing(
    f"SELECT {COLUMNS} FROM submission WHERE community_id = $1 AND published_revision IS NOT NULL",
    SubmissionRow,
    by={"published_at": datetime, "id": int},
    newest_first=True,
)
_TAGGED = (
    "EXISTS (SELECT 1 FROM revision_tag t JOIN submission_revision r ON r.id = t.revision_id"
    " WHERE t.community_id = submission.community_id AND t.tag = {} AND r.submission_id = submission.id"
    " AND r.number = submission.published_revision)"
)


async def list_feed(community_id: int, request: PageRequest, *, only: FeedFilter | None = None) -> Page[SubmissionRow]:
    """What a community has published, by first publication, newest first."""
    only = only or FeedFilter()
    narrowed = [
        ("kind = {}", only.kind),
        ("author_id = {}", only.author_id),
        ("recommended", only.recommended_only or None),
        (_TAGGED, None if only.tag is None else canonical_tag(only.tag)),
    ]
    return await FEED.page(request, community_id, filters=narrowed)


_OWN = Listing(
    f"SELECT {COLUMNS} FROM submission WHERE community_id = $1 AND author_id = $2", SubmissionRow, newest_first=True
)


async def list_own(
    community_id: int, author_id: int, request: PageRequest, *, state: SubmissionState | None = None
) -> Page[SubmissionRow]:
    """What a member has made, in every state or in one, newest first."""
    return await _OWN.page(request, community_id, author_id, filters=[("state = {}", state)])


_PUBLISHED_COUNT = db.Select(
    "SELECT count(*) AS count FROM (SELECT 1 FROM submission WHERE community_id = $1 AND author_id = $2"
    " AND published_at IS NOT NULL LIMIT 2) AS published",
    db.Count,
)


async def count_published(community_id: int, author_id: int) -> int:
    """How many submissions of a member have ever been published: none, one, or 2 for more."""
    return (await _PUBLISHED_COUNT.one(community_id, author_id)).count


_REVISIONS_BY_ID = db.Select(f"SELECT {REVISION_COLUMNS} FROM submission_revision WHERE id = ANY($1)", RevisionRow)
_REVISION_NUMBERS = db.Select(
    f"SELECT {REVISION_COLUMNS} FROM submission_revision WHERE submission_id = ANY($1) AND number = ANY($2)",
    RevisionRow,
)


async def get_revisions_by_ids(revision_ids: Sequence[int]) -> list[RevisionRow]:
    """The revision of each id, in order."""
    found = {row.id: row for row in await _REVISIONS_BY_ID.all(list(set(revision_ids)))}
    return [found[revision_id] for revision_id in revision_ids]


async def get_revisions(numbers: Sequence[tuple[int, int]]) -> list[RevisionRow]:
    """The revision of each (submission id, number), in order."""
    # The pairs are fetched as a rectangle: one submission's revisions are few, and the statement stays one.
    rows = await _REVISION_NUMBERS.all(
        list({submission_id for submission_id, _ in numbers}), list({number for _, number in numbers})
    )
    found = {(row.submission_id, row.number): row for row in rows}
    return [found[pair] for pair in numbers]


@dataclass(slots=True)
class _TagRow:
    revision_id: int
    tag: str


_TAGS = db.Select(
    f"SELECT {db.columns(_TagRow)} FROM revision_tag WHERE revision_id = ANY($1) ORDER BY revision_id, position",
    _TagRow,
)


async def list_tags(revision_ids: Sequence[int]) -> list[list[str]]:
    """The tags of each revision, in the author's order."""
    found: dict[int, list[str]] = {revision_id: [] for revision_id in revision_ids}
    for row in await _TAGS.all(list(found)):
        found[row.revision_id].append(row.tag)
    return [found[revision_id] for revision_id in revision_ids]


@dataclass(slots=True)
class _MediaRow:
    revision_id: int
    media_id: int


_MEDIA = db.Select(
    f"SELECT {db.columns(_MediaRow)} FROM revision_media WHERE revision_id = ANY($1) ORDER BY revision_id, position",
    _MediaRow,
)


async def list_media_ids(revision_ids: Sequence[int]) -> list[list[int]]:
    """The pictures of each revision, in the author's order."""
    found: dict[int, list[int]] = {revision_id: [] for revision_id in revision_ids}
    for row in await _MEDIA.all(list(found)):
        found[row.revision_id].append(row.media_id)
    return [found[revision_id] for revision_id in revision_ids]


async def list_revision_media_ids(submission_id: int, number: int | None) -> list[int]:
    """The pictures of one revision of a submission, in the author's order; none when there is no number."""
    if number is None:
        return []
    (revision,) = await get_revisions([(submission_id, number)])
    return (await list_media_ids([revision.id]))[0]


@dataclass(slots=True)
class _LikeRow:
    submission_id: int


_LIKED = db.Select(
    "SELECT l.submission_id FROM submission_like l JOIN membership m ON m.id = l.membership_id"
    " WHERE m.person_id = $1 AND l.submission_id = ANY($2)",
    _LikeRow,
)


async def list_liked(person_id: int, submission_ids: Sequence[int]) -> list[bool]:
    """Whether this person likes each submission, in order."""
    liked = {row.submission_id for row in await _LIKED.all(person_id, list(submission_ids))}
    return [submission_id in liked for submission_id in submission_ids]
