"""Types of check-ins, questions and answers. The answers to a question are secret until the event is closed."""

from __future__ import annotations

from community.api.communities.visible import load_own_memberships
from community.api.context import Info
from community.api.declare import batched, field, related, type_over
from community.api.nodes import Node, found_by
from community.communities.rules import can_lead
from community.events.kinds import EventState
from community.events.queries import get_events
from community.events.rows import EventRow
from community.events.tasks import queries
from community.events.tasks.rows import AnswerRow, QuestionRow
from community.events.tasks.rules import Progress

_ASKED = frozenset({EventState.OPEN, EventState.CLOSED})


@type_over(Progress)
class CheckInProgress:
    """Check-ins of a member in a challenge. Days are those of the community."""

    days = field(description="Days that count, at most 367, in their order.")
    streak = field(description="Days in a row up to today, or up to yesterday.")
    longest_streak = field(description="Largest number of days in a row.")
    make_up_days_left = field(description="Number of days for which the member may still check in later.")


@type_over(QuestionRow)
class EventQuestion(Node):
    """谜题: a question of riddles. Members see it while the event is open and afterwards, leaders also before."""

    number = field(description="Number, 1 for the first.")
    text = field(description="Question.")
    options = field(description="Options, at most 6. Empty for a free answer.")

    @batched
    async def answers(rows: list[QuestionRow], info: Info) -> list[list[str] | None]:
        """Accepted answers, at most 10. Null for all but the author until the event is closed."""
        events = await get_events([row.event_id for row in rows])
        members = await load_own_memberships([row.community_id for row in rows], info)
        return [
            row.answers
            if event.state is EventState.CLOSED or (member is not None and member.id == row.written_by)
            else None
            for row, event, member in zip(rows, events, members, strict=True)
        ]

    @batched
    async def right_count(rows: list[QuestionRow], info: Info) -> list[int]:
        """Number of right answers."""
        del info
        return await queries.count_right([row.id for row in rows])

    @batched
    async def viewer_tries_left(rows: list[QuestionRow], info: Info) -> list[int]:
        """Tries that the viewer has left. 0 after a right answer."""
        events = await get_events([row.event_id for row in rows])
        tries = await queries.list_own_tries(info.context.person_id or 0, [row.id for row in rows])
        return [
            0 if own.right_answers else max(0, event.conditions.tries - own.tries)
            for event, own in zip(events, tries, strict=True)
        ]

    @batched
    async def viewer_is_right(rows: list[QuestionRow], info: Info) -> list[bool]:
        """True if the viewer has answered it rightly."""
        tries = await queries.list_own_tries(info.context.person_id or 0, [row.id for row in rows])
        return [own.right_answers > 0 for own in tries]


async def list_visible_questions(rows: list[EventRow], info: Info) -> list[list[QuestionRow]]:
    """Return the questions of each event that the viewer may read, in order."""
    members = await load_own_memberships([row.community_id for row in rows], info)
    found = await queries.list_questions([row.id for row in rows])
    return [
        questions if member is not None and (can_lead(member) or row.state in _ASKED) else []
        for row, member, questions in zip(rows, members, found, strict=True)
    ]


@found_by(QuestionRow)
async def find_question(number: int, info: Info) -> QuestionRow | None:
    """Return the question if the viewer may read it, or None. Raises KeyError."""
    (row,) = await queries.get_questions([number])
    (shown,) = await list_visible_questions(await get_events([row.event_id]), info)
    return row if any(one.id == number for one in shown) else None


@type_over(AnswerRow)
class EventAnswer(Node):
    """A member's try at a question, for the member alone. It does not keep what the member wrote."""

    number = field(description="Number of the try, 1 for the first.")
    is_right = field(description="True if the answer is right.")
    rank = field(description="Place among the right answers to the question, 1 for the first. Null for a wrong one.")
    created_at = field(description="Time.")
    question = related(queries.get_questions, "question_id", "Question.")


@found_by(AnswerRow)
async def find_answer(number: int, info: Info) -> AnswerRow | None:
    """Return the answer for its member, or None. Raises KeyError."""
    (row,) = await queries.get_answers([number])
    (member,) = await load_own_memberships([row.community_id], info)
    return row if member is not None and member.id == row.membership_id else None
