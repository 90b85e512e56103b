"""Verbs by which leaders write events."""

from __future__ import annotations

from community.communities import permissions
from community.communities.permissions import Actor
from community.events import phases, prizes, rules, seeds
from community.events.contents import EventContent, normalise_event
from community.events.errors import EventFrozen, EventStateForbids
from community.events.kinds import DATES, KINDS, EventKind, EventPart, TakingPart
from community.events.queries import EVENT_COLUMNS
from community.events.rows import EventRow
from community.kernel import audit, clock, db
from community.kernel.codes import generate_code
from community.kernel.errors import Conflict

_CREATE = db.Change(
    "INSERT INTO event (community_id, kind, state, version, title, text, rules, opens_at, voting_at, judging_at,"
    " closes_at, written_by, created_at, code, draw_seed, draw_commitment)"
    f" VALUES ($1, $2, 'DRAFT', 1, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) RETURNING {EVENT_COLUMNS}",
    EventRow,
)
_EDIT = db.Change(
    "UPDATE event SET title = $3, text = $4, rules = $5, opens_at = $6, voting_at = $7, judging_at = $8,"
    " closes_at = $9, due_at = $10, written_by = $11, version = version + 1,"
    " draw_seed = COALESCE(draw_seed, $12), draw_commitment = COALESCE(draw_commitment, $13)"
    f" WHERE community_id = $1 AND id = $2 RETURNING {EVENT_COLUMNS}",
    EventRow,
)


@db.transactional
async def create(actor: Actor, *, kind: EventKind, content: EventContent) -> EventRow:
    """Write a draft of an event, and return it. Raises LeadersOnly and InvalidInput."""
    leader = await permissions.lock_leader(actor)
    content = normalise_event(kind, content)
    await prizes.require_rewards(leader.community_id, content.rules)
    code = generate_code() if KINDS[kind].takes is TakingPart.PLACES else None
    row = await _CREATE.one(
        leader.community_id,
        kind,
        *_list_values(content),
        leader.id,
        clock.now(),
        code,
        *seeds.make_seed(content.rules),
    )
    await audit.record_about(row, "event.create", by=leader)
    return row


@db.transactional
async def edit(actor: Actor, event_id: int, *, version: int, content: EventContent) -> EventRow:
    """Replace the content of an event, and return it.

    Raises LeadersOnly, NotFound, Conflict, InvalidInput, EventStateForbids after its end, and EventFrozen if a part
    that is frozen would change.
    """
    leader = await permissions.lock_leader(actor)
    row = await phases.lock(leader.community_id, event_id)
    if row.version != version:
        raise Conflict(path=("version",))
    if row.ended_at is not None:
        raise EventStateForbids(row.state.value.lower())
    content = normalise_event(row.kind, content)
    _require_not_frozen(row, content)
    if content.rules.rewards != row.conditions.rewards:
        await prizes.require_rewards(row.community_id, content.rules)
    following = None if row.due_at is None else rules.find_next(row.state, row.dates)
    due_at = None if following is None else content.dates[following]
    edited = await _EDIT.one(
        row.community_id,
        row.id,
        *_list_values(content),
        due_at,
        leader.id,
        *seeds.make_seed(content.rules),
    )
    await audit.record_about(row, "event.edit", by=leader)
    return await phases.lock(edited.community_id, edited.id)


def _require_not_frozen(row: EventRow, content: EventContent) -> None:
    changed = {
        EventPart(column.upper()) for column in DATES.values() if getattr(row, column) != getattr(content, column)
    }
    if row.conditions != content.rules:
        changed.add(EventPart.RULES)
    frozen = [part for part in row.frozen_parts if part in changed]
    if frozen:
        raise EventFrozen(frozen[0].value.lower(), path=("content",))


def _list_values(content: EventContent) -> tuple[object, ...]:
    return (content.title, content.text, content.rules.as_json(), *content.dates.values())
