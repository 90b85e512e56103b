"""Records of endorsements that are no longer current, or current again, with the reason.

What readers see is computed when they read it. The records follow by effects, for the audit trail, the notices and the
points.
"""

from __future__ import annotations

from community.experts import notes
from community.experts.models import EndorsementState
from community.experts.queries import SELECT, EndorsementRow
from community.kernel import audit, clock, db
from community.kernel.row_failures import walk
from community.notices.models import NoticeKind
from community.notices.service import notify_member
from community.points.earning import claw_back
from community.submissions import queries as submissions

_BATCH_SIZE = 100
_OF_SUBMISSION = db.Select(f"{SELECT} WHERE e.submission_id = $2 ORDER BY e.id FOR UPDATE OF e", EndorsementRow)
_OF_CREDENTIAL = db.Select(
    "SELECT submission_id AS id FROM endorsement WHERE credential_id = $1 AND submission_id > $2"
    f" GROUP BY submission_id ORDER BY submission_id LIMIT {_BATCH_SIZE}",
    db.Id,
)

_OF_PERSON = db.Select(
    "SELECT e.submission_id AS id FROM membership m JOIN endorsement e ON e.membership_id = m.id"
    " WHERE m.person_id = $1 AND e.submission_id > $2 GROUP BY e.submission_id ORDER BY e.submission_id"
    f" LIMIT {_BATCH_SIZE}",
    db.Id,
)


def build_cause(endorsement_id: int) -> str:
    """Return the cause of the points for an endorsement."""
    return f"endorsement:{endorsement_id}"


@db.transactional
async def follow_submission(submission_id: int) -> None:
    """Record the present state of each endorsement of a submission. Idempotent."""
    # The lock orders it with publications, removals and endorsements.
    await submissions.lock(submission_id)
    for row in await _OF_SUBMISSION.all(clock.now(), submission_id):
        if row.state is not row.recorded:
            await _record(row)


async def follow_credential(credential_id: int) -> None:
    """Record the present state of each endorsement by a credential. Idempotent."""
    await _follow_all(_OF_CREDENTIAL, credential_id)


async def follow_expert(person_id: int) -> None:
    """Record the present state of each endorsement by a person. Idempotent."""
    await _follow_all(_OF_PERSON, person_id)


async def _follow_all(endorsed: db.Select[db.Id], number: int) -> None:
    async for row in walk(lambda last: endorsed.all(number, last), 0):
        await follow_submission(row.id)


async def _record(row: EndorsementRow) -> None:
    is_current = row.state is EndorsementState.CURRENT
    await db.execute("UPDATE endorsement SET recorded = $2 WHERE id = $1", row.id, row.state)
    event_id = await audit.record_about(
        row, "endorsement.revive" if is_current else "endorsement.lapse", by=None, submission=row.submission_id,
        state=row.state.value, was=row.recorded.value,
    )  # fmt: skip
    await notes.sync(row)
    if row.state is EndorsementState.NOT_PUBLIC:
        await claw_back.claw_back(row.community_id, build_cause(row.id))
    elif row.recorded is EndorsementState.NOT_PUBLIC:
        await claw_back.restore(row.community_id, build_cause(row.id))
    if row.state is EndorsementState.TEXT_CHANGED:
        await notify_member(
            row.community_id, row.membership_id, kind=NoticeKind.ENDORSEMENT_LAPSED,
            key=f"endorsement-lapsed:{event_id}", detail={"submission": row.submission_id},
        )  # fmt: skip
