"""Verbs that end a submission, by its author or by a leader."""

from __future__ import annotations

from community.communities import memberships, permissions
from community.communities import queries as communities_queries
from community.communities.permissions import Actor, get_member_id
from community.communities.queries import MemberRow
from community.communities.trust import service as trust
from community.communities.trust.models import TrustEnd
from community.consent import consents
from community.consent.models import ConsentPurpose
from community.kernel import clock, db
from community.media import avatars, cleanup, sent_pictures, uses
from community.notices.models import NoticeKind
from community.notices.service import notify_member
from community.points.earning.claw_back import claw_back
from community.search import index
from community.submissions import board_counts, changes, checks, restoration, rules, search
from community.submissions.models import SubmissionState
from community.submissions.personal import redact_revisions
from community.submissions.queries import (
    COLUMNS,
    SubmissionRow,
    get,
    list_all_media_ids,
    list_revision_media_ids,
    lock,
)

_BATCH_SIZE = 100

_HIDE = db.Change(
    "UPDATE submission SET state = $4, version = version + 1, note = $5, updated_at = $6, published_revision = NULL,"
    " published_ahead = FALSE, recommended = FALSE"
    f" WHERE community_id = $1 AND id = $2 AND version = $3 RETURNING {COLUMNS}",
    SubmissionRow,
)
_KEEP_PUBLISHED = db.Change(
    "UPDATE submission SET state = 'PUBLISHED', version = version + 1, sent_revision = published_revision,"
    f" updated_at = $3 WHERE community_id = $1 AND id = $2 AND published_revision IS NOT NULL RETURNING {COLUMNS}",
    SubmissionRow,
)
_ERASE = db.Change(
    "UPDATE submission SET version = version + 1, note = NULL"
    f" WHERE community_id = $1 AND id = $2 AND version = $3 RETURNING {COLUMNS}",
    SubmissionRow,
)
_LOCK_PENDING = db.Select(
    f"SELECT {COLUMNS} FROM submission WHERE community_id = $1 AND author_id = $2"
    " AND state IN ('PENDING_SCREENING', 'IN_REVIEW') ORDER BY id FOR UPDATE",
    SubmissionRow,
)
_LOCK_PUBLIC_OR_PENDING = db.Select(
    f"SELECT {COLUMNS} FROM submission WHERE community_id = $1 AND author_id = $2 AND (published_revision IS NOT NULL"
    " OR state IN ('PENDING_SCREENING', 'IN_REVIEW')) ORDER BY id LIMIT $3 FOR UPDATE",
    SubmissionRow,
)


@db.transactional
async def withdraw(actor: Actor, submission_id: int, *, version: int) -> SubmissionRow:
    """Withdraw the actor's own submission for good, and return it. Only the author can still read it.

    Its pictures are removed, and the points for it are clawed back. A former member may withdraw too.
    Raises NotFound, AuthorsOnly, StateForbids, Conflict.
    """
    actor = await permissions.lock_current_or_former_member(actor)
    row = await changes.get_own(actor, submission_id, version=version)
    return await _withdraw(actor, row)


@db.transactional
async def erase(actor: Actor, submission_id: int, *, version: int) -> SubmissionRow:
    """Erase the words and pictures of the actor's own submission, and return it.

    A former member may erase too. It is withdrawn first if it is neither withdrawn nor removed. Likes, decisions and
    bookings stay. `review.personal.erase_submission` also redacts the reasons of the decisions.
    Idempotent: an erased submission stays unchanged. Raises NotFound, AuthorsOnly, Conflict.
    """
    actor = await permissions.lock_current_or_former_member(actor)
    row = await changes.get_own(actor, submission_id, version=version)
    if row.state in rules.WITHDRAW:
        row = await _withdraw(actor, row)
    await restoration.discard(row)
    if not await redact_revisions(row.id):
        return row
    media_ids = await list_all_media_ids(row.id)
    await index.forget_removed()
    await cleanup.lock(media_ids)
    await cleanup.remove_unused(media_ids)
    await sent_pictures.delete_squares(media_ids)
    row = changes.require_changed(await _ERASE.first(row.community_id, row.id, row.version))
    changes.record(actor, row, "submission.erase", **_describe_unsent(row.sent_revision is None))
    return row


@db.transactional
async def leave_community(actor: Actor) -> MemberRow:
    """End the actor's membership, and withdraw what waits for a decision. Return the former member.

    What is published stays, without a waiting edit. Raises NotAMember, LastLeader.
    """
    member = await memberships.leave(actor)
    await withdraw_waiting(member)
    return member


async def withdraw_waiting(former: MemberRow, *, by: MemberRow | None = None) -> None:
    """Withdraw what waits for a decision, of a member whose membership has ended.

    `by` is the leader who removed the member.
    """
    for row in await _LOCK_PENDING.all(former.community_id, former.id):
        if row.published_revision is None or row.published_ahead:
            await _withdraw(former, row, by=by)
        else:
            await _drop_edit(by or former, row)


