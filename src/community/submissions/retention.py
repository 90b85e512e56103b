"""Redaction of texts that were withdrawn or removed long ago."""

from __future__ import annotations

from datetime import datetime

from community.kernel import db
from community.kernel.ddl import REDACTED
from community.submissions.personal import redact_revisions

_OLD = db.Select(
    "SELECT s.id FROM submission s WHERE s.state IN ('WITHDRAWN', 'REMOVED') AND s.updated_at < $1 AND EXISTS ("
    f"SELECT 1 FROM submission_revision r WHERE r.submission_id = s.id AND r.text <> '{REDACTED}')"
    " ORDER BY s.id LIMIT 200",
    db.Id,
)


@db.transactional
async def redact_old_texts(before: datetime) -> list[int]:
    """Redact up to 200 old submissions, and return their ids.

    These were withdrawn or removed before `before`. Call it until it returns none.
    """
    rows = await _OLD.all(before)
    for row in rows:
        await redact_revisions(row.id)
    return [row.id for row in rows]
