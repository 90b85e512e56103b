"""Signs of arranged votes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from community.events.kinds import EventState
from community.events.vote_findings import (
    Exchange,
    NewMemberVote,
    VoteFindingRow,
    VoteSign,
    find_bursts,
    find_rings,
    find_signs,
)
from community.kernel import clock
from tests.support.contests import create_event, enter, move_on, reload, vote
from tests.support.story import add_member, create_community

START = datetime(2026, 5, 1, tzinfo=UTC)


def make_votes(entry_id, minutes):
    """Build votes of the members 1, 2, 3 and so on for an entry, at these minutes."""
    return [NewMemberVote(entry_id, number, START + timedelta(minutes=at)) for number, at in enumerate(minutes, 1)]


@pytest.mark.parametrize(
    ("minutes", "members"),
    [
        ((), None),
        ((0, 1, 2, 3), None),
        ((0, 10, 20, 30, 60), [1, 2, 3, 4, 5]),
        ((0, 10, 20, 30, 61), None),
        ((0, 50, 60, 70, 80, 90), [2, 3, 4, 5, 6]),
        ((0, 1, 2, 3, 4, 100, 200, 201, 202, 203, 204), [1, 2, 3, 4, 5, 7, 8, 9, 10, 11]),
    ],
)
def test_burst_is_five_votes_within_an_hour(minutes, members):
    found = list(find_bursts(make_votes(7, minutes)))
    assert found == ([] if members is None else [VoteFindingRow(VoteSign.BURST, 7, members)])


def test_votes_for_two_entries_are_no_burst():
    assert list(find_bursts([*make_votes(7, (0, 1, 2)), *make_votes(8, (3, 4, 5))])) == []


@pytest.mark.parametrize(
    ("pairs", "rings"),
    [
        ((), []),
        (((1, 2),), []),
        (((1, 2), (2, 3), (3, 4)), []),
        (((1, 2), (2, 3), (1, 3)), [[1, 2, 3]]),
        (((1, 2), (2, 3), (1, 3), (3, 4), (4, 5)), [[1, 2, 3]]),
        (((1, 2), (2, 3), (3, 4), (1, 4), (8, 9), (7, 9), (7, 8)), [[1, 2, 3, 4], [7, 8, 9]]),
    ],
)
def test_ring_is_of_members_with_two_exchanges(pairs, rings):
    found = find_rings([Exchange(*pair) for pair in pairs])
    assert [(finding.sign, finding.membership_ids) for finding in found] == [(VoteSign.RING, ring) for ring in rings]


async def test_findings_have_members_after_the_voting(database):
    with clock.at(clock.now() - timedelta(days=30)):
        place = await create_community(leaders=1, residents=4)
    event = await create_event(place, votes_per_day=3)
    entries = [await enter(event, member, place) for member in place.residents[:3]]
    event = await move_on(place, event)
    for member, own in zip(place.residents, entries, strict=False):
        await vote(member, *(entry for entry in entries if entry is not own))
    await vote(place.residents[3], *entries)
    assert [finding.sign for finding in await find_signs(event)] == [VoteSign.RING]
    newcomers = [await add_member(place) for _ in range(5)]
    for member in newcomers[:4]:
        await vote(member, entries[1])
    assert [finding.sign for finding in await find_signs(event)] == [VoteSign.RING]
    await vote(newcomers[4], entries[1])
    during = await find_signs(await reload(event))
    event = await move_on(place, event)
    burst, ring = await find_signs(event)
    assert event.state is EventState.CLOSED
    assert during == [VoteFindingRow(VoteSign.BURST), VoteFindingRow(VoteSign.RING)]
    assert (burst.entry_id, set(burst.membership_ids)) == (entries[1].id, {member.id for member in newcomers})
    assert (ring.entry_id, ring.membership_ids) == (None, sorted(member.id for member in place.residents[:3]))
