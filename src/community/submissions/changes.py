"""Steps that the changes of a submission share."""

from __future__ import annotations

from community.communities.permissions import get_member_id
from community.communities.queries import MemberRow
from community.kernel import audit, db, outbox
from community.kernel.errors import Conflict
from community.media.models import MediaSubject
from community.media.uses import MediaConsumer
from community.submissions import checks
from community.submissions.models import SubmissionState
from community.submissions.queries import SubmissionRow, get


async def get_own(actor: MemberRow, submission_id: int, *, version: int) -> SubmissionRow:
    """Return the actor's own submission. Raises NotFound, AuthorsOnly, and Conflict for another version."""
    row = await get(actor.community_id, submission_id)
    checks.require_author(row, actor)
    require_version(row, actor, version)
    return row


def require_version(row: SubmissionRow, member: MemberRow, version: int) -> None:
    """Raise Conflict unless the member sees this version of the submission."""
    if checks.get_visible_version(row, member) != version:
        raise Conflict(path=("version",))


def require_changed(row: SubmissionRow | None) -> SubmissionRow:
    """Return the row of a conditional update. Raises Conflict if it changed nothing."""
    if row is None:
        raise Conflict(path=("version",))
    return row


def build_media_consumer(row: SubmissionRow) -> MediaConsumer:
    """Return the submission as a consumer of pictures."""
    return MediaConsumer(MediaSubject.SUBMISSION, row.id, row.community_id)


async def put_follow_endorsements(row: SubmissionRow) -> None:
    """Put the effect that records which endorsements are current. Its published revision has changed."""
    await outbox.put("effects.follow_endorsements", submission_id=row.id)


def record(actor: MemberRow | None, row: SubmissionRow, action: str, **detail: str) -> None:
    """Write the audit row of a change. The actor is None when the service itself made it."""
    db.defer(_build_record(actor, row, action, detail))


def record_and_notify_review(
    actor: MemberRow | None, row: SubmissionRow, action: str, *further: db.Write, **detail: str
) -> None:
    """Write the audit row, and put the effect that syncs the review cases.

    A draft has no case. `further` writes are carried out with them.
    """
    writes = [*further, _build_record(actor, row, action, detail)]
    if row.state is not SubmissionState.DRAFT:
        writes.append(outbox.build_put("effects.receive_submission", submission_id=row.id))
    db.defer(*writes)


def _build_record(actor: MemberRow | None, row: SubmissionRow, action: str, detail: dict[str, str]) -> db.Write:
    return audit.build_record(
        row.community_id, get_member_id(actor), action,
        subject="submission", subject_id=row.id, revision=row.latest_revision, state=row.state.value,
        **detail,
    )  # fmt: skip
