"""Reads of submissions, and of revisions, tags and pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from community.communities.settings import Visibility
from community.kernel import db
from community.kernel.errors import NotFound, require_row
from community.kernel.listing import Listing
from community.kernel.paging import Page, PageRequest
from community.kernel.tables import row_of
from community.submissions.models import Submission, SubmissionKind, SubmissionRevision, SubmissionState


@row_of(Submission)
class SubmissionRow(db.Row):
    """A submission. `latest_revision`, `sent_revision` and `published_revision` are numbers of revisions."""

    id: int
    community_id: int
    author_id: int
    kind: SubmissionKind
    state: SubmissionState
    version: int
    latest_revision: int
    sent_revision: int | None
    published_revision: int | None
    published_at: datetime | None
    published_for: Visibility | None
    recommended: bool
    like_count: int
    note: str | None
    created_at: datetime
    updated_at: datetime
    liked_week: datetime | None
    week_likes: int
    masks: list[list[Any]] | None
    published_ahead: bool

    closed_texts = ("note",)


@row_of(SubmissionRevision)
class RevisionRow(db.Row):
    """One text of a submission."""

    id: int
    community_id: int
    submission_id: int
    number: int
    title: str
    text: str
    product_ref: str | None
    created_at: datetime

    closed_texts = ("title", "text")


COLUMNS = db.columns(SubmissionRow)
REVISION_COLUMNS = db.columns(RevisionRow)

AWAITING_DECISION = (
    "SELECT s.id AS submission_id, r.id AS revision_id FROM submission s"
    " JOIN submission_revision r ON r.community_id = s.community_id AND r.submission_id = s.id"
    " AND r.number = s.latest_revision WHERE s.state = 'IN_REVIEW'"
)
"""The revisions that await a decision, as SQL with the columns submission_id and revision_id."""

_BY_ID = db.Select(f"SELECT {COLUMNS} FROM submission WHERE id = ANY($1)", SubmissionRow)
_ONE = db.Select(f"SELECT {COLUMNS} FROM submission WHERE community_id = $1 AND id = $2", SubmissionRow)


async def find(community_id: int, submission_id: int) -> SubmissionRow | None:
    """Return the submission of this community in any state, or None."""
    return await _ONE.first(community_id, submission_id)


async def get(community_id: int, submission_id: int) -> SubmissionRow:
    """Return the submission of this community in any state. Raises NotFound."""
    return require_row(await find(community_id, submission_id), NotFound("submission"))


_LOCK = db.Select(f"SELECT {COLUMNS} FROM submission WHERE id = $1 FOR UPDATE", SubmissionRow)


async def lock(submission_id: int) -> SubmissionRow:
    """Lock the submission's row (`FOR UPDATE`), and return it. It is locked before its review cases."""
    return await _LOCK.one(submission_id)


async def get_by_ids(submission_ids: Sequence[int], *, preloading: db.Preloading = db.NOTHING) -> list[SubmissionRow]:
    """Return the submission of each id, in order."""
    if not submission_ids:
        return []
    rows = await _BY_ID.including(preloading.related).all(list(set(submission_ids)), *preloading.values)
    return db.in_order(rows, submission_ids)


_LIST_PUBLISHED_AUTHORS = db.Select(
    "SELECT DISTINCT author_id AS id FROM submission WHERE community_id = ANY($1) AND author_id = ANY($2)"
    " AND published_revision IS NOT NULL AND published_for = 'PUBLIC'",
    db.Id,
)


async def list_published_author_ids(community_ids: Sequence[int], author_ids: Sequence[int]) -> set[int]:
    """Return those of the authors who have published for everyone in these communities."""
    return {row.id for row in await _LIST_PUBLISHED_AUTHORS.all(list(set(community_ids)), list(author_ids))}


_OWN = Listing(
    f"SELECT {COLUMNS} FROM submission WHERE community_id = $1 AND author_id = $2", SubmissionRow, newest_first=True
)


async def list_own(
    community_id: int,
    author_id: int,
    request: PageRequest,
    *,
    states: Sequence[SubmissionState] | None = None,
    preloading: db.Preloading = db.NOTHING,
) -> Page[SubmissionRow]:
    """Return a page of a member's submissions, the newest first. States narrow it to these states."""
    wanted = [state.value for state in states or ()] or None
    return await _OWN.page(
        request, community_id, author_id, filters=[("state = ANY({})", wanted)], preloading=preloading
    )


@dataclass(slots=True)
class StateCountRow:
    """The number of a member's submissions in one state."""

    state: SubmissionState
    count: int


_STATE_COUNTS = db.Select(
    "SELECT state, count(*) AS count FROM submission WHERE community_id = $1 AND author_id = $2"
    " GROUP BY state ORDER BY state",
    StateCountRow,
)


async def count_own_by_state(community_id: int, author_id: int) -> list[StateCountRow]:
    """Return the number of a member's submissions in each state that has any."""
    return await _STATE_COUNTS.all(community_id, author_id)


_PUBLISHED_COUNT = db.Select(
    "SELECT count(*) AS count FROM (SELECT 1 FROM submission WHERE community_id = $1 AND author_id = $2"
    " AND published_at IS NOT NULL LIMIT 2) AS published",
    db.Count,
)


async def count_published(community_id: int, author_id: int) -> int:
    """Return how many submissions of a member were ever published, at most 2."""
    return (await _PUBLISHED_COUNT.one(community_id, author_id)).count


_REVISIONS_BY_ID = db.Select(f"SELECT {REVISION_COLUMNS} FROM submission_revision WHERE id = ANY($1)", RevisionRow)
_REVISION_NUMBERS = db.Select(
    f"SELECT {REVISION_COLUMNS} FROM submission_revision WHERE submission_id = ANY($1) AND number = ANY($2)",
    RevisionRow,
)


async def get_revisions_by_ids(revision_ids: Sequence[int]) -> list[RevisionRow]:
    """Return the revision of each id, in order."""
    return db.in_order(await _REVISIONS_BY_ID.all(list(set(revision_ids))), revision_ids)


async def get_revisions(numbers: Sequence[tuple[int, int]]) -> list[RevisionRow]:
    """Return the revision of each (submission id, number), in order."""
    # One statement reads every number of every submission. A submission has few revisions, so the surplus is small.
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
    """Return the tags of each revision, in the author's order."""
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
    """Return the picture ids of each revision, in the author's order."""
    found: dict[int, list[int]] = {revision_id: [] for revision_id in revision_ids}
    for row in await _MEDIA.all(list(found)):
        found[row.revision_id].append(row.media_id)
    return [found[revision_id] for revision_id in revision_ids]


async def list_revision_media_ids(submission_id: int, number: int | None) -> list[int]:
    """Return the picture ids of one revision, in the author's order. Without a number there are none."""
    if number is None:
        return []
    (revision,) = await get_revisions([(submission_id, number)])
    return (await list_media_ids([revision.id]))[0]


_ALL_MEDIA_IDS = db.Select(
    "SELECT DISTINCT m.media_id AS id FROM submission_revision r JOIN revision_media m ON m.revision_id = r.id"
    " WHERE r.submission_id = $1 ORDER BY id",
    db.Id,
)


async def list_all_media_ids(submission_id: int) -> list[int]:
    """Return the picture ids of all revisions."""
    return [row.id for row in await _ALL_MEDIA_IDS.all(submission_id)]
