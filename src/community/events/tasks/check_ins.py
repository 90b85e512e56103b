"""打卡: check-ins of a challenge, by days of the community."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from community.communities import permissions
from community.communities.permissions import Actor
from community.communities.queries import MemberRow
from community.communities.time_zones import get_time_zone
from community.consent.models import ConsentPurpose
from community.events import conditions
from community.events import queries as events
from community.events.errors import EntryUnfit
from community.events.kinds import TakingPart
from community.events.rows import EntryRow, EventRow
from community.events.tasks import queries, taking
from community.events.tasks.rules import Progress, find_longest_streak, find_streak
from community.kernel import clock, db, periods
from community.kernel.errors import InvalidInput

_CHECK_IN_SQL = (
    "INSERT INTO event_check_in (community_id, event_id, entry_id, membership_id, day, submission_id, is_make_up,"
    " created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
)
_USED = db.Select(
    "SELECT id FROM event_check_in WHERE community_id = $1 AND event_id = $2 AND submission_id = $3", db.Id
)


@db.transactional
async def check_in(actor: Actor, event_id: int, *, day: date | None, submission_id: int | None) -> EntryRow:
    """Check the actor in for a day, by default today, and return the entry. An earlier day is a make-up day.

    Idempotent: a second call for a day has no effect. Raises NotFound, ConsentMissing, GuardianNeeded,
    EventStateForbids, EntryStateForbids, InvalidInput for a day outside the event, and EntryUnfit.
    """
    member = await permissions.lock_consenting_member(actor, ConsentPurpose.SERVICE)
    event, entry = await taking.lock_entry(member, event_id, TakingPart.CHECK_INS)
    time_zone = await get_time_zone(event.community_id)
    now = clock.now()
    today = periods.local_date(now, time_zone)
    day = today if day is None else day
    known = (await queries.list_days([entry.id])).get(entry.id, [])
    if day.isoformat() in {row.day for row in known}:
        return entry
    if not periods.local_date(event.opens_at, time_zone) <= day <= today:
        raise InvalidInput("check_in_day", path=("day",))
    most = event.conditions.make_up_days
    if day < today and sum(row.is_make_up for row in known) >= most:
        raise EntryUnfit("make_up", max=most)
    if (submission_id is not None) != event.conditions.needs_submission:
        raise InvalidInput("entry_submission", path=("submissionId",))
    if submission_id is not None:
        await _require_fit(event, member, submission_id)
    await db.execute(
        _CHECK_IN_SQL, event.community_id, event.id, entry.id, member.id, day.isoformat(), submission_id, day < today,
        now,
    )  # fmt: skip
    return entry


async def _require_fit(event: EventRow, member: MemberRow, submission_id: int) -> None:
    checks = await conditions.check_entry(event, member, submission_id)
    failed = [check.refusal for check in checks if check.refusal is not None]
    if await _USED.first(event.community_id, event.id, submission_id) is not None:
        failed.append(EntryUnfit("used"))
    if failed:
        raise failed[0].join(failed[1:])


async def list_progress(entries: Sequence[EntryRow]) -> list[Progress | None]:
    """Return the progress of each entry, in order. None for another kind of event."""
    held = await events.get_events([entry.event_id for entry in entries])
    zones = [await get_time_zone(entry.community_id) for entry in entries]
    days = await queries.list_days([entry.id for entry in entries])
    return [
        _make_progress(event, days.get(entry.id, []), periods.local_date(clock.now(), zone))
        if event.takes is TakingPart.CHECK_INS
        else None
        for entry, event, zone in zip(entries, held, zones, strict=True)
    ]


def _make_progress(event: EventRow, rows: Sequence[queries.DayRow], today: date) -> Progress:
    days = [date.fromisoformat(row.day) for row in rows if row.counts]
    left = max(0, event.conditions.make_up_days - sum(row.is_make_up for row in rows))
    return Progress(days, find_streak(days, today), find_longest_streak(days), left)
