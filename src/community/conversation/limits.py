"""Limits in a minute, in a day, and for the same text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from community.accounts import attempts
from community.communities import newcomers
from community.communities.newcomers import Limited
from community.communities.queries import CommunityRow, MemberRow
from community.conversation import rules
from community.conversation.errors import CommentRepeated
from community.kernel import clock, db, periods
from community.kernel.errors import Refusal
from community.submissions.errors import TooManyToday


@dataclass(slots=True)
class _RecentRow:
    author_id: int
    created_at: datetime


_RECENT = db.Select(
    "SELECT author_id, created_at FROM comment WHERE author_id = ANY($1) AND created_at > $2 ORDER BY created_at, id",
    _RecentRow,
)


@dataclass(slots=True)
class _TextRow:
    author_id: int
    text: str


_SENT = db.Select(
    "SELECT c.author_id, r.text FROM comment c JOIN comment_revision r"
    " ON r.community_id = c.community_id AND r.comment_id = c.id"
    " WHERE c.author_id = ANY($1) AND c.created_at > $2 AND c.submission_id = $3 AND c.id <> $4 AND r.text = ANY($5)",
    _TextRow,
)


async def find_repeated(
    submission_id: int, sent: Sequence[tuple[int, str]], *, except_id: int = 0
) -> list[Refusal | None]:
    """Return a refusal for each text that its author sends again.

    A later pair of the sequence repeats an earlier one.
    """
    since = clock.now() - rules.REPEAT_PERIOD
    authors, texts = sorted({author for author, _ in sent}), sorted({text for _, text in sent})
    known = {(row.author_id, row.text) for row in await _SENT.all(authors, since, submission_id, except_id, texts)}
    found: list[Refusal | None] = []
    for pair in sent:
        found.append(CommentRepeated(path=("text",)) if pair in known else None)
        known.add(pair)
    return found


class Pace:
    """The comments of members in the last minute or pause, and in this day.

    The count of the day locks a row of each member until the commit. So comments of one member in two threads are
    counted one after the other.
    """

    def __init__(self, community: CommunityRow) -> None:
        self._day = periods.day(clock.now(), community.time_zone)
        self._pause = timedelta(seconds=community.newcomer_comment_pause_seconds)
        self._recent: dict[int, list[datetime]] = {}

    async def count(self, members: Sequence[MemberRow]) -> dict[int, Refusal]:
        """Count a comment of each member, and return the refusals by membership id.

        Each member occurs once.
        """
        names = [f"commented member:{member.id}" for member in members]
        counts = await attempts.count_in_day(names, self._day)
        await self._load(member.id for member in members)
        now = clock.now()
        found: dict[int, Refusal] = {}
        for member, done in zip(members, counts, strict=True):
            limit = newcomers.get_limit(Limited.COMMENTED, settled_at=newcomers.get_settled_at(member))
            is_newcomer = not member.roles and member.joined_at > now - rules.NEWCOMER_AGE
            recent = self._recent[member.id]
            pace = rules.find_pace_refusal(recent, now, pause=self._pause if is_newcomer else timedelta())
            if done > limit:
                found[member.id] = TooManyToday("commented", retry_at=self._day.end, max=limit, actual=limit)
            elif pace is not None:
                found[member.id] = pace
            else:
                recent.append(now)
        return found

    async def _load(self, member_ids: Iterable[int]) -> None:
        missing = sorted(set(member_ids) - self._recent.keys())
        if missing:
            self._recent |= {member_id: [] for member_id in missing}
            for row in await _RECENT.all(missing, clock.now() - max(rules.RATE_PERIOD, self._pause)):
                self._recent[row.author_id].append(row.created_at)
