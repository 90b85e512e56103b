"""The feed of published submissions, with its filters and orders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from community.communities.queries import CommunityRow
from community.kernel import clock, db, periods
from community.kernel.listing import Listing, OneOf
from community.kernel.paging import Page, PageRequest
from community.submissions import rules
from community.submissions.models import FeedOrder, SubmissionKind
from community.submissions.queries import COLUMNS, SubmissionRow


@dataclass(frozen=True, slots=True)
class FeedFilter:
    """A filter of the feed. None and False do not narrow it. One of the kinds and one of the tags is enough."""

    kinds: Sequence[SubmissionKind] | None = None
    tags: Sequence[str] | None = None
    author_id: int | None = None
    recommended_only: bool = False
    with_tag: str | None = None
    """A further tag, which each publication has."""
    since: datetime | None = None
    until: datetime | None = None
    """The interval of the first publication, without its end."""
    for_everyone: bool = False
    """True leaves out what was published for members."""
    further: Sequence[tuple[str, Any]] = ()
    """Conditions of packages above, with their values."""


_PUBLISHED = f"SELECT {COLUMNS} FROM submission WHERE community_id = $1 AND published_revision IS NOT NULL"
FEEDS = {
    FeedOrder.NEWEST: Listing(_PUBLISHED, SubmissionRow, by={"published_at": datetime, "id": int}, newest_first=True),
    FeedOrder.MOST_LIKED_THIS_WEEK: Listing(
        f"{_PUBLISHED} AND liked_week = $2",
        SubmissionRow,
        by={"week_likes": int, "id": int},
        newest_first=True,
    ),
    FeedOrder.RECOMMENDED_FIRST: Listing(
        _PUBLISHED, SubmissionRow, by={"recommended": bool, "published_at": datetime, "id": int}, newest_first=True
    ),
}
# The subqueries name every column of an index. OFFSET keeps PostgreSQL from a plan that reads every row of the tag.
_TAGGED = (
    "EXISTS (SELECT 1 FROM revision_tag t WHERE t.community_id = submission.community_id AND t.revision_id ="
    " (SELECT r.id FROM submission_revision r WHERE r.community_id = submission.community_id"
    " AND r.submission_id = submission.id AND r.number = submission.published_revision)"
    " AND t.tag = ANY({}) LIMIT 1 OFFSET 0)"
)
_MAX_RARE = 4_000
_COUNT_TAGGED = db.Select(
    "SELECT count(*) AS count FROM (SELECT 1 FROM revision_tag WHERE community_id = $1 AND tag = ANY($2)"
    f" LIMIT {_MAX_RARE + 1}) AS tagged",
    db.Count,
)
_LIST_TAGGED_IDS = db.Select(
    "SELECT r.submission_id AS id FROM revision_tag t JOIN submission_revision r ON r.id = t.revision_id"
    f" WHERE t.community_id = $1 AND t.tag = ANY($2) LIMIT {_MAX_RARE}",
    db.Id,
)


async def _build_tag_filters(community_id: int, tags: Sequence[str] | None) -> list[tuple[str, Any]]:
    """Return the conditions of the tags.

    Rare tags are searched by their own index. A row of a common one is soon found in the order of the feed.
    """
    if not tags:
        return []
    wanted = rules.normalise_wanted_tags(tags)
    if (await _COUNT_TAGGED.one(community_id, wanted)).count > _MAX_RARE:
        return [(_TAGGED, wanted)]
    found = {row.id for row in await _LIST_TAGGED_IDS.all(community_id, wanted)}
    return [("id = ANY({})", sorted(found)), (_TAGGED, wanted)]


async def list_feed(
    community: CommunityRow,
    request: PageRequest,
    *,
    only: FeedFilter | None = None,
    order: FeedOrder = FeedOrder.NEWEST,
    preloading: db.Preloading = db.NOTHING,
) -> Page[SubmissionRow]:
    """Return a page of published submissions.

    A submission's place among the newest is that of its first publication. The most liked are those with likes in the
    community's present week.
    """
    only = only or FeedFilter()
    week = [periods.week(clock.now(), community.time_zone).start] if order is FeedOrder.MOST_LIKED_THIS_WEEK else []
    filters = [
        ("author_id = {}", only.author_id),
        ("recommended", only.recommended_only or None),
        ("published_at >= {}", only.since),
        ("published_at < {}", only.until),
        ("published_for = 'PUBLIC'", only.for_everyone or None),
        *only.further,
        *await _build_tag_filters(community.id, only.tags),
        *await _build_tag_filters(community.id, only.with_tag and [only.with_tag]),
    ]
    kinds = OneOf("kind", only.kinds)
    return await FEEDS[order].page(request, community.id, *week, filters=filters, one_of=kinds, preloading=preloading)
