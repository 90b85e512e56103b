"""猜灯谜: questions that a leader writes, and the answers of members."""

from __future__ import annotations

import json
from collections.abc import Sequence

from community.communities import permissions
from community.communities.permissions import Actor
from community.consent.models import ConsentPurpose
from community.events import paying, phases
from community.events.errors import EntryUnfit, OwnQuestion
from community.events.kinds import EventState, TakingPart
from community.events.rows import EventRow
from community.events.tasks import queries, rules, taking
from community.events.tasks.rows import AnswerRow, QuestionRow
from community.events.tasks.rules import QuestionContent
from community.kernel import audit, clock, db
from community.kernel.errors import Conflict, NotFound

_WRITE_SQL = (
    "INSERT INTO event_question (community_id, event_id, number, text, options, answers, written_by, created_at)"
    " SELECT $2, $3, CAST(part.value->>'number' AS BIGINT), part.value->>'text', part.value->'options',"
    " part.value->'answers', $4, $5 FROM jsonb_array_elements($1) AS part(value)"
)
_LOCK_QUESTION = db.Select("SELECT id FROM event_question WHERE id = $1 FOR NO KEY UPDATE", db.Id)
_TRIES = db.Select(
    f"SELECT {db.columns(AnswerRow)} FROM event_answer WHERE community_id = $1 AND question_id = $2 AND entry_id = $3",
    AnswerRow,
)
_ANSWER = db.Change(
    "INSERT INTO event_answer (community_id, event_id, question_id, entry_id, membership_id, number, is_right, rank,"
    f" created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING {db.columns(AnswerRow)}",
    AnswerRow,
)
_RAISE_VERSION_SQL = "UPDATE event SET version = version + 1 WHERE id = $1"


@db.transactional
async def write_questions(
    actor: Actor, event_id: int, *, version: int, questions: Sequence[QuestionContent]
) -> EventRow:
    """Replace the questions of riddles that are not open yet, and return the event.

    Raises LeadersOnly, NotFound, Conflict, EventStateForbids and InvalidInput.
    """
    leader = await permissions.lock_leader(actor)
    event = await phases.lock(leader.community_id, event_id)
    if event.takes is not TakingPart.ANSWERS:
        raise NotFound("event")
    if event.version != version:
        raise Conflict(path=("version",))
    phases.require_state(event, EventState.DRAFT, EventState.ANNOUNCED)
    written = rules.normalise_questions(questions)
    await db.execute("DELETE FROM event_question WHERE event_id = $1", event.id)
    rows = [
        {"number": number, "text": one.text, "options": one.options, "answers": one.answers}
        for number, one in enumerate(written, 1)
    ]
    await db.execute(
        _WRITE_SQL, json.dumps(rows, ensure_ascii=False), event.community_id, event.id, leader.id, clock.now()
    )
    await db.execute(_RAISE_VERSION_SQL, event.id)
    # The trail has no answers: other leaders read it.
    await audit.record_about(event, "event.questions", by=leader, count=len(rows))
    return await phases.lock(event.community_id, event.id)


@db.transactional
async def answer(actor: Actor, question_id: int, *, text: str) -> AnswerRow:
    """Answer a question, and return the try. The first right answers are paid.

    The row of the question is locked for a right answer only, last of all, so that each has a rank of its own. Raises
    NotFound, ConsentMissing, GuardianNeeded, EventStateForbids, EntryStateForbids, InvalidInput, OwnQuestion, and
    EntryUnfit after a right answer or the last try.
    """
    member = await permissions.lock_consenting_member(actor, ConsentPurpose.SERVICE)
    question = await _get_question(member.community_id, question_id)
    event, entry = await taking.lock_entry(member, question.event_id, TakingPart.ANSWERS)
    if question.written_by == member.id:
        raise OwnQuestion
    text = rules.normalise_answer(text)
    tries = await _TRIES.all(event.community_id, question.id, entry.id)
    if any(row.is_right for row in tries):
        raise EntryUnfit("answered")
    if len(tries) >= event.conditions.tries:
        raise EntryUnfit("tries", max=event.conditions.tries)
    rank = await _take_rank(question) if rules.is_right(text, question.answers) else None
    row = await _ANSWER.one(
        event.community_id, event.id, question.id, entry.id, member.id, len(tries) + 1, rank is not None, rank,
        clock.now(),
    )  # fmt: skip
    if rank is not None and rank <= event.conditions.paid_answers:
        await paying.pay_answer(event, entry, row.id)
    return row


async def _take_rank(question: QuestionRow) -> int:
    await _LOCK_QUESTION.one(question.id)
    (count,) = await queries.count_right([question.id])
    return count + 1


async def _get_question(community_id: int, question_id: int) -> QuestionRow:
    try:
        (row,) = await queries.get_questions([question_id])
    except KeyError:
        raise NotFound("question") from None
    if row.community_id != community_id:
        raise NotFound("question")
    return row
