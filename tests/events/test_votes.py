"""Attacks on votes: races with leaders, clocks, and members who come and go."""

from __future__ import annotations

import pytest

from community.accounts import people, sessions
from community.accounts.errors import SessionEnded
from community.accounts.models import Platform
from community.communities import invitations, memberships
from community.communities.errors import NotAMember
from community.consent.errors import ConsentMissing
from community.consent.models import ConsentPurpose
from community.events import entering, queries, voting
from community.events.errors import EntryStateForbids, EventStateForbids, NoVotesLeft, OwnEntry
from community.events.kinds import EventState
from community.events.rows import EntryRow
from community.kernel import clock
from community.kernel.errors import NotFound
from community.review import service as review
from community.review.rules import Approval
from community.submissions import write
from community.submissions.queries import get as get_submission
from tests.consent.story import document
from tests.support.bank import find_violations
from tests.support.contests import create_contest, create_event, enter, move_on, reload, vote
from tests.support.going import leave, remove, suspend
from tests.support.story import (
    FAIR_SCORES,
    assert_refused,
    get_open_case,
    list_rows,
    make_content,
    run_concurrently,
    run_effects,
)
from tests.support.voting import recompute
from tests.support.waiting import run_before_commit


async def test_vote_that_waited_for_disqualification_is_refused(place):
    _, entries = await create_contest(place)
    ended, refused = await run_before_commit(
        entering.disqualify(place.leader, entries[0].id, reason="模糊"), voting.vote(place.residents[4], entries[0].id)
    )
    assert ended.state.value == "DISQUALIFIED"
    assert isinstance(refused, NotFound)
    assert await list_rows("event_vote") == []


async def test_late_vote_is_refused_with_the_present_phase(place):
    event, entries = await create_contest(place)
    with clock.at(event.closes_at):
        refused = await run_concurrently(*(voting.vote(one, entries[0].id) for one in place.residents[3:]))
    assert {(type(one), one.reason) for one in refused} == {(EventStateForbids, "closed")}


async def test_early_vote_begins_the_voting(place):
    event = await create_event(place)
    entries = [await enter(event, member, place) for member in place.residents[:2]]
    assert (await assert_refused(EventStateForbids, voting.vote(place.residents[4], entries[0].id))).reason == "open"
    with clock.at(event.voting_at):
        await vote(place.residents[4], entries[0])
    assert (await reload(event)).state is EventState.VOTING


async def test_member_who_left_and_rejoined_keeps_the_votes(place):
    _, entries = await create_contest(place)
    voter = place.residents[4]
    await vote(voter, *entries[:2])
    await memberships.leave(voter)
    await assert_refused(NotAMember, voting.vote(voter, entries[2].id))
    invitation = await invitations.invite(place.leader, role=None, uses=1)
    again = await memberships.join(voter.person_id, invitation_code=invitation.code)
    assert await queries.list_voted(again.person_id, [one.id for one in entries]) == [True, True, False]
    await vote(again, entries[0])
    assert (await assert_refused(NoVotesLeft, voting.vote(again, entries[2].id))).reason == "day"
    assert len(await list_rows("event_vote")) == 2
    assert await find_violations() == {}


async def test_suspended_voter_is_refused(place):
    _, entries = await create_contest(place)
    await people.ban(place.residents[4].person_id, reason="刷票")
    await assert_refused(SessionEnded, voting.vote(place.residents[4], entries[0].id))
    assert await list_rows("event_vote") == []


async def test_edited_entry_is_shown_to_leaders(place):
    _, entries = await create_contest(place)
    row = await get_submission(place.id, entries[1].submission_id)
    await write.edit(place.residents[1], row.id, version=row.version, content=make_content("另一张照片"))
    await run_effects()
    assert await queries.list_edited([one.id for one in entries]) == [False, False, False]
    case = await get_open_case(row)
    await review.approve(place.leader, case.id, version=case.version, approval=Approval(FAIR_SCORES))
    assert await queries.list_edited([one.id for one in entries]) == [False, True, False]


async def test_vote_without_consent_is_not_counted(place):
    _, entries = await create_contest(place)
    await document(ConsentPurpose.SERVICE)
    await assert_refused(ConsentMissing, voting.vote(place.residents[4], entries[0].id))
    assert await list_rows("event_vote") == []


async def test_vote_of_an_ended_session_is_not_counted(place, database):
    """Another session of the same person votes in the same batch."""
    _, entries = await create_contest(place)
    voter = place.residents[4]
    ended, kept = [await sessions.begin(database, voter.person_id, Platform.DEVELOPMENT) for _ in range(2)]
    await sessions.end(voter.person_id, session_id=ended.session_id)
    done = await run_concurrently(
        voting.vote(voter, entries[0].id, session_id=ended.session_id),
        voting.vote(voter, entries[1].id, session_id=kept.session_id),
    )
    assert [type(one) for one in done] == [SessionEnded, EntryRow]
    assert [row["entry_id"] for row in await list_rows("event_vote")] == [entries[1].id]


async def test_one_batch_decides_each_vote_alone(place):
    """Members with and without votes, own entries and unknown ones, in one transaction."""
    _, entries = await create_contest(place, votes_per_day=1, votes_in_total=1)
    wanted = [
        (place.residents[0], entries[0].id), (place.residents[4], entries[0].id), (place.residents[4], entries[1].id),
        (place.residents[4], entries[0].id), (place.residents[3], 999_999), (place.residents[3], entries[2].id),
    ]  # fmt: skip
    done = await run_concurrently(*(voting.vote(member, entry_id) for member, entry_id in wanted))
    assert [type(one) for one in done] == [OwnEntry, EntryRow, NoVotesLeft, EntryRow, NotFound, EntryRow]
    assert len(await list_rows("event_vote")) == 2


async def test_result_after_reinstatement_has_its_own_digest(place, tmp_path):
    event, entries = await create_contest(place)
    await vote(place.residents[4], entries[1])
    await vote(place.residents[3], entries[1], entries[2])
    event = await move_on(place, event)
    await entering.disqualify(place.leader, entries[1].id, reason="不是本人")
    await entering.reinstate(place.leader, entries[1].id)
    ((last, second, first),) = await queries.list_results([event.id])
    found = []
    for result in (first, second, last):
        path = tmp_path / f"{result.number}.json"
        path.write_text(result.document, encoding="utf-8")
        digest, *places = recompute(path)
        assert digest == result.digest
        found.append(places)
    assert found[0] == found[2]
    assert found[1] == [f"1 {entries[2].id} 1 GOLD", f"2 {entries[0].id} 0 None"]
    assert len({first.digest, second.digest, last.digest}) == 3


@pytest.mark.parametrize("go", [leave, suspend, remove])
async def test_entry_of_a_gone_author_gets_no_vote(place, go):
    _, entries = await create_contest(place)
    await vote(place.residents[3], entries[0])
    await go(place, place.residents[0])
    refusal = await assert_refused(EntryStateForbids, voting.vote(place.residents[4], entries[0].id))
    assert refusal.reason == "author_gone"
    assert (await voting.vote(place.residents[3], entries[0].id)).id == entries[0].id
    assert len(await list_rows("event_vote")) == 1
    assert await find_violations() == {}
