"""Conditions that an entry must meet. The preview and the verb use the same checks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from community.communities.queries import MemberRow
from community.communities.time_zones import get_time_zone
from community.events.errors import EntryUnfit
from community.events.kinds import EventState, TakingPart
from community.events.rows import EventRow
from community.kernel import db, periods
from community.kernel.errors import NotFound, Refusal
from community.submissions import queries as submissions
from community.submissions.queries import SubmissionRow


class EntryCondition(StrEnum):
    """A condition of an entry."""

    PUBLISHED = "PUBLISHED"
    KIND = "KIND"
    NUMBER = "NUMBER"
    SIZE = "SIZE"
    CAPTURED = "CAPTURED"
    NEW = "NEW"
    MEMBERSHIP = "MEMBERSHIP"


@dataclass(slots=True)
class ConditionCheck:
    """A condition with the refusal of one that is not met. It may be met and leave something to the leaders."""

    condition: EntryCondition
    refusal: Refusal | None = None
    is_flagged: bool = False


@dataclass(slots=True)
class _PictureRow:
    id: int
    width: int | None
    height: int | None
    captured_at: str | None
    is_used: bool


# The earlier publication may have the same picture, or the same file that was uploaded again.
_EARLIER = (
    "EXISTS (SELECT 1 FROM picture_fingerprint f JOIN picture_fingerprint g ON g.digest = f.digest JOIN media_use u"
    " ON u.media_id = g.media_id AND u.subject = 'SUBMISSION' AND u.published JOIN submission s ON s.id = u.subject_id"
    " WHERE f.media_id = m.id AND u.community_id = $3 AND s.id <> $1 AND s.published_at < $4)"
)
_PICTURES = db.Select(
    f"SELECT {db.columns(_PictureRow, 'm', is_used=_EARLIER)} FROM submission_revision r"
    " JOIN revision_media p ON p.revision_id = r.id JOIN media m ON m.id = p.media_id"
    " WHERE r.submission_id = $1 AND r.number = $2 ORDER BY p.position",
    _PictureRow,
)
_OWN_COUNT = db.Select(
    "SELECT count(*) AS count FROM event_entry WHERE event_id = $1 AND membership_id = $2 AND state <> 'WITHDRAWN'",
    db.Count,
)


async def check_entry(event: EventRow, member: MemberRow, submission_id: int) -> list[ConditionCheck]:
    """Return every condition of the event for the member's submission. Raises NotFound."""
    row = await submissions.find(event.community_id, submission_id)
    if row is None or row.author_id != member.id:
        raise NotFound("submission")
    shown = row.published_revision
    pictures = [] if shown is None else await _PICTURES.all(row.id, shown, row.community_id, event.opens_at)
    entered = (await _OWN_COUNT.one(event.id, member.id)).count
    rules = event.conditions
    checks = [
        ConditionCheck(EntryCondition.PUBLISHED, None if shown is not None else EntryUnfit("not_published")),
        *_check_submission(event, row, pictures),
    ]
    if event.takes is TakingPart.SUBMISSIONS:
        checks.insert(1, ConditionCheck(EntryCondition.NUMBER, _refuse_number(entered, rules.entries_per_member)))
    if rules.entrant_since is not None:
        late = is_late_entrant(event, member, await get_time_zone(event.community_id))
        checks.append(ConditionCheck(EntryCondition.MEMBERSHIP, EntryUnfit("membership") if late else None))
    return checks


def _refuse_number(entered: int, most: int) -> Refusal | None:
    return EntryUnfit("number", max=most, actual=entered + 1) if entered >= most else None


def _check_submission(event: EventRow, row: SubmissionRow, pictures: list[_PictureRow]) -> Iterator[ConditionCheck]:
    rules = event.conditions
    if rules.submission_kinds:
        wrong = row.kind not in rules.submission_kinds
        yield ConditionCheck(EntryCondition.KIND, EntryUnfit("kind") if wrong else None)
    if rules.min_pixels is not None:
        size = min((max(one.width or 0, one.height or 0) for one in pictures), default=0)
        small = size < rules.min_pixels
        refusal = EntryUnfit("size", min=rules.min_pixels, actual=size) if small else None
        yield ConditionCheck(EntryCondition.SIZE, refusal)
    if rules.captured_from is not None or rules.captured_until is not None:
        days = [one.captured_at and one.captured_at[:10] for one in pictures]
        outside = any(
            day is not None
            and (
                (rules.captured_from is not None and day < rules.captured_from.isoformat())
                or (rules.captured_until is not None and day > rules.captured_until.isoformat())
            )
            for day in days
        )
        refusal = EntryUnfit("captured") if outside else None
        yield ConditionCheck(EntryCondition.CAPTURED, refusal, is_flagged=not outside and None in days)
    if rules.only_new or event.takes is TakingPart.CHECK_INS:
        used = any(one.is_used for one in pictures) or _is_older(row.published_at, event.opens_at)
        yield ConditionCheck(EntryCondition.NEW, EntryUnfit("not_new") if used else None)


def _is_older(published_at: datetime | None, opens_at: datetime) -> bool:
    return published_at is not None and published_at < opens_at


def is_late_entrant(event: EventRow, member: MemberRow, time_zone: str) -> bool:
    """Return True if the member joined too late to enter."""
    return _joined_after(event.conditions.entrant_since, member, time_zone)


def is_late_voter(event: EventRow, member: MemberRow, time_zone: str) -> bool:
    """Return True if the member joined too late to vote."""
    return _joined_after(event.conditions.voter_since, member, time_zone)


def can_enter(event: EventRow, member: MemberRow | None, time_zone: str) -> bool:
    """Return True if the member may enter now, apart from the conditions of submissions."""
    is_open = event.state is EventState.OPEN and not event.has_started
    return is_open and member is not None and not is_late_entrant(event, member, time_zone)


def count_votes_left(event: EventRow, member: MemberRow | None, time_zone: str, given: tuple[int, int]) -> int | None:
    """Return the number of votes that the member may give now.

    `given` has those of the day and in total. None for all but members, and while there is no voting.
    """
    if event.state is not EventState.VOTING or member is None:
        return None
    if is_late_voter(event, member, time_zone):
        return 0
    on_day, total = given
    return max(0, min(event.conditions.votes_per_day - on_day, event.conditions.votes_in_total - total))


def _joined_after(since: date | None, member: MemberRow, time_zone: str) -> bool:
    return since is not None and periods.local_date(member.joined_at, time_zone) > since
