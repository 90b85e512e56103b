"""Publications and likes received, as boards count them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from community.kernel import clock, db, outbox
from community.scores import scores
from community.scores.models import BoardKind
from community.scores.scores import BoardSource
from community.submissions.queries import SubmissionRow

PUBLISHED_SOURCE = BoardSource(
    BoardKind.PUBLISHED,
    "SELECT community_id, author_id AS membership_id, 1 AS amount, published_at AS at FROM submission"
    " WHERE published_revision IS NOT NULL",
)
LIKES_SOURCE = BoardSource(
    BoardKind.LIKES,
    "SELECT s.community_id, s.author_id AS membership_id, 1 AS amount, l.created_at AS at FROM submission s"
    " JOIN submission_like l ON l.submission_id = s.id WHERE s.published_revision IS NOT NULL"
    " AND l.membership_id <> s.author_id",
)


@dataclass(slots=True)
class _AuthorRow:
    community_id: int
    author_id: int


_LIKED_AUTHORS = db.Select(
    "SELECT DISTINCT s.community_id, s.author_id FROM submission_like l JOIN submission s ON s.id = l.submission_id"
    " WHERE l.membership_id = ANY($1) ORDER BY s.author_id",
    _AuthorRow,
)


async def count_first_publication(row: SubmissionRow) -> None:
    """Count a submission that was just published for the first time."""
    await scores.count(BoardKind.PUBLISHED, row.community_id, row.author_id, 1, at=row.published_at or clock.now())


async def count_like(row: SubmissionRow, membership_id: int, amount: int, *, at: datetime) -> None:
    """Count a like of the submission, or with -1 take it back. Authors' likes of their own work do not count.

    A new like is also announced to the author.
    """
    if row.author_id != membership_id:
        further = [outbox.build_put("effects.announce_likes", submission_id=row.id)] if amount > 0 else []
        await scores.count(BoardKind.LIKES, row.community_id, row.author_id, amount, *further, at=at)


async def recount(community_id: int, *author_ids: int) -> None:
    """Count these authors' publications and likes again, because some were hidden, shown or deleted."""
    for source in (PUBLISHED_SOURCE, LIKES_SOURCE):
        await scores.recount(source, author_ids)
        for author_id in author_ids:
            await db.execute_together(scores.build_update(source.board, community_id, author_id))


async def list_liked_authors(membership_ids: Sequence[int]) -> dict[int, list[int]]:
    """Return the authors of what these members like, by community."""
    found: dict[int, list[int]] = defaultdict(list)
    for row in await _LIKED_AUTHORS.all(list(membership_ids)):
        found[row.community_id].append(row.author_id)
    return found
