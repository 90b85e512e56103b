"""Export and erasure of appeals and reports."""

from __future__ import annotations

from community.kernel import db
from community.kernel.ddl import REDACTED
from community.kernel.personal import DataSubject, ErasureContent, Part, own_rows
from community.kernel.tables import pick
from community.review import case_words
from community.review.appeals import appeals
from community.review.appeals.models import Appeal, Report
from community.review.models import ThingKind

_APPEAL = "id community_id case_id subject subject_id state answer created_at answered_at"
_REPORT = (
    "id community_id submission_id revision_id thing thing_id thing_revision category text state created_at answered_at"
)
_OWN = (
    own_rows("appeals.json", pick(Appeal, f"{_APPEAL} text"), by="author_id"),
    own_rows("appeals_answered_by_me.json", pick(Appeal, _APPEAL), by="answered_by"),
    own_rows("reports.json", pick(Report, _REPORT), by="reporter_id"),
)
_REDACT_ANSWERS = f"UPDATE appeal SET answer = '{REDACTED}' WHERE answer IS NOT NULL AND "
_REDACT_TEXTS = f"UPDATE appeal SET text = '{REDACTED}' WHERE "
_REDACT_REPORTS = "UPDATE report SET text = NULL WHERE text IS NOT NULL AND "
_OF_THING = "case_id IN (SELECT id FROM review_case WHERE thing = $1 AND thing_id = $2)"
_OF_SUBMISSION = "case_id IN (SELECT id FROM review_case WHERE submission_id = $1)"


async def erase(subject: DataSubject, content: ErasureContent) -> None:
    """End the person's appeals, and redact the words of appeals and reports.

    With REMOVE the answers that the person gave are redacted too. Grounds, outcomes and times stay.
    """
    members = subject.membership_ids
    await appeals.end_of_authors(members)
    await db.execute(f"{_REDACT_TEXTS}author_id = ANY($1)", members)
    await db.execute(f"{_REDACT_ANSWERS}author_id = ANY($1)", members)
    await db.execute(f"{_REDACT_REPORTS}reporter_id = ANY($1)", members)
    if content is ErasureContent.REMOVE:
        await db.execute(f"{_REDACT_ANSWERS}answered_by = ANY($1)", members)


@db.transactional
async def redact_about(submission_id: int) -> None:
    """Redact the texts of appeals and reports that may quote a submission."""
    await db.execute(f"{_REDACT_TEXTS}{_OF_SUBMISSION}", submission_id)
    await db.execute(f"{_REDACT_ANSWERS}{_OF_SUBMISSION}", submission_id)
    await db.execute(f"{_REDACT_REPORTS}submission_id = $1", submission_id)


async def redact_about_thing(kind: ThingKind, thing_id: int) -> None:
    """Redact the texts of appeals and reports about a deleted thing. The words of its cases are removed."""
    await case_words.erase_thing(kind, thing_id)
    await db.execute(f"{_REDACT_TEXTS}{_OF_THING}", kind, thing_id)
    await db.execute(f"{_REDACT_ANSWERS}{_OF_THING}", kind, thing_id)
    await db.execute(f"{_REDACT_REPORTS}thing = $1 AND thing_id = $2", kind, thing_id)


PART = Part(room="appeals", own=_OWN, erase=erase)
