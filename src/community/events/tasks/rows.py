"""Rows of check-ins, questions and answers."""

from __future__ import annotations

from datetime import datetime

from community.events.tasks.models import EventAnswer, EventQuestion
from community.kernel import db
from community.kernel.tables import row_of


@row_of(EventQuestion)
class QuestionRow(db.Row):
    """A question. Its representation has no answers, so that no log has them."""

    id: int
    community_id: int
    event_id: int
    number: int
    text: str
    options: list[str]
    answers: list[str]
    written_by: int
    created_at: datetime

    def __repr__(self) -> str:
        """Return the question by its numbers."""
        return f"QuestionRow(id={self.id}, event_id={self.event_id}, number={self.number})"


@row_of(EventAnswer)
class AnswerRow(db.Row):
    """A member's try at a question."""

    id: int
    community_id: int
    event_id: int
    question_id: int
    entry_id: int
    membership_id: int
    number: int
    is_right: bool
    rank: int | None
    created_at: datetime
