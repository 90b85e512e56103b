"""Export and erasure of a person's events, entries and votes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from community.events.models import EventEntry, EventPrize, EventScore, EventVote, EventVoter
from community.events.rows import EventRow, JurorRow
from community.events.tasks.models import EventAnswer, EventCheckIn
from community.kernel import db
from community.kernel.ddl import REDACTED
from community.kernel.personal import DataSubject, ErasureContent, OwnRows, Part, own_rows
from community.kernel.tables import pick


@dataclass(slots=True)
class _OwnQuestionRow:
    """A question that the person wrote. It has no answers until the event is closed."""

    community_id: int
    event_id: int
    number: int
    text: str
    options: list[str]
    answers: list[str] | None
    created_at: datetime


_OwnEntryRow = pick(
    EventEntry,
    "id community_id event_id membership_id submission_id state is_undated tier votes score place created_at ended_at"
    " attended_at revision ended_by reason",
)
# What leaders picked is secret until the result.
_TIER = "CASE WHEN v.state = 'CLOSED' THEN e.tier END"
_OWN_ENTRIES = db.Select(
    f"SELECT {db.columns(_OwnEntryRow, 'e', tier=_TIER)} FROM event_entry e JOIN event v ON v.id = e.event_id"
    " WHERE e.membership_id = ANY($1) OR e.ended_by = ANY($1) ORDER BY e.id",
    _OwnEntryRow,
)
_REDACT_REASONS = "UPDATE event_entry SET reason = NULL WHERE {} = ANY($1) AND reason IS NOT NULL"
_OWN_QUESTIONS = db.Select(
    "SELECT q.community_id, q.event_id, q.number, q.text, q.options,"
    " CASE WHEN v.state = 'CLOSED' THEN q.answers END AS answers, q.created_at"
    " FROM event_question q JOIN event v ON v.id = q.event_id WHERE q.written_by = ANY($1) ORDER BY q.id",
    _OwnQuestionRow,
)
_OWN = (
    own_rows("events.json", EventRow, by="written_by"),
    OwnRows("entries.json", _OWN_ENTRIES, is_by_person=False, others=("membership_id", "ended_by")),
    # No id, which would tell how many votes others gave meanwhile.
    own_rows("votes.json", pick(EventVote, "community_id event_id entry_id created_at"), by="membership_id"),
    own_rows("voting.json", pick(EventVoter, "community_id event_id day today total"), by="membership_id"),
    own_rows(
        "jurors.json", JurorRow, by="membership_id appointed_by", others="membership_id appointed_by",
    ),
    own_rows("scores.json", pick(EventScore, "community_id event_id entry_id points total updated_at"),
             by="membership_id"),
    own_rows("prizes.json", pick(EventPrize, "community_id event_id entry_id tier created_at taken_back_at"
                                 " reward_id redemption_id has_badge"), by="membership_id"),
    own_rows(
        "check_ins.json", pick(EventCheckIn, "community_id event_id entry_id day submission_id is_make_up created_at"),
        by="membership_id",
    ),
    own_rows(
        "answers.json",
        pick(EventAnswer, "community_id event_id question_id entry_id number is_right rank created_at"),
        by="membership_id",
    ),
    OwnRows("questions.json", _OWN_QUESTIONS, is_by_person=False, others=()),
)  # fmt: skip


async def erase(subject: DataSubject, content: ErasureContent) -> None:
    """Redact the reasons of the person's disqualifications. Entries, votes and prizes stay, without a name.

    With REMOVE the events that the person wrote, and the reasons that the person gave, are redacted too.
    """
    mine = subject.membership_ids
    await db.execute(_REDACT_REASONS.format("membership_id"), mine)
    if content is ErasureContent.REMOVE:
        await db.execute(_REDACT_REASONS.format("ended_by"), mine)
        await db.execute(
            f"UPDATE event SET title = '{REDACTED}', text = '{REDACTED}', version = version + 1"
            f" WHERE written_by = ANY($1) AND (title <> '{REDACTED}' OR text <> '{REDACTED}')",
            mine,
        )
        await db.execute(
            f"UPDATE event_question SET text = '{REDACTED}', options = '[]', answers = '[]'"
            f" WHERE written_by = ANY($1) AND text <> '{REDACTED}'",
            mine,
        )


PART = Part(room="events", own=_OWN, erase=erase)
