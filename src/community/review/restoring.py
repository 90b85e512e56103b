"""The restoration of a removed submission by a leader."""

from __future__ import annotations

from community.communities import permissions
from community.communities.permissions import Actor
from community.communities.queries import MemberRow
from community.kernel import db
from community.notices.models import NoticeKind
from community.notices.service import notify_member
from community.review import cases, checks
from community.review.models import CaseKind, CaseReason
from community.review.queries import list_cases
from community.review.service import require_publishable
from community.submissions import changes, restoration, rules
from community.submissions import queries as submissions
from community.submissions.checks import require_visible_leader
from community.submissions.errors import RemovalFinal, StateForbids
from community.submissions.models import SubmissionState
from community.submissions.queries import SubmissionRow
from community.submissions.restoration import RemovalRow


@db.transactional
async def restore(actor: Actor, submission_id: int, *, version: int, reason: str) -> SubmissionRow:
    """Restore a removed submission as it was before, and return it. Its author reads the reason.

    Any leader but the author can do so for 30 days, also its remover.
    Raises LeadersOnly, NotFound, OwnSubmission, AuthorSuspended, AuthorDisagrees, StateForbids, RemovalFinal,
    InvalidInput, Conflict.
    """
    author_id = (await submissions.get(actor.community_id, submission_id)).author_id
    leader = await permissions.lock_member(actor, author_id)
    row = await submissions.lock(submission_id)
    require_visible_leader(row, leader)
    changes.require_version(row, leader, version)
    note = rules.normalise_note(reason, path="reason")
    (removal,) = await restoration.find_newest([row.id])
    if row.state is not SubmissionState.REMOVED:
        raise StateForbids(row.state.value.lower())
    if removal is None:  # It was removed by an older version, which deleted its pictures.
        raise RemovalFinal
    checks.require_restorer(removal, leader)
    return await restore_removal(removal, by=leader, note=note)


async def restore_removal(removal: RemovalRow, *, by: MemberRow | None, note: str) -> SubmissionRow:
    """Restore a locked submission, notify its author and return it. The operator is None.

    Raises AuthorSuspended, AuthorDisagrees, StateForbids, RemovalFinal.
    """
    await require_publishable(removal.author_id)
    row = await restoration.restore(removal, by=by, note=note)
    if row.state is SubmissionState.IN_REVIEW:
        (revision,) = await submissions.get_revisions([(row.id, row.latest_revision)])
        await cases.open_case(
            CaseKind.REVISION, community_id=row.community_id, author_id=row.author_id, submission_id=row.id,
            revision_id=revision.id, excluded_id=await _find_excluded(row.id, revision.id),
            reasons=[CaseReason.NEW if row.published_revision is None else CaseReason.EDIT],
        )  # fmt: skip
    await notify_member(
        row.community_id, row.author_id, kind=NoticeKind.SUBMISSION_RESTORED,
        key=f"restored-submission:{removal.id}", detail={"submission": row.id},
    )  # fmt: skip
    return row


async def _find_excluded(submission_id: int, revision_id: int) -> int | None:
    """Return the leader whom the last case about this revision excluded, or None."""
    earlier = [case for case in await list_cases(submission_id) if case.revision_id == revision_id]
    return earlier[-1].excluded_id if earlier else None
