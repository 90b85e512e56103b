"""Reads of check-ins, questions and answers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from community.events.tasks.rows import AnswerRow, QuestionRow
from community.kernel import db


@dataclass(slots=True)
class DayRow:
    """A day of a member's check-in. `counts` is False while its submission is not published."""

    entry_id: int
    day: str
    is_make_up: bool
    counts: bool


@dataclass(slots=True)
class TriesRow:
    """The tries of an entry, and the right answers among them."""

    entry_id: int
    tries: int
    right_answers: int


@dataclass(slots=True)
class OwnTriesRow:
    """The tries of a member at a question. `is_right` is True if the last one is right."""

    question_id: int
    tries: int
    right_answers: int


@dataclass(slots=True)
class _RightRow:
    question_id: int
    count: int


_DAY = "c.entry_id, c.day, c.is_make_up, c.submission_id IS NULL OR s.published_revision IS NOT NULL AS counts"
_DAYS = db.Select(
    f"SELECT {_DAY} FROM event_check_in c LEFT JOIN submission s ON s.id = c.submission_id WHERE c.entry_id = ANY($1)",
    DayRow,
)
_DAYS_OF_EVENT = db.Select(
    f"SELECT {_DAY} FROM event_check_in c LEFT JOIN submission s ON s.id = c.submission_id WHERE c.event_id = $1",
    DayRow,
)
_TRIES_OF_EVENT = db.Select(
    "SELECT entry_id, count(*) AS tries, count(rank) AS right_answers FROM event_answer WHERE event_id = $1"
    " GROUP BY entry_id",
    TriesRow,
)
_OWN_TRIES = db.Select(
    "SELECT a.question_id, count(*) AS tries, count(a.rank) AS right_answers FROM event_answer a"
    " JOIN membership m ON m.id = a.membership_id WHERE m.person_id = $1 AND a.question_id = ANY($2)"
    " GROUP BY a.question_id",
    OwnTriesRow,
)
_RIGHT = db.Select(
    "SELECT question_id, count(rank) AS count FROM event_answer WHERE question_id = ANY($1) GROUP BY question_id",
    _RightRow,
)
_QUESTIONS = db.Select(f"SELECT {db.columns(QuestionRow)} FROM event_question WHERE id = ANY($1)", QuestionRow)
_OF_EVENTS = db.Select(f"SELECT {db.columns(QuestionRow)} FROM event_question WHERE event_id = ANY($1)", QuestionRow)
_ANSWERS = db.Select(f"SELECT {db.columns(AnswerRow)} FROM event_answer WHERE id = ANY($1)", AnswerRow)


async def list_days(entry_ids: Sequence[int]) -> dict[int, list[DayRow]]:
    """Return the days of each entry, in order of the days."""
    return _by_entry(await _DAYS.all(list(entry_ids)))


async def list_counted_days(event_id: int) -> dict[int, list[date]]:
    """Return the days that count, of each entry of an event."""
    found = _by_entry(await _DAYS_OF_EVENT.all(event_id))
    return {entry: [date.fromisoformat(row.day) for row in rows if row.counts] for entry, rows in found.items()}


def _by_entry(rows: Sequence[DayRow]) -> dict[int, list[DayRow]]:
    found: dict[int, list[DayRow]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: row.day):
        found[row.entry_id].append(row)
    return found


async def count_tries(event_id: int) -> dict[int, TriesRow]:
    """Return the tries of each entry of an event."""
    return {row.entry_id: row for row in await _TRIES_OF_EVENT.all(event_id)}


async def list_questions(event_ids: Sequence[int]) -> list[list[QuestionRow]]:
    """Return the questions of each event by number, in order."""
    rows = sorted(await _OF_EVENTS.all(list(event_ids)), key=lambda row: row.number)
    return [[row for row in rows if row.event_id == event_id] for event_id in event_ids]


async def get_questions(question_ids: Sequence[int]) -> list[QuestionRow]:
    """Return the question of each id, in order. Raises KeyError for an unknown id."""
    return db.in_order(await _QUESTIONS.all(list(set(question_ids))), question_ids)


async def get_answers(answer_ids: Sequence[int]) -> list[AnswerRow]:
    """Return the answer of each id, in order. Raises KeyError for an unknown id."""
    return db.in_order(await _ANSWERS.all(list(set(answer_ids))), answer_ids)


async def list_own_tries(person_id: int, question_ids: Sequence[int]) -> list[OwnTriesRow]:
    """Return a person's tries at each question, in order."""
    found = {row.question_id: row for row in await _OWN_TRIES.all(person_id, list(question_ids))}
    return [found.get(question_id, OwnTriesRow(question_id, 0, 0)) for question_id in question_ids]


async def count_right(question_ids: Sequence[int]) -> list[int]:
    """Return the number of right answers to each question, in order."""
    found = {row.question_id: row.count for row in await _RIGHT.all(list(question_ids))}
    return [found.get(question_id, 0) for question_id in question_ids]
