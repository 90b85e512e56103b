"""Mutations of check-ins and riddles."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Annotated

import strawberry

from community.api import ids
from community.api.declare import argument, field, input_type, object_type
from community.api.events import task_types as _types  # noqa: F401 - the types are declared first
from community.api.mutation_inputs import Version
from community.api.mutations import ThingVerb, thing_mutation
from community.events.rows import EntryRow, EventRow
from community.events.tasks import check_ins, riddles, rules
from community.events.tasks.rows import AnswerRow, QuestionRow
from community.events.tasks.rules import QuestionContent


@input_type
class EventQuestionInput:
    """Question of riddles with its accepted answers."""

    text: str = field(description=f"Question, 1 to {rules.MAX_QUESTION_LENGTH} characters, with line breaks.")
    answers: list[str] = field(
        description=f"Accepted answers, 1 to {rules.MAX_ANSWERS}, each of at most {rules.MAX_ANSWER_LENGTH} characters."
    )
    options: list[str] = field(
        default_factory=list, description=f"Options, at most {rules.MAX_OPTIONS}. Empty for a free answer."
    )


@object_type
class EventTaskMutation:
    """Mutations of check-ins and riddles."""

    @thing_mutation(
        "which checks the viewer in for a day of a challenge",
        of=(EventRow, "event_id"),
        entry="Viewer's entry.",
    )
    def event_check_in(
        self,
        day: Annotated[
            date | None, argument("Day of the community. Null for today. An earlier one is a make-up day.")
        ] = None,
        submission_id: Annotated[
            strawberry.ID | None, argument("Id of the viewer's published submission. Null if the rules need none.")
        ] = None,
    ) -> ThingVerb[EntryRow]:
        """Check the viewer in for a day of a challenge. The first check-in enters the viewer.

        A second one for a day has no effect. Refuses with INVALID_INPUT, NOT_FOUND, EVENT_STATE_FORBIDS,
        ENTRY_STATE_FORBIDS, ENTRY_UNFIT, CONSENT_MISSING or GUARDIAN_NEEDED.
        """
        number = None if submission_id is None else ids.decode("Submission", submission_id, path="submissionId")
        return partial(check_ins.check_in, day=day, submission_id=number)

    @thing_mutation(
        "which replaces the questions of riddles",
        of=(EventRow, "event_id"),
        event="Event with the questions.",
    )
    def event_questions(
        self,
        version: Version,
        questions: Annotated[
            list[EventQuestionInput], argument(f"All questions, 1 to {rules.MAX_QUESTIONS}, in order.")
        ],
    ) -> ThingVerb[EventRow]:
        """Replace the questions of riddles that are not open yet. Leaders only. Other leaders do not see the answers.

        Refuses with LEADERS_ONLY, INVALID_INPUT, NOT_FOUND, EVENT_STATE_FORBIDS or STALE_VERSION.
        """
        contents = [QuestionContent(one.text, tuple(one.answers), tuple(one.options)) for one in questions]
        return partial(riddles.write_questions, version=version, questions=contents)

    @thing_mutation(
        "which answers a question of riddles",
        of=(QuestionRow, "question_id"),
        answer="Try, with its outcome.",
    )
    def question_answer(
        self,
        text: Annotated[
            str,
            argument(
                f"Answer, 1 to {rules.MAX_ANSWER_LENGTH} characters. Width, case, spaces, brackets and traditional"
                " characters do not matter."
            ),
        ],
    ) -> ThingVerb[AnswerRow]:
        """Answer a question of riddles. The first right answers earn EVENT_PARTICIPATION.

        Refuses with INVALID_INPUT, NOT_FOUND, OWN_QUESTION, EVENT_STATE_FORBIDS, ENTRY_STATE_FORBIDS, ENTRY_UNFIT,
        CONSENT_MISSING or GUARDIAN_NEEDED.
        """
        return partial(riddles.answer, text=text)
