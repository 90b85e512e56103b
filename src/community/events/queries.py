"""Reads of events, entries, votes, results and prizes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from community.communities.queries import MemberRow
from community.communities.rules import can_lead
from community.events.kinds import EventState, PrizeTier, TakingPart
from community.events.rows import EntryRow, EventRow, ResultRow
from community.events.rules import SHUFFLE_RANGE, compute_order
from community.kernel import db
from community.kernel.errors import NotFound, require_row
from community.kernel.listing import Listing
from community.kernel.paging import Page, PageRequest

MAX_RESULTS = 50
EVENT_COLUMNS = db.columns(EventRow)
ENTRY_COLUMNS = db.columns(EntryRow, "e", order_key="0")

_EVENT = db.Select(f"SELECT {EVENT_COLUMNS} FROM event WHERE community_id = $1 AND id = $2", EventRow)
_EVENTS = db.Select(f"SELECT {EVENT_COLUMNS} FROM event WHERE id = ANY($1)", EventRow)
_LIST = Listing(
    f"SELECT {EVENT_COLUMNS} FROM event WHERE community_id = $1 AND state = ANY($2)", EventRow, newest_first=True
)
_ENTRY = db.Select(f"SELECT {ENTRY_COLUMNS} FROM event_entry e WHERE e.community_id = $1 AND e.id = $2", EntryRow)
_ENTRIES = db.Select(f"SELECT {ENTRY_COLUMNS} FROM event_entry e WHERE e.id = ANY($1)", EntryRow)
_PUBLISHED = "EXISTS (SELECT 1 FROM submission s WHERE s.id = e.submission_id AND s.published_revision IS NOT NULL)"
_ORDER = f"(e.shuffle * $2 + $3) % {SHUFFLE_RANGE}"
_SHUFFLED = Listing(
    f"SELECT * FROM (SELECT {db.columns(EntryRow, 'e', order_key=_ORDER)} FROM event_entry e WHERE e.event_id = $1"
    f" AND e.state = 'ENTERED' AND {_PUBLISHED}) AS shuffled WHERE TRUE",
    EntryRow,
    by={"order_key": int, "id": int},
)
JOIN_AUTHOR = "JOIN membership m ON m.id = e.membership_id JOIN person p ON p.id = m.person_id"
IS_GONE = "(m.left_at IS NOT NULL OR p.banned_at IS NOT NULL OR p.erased_at IS NOT NULL)"
"""True in SQL if the author of the entry `e` has left, was removed, or is suspended or erased. It has no place."""
IS_SHOWN = f"e.state = 'ENTERED' AND {_PUBLISHED}"
"""True in SQL if the entry `e` was entered with a submission that is published. It takes part unless IS_GONE."""
_UNSCORED = (
    "NOT EXISTS (SELECT 1 FROM event_score p WHERE p.entry_id = shuffled.id AND p.membership_id = {})"
    f" AND NOT EXISTS (SELECT 1 FROM event_entry e {JOIN_AUTHOR} WHERE e.id = shuffled.id AND {IS_GONE})"
)
FLAGGED = (
    "({0}.is_undated OR EXISTS (SELECT 1 FROM submission o WHERE o.id = {0}.submission_id"
    " AND o.published_revision <> {0}.revision))"
)
"""True in SQL for entries that leaders look at: undated, or edited since."""
_PLACED = Listing(
    f"SELECT {ENTRY_COLUMNS} FROM event_entry e WHERE e.event_id = $1 AND e.place IS NOT NULL", EntryRow,
    by={"e.place": int, "e.id": int},
)  # fmt: skip
_SIGNED = Listing(
    f"SELECT {ENTRY_COLUMNS} FROM event_entry e WHERE e.event_id = $1 AND e.state IN ('ENTERED', 'WAITING')",
    EntryRow,
    by={"e.id": int},
)
_OWN = Listing(f"SELECT {ENTRY_COLUMNS} FROM event_entry e WHERE e.membership_id = $1", EntryRow, newest_first=True)
_ENDED = Listing(
    f"SELECT {ENTRY_COLUMNS} FROM event_entry e WHERE e.event_id = $1 AND e.state = 'DISQUALIFIED'", EntryRow
)


@dataclass(slots=True)
class _CountRow:
    event_id: int
    count: int


@dataclass(slots=True)
class PlacesRow:
    """Numbers of an activity's entries: with a place, waiting, and attended."""

    event_id: int
    entered: int
    waiting: int
    attended: int


