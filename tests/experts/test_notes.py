"""Notes of endorsements, and texts of credentials: their checks, and the leaders' decision."""

from __future__ import annotations

from datetime import timedelta

import pytest

from community.accounts import people, platform_ids
from community.accounts import platforms as login_platforms
from community.accounts.models import Platform
from community.demo.platforms import FakeResponse
from community.experts import credentials, endorsements, note_decisions, notes, queries
from community.experts.models import EndorsementState, NoteState
from community.kernel import clock, db
from community.kernel.errors import Conflict, NotFound
from community.kernel.paging import PageRequest
from community.review.errors import AuthorSuspended, OwnThing
from community.review.models import CaseReason, CaseState
from community.review.queries import find_case, list_reasons
from community.safety.errors import TextBlocked
from community.safety.facts import Level
from community.submissions import feed
from community.submissions.feed import FeedFilter
from tests.experts.story import apply_for, endorse, hold_note, make_expert, read
from tests.support.backends import use_platform_servers
from tests.support.bank import find_violations
from tests.support.comments import list_word
from tests.support.effects import run_all_effects
from tests.support.story import assert_refused, create_community, create_published, list_rows, run_concurrently

CHECK = "/wxa/msg_sec_check"


@pytest.fixture
async def place(database):
    """Return a community with an author, an expert and another resident."""
    return await create_community(leaders=2, residents=3)


@pytest.fixture
async def row(place):
    """Return a publication of the first resident."""
    return await create_published(place)


@pytest.fixture
async def credential(place):
    """Return the credential of the second resident."""
    return await make_expert(place.other)


async def list_open():
    return [await find_case(row["id"]) for row in await list_rows("review_case") if row["state"] == "OPEN"]


async def list_notices(member):
    return [row["kind"] for row in await list_rows("notice") if row["membership_id"] == member.id]


async def hold(place, row, credential):
    """Endorse with a note that waits for a leader. Return the endorsement and its case."""
    await list_word(place, "团购", Level.REVIEW)
    made = await endorse(place.other, row, credential, note="团购过，不错。")
    (case,) = await list_open()
    return made, case


async def test_blocked_note_is_refused_with_its_words(place, row, credential):
    await list_word(place, "代购", Level.BLOCK)
    refusal = await assert_refused(TextBlocked, endorse(place.other, row, credential, note="找我代 购吧"))
    assert (refusal.path, refusal.figures) == (("note",), {"words": "代 购"})


async def test_harmless_note_is_shown(place, row, credential):
    made = await endorse(place.other, row, credential)
    assert (made.note_state, made.note_findings) == (NoteState.SHOWN, None)
    assert await list_open() == []


async def test_personal_data_is_masked(place, row, credential):
    made = await endorse(place.other, row, credential, note="问我 13812345678")
    assert (made.note_state, made.note, made.mask_note()) == (
        NoteState.SHOWN, "问我 13812345678", "问我 ***********",
    )  # fmt: skip


async def test_note_to_review_waits_while_it_counts(place, row, credential):
    made, case = await hold(place, row, credential)
    assert (made.note_state, made.state) == (NoteState.WAITING, EndorsementState.CURRENT)
    assert (case.thing_id, case.thing_revision, case.author_id) == (made.id, 1, place.other.id)
    assert await list_reasons([case.id]) == [[CaseReason.WORDS]]
    only = FeedFilter(further=queries.list_feed_filters(endorsed_only=True))
    assert [one.id for one in (await feed.list_feed(place.community, PageRequest(5), only=only)).rows] == [row.id]
    assert await find_violations() == {}


async def test_failed_check_waits_for_a_leader(place, row, credential):
    case = await hold_note(place.other, row, credential)
    assert (await queries.get_endorsement(case.thing_id)).note_state is NoteState.WAITING
    assert await list_reasons([case.id]) == [[CaseReason.CHECK_FAILED]]


async def test_leader_approves_the_note(place, row, credential):
    made, case = await hold(place, row, credential)
    closed = await note_decisions.approve(place.leader, case.id, version=case.version)
    assert (closed.state, (await read(made)).note_state) == (CaseState.DECIDED, NoteState.SHOWN)
    assert "ENDORSEMENT_NOTE_SHOWN" in await list_notices(place.other)
    assert await find_violations() == {}


