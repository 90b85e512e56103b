"""Riddles: secret answers, limited tries, comparison, and payment of the first right answers."""

from __future__ import annotations

import json

import pytest

from community.communities.errors import LeadersOnly
from community.events import entering, phases, queries, service
from community.events.errors import EntryUnfit, EventStateForbids, OwnQuestion
from community.events.kinds import EventKind, EventState
from community.events.tasks import riddles
from community.events.tasks.queries import list_questions
from community.events.tasks.rules import QuestionContent, is_right
from community.kernel.errors import Conflict, InvalidInput, NotFound
from tests.support.bank import find_violations, get_balance
from tests.support.contests import QUESTIONS, hold, make_event_content, move_to, read_export, reload, reload_entry
from tests.support.story import assert_refused, create_community, list_rows, run_concurrently


async def ask(place, **given):
    """Open riddles, and return the event with its questions."""
    event = await hold(place.leader, EventState.OPEN, EventKind.RIDDLES, **given)
    (questions,) = await list_questions([event.id])
    return event, *questions


@pytest.mark.parametrize(
    ("given", "accepted"),
    [
        ("红楼梦", "《紅樓夢》"),
        (" hong  Lou meng ", "Hong Lou Meng"),
        ("ＡＢＣ１２", "abc12"),
        ("下雨。", "下雨"),
        ("“月亮”！", "月亮"),
        ("3.5", "3.5"),
    ],
)
def test_comparison_ignores_spelling(given, accepted):
    assert is_right(given, ["别的", accepted])


@pytest.mark.parametrize(("given", "accepted"), [("3.5", "35"), ("-5", "5"), ("下雪", "下雨"), ("？", "！")])
def test_comparison_keeps_other_answers_apart(given, accepted):
    assert not is_right(given, [accepted])


async def test_right_answer_is_known_immediately(place):
    _, question, _ = await ask(place, tries=2, paid_answers=1)
    wrong = await riddles.answer(place.resident, question.id, text="雪")
    right = await riddles.answer(place.resident, question.id, text=" 下 雨 ")
    assert [(row.number, row.is_right, row.rank) for row in (wrong, right)] == [(1, False, None), (2, True, 1)]
    assert await get_balance(place.resident) == 5
    refused = riddles.answer(place.resident, question.id, text="雨")
    assert (await assert_refused(EntryUnfit, refused)).reason == "answered"


async def test_tries_are_limited(place):
    event, question, other = await ask(place, tries=2)
    for _ in range(2):
        await riddles.answer(place.resident, question.id, text="雪")
    refusal = await assert_refused(EntryUnfit, riddles.answer(place.resident, question.id, text="雨"))
    assert (refusal.reason, refusal.figures["max"]) == ("tries", 2)
    assert (await riddles.answer(place.resident, other.id, text="八月")).is_right
    assert len(await list_rows("event_answer")) == 3
    assert (await reload(event)).frozen_at is not None


async def test_concurrent_right_answers_pay_the_first(place):
    _, question, _ = await ask(place, paid_answers=2)
    answers = [riddles.answer(member, question.id, text="雨") for member in place.residents for _ in range(2)]
    results = await run_concurrently(*answers)
    rows = [row for row in results if not isinstance(row, Exception)]
    assert sorted(row.rank for row in rows) == [1, 2, 3, 4, 5, 6]
    assert {type(row) for row in results if isinstance(row, Exception)} == {EntryUnfit}
    paid = {row.membership_id for row in rows if row.rank <= 2}
    assert [await get_balance(member) for member in place.residents] == [
        5 if member.id in paid else 0 for member in place.residents
    ]
    assert await find_violations() == {}


async def test_member_who_enters_again_has_no_new_tries(place):
    event, question, other = await ask(place, paid_answers=5)
    row = await riddles.answer(place.resident, question.id, text="雨")
    await riddles.answer(place.resident, other.id, text="七月")
    await entering.withdraw(place.resident, row.entry_id)
    refusal = await assert_refused(EntryUnfit, riddles.answer(place.resident, question.id, text="雨"))
    assert refusal.reason == "answered"
    assert (await entering.enter(place.resident, event.id)).id == row.entry_id
    refusal = await assert_refused(EntryUnfit, riddles.answer(place.resident, other.id, text="八月"))
    assert refusal.reason == "tries"
    assert (await get_balance(place.resident), len(await list_rows("event_entry"))) == (5, 1)
    assert await find_violations() == {}


