"""Export and erasure of a person's events, entries and votes."""

from __future__ import annotations

from community.events.models import EventEntry, EventPrize, EventVoter
from community.events.rows import EventRow, VoteRow
from community.kernel import db
from community.kernel.ddl import REDACTED
from community.kernel.personal import DataSubject, ErasureContent, Part, own_rows
from community.kernel.tables import pick

_ENTRY = (
    "id community_id event_id membership_id submission_id state is_undated tier votes place created_at ended_at"
    " attended_at"
)
_REDACT_REASONS = "UPDATE event_entry SET reason = NULL WHERE {} = ANY($1) AND reason IS NOT NULL"
_OWN = (
    own_rows("events.json", EventRow, by="written_by"),
    own_rows(
        "entries.json", pick(EventEntry, f"{_ENTRY} ended_by reason"), by="membership_id ended_by",
        others="membership_id ended_by",
    ),
    own_rows("votes.json", VoteRow, by="membership_id"),
    own_rows("voting.json", pick(EventVoter, "community_id event_id day today total"), by="membership_id"),
    own_rows("prizes.json", pick(EventPrize, "community_id event_id entry_id tier created_at taken_back_at"),
             by="membership_id"),
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


PART = Part(room="events", own=_OWN, erase=erase)