async def _drop_edit(actor: MemberRow, row: SubmissionRow) -> None:
    row = await _KEEP_PUBLISHED.one(row.community_id, row.id, clock.now())
    shown = await list_revision_media_ids(row.id, row.published_revision)
    await uses.keep_only(shown, by=changes.build_media_consumer(row))
    changes.record_and_notify_review(actor, row, "submission.drop_edit")


@db.transactional
async def withdraw_batch(person_id: int) -> int:
    """Withdraw up to 100 submissions of a person and return the number withdrawn.

    These are the submissions that are public or on their way to publication. Removed ones can no longer be restored.
    The person's avatar is removed too.
    This follows from the withdrawal of a consent, by the person or by a guardian. It does nothing while the person
    consents to publication. Idempotent: a call without submissions left changes nothing.
    """
    if await consents.has_consent(person_id, ConsentPurpose.PUBLICATION):
        return 0
    count = 0
    members = await communities_queries.list_all_memberships(person_id)
    await restoration.discard_all([member.id for member in members])
    for member in members:
        for row in await _LOCK_PUBLIC_OR_PENDING.all(member.community_id, member.id, _BATCH_SIZE - count):
            await _withdraw(member, row)
            count += 1
    await avatars.release_avatar(person_id)
    return count


async def withdraw_all(person_id: int) -> int:
    """Repeat `withdraw_batch` until no submission is left, and return the number withdrawn."""
    count = 0
    while withdrawn := await withdraw_batch(person_id):
        count += withdrawn
    return count


@db.transactional
async def remove(actor: Actor, submission_id: int, *, version: int, reason: str) -> SubmissionRow:
    """Remove a submission from the community, and return it. Its author reads the reason.

    Its pictures lose their readers, and the points for it are clawed back. `restoration` can reverse it for 30 days.
    The trust in its author ends.
    Raises LeadersOnly, NotFound, StateForbids, InvalidInput, Conflict.
    """
    actor = await permissions.lock_member(actor)
    # It is locked first, because an edit that leaders do not see must not end this with Conflict.
    row = await lock((await get(actor.community_id, submission_id)).id)
    checks.require_visible_leader(row, actor)
    changes.require_version(row, actor, version)
    note = rules.normalise_note(reason, path="reason")
    return await remove_locked(actor, row, note=note, cause=TrustEnd.REMOVAL)


@db.transactional
async def remove_locked(actor: MemberRow | None, row: SubmissionRow, *, note: str, cause: TrustEnd) -> SubmissionRow:
    """Remove a locked submission for a locked leader or the operator, and return it.

    The trust in its author ends by `cause`.

    Raises what `checks.get_removed_state` raises.
    """
    state = checks.get_removed_state(row, actor)
    await _block_pictures(row)
    removed = await _hide(row, state, note)
    await restoration.record(actor, row)
    await uses.publish([], by=changes.build_media_consumer(row), for_everyone=False)
    changes.record_and_notify_review(actor, removed, "submission.remove")
    await notify_member(
        row.community_id, row.author_id, kind=NoticeKind.SUBMISSION_REMOVED,
        key=f"removed:{row.id}:{removed.version}", detail={"submission": row.id},
    )  # fmt: skip
    await end_trust(row.community_id, row.author_id, cause=cause, by_id=get_member_id(actor))
    return removed


@db.transactional
async def end_trust(community_id: int, author_id: int, *, cause: TrustEnd, by_id: int | None) -> bool:
    """End the trust in an author, who gets a notice. Return False if there was none."""
    ended = await trust.end(community_id, author_id, cause=cause, by_id=by_id)
    if ended is not None:
        await notify_member(
            community_id, author_id, kind=NoticeKind.TRUST_ENDED, key=f"trust:{ended}:ended", detail={"trust": ended}
        )
    return ended is not None


async def _block_pictures(row: SubmissionRow) -> None:
    """Mark the pictures that leaders have seen, to recognise later copies."""
    for number in {row.published_revision, row.sent_revision}:
        shown = await list_revision_media_ids(row.id, number)
        await sent_pictures.block(row.community_id, row.id, shown)


async def _withdraw(author: MemberRow, row: SubmissionRow, *, by: MemberRow | None = None) -> SubmissionRow:
    detail = _describe_unsent(row.state is SubmissionState.DRAFT)
    row = await _hide(row, checks.get_withdrawn_state(row, author), None)
    await uses.release(by=changes.build_media_consumer(row))
    changes.record_and_notify_review(by or author, row, "submission.withdraw", **detail)
    return row


def _describe_unsent(is_unsent: bool) -> dict[str, str]:
    """Return the detail by which the leaders' trail leaves out what was never sent."""
    return {"was": SubmissionState.DRAFT.value} if is_unsent else {}


async def _hide(row: SubmissionRow, state: SubmissionState, note: str | None) -> SubmissionRow:
    """Hide a submission from readers, and claw its points back."""
    if row.published_revision is not None:
        await changes.put_follow_endorsements(row)
    row = changes.require_changed(await _HIDE.first(row.community_id, row.id, row.version, state, note, clock.now()))
    await search.update_index([row])
    await board_counts.recount(row.community_id, row.author_id)
    await claw_back(row.community_id, cause=f"submission:{row.id}")
    return row
