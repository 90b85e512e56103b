"""Juries: leaders appoint jurors, and jurors score entries while the event is judged.

No person reads the points of another juror. A juror recuses from an entry that is too close, and may
drop out. Points of jurors who dropped out do not count.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from community.communities import permissions
from community.communities.permissions import Actor
from community.communities.queries import require_members
from community.communities.rules import can_lead
from community.consent.models import ConsentPurpose
from community.events import contestants, jury_queries, phases, queries
from community.events.errors import EventStateForbids, NoJury, OwnEntry
from community.events.jury_queries import JUROR_COLUMNS
from community.events.kinds import EntryState, EventState
from community.events.rows import EntryRow, EventRow, JurorRow
from community.events.rules import MAX_SCORE
from community.kernel import audit, clock, db
from community.kernel.errors import InvalidInput, NotFound

MAX_JURORS = 20

_APPOINT = db.Change(
    "INSERT INTO event_juror (community_id, event_id, membership_id, appointed_by, created_at)"
    " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (community_id, event_id, membership_id)"
    f" DO UPDATE SET dropped_at = NULL, appointed_by = $4 RETURNING {JUROR_COLUMNS}",
    JurorRow,
)
_DROP = db.Change(
    f"UPDATE event_juror SET dropped_at = COALESCE(dropped_at, $2) WHERE id = $1 RETURNING {JUROR_COLUMNS}", JurorRow
)
_GONE = db.Select(
    f"SELECT {db.columns(JurorRow, 'j')} FROM membership m JOIN person p ON p.id = m.person_id"
    " JOIN event_juror j ON j.membership_id = m.id JOIN event v ON v.id = j.event_id WHERE m.person_id = $1"
    f" AND {queries.IS_GONE} AND j.dropped_at IS NULL AND v.ended_at IS NULL ORDER BY j.event_id, j.id",
    JurorRow,
)
_SCORE_SQL = (
    "INSERT INTO event_score (community_id, event_id, entry_id, membership_id, points, total, updated_at)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (community_id, entry_id, membership_id)"
    " DO UPDATE SET points = $5, total = $6, updated_at = $7"
)


@db.transactional
async def appoint(actor: Actor, event_id: int, *, member_id: int) -> JurorRow:
    """Make a member a juror, and return the juror.

    Idempotent, also for one who had dropped out. Raises LeadersOnly, NotFound, NoJury,
    EventStateForbids after the end, and InvalidInput for one juror too many.
    """
    leader = await permissions.lock_leader(actor, member_id)
    event = await phases.lock(leader.community_id, event_id)
    await require_members(leader.community_id, member_id)
    _require_jury(event)
    (jury,) = await jury_queries.list_juries([event.id])
    if len(jury) >= MAX_JURORS and member_id not in {row.membership_id for row in jury}:
        raise InvalidInput("event_jurors", max=MAX_JURORS, path=("memberId",))
    row = await _APPOINT.one(event.community_id, event.id, member_id, leader.id, clock.now())
    await audit.record_about(row, "juror.appoint", by=leader, member_id=member_id)
    return row


@db.transactional
async def drop(actor: Actor, juror_id: int) -> JurorRow:
    """End the part of a juror, and return the juror. Idempotent.

    The actor is the juror, or leads. Raises NotFound and EventStateForbids after the end.
    """
    member = await permissions.lock_member(actor)
    (found,) = await jury_queries.get_jurors([juror_id])
    if found.community_id != member.community_id:
        raise NotFound("juror")
    event = await phases.lock(member.community_id, found.event_id)
    if found.membership_id != member.id and not can_lead(member):
        raise NotFound("juror")
    _require_jury(event)
    return await _drop(juror_id, by_id=member.id)


@db.transactional
async def drop_gone(person_id: int) -> None:
    """End the part of a juror who has left, or is suspended or erased. Idempotent.

    An event that has ended keeps its jury.
    """
    for row in await _GONE.all(person_id):
        if (await phases.lock(row.community_id, row.event_id)).ended_at is None:
            await _drop(row.id, by_id=None)


async def _drop(juror_id: int, *, by_id: int | None) -> JurorRow:
    row = await _DROP.one(juror_id, clock.now())
    await audit.record_about(row, "juror.drop", by=by_id)
    return row


@db.transactional
async def score(actor: Actor, entry_id: int, *, points: Sequence[int] | None) -> EntryRow:
    """Give an entry the points of a juror, or recuse from it. Idempotent.

    `points` has those of each criterion, and is None for a recusal. It replaces what the juror gave before. Raises
    NotFound, NoJury, OwnEntry, EventStateForbids, EntryStateForbids, InvalidInput, ConsentMissing, GuardianNeeded.
    """
    member = await permissions.lock_consenting_member(actor, ConsentPurpose.SERVICE)
    event_id = (await queries.get_entry(member.community_id, entry_id)).event_id
    event = await phases.lock(member.community_id, event_id)
    entry = await queries.get_entry(member.community_id, entry_id)
    _require_jury(event)
    if await jury_queries.find_juror(event.id, member.id) is None:
        raise NoJury("member")
    if entry.membership_id == member.id:
        raise OwnEntry
    if entry.state is not EntryState.ENTERED:
        raise NotFound("entry")
    phases.require_state(event, EventState.JUDGING)
    await contestants.require_part(entry)
    criteria = event.conditions.jury_criteria
    if points is not None and (len(points) != len(criteria) or not all(1 <= each <= MAX_SCORE for each in points)):
        raise InvalidInput("event_points", min=len(criteria), max=MAX_SCORE, path=("points",))
    total = None if points is None else sum(points)
    await db.execute(
        _SCORE_SQL, entry.community_id, event.id, entry.id, member.id, json.dumps(points or []), total, clock.now()
    )
    return entry


def _require_jury(event: EventRow) -> None:
    if event.state is EventState.DRAFT:
        raise NotFound("event")
    if not event.conditions.jury_criteria:
        raise NoJury("event")
    if event.ended_at is not None:
        raise EventStateForbids(event.state.value.lower())