async def test_leader_refuses_the_note(place, row, credential):
    made, case = await hold(place, row, credential)
    await note_decisions.refuse(place.leader, case.id, version=case.version, reason="广告")
    now = await read(made)
    assert (now.note_state, now.note_reason, now.state) == (NoteState.REFUSED, "广告", EndorsementState.CURRENT)
    assert "ENDORSEMENT_NOTE_REFUSED" in await list_notices(place.other)
    assert await find_violations() == {}


async def test_refused_note_is_replaced_without_second_pay(place, row, credential):
    made, case = await hold(place, row, credential)
    await note_decisions.refuse(place.leader, case.id, version=case.version, reason="广告")
    entries = len(await list_rows("journal_entry"))
    again = await endorse(place.other, row, credential, note="做法正确。")
    assert (again.id, again.note_number, again.note_state, again.note_reason) == (made.id, 2, NoteState.SHOWN, None)
    assert len(await list_rows("journal_entry")) == entries
    assert await find_violations() == {}


async def test_concurrent_decisions_end_in_one(place, row, credential):
    _, case = await hold(place, row, credential)
    made = await run_concurrently(
        note_decisions.approve(place.leaders[0], case.id, version=case.version),
        note_decisions.refuse(place.leaders[1], case.id, version=case.version, reason="广告"),
    )
    assert sorted(type(one).__name__ for one in made) == ["CaseRow", "Conflict"]
    assert await find_violations() == {}


async def test_expert_never_decides_about_the_own_note(place, row):
    own = await make_expert(place.leader)
    await list_word(place, "团购", Level.REVIEW)
    made = await endorse(place.leader, row, own, note="团购过，不错。")
    (case,) = await list_open()
    await assert_refused(OwnThing, note_decisions.approve(place.leader, case.id, version=case.version))
    await note_decisions.approve(place.leaders[1], case.id, version=case.version)
    await assert_refused(OwnThing, note_decisions.hide(place.leader, made.id, reason="x"))


async def test_suspended_expert_is_not_shown(place, row, credential):
    _, case = await hold(place, row, credential)
    await people.ban(place.other.person_id, reason="广告")
    await assert_refused(AuthorSuspended, note_decisions.approve(place.leader, case.id, version=case.version))


async def test_withdrawal_ends_the_case(place, row, credential):
    made, case = await hold(place, row, credential)
    await endorsements.withdraw(place.other, made.id, reason="看错了")
    assert (await find_case(case.id)).state is CaseState.SUPERSEDED
    await assert_refused(Conflict, note_decisions.approve(place.leader, case.id, version=case.version))
    assert await find_violations() == {}


async def test_next_note_has_its_own_case(place, row, credential):
    made, first = await hold(place, row, credential)
    await endorsements.withdraw(place.other, made.id, reason="看错了")
    again = await endorse(place.other, row, credential, note="团购两次了。")
    (case,) = await list_open()
    assert (case.id != first.id, case.thing_revision, again.note_number) == (True, 2, 2)
    assert await find_violations() == {}


async def test_leader_hides_a_shown_note(place, row, credential):
    made = await endorse(place.other, row, credential)
    await assert_refused(NotFound, note_decisions.hide(place.leader, 2**40, reason="跑题"))
    hidden = await note_decisions.hide(place.leader, made.id, reason="跑题")
    assert (hidden.note_state, hidden.note_reason, hidden.state) == (
        NoteState.REFUSED, "跑题", EndorsementState.CURRENT,
    )  # fmt: skip
    await assert_refused(Conflict, note_decisions.hide(place.leader, made.id, reason="跑题"))
    events = [row["action"] for row in await list_rows("audit_event") if row["subject"] == "endorsement"]
    assert events == ["endorsement.give", "endorsement.refuse_note"]


@pytest.fixture
async def wechat(database, platforms, place):
    """Return settings with WeChat's checks, where the expert has a login."""
    given = use_platform_servers(database, platforms, **platforms.wechat.checks.build_settings("http://127.0.0.1:1"))
    user = await login_platforms.get(given, Platform.WECHAT).exchange_code(platforms.wechat.code("李医生"))
    await platform_ids.insert_identity(given, place.other.person_id, Platform.WECHAT, user.subject)
    return given


