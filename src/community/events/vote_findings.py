"""Signs of arranged votes, for leaders to look at. Every vote counts until a leader disqualifies an entry.

- Burst: an entry got 5 votes or more within an hour from members who had joined in the 7 days before their vote.
- Ring: 3 members or more, each of whom exchanged votes with two others of the ring. Two members exchange votes when
  each votes for an entry of the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from community.events.kinds import EventState
from community.events.rows import EventRow
from community.kernel import db

MIN_BURST = 5
MIN_PARTNERS = 2
BURST = timedelta(hours=1)
NEW_MEMBER = timedelta(days=7)
MAX_VOTES = 5_000
"""Largest number of votes that are looked at for each sign."""
MAX_FINDINGS = 100
MAX_MEMBERS = 200


class VoteSign(StrEnum):
    """A sign of arranged votes."""

    BURST = "BURST"
    RING = "RING"


@dataclass(slots=True)
class NewMemberVote:
    """A vote of a member who had joined shortly before."""

    entry_id: int
    membership_id: int
    created_at: datetime


@dataclass(slots=True)
class Exchange:
    """Two members who voted for each other."""

    first_id: int
    second_id: int


@dataclass(frozen=True, slots=True)
class VoteFindingRow:
    """Votes that show a sign.

    `entry_id` is None for a ring. It has at most 200 members. While members vote it has neither entry nor members,
    which would tell of votes.
    """

    sign: VoteSign
    entry_id: int | None = None
    membership_ids: Sequence[int] = ()


_NEW_MEMBER_VOTES = db.Select(
    "SELECT v.entry_id, v.membership_id, v.created_at FROM event_vote v JOIN membership m ON m.id = v.membership_id"
    " WHERE v.event_id = $1 AND extract(epoch FROM v.created_at) - extract(epoch FROM m.joined_at) < $2"
    f" ORDER BY v.entry_id, v.created_at, v.id LIMIT {MAX_VOTES}",
    NewMemberVote,
)
_EXCHANGES = db.Select(
    "SELECT DISTINCT v.membership_id AS first_id, e.membership_id AS second_id FROM event_vote v"
    " JOIN event_entry e ON e.id = v.entry_id WHERE v.event_id = $1 AND v.membership_id < e.membership_id"
    " AND EXISTS (SELECT 1 FROM event_entry o JOIN event_vote w ON w.entry_id = o.id"
    " WHERE o.event_id = $1 AND o.membership_id = v.membership_id AND w.membership_id = e.membership_id)"
    f" ORDER BY 1, 2 LIMIT {MAX_VOTES}",
    Exchange,
)


async def find_signs(event: EventRow) -> list[VoteFindingRow]:
    """Return the findings of an event, bursts first, at most 100.

    They have neither entries nor members while members vote.
    """
    votes = await _NEW_MEMBER_VOTES.all(event.id, int(NEW_MEMBER.total_seconds()))
    found = [*find_bursts(votes), *find_rings(await _EXCHANGES.all(event.id))][:MAX_FINDINGS]
    return [VoteFindingRow(finding.sign) for finding in found] if event.state is EventState.VOTING else found


def find_bursts(votes: Sequence[NewMemberVote]) -> Iterator[VoteFindingRow]:
    """Return a burst for each entry that has one, with all its members. The votes are ordered by entry and time."""
    bursts: dict[int, dict[int, None]] = {}
    for start in range(len(votes) - MIN_BURST + 1):
        part = votes[start : start + MIN_BURST]
        if part[0].entry_id == part[-1].entry_id and part[-1].created_at - part[0].created_at <= BURST:
            bursts.setdefault(part[0].entry_id, {}).update(dict.fromkeys(vote.membership_id for vote in part))
    return (
        VoteFindingRow(VoteSign.BURST, entry_id, list(members)[:MAX_MEMBERS]) for entry_id, members in bursts.items()
    )


def find_rings(exchanges: Sequence[Exchange]) -> Iterator[VoteFindingRow]:
    """Return the rings among members who exchanged votes."""
    partners: dict[int, set[int]] = {}
    for pair in exchanges:
        partners.setdefault(pair.first_id, set()).add(pair.second_id)
        partners.setdefault(pair.second_id, set()).add(pair.first_id)
    # Who has fewer than two partners is in no ring, and no partner of those that remain.
    while lonely := [member for member, others in partners.items() if len(others) < MIN_PARTNERS]:
        for member in lonely:
            for other in partners.pop(member):
                partners.get(other, set()).discard(member)
    while partners:
        ring, waiting = set(), [min(partners)]
        while waiting:
            member = waiting.pop()
            if member not in ring:
                ring.add(member)
                waiting += partners.pop(member)
        yield VoteFindingRow(VoteSign.RING, None, sorted(ring)[:MAX_MEMBERS])
