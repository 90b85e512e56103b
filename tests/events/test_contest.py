"""Photo contests: entries, votes, results, prizes and disqualifications."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
from datetime import date, timedelta

import pytest
from PIL import Image

from community.communities import memberships
from community.communities.errors import LeadersOnly
from community.events import entering, phases, queries, service, voting
from community.events.conditions import EntryCondition
from community.events.errors import (
    EntryStateForbids,
    EntryUnfit,
    EventFrozen,
    EventStateForbids,
    NotEligible,
    NoVotesLeft,
    OwnEntry,
)
from community.events.kinds import EntryState, EventKind, EventPart, EventState, PrizeTier
from community.events.rows import EntryRow
from community.kernel import clock, periods
from community.kernel.errors import Conflict, InvalidInput, NotFound
from community.kernel.paging import PageRequest
from community.submissions import removal
from community.submissions.models import SubmissionKind
from community.submissions.queries import get as get_submission
from tests.support.bank import find_violations, get_balance
from tests.support.contests import (
    create_contest,
    create_event,
    enter,
    make_event_content,
    move_on,
    move_to,
    read_export,
    reload,
    reload_entry,
    vote,
)
from tests.support.pictures import create_ready_picture
from tests.support.story import (
    add_member,
    assert_refused,
    create_community,
    create_published,
    list_rows,
    read_all_pages,
    run_concurrently,
)
from tests.support.voting import recompute


async def test_draft_is_moved_by_its_dates(place):
    event = await create_event(place, EventState.ANNOUNCED)
    seen = []
    for days in (0, 1, 2, 3, 4, 5, 6):
        with clock.at(clock.now() + timedelta(days=days, minutes=1)):
            await phases.move_due()
            seen.append((await reload(event)).state.value)
    assert seen == ["ANNOUNCED", "OPEN", "OPEN", "VOTING", "VOTING", "CLOSED", "CLOSED"]


async def test_outage_passes_through_every_phase(place):
    event = await create_event(place, EventState.ANNOUNCED)
    with clock.at(event.closes_at + timedelta(days=1)):
        assert await phases.move_due() == 1
        assert await phases.move_due() == 0
    trail = [row["detail"] for row in await list_rows("audit_event") if row["action"] == "event.move"]
    moved = [(json.loads(row) if isinstance(row, str) else row)["state"] for row in trail]
    assert moved == ["ANNOUNCED", "OPEN", "VOTING", "CLOSED"]


async def test_verb_sees_the_phase_of_its_date(place):
    event = await create_event(place)
    row = await create_published(place)
    with clock.at(event.voting_at):
        refusal = await assert_refused(
            EventStateForbids, entering.enter(place.resident, event.id, submission_id=row.id)
        )
    assert refusal.reason == "voting"


async def test_leader_moves_back_only_without_entries(place):
    event = await create_event(place)
    later = event.voting_at - timedelta(hours=1)
    back = await phases.move(place.leader, event.id, version=event.version, to=EventState.ANNOUNCED, until=later)
    assert (back.state, back.opens_at, back.due_at) == (EventState.ANNOUNCED, later, later)
    event = await move_on(place, back)
    await enter(event, place.resident, place)
    event = await reload(event)
    await assert_refused(
        EventStateForbids,
        phases.move(place.leader, event.id, version=event.version, to=EventState.ANNOUNCED, until=later),
    )


async def test_voting_goes_back_only_without_votes(place):
    event, (first, *_) = await create_contest(place)
    later = clock.now() + timedelta(hours=2)
    back = await phases.move(place.leader, event.id, version=event.version, to=EventState.OPEN, until=later)
    assert (back.state, back.due_at) == (EventState.OPEN, later)
    event = await move_on(place, back)
    await vote(place.residents[3], first)
    event = await reload(event)
    await assert_refused(
        EventStateForbids, phases.move(place.leader, event.id, version=event.version, to=EventState.OPEN, until=later)
    )


async def test_cancelled_event_stays_so(place):
    event, (first, *_) = await create_contest(place)
    event = await phases.move(place.leader, event.id, version=event.version, to=EventState.CANCELLED)
    for state in (EventState.OPEN, EventState.CLOSED, EventState.DRAFT):
        await assert_refused(EventStateForbids, phases.move(place.leader, event.id, version=event.version, to=state))
    await assert_refused(EventStateForbids, voting.vote(place.residents[4], first.id))


async def test_rules_freeze_with_the_first_entry(place):
    content = make_event_content(votes_per_day=3)
    event = await service.create(place.leader, kind=EventKind.PHOTO_CONTEST, content=make_event_content())
    event = await service.edit(place.leader, event.id, version=event.version, content=content)
    assert (event.conditions.votes_per_day, event.frozen_parts) == (3, [])
    for _ in range(2):
        event = await move_on(place, event)
    await enter(event, place.resident, place)
    event = await reload(event)
    assert event.frozen_parts == [EventPart.RULES, EventPart.OPENS_AT]
    changed = make_event_content(opens_at=event.opens_at, voting_at=event.voting_at, closes_at=event.closes_at)
    refusal = await assert_refused(
        EventFrozen, service.edit(place.leader, event.id, version=event.version, content=changed)
    )
    assert refusal.reason == "rules"
    kept = make_event_content(
        title="新", votes_per_day=3, opens_at=event.opens_at, voting_at=event.voting_at + timedelta(hours=1),
        closes_at=event.closes_at,
    )  # fmt: skip
    edited = await service.edit(place.leader, event.id, version=event.version, content=kept)
    assert (edited.title, edited.due_at) == ("新", event.voting_at + timedelta(hours=1))
    await assert_refused(Conflict, service.edit(place.leader, event.id, version=event.version, content=kept))


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"title": ""}, "length"),
        ({"voting_at": None}, "event_date_missing"),
        ({"judging_at": "early"}, "event_date_order"),
        ({"closes_at": "late"}, "event_length"),
        ({"entries_per_member": 10}, "event_number"),
        ({"votes_per_day": 4}, "event_votes"),
        ({"submission_kinds": (SubmissionKind.RECIPE,) * 2}, "event_kinds"),
        ({"captured_from": date(2026, 2, 1), "captured_until": date(2026, 1, 1)}, "event_captured"),
    ],
)
async def test_impossible_event_is_refused(place, given, reason):
    moments = {"early": clock.now(), "late": clock.now() + timedelta(days=400)}
    given = {name: moments.get(value, value) if isinstance(value, str) else value for name, value in given.items()}
    made = service.create(place.leader, kind=EventKind.PHOTO_CONTEST, content=make_event_content(**given))
    assert (await assert_refused(InvalidInput, made)).reason == reason


async def test_story_call_has_no_voting(place):
    content = make_event_content(EventKind.STORY_CALL, voting_at=clock.now() + timedelta(days=2))
    made = service.create(place.leader, kind=EventKind.STORY_CALL, content=content)
    assert (await assert_refused(InvalidInput, made)).reason == "event_date_unused"


async def test_resident_writes_no_event(place):
    made = service.create(place.resident, kind=EventKind.PHOTO_CONTEST, content=make_event_content())
    await assert_refused(LeadersOnly, made)


async def test_unmet_conditions_are_refused_together(place):
    today = periods.local_date(clock.now(), place.community.time_zone)
    event = await create_event(
        place, submission_kinds=(SubmissionKind.PHOTOGRAPH,), min_pixels=400, only_new=True,
        captured_until=date(2020, 1, 1), entrant_since=today - timedelta(days=1),
    )  # fmt: skip
    picture = await create_ready_picture(place.resident)
    with clock.at(clock.now() - timedelta(hours=1)):
        row = await create_published(place, kind=SubmissionKind.RECIPE, media_ids=(picture,))
    checks = await entering.preview(place.resident, event.id, row.id)
    failed = {check.condition.value: check.refusal and check.refusal.reason for check in checks}
    assert failed == {
        "PUBLISHED": None, "NUMBER": None, "KIND": "kind", "SIZE": "size", "CAPTURED": "captured", "NEW": "not_new",
        "MEMBERSHIP": "membership",
    }  # fmt: skip
    refusal = await assert_refused(EntryUnfit, entering.enter(place.resident, event.id, submission_id=row.id))
    assert [one.reason for one in refusal.list_all()] == [reason for reason in failed.values() if reason]


async def test_missing_date_is_left_to_the_leader(place):
    event = await create_event(place, captured_from=date(2026, 1, 1))
    row = await create_published(place)
    checks = await entering.preview(place.resident, event.id, row.id)
    assert not any(check.is_flagged for check in checks)
    assert not (await entering.enter(place.resident, event.id, submission_id=row.id)).is_undated
    bare = await create_ready_picture(place.other, 3, data=_make_bare_picture())
    other = await create_published(place, author=place.other, media_ids=(bare,))
    (check,) = [
        one for one in await entering.preview(place.other, event.id, other.id)
        if one.condition is EntryCondition.CAPTURED
    ]  # fmt: skip
    assert (check.refusal, check.is_flagged) == (None, True)
    assert (await entering.enter(place.other, event.id, submission_id=other.id)).is_undated


@pytest.mark.parametrize("state", [EventState.OPEN, EventState.VOTING, EventState.CLOSED])
async def test_flagged_entries_are_a_list(place, state):
    event = await create_event(place, captured_from=date(2026, 1, 1))
    bare = await create_ready_picture(place.other, 3, data=_make_bare_picture())
    undated = await enter(event, place.other, place, media_ids=(bare,))
    await enter(event, place.resident, place)
    event = await move_to(place.leader, event, state)
    listed = await queries.list_entries(event, place.leader, PageRequest(), flagged=True)
    assert [row.id for row in listed.rows] == [undated.id]


def _make_bare_picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (300, 200), (10, 200, 30)).save(out, "PNG")
    return out.getvalue()


async def test_number_of_entries_holds_together(place):
    event = await create_event(place, entries_per_member=2)
    rows = [await create_published(place, title=f"图{number}") for number in range(4)]
    calls = [entering.enter(place.resident, event.id, submission_id=row.id) for row in rows]
    done = await run_concurrently(*calls)
    assert sorted(isinstance(one, EntryUnfit) for one in done) == [False, False, True, True]
    assert await queries.count_entries([event.id]) == [2]


async def test_entry_is_withdrawn_and_entered_again(place):
    event = await create_event(place)
    row = await create_published(place)
    entry = await entering.enter(place.resident, event.id, submission_id=row.id)
    assert await entering.enter(place.resident, event.id, submission_id=row.id) == entry
    assert (await entering.withdraw(place.resident, entry.id)).state is EntryState.WITHDRAWN
    await entering.withdraw(place.resident, entry.id)
    assert (await entering.enter(place.resident, event.id, submission_id=row.id)).id != entry.id
    await assert_refused(NotFound, entering.withdraw(place.other, entry.id))
    await assert_refused(NotFound, entering.enter(place.other, event.id, submission_id=row.id))


async def test_votes_are_limited_by_day_and_total(place):
    _event, entries = await create_contest(place, 4)
    voter = place.residents[4]
    await vote(voter, *entries[:2])
    assert (await assert_refused(NoVotesLeft, voting.vote(voter, entries[2].id))).reason == "day"
    await vote(voter, entries[0])
    with clock.at(clock.now() + timedelta(days=1)):
        await vote(voter, entries[2])
        assert (await assert_refused(NoVotesLeft, voting.vote(voter, entries[3].id))).reason == "total"
    assert len(await list_rows("event_vote")) == 3
    assert await queries.list_voted(voter.person_id, [one.id for one in entries]) == [True, True, True, False]


async def test_concurrent_votes_of_one_member_are_limited(place):
    _, entries = await create_contest(place, 4)
    voter = place.residents[4]
    done = await run_concurrently(*[voting.vote(voter, entry.id) for entry in entries * 3])
    assert len(await list_rows("event_vote")) == 2
    assert {type(one) for one in done} == {EntryRow, NoVotesLeft}
    assert await find_violations() == {}


async def test_repeated_vote_succeeds_after_the_voting(place):
    event, entries = await create_contest(place)
    voter = place.residents[4]
    await vote(voter, entries[0])
    await move_on(place, event)
    assert (await voting.vote(voter, entries[0].id)).id == entries[0].id
    await assert_refused(EventStateForbids, voting.vote(voter, entries[1].id))


async def test_own_entry_and_late_voter_are_refused(place):
    yesterday = periods.local_date(clock.now(), place.community.time_zone) - timedelta(days=1)
    _event, entries = await create_contest(place)
    await assert_refused(OwnEntry, voting.vote(place.resident, entries[0].id))
    _, late = await create_contest(place, 1, voter_since=yesterday)
    await assert_refused(NotEligible, voting.vote(place.other, late[0].id))
    elsewhere = await create_community()
    await assert_refused(NotFound, voting.vote(elsewhere.resident, entries[0].id))


async def test_vote_at_the_end_comes_too_late(place):
    event, entries = await create_contest(place)
    with clock.at(event.closes_at - timedelta(seconds=20)):
        await vote(place.residents[3], entries[0])
    with clock.at(event.closes_at), pytest.raises(EventStateForbids):
        await voting.vote(place.residents[4], entries[0].id)
    assert [(await reload_entry(one)).votes for one in entries] == [1, 0, 0]


async def test_order_differs_by_viewer_and_stays(place):
    event = await create_event(place, entries_per_member=9)
    for member in place.residents:
        for number in range(4):
            await enter(event, member, place, title=f"图{member.id}-{number}")

    async def read(viewer):
        return [row.id for row in await read_all_pages(lambda page: queries.list_entries(event, viewer, page), first=3)]

    first, second = await read(place.resident), await read(place.other)
    assert sorted(first) == sorted(second) == sorted(set(first))
    assert len(first) == 4 * len(place.residents)
    assert first != second
    assert await read(place.resident) == first


async def test_result_ranks_and_pays_once(place):
    event, (first, second, third) = await create_contest(place)
    before = [await get_balance(member) for member in place.residents]
    await vote(place.residents[3], second, third)
    await vote(place.residents[4], second, first)
    await vote(place.leader, second)
    assert [(await reload_entry(one)).votes for one in (first, second, third)] == [None] * 3
    event = await move_on(place, event)
    rows = [await reload_entry(one) for one in (first, second, third)]
    assert [(row.votes, row.place) for row in rows] == [(1, 2), (3, 1), (1, 3)]
    tiers = await queries.list_tiers([row.id for row in rows])
    assert tiers == [PrizeTier.SILVER, PrizeTier.GOLD, None]
    won = [await get_balance(member) - had for member, had in zip(place.residents, before, strict=True)]
    assert won == [100, 200, 0, 0, 0, 0]
    ranked = await queries.list_entries(event, place.resident, PageRequest())
    assert [row.id for row in ranked.rows] == [second.id, first.id, third.id]
    await phases.move_due()
    assert len(await list_rows("event_prize")) == 2
    assert await find_violations() == {}


async def test_result_notifies_members_with_a_place_once(place):
    event, entries = await create_contest(place)
    await entering.withdraw(place.resident, entries[0].id)
    event = await move_on(place, event)
    await entering.disqualify(place.leader, entries[1].id, reason="重复")
    notified = [row["membership_id"] for row in await list_rows("notice") if row["kind"] == "EVENT_RESULT"]
    assert notified == [place.residents[1].id, place.residents[2].id]


async def test_digest_is_recomputed_from_the_document(place):
    event, entries = await create_contest(place)
    await vote(place.residents[4], entries[0])
    event = await move_on(place, event)
    ((result,),) = await queries.list_results([event.id])
    document = json.loads(result.document)
    text = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert hashlib.sha256(text.encode()).hexdigest() == result.digest
    assert document["electorate"] == {"voters": 1, "votes": 1}
    assert [entry["votes"] for entry in document["entries"]] == [1, 0, 0]


async def test_script_of_the_document_recomputes_a_result(place, tmp_path):
    event, entries = await create_contest(place)
    await vote(place.residents[4], entries[1])
    event = await move_on(place, event)
    ((result,),) = await queries.list_results([event.id])
    exported = tmp_path / "result.json"
    document = json.loads(result.document)
    exported.write_text(json.dumps(document, indent=2))
    assert recompute(exported)[:2] == [result.digest, f"1 {entries[1].id} 1 GOLD"]
    document["entries"][0]["votes"] = 0
    exported.write_text(json.dumps(document))
    with pytest.raises(subprocess.CalledProcessError):
        recompute(exported)


async def test_disqualified_winner_is_replaced_and_reinstated(place):
    event, (first, second, third) = await create_contest(place)
    await vote(place.residents[3], second, first)
    await vote(place.residents[4], second, third)
    before = [await get_balance(member) for member in place.residents]
    await move_on(place, event)
    await entering.disqualify(place.leader, second.id, reason="不是本人拍摄")
    won = [await get_balance(member) - had for member, had in zip(place.residents, before, strict=True)]
    assert won == [200, 0, 100, 0, 0, 0]
    assert [(await reload_entry(one)).place for one in (first, second, third)] == [1, None, 2]
    await assert_refused(EntryStateForbids, entering.disqualify(place.leader, second.id, reason="再次"))
    await entering.reinstate(place.leader, second.id)
    won = [await get_balance(member) - had for member, had in zip(place.residents, before, strict=True)]
    assert won == [100, 200, 0, 0, 0, 0]
    assert len(await list_rows("event_result")) == 3
    assert await find_violations() == {}


async def test_leader_decides_about_no_own_entry(place):
    event = await create_event(place)
    entry = await enter(event, place.leader, place, by=place.leaders[1])
    await assert_refused(OwnEntry, entering.disqualify(place.leader, entry.id, reason="我的"))
    ended = await entering.disqualify(place.leaders[1], entry.id, reason="模糊")
    assert (ended.state, ended.reason) == (EntryState.DISQUALIFIED, "模糊")
    await assert_refused(OwnEntry, entering.reinstate(place.leader, entry.id))
    await assert_refused(LeadersOnly, entering.reinstate(place.resident, entry.id))


async def test_withdrawn_publication_has_no_place(place):
    event, (first, second, _) = await create_contest(place)
    await vote(place.residents[4], first)
    row = await get_submission(place.id, first.submission_id)
    await removal.withdraw(place.resident, row.id, version=row.version)
    await assert_refused(NotFound, voting.vote(place.residents[3], first.id))
    await move_on(place, event)
    assert ((await reload_entry(first)).place, (await reload_entry(second)).place) == (None, 1)
    ((result,),) = await queries.list_results([event.id])
    assert json.loads(result.document)["excluded"] == [{"because": "UNPUBLISHED", "entry": first.id, "votes": 1}]


async def test_winners_of_a_story_call_are_picked(place):
    event = await create_event(place, kind=EventKind.STORY_CALL)
    entries = [await enter(event, member, place) for member in place.residents[:3]]
    await assert_refused(EventStateForbids, entering.pick(place.leader, entries[0].id, tier=PrizeTier.GOLD))
    event = await move_on(place, event)
    await entering.pick(place.leader, entries[2].id, tier=PrizeTier.GOLD)
    await assert_refused(EntryUnfit, entering.pick(place.leader, entries[0].id, tier=PrizeTier.GOLD))
    await entering.pick(place.leader, entries[2].id, tier=None)
    await entering.pick(place.leader, entries[0].id, tier=PrizeTier.GOLD)
    await entering.pick(place.leader, entries[2].id, tier=PrizeTier.SILVER)
    await memberships.leave(place.other)
    refusal = await assert_refused(EntryStateForbids, entering.pick(place.leader, entries[1].id, tier=PrizeTier.SILVER))
    assert refusal.reason == "author_gone"
    await move_on(place, event)
    tiers = await queries.list_tiers([row.id for row in entries])
    assert tiers == [PrizeTier.GOLD, None, PrizeTier.SILVER]
    assert [(await reload_entry(one)).place for one in entries] == [1, None, 2]
    assert await find_violations() == {}


async def test_export_has_no_pick_before_the_result(place, settings):
    event = await create_event(place, kind=EventKind.STORY_CALL)
    entry = await enter(event, place.resident, place)
    event = await move_on(place, event)
    await entering.pick(place.leader, entry.id, tier=PrizeTier.GOLD)

    async def export():
        return (await read_export(settings, place.resident))["entries.json"]

    assert [row["tier"] for row in await export()] == [None]
    await move_on(place, event)
    assert [row["tier"] for row in await export()] == ["GOLD"]


async def test_new_member_votes_without_a_limit(place):
    _, entries = await create_contest(place)
    await vote(await add_member(place), entries[0])
    assert len(await list_rows("event_vote")) == 1
