"""Rules of check-ins and riddles. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from community.kernel import mistakes
from community.kernel.errors import InvalidInput
from community.kernel.texts import fold, normalise_multiline_text, normalise_text
from community.kernel.texts.keys import simplify

MAX_QUESTIONS = 50
MAX_QUESTION_LENGTH = 500
MAX_ANSWERS = 10
MAX_OPTIONS = 6
MAX_ANSWER_LENGTH = 60
_BRACKETS = frozenset({"Ps", "Pe", "Pi", "Pf"})


@dataclass(frozen=True, slots=True)
class Progress:
    """Check-ins of a member. `streak` counts the days in a row up to today or yesterday."""

    days: list[date]
    streak: int
    longest_streak: int
    make_up_days_left: int


@dataclass(frozen=True, slots=True)
class QuestionContent:
    """A question with its accepted answers. Without options it is answered freely."""

    text: str
    answers: tuple[str, ...]
    options: tuple[str, ...] = ()


def find_longest_streak(days: Sequence[date]) -> int:
    """Return the largest number of days in a row."""
    longest = streak = 0
    last: date | None = None
    for day in sorted(days):
        streak = streak + 1 if last == day - timedelta(days=1) else 1
        longest, last = max(longest, streak), day
    return longest


def find_streak(days: Sequence[date], today: date) -> int:
    """Return the number of days in a row up to today or yesterday."""
    known = set(days)
    day = today if today in known else today - timedelta(days=1)
    streak = 0
    while day in known:
        streak, day = streak + 1, day - timedelta(days=1)
    return streak


def fold_answer(text: str) -> str:
    """Return an answer as it is compared.

    Width, case, spaces, brackets, final marks and traditional characters do not matter.
    """
    folded = simplify(fold(text))
    kept = "".join(one for one in folded if not one.isspace() and unicodedata.category(one) not in _BRACKETS)
    while kept and unicodedata.category(kept[-1]) == "Po":
        kept = kept[:-1]
    return kept or folded.strip()


def is_right(given: str, answers: Sequence[str]) -> bool:
    """Return True if the given answer is one of the accepted answers."""
    return fold_answer(given) in {fold_answer(answer) for answer in answers}


def normalise_answer(text: str) -> str:
    """Return a member's answer. Raises InvalidInput."""
    return normalise_text(text, max_length=MAX_ANSWER_LENGTH, path=("text",))


def normalise_questions(questions: Sequence[QuestionContent]) -> list[QuestionContent]:
    """Return the checked questions. Raises InvalidInput with all mistakes."""
    with mistakes.collect() as check:
        if not 1 <= len(questions) <= MAX_QUESTIONS:
            check.add(InvalidInput("event_questions", min=1, max=MAX_QUESTIONS, path=("questions",)))
        return [check(_normalise_question, one, ("questions", str(place))) for place, one in enumerate(questions)]


def _normalise_question(content: QuestionContent, path: tuple[str, ...]) -> QuestionContent:
    with mistakes.collect() as check:
        text = check(normalise_multiline_text, content.text, max_length=MAX_QUESTION_LENGTH, path=(*path, "text"))
        answers = check(_normalise_answers, content.answers, MAX_ANSWERS, (*path, "answers"))
        options = check(_normalise_answers, content.options, MAX_OPTIONS, (*path, "options"))
        if not content.answers:
            check.add(InvalidInput("event_answers", min=1, max=MAX_ANSWERS, path=(*path, "answers")))
    if options and not all(is_right(answer, options) for answer in answers):
        raise InvalidInput("event_options", path=(*path, "options"))
    return QuestionContent(text, answers, options)


def _normalise_answers(texts: Sequence[str], most: int, path: tuple[str, ...]) -> tuple[str, ...]:
    if len(texts) > most:
        raise InvalidInput("event_answers", min=0, max=most, path=path)
    with mistakes.collect() as check:
        return tuple(check(normalise_text, text, max_length=MAX_ANSWER_LENGTH, path=path) for text in texts)
