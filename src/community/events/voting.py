"""Votes of members.

The votes of one community that wait in a process are written together (`kernel/batching.py`).

Each is decided after all locks, in the order of arrival. The locks are taken in one order: callers, memberships, events
(shared), voters. No row counts the votes of an entry before the result, so that no row is hot and no tally can be read.
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TypeAlias, cast

from community.accounts import person_lock
from community.accounts.errors import SessionEnded
from community.communities import permissions
from community.communities.errors import NotAMember
from community.communities.permissions import Actor
from community.communities.queries import MemberRow
from community.communities.time_zones import get_time_zone
from community.consent import consents
from community.consent.models import ConsentPurpose
from community.events import conditions, contestants, phases, queries
from community.events.contents import EventRules
from community.events.errors import EntryStateForbids, EventStateForbids, NotEligible, NoVotesLeft, OwnEntry
from community.events.kinds import EventState
from community.events.queries import EVENT_COLUMNS
from community.events.rows import EntryRow, EventRow
from community.kernel import clock, db, periods
from community.kernel.batching import Batches
from community.kernel.errors import NotFound, Refusal


@dataclass(frozen=True, slots=True)
class _Request:
    actor: Actor
    session_id: int | None
    entry_id: int


@dataclass(slots=True)
class _PairRow:
    entry_id: int
    membership_id: int


@dataclass(slots=True)
class _VoterRow:
    id: int
    event_id: int
    membership_id: int
    day: str
    today: int
    total: int


_SHARE = db.Select(
    f"SELECT {EVENT_COLUMNS} FROM event WHERE community_id = $1 AND id = ANY($2) ORDER BY id FOR SHARE", EventRow
)
_GIVEN = db.Select(
    f"SELECT {db.columns(_PairRow)} FROM event_vote WHERE membership_id = ANY($1) AND entry_id = ANY($2)", _PairRow
)
_OPEN_VOTERS_SQL = (
    "INSERT INTO event_voter (community_id, event_id, membership_id, day, today, total)"
    " SELECT $2, CAST(part.value->>0 AS BIGINT), CAST(part.value->>1 AS BIGINT), '', 0, 0"
    " FROM jsonb_array_elements($1) AS part(value) WHERE TRUE ORDER BY 2, 3"
    " ON CONFLICT (community_id, event_id, membership_id) DO NOTHING"
)
_LOCK_VOTERS = db.Select(
    f"SELECT {db.columns(_VoterRow)} FROM event_voter WHERE event_id = ANY($1) AND membership_id = ANY($2)"
    " ORDER BY id FOR NO KEY UPDATE",
    _VoterRow,
)
_COUNT_SQL = (
    "UPDATE event_voter SET day = part.value->>1, today = CAST(part.value->>2 AS BIGINT),"
    " total = CAST(part.value->>3 AS BIGINT) FROM jsonb_array_elements($1) AS part(value)"
    " WHERE event_voter.id = CAST(part.value->>0 AS BIGINT)"
)
_VOTE_SQL = (
    "INSERT INTO event_vote (community_id, event_id, entry_id, membership_id, created_at)"
    " SELECT $2, CAST(part.value->>0 AS BIGINT), CAST(part.value->>1 AS BIGINT), CAST(part.value->>2 AS BIGINT), $3"
    " FROM jsonb_array_elements($1) AS part(value)"
)


async def vote(actor: Actor, entry_id: int, *, session_id: int | None = None) -> EntryRow:
    """Vote for an entry, and return it. Idempotent, also after the voting.

    Raises SessionEnded, NotAMember, ConsentMissing, GuardianNeeded, NotFound, EventStateForbids, OwnEntry,
    EntryStateForbids if the author is gone, NotEligible and NoVotesLeft, and then changes nothing.
    """
    request = _Request(actor, session_id, entry_id)
    try:
        return await _BATCHES.submit(actor.community_id, request)
    except EventStateForbids as refusal:
        entry = await queries.get_entry(actor.community_id, entry_id)
        event = await queries.get_event(actor.community_id, entry.event_id)
        is_due = event.due_at is not None and event.due_at <= clock.now()
        if not is_due and refusal.reason == event.state.value.lower():
            raise
    if is_due:
        await phases.move_event(event.community_id, event.id)
    # The phase that refused the vote is over.
    return await _BATCHES.submit(actor.community_id, request)


async def _vote_together(key: Hashable, requests: Sequence[_Request]) -> Sequence[EntryRow | Refusal]:
    return await _vote_in_transaction(cast("int", key), requests)


_BATCHES: Batches[_Request, EntryRow] = Batches(_vote_together)


@db.transactional
async def _vote_in_transaction(community_id: int, requests: Sequence[_Request]) -> Sequence[EntryRow | Refusal]:
    callers = [(request.actor.person_id, request.session_id) for request in requests]
    active = await person_lock.lock_callers(callers)
    people = sorted({person_id for person_id, _ in active})
    members = await permissions.lock_members(community_id, people)
    missing = await consents.find_missing(people, ConsentPurpose.SERVICE)
    entries = {
        row.id: row
        for row in await queries.find_entries([request.entry_id for request in requests])
        if row.community_id == community_id
    }
    faults: list[Refusal | None] = [
        SessionEnded() if caller not in active
        else NotAMember() if caller[0] not in members
        else missing.get(caller[0]) or (None if request.entry_id in entries else NotFound("entry"))
        for request, caller in zip(requests, callers, strict=True)
    ]  # fmt: skip
    votes = [
        (members[request.actor.person_id], entries[request.entry_id])
        for request, fault in zip(requests, faults, strict=True)
        if fault is None
    ]
    decided = iter(await _Ballot(community_id).decide(votes))
    return [
        (next(decided) if fault is None else fault) or entries[request.entry_id]
        for request, fault in zip(requests, faults, strict=True)
    ]


_Vote: TypeAlias = tuple[MemberRow, EntryRow]


class _Ballot:
    """The locked events and voters of a batch, and its new votes."""

    def __init__(self, community_id: int) -> None:
        self._community_id = community_id
        self._events: dict[int, EventRow] = {}
        self._in_contest: dict[int, bool] = {}
        self._voters: dict[tuple[int, int], _VoterRow] = {}
        self._time_zone = "UTC"
        self._now = clock.now()

    async def decide(self, votes: Sequence[_Vote]) -> list[Refusal | None]:
        """Write the votes that are allowed. Return the refusals of the others, in order."""
        if not votes:
            return []
        entry_ids = sorted({entry.id for _, entry in votes})
        member_ids = sorted({member.id for member, _ in votes})
        self._events = {
            row.id: row for row in await _SHARE.all(self._community_id, sorted({entry.event_id for _, entry in votes}))
        }
        self._now = clock.now()  # Later than every change of an event that was read.
        self._time_zone = await get_time_zone(self._community_id)
        # Read after the locks of the events, because a leader may have disqualified an entry before them.
        self._in_contest = await contestants.list_shown(entry_ids)
        given = await self._list_given(member_ids, entry_ids)
        refusals = [
            None if (entry.id, member.id) in given else self._find_fault(member, entry) for member, entry in votes
        ]
        fit = [vote for vote, refusal in zip(votes, refusals, strict=True) if refusal is None]
        if any((entry.id, member.id) not in given for member, entry in fit):
            await self._lock_voters(fit)
            given = await self._list_given(member_ids, entry_ids)  # Also those that the locks waited for.
        new: list[tuple[int, int, int]] = []
        for position, (member, entry) in enumerate(votes):
            if refusals[position] is not None or (entry.id, member.id) in given:
                continue
            refusals[position] = self._take_vote(self._events[entry.event_id].conditions, member, entry)
            if refusals[position] is None:
                given.add((entry.id, member.id))
                new.append((entry.event_id, entry.id, member.id))
        await self._write(new)
        return refusals

    async def _list_given(self, member_ids: list[int], entry_ids: list[int]) -> set[tuple[int, int]]:
        return {(row.entry_id, row.membership_id) for row in await _GIVEN.all(member_ids, entry_ids)}

    async def _lock_voters(self, votes: Sequence[_Vote]) -> None:
        pairs = sorted({(entry.event_id, member.id) for member, entry in votes})
        await db.execute(_OPEN_VOTERS_SQL, json.dumps(pairs), self._community_id)
        event_ids, member_ids = ({pair[side] for pair in pairs} for side in (0, 1))
        for voter in await _LOCK_VOTERS.all(sorted(event_ids), sorted(member_ids)):
            self._voters[voter.event_id, voter.membership_id] = voter

    def _find_fault(self, member: MemberRow, entry: EntryRow) -> Refusal | None:
        event = self._events[entry.event_id]
        if event.state is not EventState.VOTING or event.due_at is None or event.due_at <= self._now:
            return EventStateForbids(event.state.value.lower())
        if entry.id not in self._in_contest:
            return NotFound("entry")
        if entry.membership_id == member.id:
            return OwnEntry()
        if self._in_contest[entry.id]:
            return EntryStateForbids("author_gone")
        return NotEligible() if conditions.is_late_voter(event, member, self._time_zone) else None

    def _take_vote(self, rules: EventRules, member: MemberRow, entry: EntryRow) -> Refusal | None:
        voter, today = self._voters[entry.event_id, member.id], periods.local_date(self._now, self._time_zone)
        if voter.day != today.isoformat():
            voter.day, voter.today = today.isoformat(), 0
        if voter.total >= rules.votes_in_total:
            return NoVotesLeft("total", max=rules.votes_in_total)
        if voter.today >= rules.votes_per_day:
            return NoVotesLeft("day", max=rules.votes_per_day)
        voter.today += 1
        voter.total += 1
        return None

    async def _write(self, new: list[tuple[int, int, int]]) -> None:
        """Write the new votes, and the counts of their voters."""
        if not new:
            return
        changed = {(event_id, member_id) for event_id, _, member_id in new}
        counts = [(row.id, row.day, row.today, row.total) for key, row in self._voters.items() if key in changed]
        await db.execute(_COUNT_SQL, json.dumps(counts))
        await db.execute(_VOTE_SQL, json.dumps(new), self._community_id, self._now)