@dataclass(slots=True)
class _PositionRow:
    entry_id: int
    position: int


@dataclass(slots=True)
class _VotedRow:
    entry_id: int


@dataclass(slots=True)
class _GivenRow:
    event_id: int
    day: str
    today: int
    total: int


@dataclass(slots=True)
class _TierRow:
    entry_id: int
    tier: PrizeTier


_COUNTS = db.Select(
    "SELECT event_id, count(*) AS count FROM event_entry WHERE event_id = ANY($1) AND state = 'ENTERED'"
    " GROUP BY event_id",
    _CountRow,
)
_PLACES = db.Select(
    "SELECT event_id, COALESCE(sum(CASE WHEN state = 'ENTERED' THEN 1 ELSE 0 END), 0) AS entered,"
    " COALESCE(sum(CASE WHEN state = 'WAITING' THEN 1 ELSE 0 END), 0) AS waiting, count(attended_at) AS attended"
    " FROM event_entry WHERE event_id = ANY($1) AND state IN ('ENTERED', 'WAITING') GROUP BY event_id",
    PlacesRow,
)
_POSITIONS = db.Select(
    "SELECT e.id AS entry_id, (SELECT count(*) FROM event_entry w WHERE w.event_id = e.event_id AND w.state = 'WAITING'"
    " AND w.id <= e.id) AS position FROM event_entry e WHERE e.id = ANY($1) AND e.state = 'WAITING'",
    _PositionRow,
)
_VOTED = db.Select(
    "SELECT v.entry_id FROM event_vote v JOIN membership m ON m.id = v.membership_id WHERE m.person_id = $1"
    " AND v.entry_id = ANY($2)",
    _VotedRow,
)
_GIVEN = db.Select(
    "SELECT v.event_id, v.day, v.today, v.total FROM event_voter v JOIN membership m ON m.id = v.membership_id"
    " WHERE m.person_id = $1 AND v.event_id = ANY($2)",
    _GivenRow,
)
_RESULTS = db.Select(
    f"SELECT {db.columns(ResultRow)} FROM event_result WHERE event_id = ANY($1) ORDER BY event_id, number DESC",
    ResultRow,
)
_RESULT = db.Select(f"SELECT {db.columns(ResultRow)} FROM event_result WHERE id = ANY($1)", ResultRow)
_TIERS = db.Select(
    "SELECT entry_id, tier FROM event_prize WHERE entry_id = ANY($1) AND taken_back_at IS NULL", _TierRow
)
_EDITED = db.Select(
    "SELECT e.id FROM event_entry e JOIN submission s ON s.id = e.submission_id WHERE e.id = ANY($1)"
    " AND s.published_revision <> e.revision",
    db.Id,
)


async def get_event(community_id: int, event_id: int) -> EventRow:
    """Return the event of this community in any phase. Raises NotFound."""
    return require_row(await _EVENT.first(community_id, event_id), NotFound("event"))


async def get_events(event_ids: Sequence[int]) -> list[EventRow]:
    """Return the event of each id, in order. Raises KeyError for an unknown id."""
    return db.in_order(await _EVENTS.all(list(set(event_ids))), event_ids)


async def list_events(community_id: int, request: PageRequest, *, states: Sequence[EventState]) -> Page[EventRow]:
    """Return a page of the events of a community in these phases, newest first."""
    return await _LIST.page(request, community_id, [state.value for state in states])


async def get_entry(community_id: int, entry_id: int) -> EntryRow:
    """Return the entry of this community. Raises NotFound."""
    return require_row(await _ENTRY.first(community_id, entry_id), NotFound("entry"))


async def get_entries(entry_ids: Sequence[int]) -> list[EntryRow]:
    """Return the entry of each id, in order. Raises KeyError for an unknown id."""
    return db.in_order(await find_entries(entry_ids), entry_ids)


async def find_entries(entry_ids: Sequence[int]) -> list[EntryRow]:
    """Return the entries that there are, in no order."""
    return await _ENTRIES.all(list(set(entry_ids)))


