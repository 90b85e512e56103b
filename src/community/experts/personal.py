"""Export and erasure of a person's credentials, endorsements and requests."""

from __future__ import annotations

from community.experts import notes
from community.experts.models import Credential, Endorsement, EndorsementRequest, NoteState
from community.kernel import db
from community.kernel.ddl import REDACTED
from community.kernel.personal import DataSubject, ErasureContent, Part, own_rows
from community.kernel.tables import pick

_OWN = (
    own_rows(
        "credentials.json",
        pick(
            Credential,
            "community_id profession kinds tags issuer evidence state reason applied_at decided_at expires_at",
        ),
        by="membership_id",
    ),
    own_rows(
        "endorsements.json",
        pick(
            Endorsement,
            "community_id submission_id revision_id credential_id note recorded given_at renewed_at withdrawn_at"
            " withdraw_reason note_number note_state note_findings note_reason",
        ),
        by="membership_id",
    ),
    own_rows(
        "endorsement_requests.json",
        pick(EndorsementRequest, "community_id submission_id membership_id requested_by requested_at"),
        by="membership_id requested_by",
        others="membership_id requested_by",
    ),
)


_WAITING = db.Select(
    "SELECT id FROM endorsement WHERE membership_id = ANY($1) AND note_state = 'WAITING' ORDER BY id", db.Id
)
_REDACT_REASONS = (
    f"UPDATE endorsement SET note_reason = '{REDACTED}' WHERE note_reason IS NOT NULL AND id IN"
    " (SELECT v.subject_id FROM audit_event v WHERE v.actor_id = ANY($1) AND v.subject = 'endorsement'"
    " AND v.action = 'endorsement.refuse_note')"
)


async def erase(subject: DataSubject, content: ErasureContent) -> None:
    """Redact the words of the person's credentials and endorsements. An erased expert's endorsement is not current.

    A note that waits is refused. With REMOVE the reasons are redacted that the person gave as a leader.
    """
    # First, because the submission is locked before its endorsements.
    for waiting in await _WAITING.all(subject.membership_ids):
        await notes.set_state(await notes.lock(waiting.id), NoteState.REFUSED)
    await db.execute(
        f"UPDATE credential SET profession = '{REDACTED}', issuer = '{REDACTED}', evidence = '{REDACTED}',"
        f" reason = CASE WHEN reason IS NOT NULL THEN '{REDACTED}' END, tags = '[]' WHERE membership_id = ANY($1)",
        subject.membership_ids,
    )
    await db.execute(
        f"UPDATE endorsement SET note = '{REDACTED}', note_findings = NULL,"
        f" note_reason = CASE WHEN note_reason IS NOT NULL THEN '{REDACTED}' END,"
        f" withdraw_reason = CASE WHEN withdraw_reason IS NOT NULL THEN '{REDACTED}' END WHERE membership_id = ANY($1)",
        subject.membership_ids,
    )
    if content is ErasureContent.REMOVE:
        await db.execute(_REDACT_REASONS, subject.membership_ids)


PART = Part(room="experts", own=_OWN, erase=erase)