async def test_author_does_not_answer(place):
    _, question, _ = await ask(place)
    await assert_refused(OwnQuestion, riddles.answer(place.leader, question.id, text="雨"))
    assert (await riddles.answer(place.leaders[1], question.id, text="雨")).is_right
    elsewhere = await create_community(name="别处")
    await assert_refused(NotFound, riddles.answer(elsewhere.resident, question.id, text="雨"))


async def test_result_ranks_right_answers_before_tries(place):
    event, first, second = await ask(place, tries=2, gold_prizes=1)
    given = [("雪", "八月"), ("雨", "八月"), ("雪", "七月")]
    rows = []
    for member, (one, other) in zip(place.residents, given, strict=False):
        rows.append(await riddles.answer(member, first.id, text=one))
        await riddles.answer(member, second.id, text=other)
    await riddles.answer(place.residents[0], first.id, text="雨")
    await move_to(place.leader, event, EventState.CLOSED)
    entries = await queries.get_entries([row.entry_id for row in rows])
    assert [entry.place for entry in entries] == [2, 1, 3]
    ((result,),) = await queries.list_results([event.id])
    document = json.loads(result.document)
    assert [(row["right"], row["tries"], row["prize"]) for row in document["entries"]] == [
        (2, 2, "GOLD"), (2, 3, "SILVER"), (0, 2, None),
    ]  # fmt: skip
    assert await find_violations() == {}


async def test_disqualification_takes_back_the_points(place):
    _, first, second = await ask(place, paid_answers=1)
    row = await riddles.answer(place.resident, first.id, text="雨")
    await riddles.answer(place.resident, second.id, text="八月")
    assert await get_balance(place.resident) == 10
    await entering.disqualify(place.leader, row.entry_id, reason="看了答案")
    assert await get_balance(place.resident) == 0
    await entering.reinstate(place.leader, row.entry_id)
    assert await get_balance(place.resident) == 10
    assert await find_violations() == {}


async def test_questions_end_with_the_opening(place):
    event = await service.create(place.leader, kind=EventKind.RIDDLES, content=make_event_content(EventKind.RIDDLES))
    refused = phases.move(place.leader, event.id, version=event.version, to=EventState.ANNOUNCED)
    assert (await assert_refused(InvalidInput, refused)).reason == "event_unasked"
    write = riddles.write_questions
    await assert_refused(LeadersOnly, write(place.resident, event.id, version=1, questions=QUESTIONS))
    await assert_refused(Conflict, write(place.leader, event.id, version=9, questions=QUESTIONS))
    event = await write(place.leader, event.id, version=1, questions=QUESTIONS)
    event = await write(place.leaders[1], event.id, version=event.version, questions=QUESTIONS[:1])
    (questions,) = await list_questions([event.id])
    assert [(row.text, row.written_by) for row in questions] == [(QUESTIONS[0].text, place.leaders[1].id)]
    event = await move_to(place.leader, event, EventState.OPEN)
    refused = write(place.leader, event.id, version=event.version, questions=QUESTIONS)
    assert (await assert_refused(EventStateForbids, refused)).reason == "open"


@pytest.mark.parametrize(
    ("questions", "reason"),
    [
        ([], "event_questions"),
        ([QuestionContent("谜", ())], "event_answers"),
        ([QuestionContent("谜", ("雨",) * 11)], "event_answers"),
        ([QuestionContent("谜", ("雨",), ("雪", "风"))], "event_options"),
    ],
)
async def test_impossible_questions_are_refused(place, questions, reason):
    event = await service.create(place.leader, kind=EventKind.RIDDLES, content=make_event_content(EventKind.RIDDLES))
    write = riddles.write_questions(place.leader, event.id, version=1, questions=questions)
    assert (await assert_refused(InvalidInput, write)).reason == reason


async def test_export_has_answers_only_after_closing(place, settings):
    event, *_ = await ask(place)
    (row, _) = (await read_export(settings, place.leader))["questions.json"]
    assert (row["text"], row["answers"]) == (QUESTIONS[0].text, None)
    await move_to(place.leader, event, EventState.CLOSED)
    (row, _) = (await read_export(settings, place.leader))["questions.json"]
    assert row["answers"] == ["雨", "下雨"]


async def test_no_other_table_or_representation_has_the_answers(place):
    event, question, _ = await ask(place)
    await riddles.answer(place.resident, question.id, text="雨")
    assert "雨" not in repr(question)
    for table in ("event", "audit_event", "event_answer", "event_entry", "outbox_effect", "notice"):
        assert "雨" not in repr(await list_rows(table)), table
    assert (await reload_entry((await queries.list_own(place.resident, _PAGE)).rows[0])).event_id == event.id


_PAGE = queries.PageRequest()