async def list_entries(
    event: EventRow, viewer: MemberRow, request: PageRequest, *, flagged: bool = False
) -> Page[EntryRow]:
    """Return a page of the entries of an event. With `flagged` only of those that leaders look at.

    They are shuffled for the viewer, always in the same order. From the result on the first place comes first. Entries
    without a submission are in the order of signing up, and only leaders see those of others, except in the result of
    an event without places.
    """
    if event.has_places or (event.takes is not TakingPart.SUBMISSIONS and event.state is not EventState.CLOSED):
        own = None if can_lead(viewer) else viewer.id
        chosen = [("e.membership_id = {}", own), (FLAGGED.format("e"), flagged or None)]
        return await _SIGNED.page(request, event.id, filters=chosen)
    if event.state is EventState.CLOSED:
        return await _PLACED.page(request, event.id, filters=[(FLAGGED.format("e"), flagged or None)])
    return await _SHUFFLED.page(
        request, event.id, *compute_order(event.id, viewer.id), filters=[(FLAGGED.format("shuffled"), flagged or None)]
    )


async def list_unscored(event: EventRow, juror: MemberRow, request: PageRequest) -> Page[EntryRow]:
    """Return a page of the entries that a juror has to score, shuffled.

    Own entries, recusals and entries of members who are gone are left out. Empty unless the event is judged.
    """
    judged = event.id if event.state is EventState.JUDGING else 0
    return await _SHUFFLED.page(
        request, judged, *compute_order(event.id, juror.id),
        filters=[("membership_id <> {}", juror.id), (_UNSCORED, juror.id)],
    )  # fmt: skip


async def list_disqualified(event: EventRow, request: PageRequest) -> Page[EntryRow]:
    """Return a page of the disqualified entries of an event, for its leaders."""
    return await _ENDED.page(request, event.id)


async def list_own(member: MemberRow, request: PageRequest) -> Page[EntryRow]:
    """Return a page of the member's entries, newest first."""
    return await _OWN.page(request, member.id)


async def count_entries(event_ids: Sequence[int]) -> list[int]:
    """Return the number of entries of each event, in order."""
    found = {row.event_id: row.count for row in await _COUNTS.all(list(event_ids))}
    return [found.get(event_id, 0) for event_id in event_ids]


async def list_voted(person_id: int, entry_ids: Sequence[int]) -> list[bool]:
    """Return for each entry, in order, True if this person has voted for it."""
    voted = {row.entry_id for row in await _VOTED.all(person_id, list(entry_ids))}
    return [entry_id in voted for entry_id in entry_ids]


async def list_given(person_id: int, events: Sequence[EventRow], days: Sequence[str]) -> list[tuple[int, int]]:
    """Return a person's votes of the day, and in total, for each event."""
    found = {row.event_id: row for row in await _GIVEN.all(person_id, [event.id for event in events])}
    return [
        (0, 0) if row is None else (row.today if row.day == day else 0, row.total)
        for row, day in zip([found.get(event.id) for event in events], days, strict=True)
    ]


async def list_results(event_ids: Sequence[int]) -> list[list[ResultRow]]:
    """Return the newest results of each event, newest first, in order."""
    return [found[:MAX_RESULTS] for found in db.group(await _RESULTS.all(list(event_ids)), event_ids, by="event_id")]


async def get_result(result_id: int) -> ResultRow:
    """Return one result. Raises KeyError for an unknown id."""
    return db.in_order(await _RESULT.all([result_id]), [result_id])[0]


async def list_tiers(entry_ids: Sequence[int]) -> list[PrizeTier | None]:
    """Return the prize of each entry, in order. None without one."""
    found = {row.entry_id: row.tier for row in await _TIERS.all(list(entry_ids))}
    return [found.get(entry_id) for entry_id in entry_ids]


async def list_edited(entry_ids: Sequence[int]) -> list[bool]:
    """Return in order True for each entry whose submission was edited since."""
    edited = {row.id for row in await _EDITED.all(list(entry_ids))}
    return [entry_id in edited for entry_id in entry_ids]


async def count_places(event_ids: Sequence[int]) -> list[PlacesRow]:
    """Return the numbers of entries of each activity, in order."""
    found = {row.event_id: row for row in await _PLACES.all(list(event_ids))}
    return [found.get(event_id, PlacesRow(event_id, 0, 0, 0)) for event_id in event_ids]


async def list_positions(entry_ids: Sequence[int]) -> list[int | None]:
    """Return the position of each entry in its waiting list, in order. None for one that does not wait."""
    found = {row.entry_id: row.position for row in await _POSITIONS.all(list(entry_ids))}
    return [found.get(entry_id) for entry_id in entry_ids]
