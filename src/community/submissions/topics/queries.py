"""Reads of topics, their counts, and the tags of the week."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from community.kernel import clock, db
from community.kernel.errors import NotFound
from community.kernel.listing import Listing
from community.kernel.paging import MAX_COUNT, Page, PageRequest
from community.kernel.tables import row_of
from community.media.models import MediaSubject
from community.submissions.topics.models import Topic

POPULAR_FOR = timedelta(days=7)
MAX_POPULAR = 20
MAX_EXAMINED = 1_000
"""Number of publications of the week whose tags are counted, the newest ones."""


@row_of(Topic)
class TopicRow(db.Row):
    """A topic. It is current from `starts_at` up to but not including `ends_at`."""

    id: int
    community_id: int
    opened_by: int
    tag: str
    description: str
    version: int
    created_at: datetime
    starts_at: datetime
    ends_at: datetime
    closed_at: datetime | None

    @property
    def has_ended(self) -> bool:
        """True from the end on."""
        return self.ends_at <= clock.now()


@dataclass(slots=True)
class TopicCountRow:
    """The numbers of publications and authors of a topic."""

    topic_id: int
    contributions: int
    authors: int


@dataclass(slots=True)
class TagCountRow:
    """A tag with the number of publications that have it."""

    tag: str
    count: int


@dataclass(slots=True)
class _PictureRow:
    topic_id: int
    media_id: int


COLUMNS = db.columns(TopicRow)
_BY_ID = db.Select(f"SELECT {COLUMNS} FROM topic WHERE id = $1", TopicRow)
_CURRENT = Listing(
    f"SELECT {COLUMNS} FROM topic WHERE community_id = $1 AND ends_at > $2",
    TopicRow,
    by={"ends_at": datetime, "id": int},
)
_PAST = Listing(
    f"SELECT {COLUMNS} FROM topic WHERE community_id = $1 AND ends_at <= $2",
    TopicRow,
    by={"ends_at": datetime, "id": int},
    newest_first=True,
)
_PICTURES = db.Select(
    "SELECT subject_id AS topic_id, media_id FROM media_use"
    f" WHERE subject = '{MediaSubject.TOPIC}' AND subject_id = ANY($1) ORDER BY id",
    _PictureRow,
)
# Subqueries with a limit read the publications of one tag at a time, by index.
_CONTRIBUTION = (
    "FROM revision_tag g JOIN submission_revision r ON r.id = g.revision_id"
    " JOIN submission s ON s.id = r.submission_id AND s.published_revision = r.number"
    " WHERE g.community_id = t.community_id AND g.tag = t.tag AND s.published_at >= t.starts_at"
    f" AND s.published_at < t.ends_at AND (s.published_for = 'PUBLIC' OR NOT $2) LIMIT {MAX_COUNT}"
)
_COUNTS = db.Select(
    f"SELECT t.id AS topic_id, (SELECT count(*) FROM (SELECT 1 AS one {_CONTRIBUTION}) AS found) AS contributions,"
    f" (SELECT count(DISTINCT author_id) FROM (SELECT s.author_id {_CONTRIBUTION}) AS written) AS authors"
    " FROM topic t WHERE t.id = ANY($1)",
    TopicCountRow,
)
# What others see as stars is in no statistic. The order does not depend on the collation of a database.
_POPULAR = db.Select(
    "SELECT g.tag, count(*) AS count FROM (SELECT id, published_revision, masks FROM submission"
    " WHERE community_id = $1 AND published_revision IS NOT NULL AND published_at >= $2"
    " AND (published_for = 'PUBLIC' OR NOT $3) ORDER BY published_at DESC, id DESC"
    f" LIMIT {MAX_EXAMINED}) AS s JOIN submission_revision r ON r.submission_id = s.id AND r.number ="
    " s.published_revision JOIN revision_tag g ON g.revision_id = r.id"
    " WHERE s.masks IS NULL OR CAST(s.masks AS TEXT) = '[]'"
    f" GROUP BY g.tag ORDER BY count DESC, max(g.id) DESC LIMIT {MAX_POPULAR}",
    TagCountRow,
)


async def find_topic(topic_id: int) -> TopicRow | None:
    """Return the topic of any community, or None. The caller checks who may know of it."""
    return await _BY_ID.first(topic_id)


async def get_topic(community_id: int, topic_id: int) -> TopicRow:
    """Return a topic of the community. Raises NotFound."""
    row = await find_topic(topic_id)
    if row is None or row.community_id != community_id:
        raise NotFound("topic")
    return row


async def list_topics(community_id: int, request: PageRequest, *, past: bool) -> Page[TopicRow]:
    """Return a page of topics that have not ended, the next end first. With `past` those that ended last."""
    return await (_PAST if past else _CURRENT).page(request, community_id, clock.now())


async def count(topic_ids: Sequence[int], *, for_everyone: bool) -> dict[int, TopicCountRow]:
    """Return the counts of each topic, up to MAX_COUNT. `for_everyone` leaves out what members alone read."""
    return {row.topic_id: row for row in await _COUNTS.all(list(topic_ids), for_everyone)}


async def list_picture_ids(topic_ids: Sequence[int]) -> list[int | None]:
    """Return the picture id of each topic, in order. None without a picture."""
    found = {row.topic_id: row.media_id for row in await _PICTURES.all(list(topic_ids))}
    return [found.get(topic_id) for topic_id in topic_ids]


async def list_popular_tags(community_id: int, *, for_everyone: bool) -> list[TagCountRow]:
    """Return the tags that most publications of the last seven days have."""
    return await _POPULAR.all(community_id, clock.now() - POPULAR_FOR, for_everyone)