@pytest.mark.parametrize(
    ("note", "state", "reasons"),
    [
        ("做法正确。", NoteState.SHOWN, []),
        ("加群领取", NoteState.WAITING, [[CaseReason.PLATFORM]]),
        ("发票代开", NoteState.REFUSED, []),
    ],
)
async def test_note_waits_for_the_platform(place, row, credential, wechat, note, state, reasons):
    made = await endorse(place.other, row, credential, note=note, is_awaited=True)
    assert (made.note_state, await list_open()) == (NoteState.WAITING, [])
    await run_all_effects(wechat)
    assert (await read(made)).note_state is state
    assert [(await list_reasons([case.id]))[0] for case in await list_open()] == reasons
    assert await find_violations() == {}


async def test_lost_platform_asks_a_leader(place, row, credential, wechat, platforms):
    platforms.queue_responses(CHECK, FakeResponse({"errcode": 48001, "errmsg": "api unauthorized"}))
    made = await endorse(place.other, row, credential, is_awaited=True)
    await run_all_effects(wechat)
    (case,) = await list_open()
    assert ((await read(made)).note_state, await list_reasons([case.id])) == (
        NoteState.WAITING, [[CaseReason.PLATFORM]],
    )  # fmt: skip
    await note_decisions.approve(place.leader, case.id, version=case.version)
    assert (await read(made)).note_state is NoteState.SHOWN


async def test_platform_adds_its_reason_to_the_case(place, row, credential, wechat):
    await list_word(place, "团购", Level.REVIEW)
    made = await endorse(place.other, row, credential, note="团购，加群领取", is_awaited=True)
    (before,) = await list_open()
    await run_all_effects(wechat)
    (case,) = await list_open()
    assert case.version > before.version
    assert await list_reasons([case.id]) == [[CaseReason.WORDS, CaseReason.PLATFORM]]
    assert (await read(made)).note_state is NoteState.WAITING


async def test_overdue_note_goes_to_a_leader(place, row, credential):
    made = await endorse(place.other, row, credential, is_awaited=True)
    await notes.recover()
    assert await list_open() == []
    with clock.at(clock.now() + notes.MAX_DURATION + timedelta(seconds=1)):
        for _ in range(2):
            await notes.recover()
    (case,) = await list_open()
    assert (case.thing_id, await list_reasons([case.id])) == (made.id, [[CaseReason.CHECK_FAILED]])


async def test_lost_check_is_concluded(place, row, credential, wechat):
    made = await endorse(place.other, row, credential, is_awaited=True)
    await db.execute(
        "INSERT INTO platform_check (community_id, person_id, subject, kind, attempts, state, asked_at)"
        " VALUES ($1, $2, $3, 'TEXT_CHECK', 6, 'WAITING', $4)",
        place.id, place.other.person_id, f"endorsement:{made.id}:1", clock.now() - timedelta(minutes=31),
    )  # fmt: skip
    await db.execute("UPDATE outbox_effect SET name = 'effects.give_up_platform_checks', args = '{}'"
                     " WHERE name = 'effects.check_note'")  # fmt: skip
    await run_all_effects(wechat)
    (case,) = await list_open()
    assert case.thing_id == made.id


async def test_application_with_a_blocked_word_is_refused(place):
    await list_word(place, "代购", Level.BLOCK)
    given = {"profession": "代购师", "issuer": "代购协会"}
    refusal = await assert_refused(TextBlocked, apply_for(place.other, **given))
    assert [one.path for one in refusal.list_all()] == [("profession",), ("issuer",)]
    refusal = await assert_refused(TextBlocked, apply_for(place.other, tags=["烘焙", "代购"]))
    assert refusal.path == ("tags", "1")


async def test_personal_data_in_an_application_is_stored_as_stars(place):
    given = {"profession": "厨师 13812345678", "issuer": "协会 13912345678", "evidence": "13712345678"}
    made = await apply_for(place.other, **given)
    assert (made.profession, made.issuer) == ("厨师 ***********", "协会 ***********")
    assert [(one.evidence, words) for one, words in await credentials.list_in_state(made.state)] == [
        ("13712345678", [])
    ]


async def test_operator_sees_words_to_look_at(place):
    made = await apply_for(place.other, profession="国家级厨师")
    assert [words for _, words in await credentials.list_in_state(made.state)] == [["国家级"]]
