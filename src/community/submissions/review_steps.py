"""Verbs that the review calls to start a review, send back, publish or refuse."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from community.communities.queries import MemberRow
from community.communities.settings import Visibility
from community.kernel import clock, db
from community.media import uses
from community.submissions import board_counts, changes, search
from community.submissions.errors import StateForbids
from community.submissions.models import SubmissionState
from community.submissions.queries import COLUMNS, SubmissionRow, get_by_ids, list_revision_media_ids

_START_REVIEW = db.Change(
    "UPDATE submission SET state = 'IN_REVIEW', version = version + 1, updated_at = $2"
    f" WHERE id = $1 AND state = 'PENDING_SCREENING' RETURNING {COLUMNS}",
    SubmissionRow,
)
_SEND_BACK = db.Change(
    "UPDATE submission SET state = 'RETURNED', version = version + 1, note = NULL, updated_at = $2"
    f" WHERE id = $1 AND state = 'PENDING_SCREENING' RETURNING {COLUMNS}",
    SubmissionRow,
)
# One conditional update checks the state and that the reviewed revision is still the latest. A check before the
# update would race with an edit.
_WHERE_REVIEWED_REVISION = (
    " WHERE community_id = $1 AND id = $2 AND state = 'IN_REVIEW' AND latest_revision ="
    " (SELECT number FROM submission_revision r WHERE r.community_id = $1 AND r.id = $3 AND r.submission_id = $2)"
)
_SET_PUBLISHED = (
    "UPDATE submission SET state = $8, version = version + 1, published_revision = latest_revision,"
    " recommended = $5, note = $6, updated_at = $4, masks = $7, published_ahead = ($8 = 'IN_REVIEW')"
)
# The readers are those for whom the author sent it, unless the community has fewer now. A later revision keeps them.
_PUBLISH_FIRST = db.Change(
    f"{_SET_PUBLISHED}, published_at = $4, published_for = CASE WHEN published_for = 'PUBLIC'"
    " THEN (SELECT c.visibility FROM community c WHERE c.id = $1) ELSE 'MEMBERS' END"
    f"{_WHERE_REVIEWED_REVISION} AND published_at IS NULL RETURNING {COLUMNS}",
    SubmissionRow,
)
_PUBLISH_AGAIN = db.Change(
    f"{_SET_PUBLISHED}{_WHERE_REVIEWED_REVISION} AND published_at IS NOT NULL RETURNING {COLUMNS}", SubmissionRow
)
_REOPEN = db.Change(
    "UPDATE submission SET state = 'IN_REVIEW', version = version + 1, note = NULL, updated_at = $2"
    f" WHERE id = $1 AND state = 'REJECTED' RETURNING {COLUMNS}",
    SubmissionRow,
)
_SCREEN_AGAIN = db.Change(
    "UPDATE submission SET state = 'PENDING_SCREENING', version = version + 1, note = NULL, updated_at = $2"
    f" WHERE id = $1 AND state = 'RETURNED' AND latest_revision = sent_revision RETURNING {COLUMNS}",
    SubmissionRow,
)
_REFUSE = db.Change(
    "UPDATE submission SET state = $4, version = version + 1, note = $5, updated_at = $6"
    f"{_WHERE_REVIEWED_REVISION} RETURNING {COLUMNS}",
    SubmissionRow,
)


_HIDE_AHEAD = db.Change(
    "UPDATE submission SET published_revision = NULL, published_ahead = FALSE, recommended = FALSE"
    f" WHERE id = $1 AND published_ahead RETURNING {COLUMNS}",
    SubmissionRow,
)


@dataclass(frozen=True, slots=True)
class Publication:
    """A published submission. `is_first` is True if no revision of it was published before."""

    submission: SubmissionRow
    is_first: bool


@db.transactional
async def start_review(submission_id: int) -> SubmissionRow | None:
    """Move a submission from pending screening into review. Return None if it is not pending."""
    return await _START_REVIEW.first(submission_id, clock.now())


@db.transactional
async def send_back(submission_id: int) -> SubmissionRow | None:
    """Return a submission with refused pictures to its author. Return None if it is not pending screening.

    It has no note, because its pictures have the reasons. What no leader has approved is no longer public.
    """
    await _hide_ahead(submission_id)
    row = await _SEND_BACK.first(submission_id, clock.now())
    if row is not None:
        changes.record(None, row, "submission.send_back")
    return row


@db.transactional
async def reopen(submission_id: int, *, by: MemberRow | None) -> SubmissionRow:
    """Bring a rejected submission into review again, and return it. The operator is None.

    The caller opens the case. Raises Conflict for another state.
    """
    row = changes.require_changed(await _REOPEN.first(submission_id, clock.now()))
    changes.record(by, row, "submission.reopen")
    return row


@db.transactional
async def screen_again(submission_id: int, *, by: MemberRow | None) -> None:
    """Send a returned submission to the screening again. The operator is None.

    Raises Conflict for another state, and if its author has edited it since.
    """
    row = changes.require_changed(await _SCREEN_AGAIN.first(submission_id, clock.now()))
    changes.record_and_notify_review(by, row, "submission.reopen")


async def _hide_ahead(submission_id: int) -> None:
    """Hide the revision that was published before a leader looked. The points of earlier approvals stay."""
    row = await _HIDE_AHEAD.first(submission_id)
    if row is not None:
        await search.update_index([row])
        await board_counts.recount(row.community_id, row.author_id)
        await uses.publish([], by=changes.build_media_consumer(row), for_everyone=False)
        await changes.put_follow_endorsements(row)


@db.transactional
async def publish(
    community_id: int,
    submission_id: int,
    *,
    revision_id: int,
    recommended: bool,
    note: str | None,
    masks: Sequence[tuple[str, int, int]] = (),
    state: Literal[SubmissionState.PUBLISHED, SubmissionState.IN_REVIEW] = SubmissionState.PUBLISHED,
) -> Publication:
    """Make this revision public, with stars for others at the places of `masks`.

    With the state IN_REVIEW it is public before a leader looks.
    Raises Conflict if it is no longer the latest one in review.
    """
    given = (
        community_id,
        submission_id,
        revision_id,
        clock.now(),
        recommended,
        note,
        json.dumps(list(masks)) if masks else None,
        state,
    )
    (before,) = await get_by_ids([submission_id])
    first = None if before.published_at is not None else await _PUBLISH_FIRST.first(*given)
    row = first or changes.require_changed(await _PUBLISH_AGAIN.first(*given))
    shown = await list_revision_media_ids(row.id, row.published_revision)
    consumer = changes.build_media_consumer(row)
    await search.update_index([row])
    if first is not None:
        await board_counts.count_first_publication(row)
    else:
        await changes.put_follow_endorsements(row)
        if before.published_revision is None:  # It was hidden, because no leader had approved it.
            await board_counts.recount(row.community_id, row.author_id)
    await uses.keep_only(shown, by=consumer)
    await uses.publish(shown, by=consumer, for_everyone=row.published_for is Visibility.PUBLIC)
    return Publication(row, is_first=first is not None)


@db.transactional
async def refuse(
    community_id: int, submission_id: int, *, revision_id: int, state: SubmissionState, note: str
) -> SubmissionRow:
    """Return or reject this revision. A revision that a leader approved before stays public.

    Raises Conflict if it is no longer the latest one in review, and StateForbids for another state.
    """
    if state not in {SubmissionState.RETURNED, SubmissionState.REJECTED}:
        raise StateForbids
    await _hide_ahead(submission_id)
    row = await _REFUSE.first(community_id, submission_id, revision_id, state, note, clock.now())
    return changes.require_changed(row)
