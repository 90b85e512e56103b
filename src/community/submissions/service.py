"""Verbs of submissions: create, edit, submit, withdraw, remove, like, and what the review does with a revision."""

from __future__ import annotations

from datetime import datetime

from community.communities import queries
from community.communities.errors import LeadersOnly
from community.communities.permissions import require_leader
from community.communities.queries import MemberRow
from community.consent import consents
from community.consent.models import ConsentPurpose
from community.kernel import audit, clock, db, outbox
from community.kernel.errors import Conflict
from community.media import service as media
from community.media.models import MediaSubject
from community.points.earning.claw_back import claw_back
from community.submissions import rules
from community.submissions.errors import AuthorsOnly, StateForbids
from community.submissions.models import SubmissionKind, SubmissionState
from community.submissions.queries import COLUMNS, SubmissionRow, get, list_revision_media_ids, make_not_found

_BATCH_SIZE = 100


_NEW = db.Change(
    "INSERT INTO submission (community_id, author_id, kind, state, created_at, updated_at)"
    f" VALUES ($1, $2, $3, $4, $5, $5) RETURNING {COLUMNS}",
    SubmissionRow,
)
_NEW_REVISION = db.Change(
    "INSERT INTO submission_revision (community_id, submission_id, number, title, text, product_ref, created_at)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id",
    db.Id,
)
_SET_STATE = db.Change(
    "UPDATE submission SET state = $4, version = version + 1, note = $5, updated_at = $6"
    f" WHERE community_id = $1 AND id = $2 AND version = $3 RETURNING {COLUMNS}",
    SubmissionRow,
)
_HIDE = db.Change(
    "UPDATE submission SET state = $4, version = version + 1, note = $5, updated_at = $6, published_revision = NULL,"
    f" recommended = FALSE WHERE community_id = $1 AND id = $2 AND version = $3 RETURNING {COLUMNS}",
    SubmissionRow,
)
_LOCK_PUBLIC_OR_PENDING = db.Select(
    f"SELECT {COLUMNS} FROM submission WHERE community_id = $1 AND author_id = $2 AND (published_revision IS NOT NULL"
    " OR state IN ('PENDING_SCREENING', 'IN_REVIEW')) ORDER BY id LIMIT $3 FOR UPDATE",
    SubmissionRow,
)
_EDIT = db.Change(
    "UPDATE submission SET state = $4, version = version + 1, latest_revision = latest_revision + 1, updated_at = $5"
    f" WHERE community_id = $1 AND id = $2 AND version = $3 RETURNING {COLUMNS}",
    SubmissionRow,
)
_RECEIVE = db.Change(
    "UPDATE submission SET state = 'IN_REVIEW', version = version + 1, updated_at = $2"
    f" WHERE id = $1 AND state = 'PENDING_SCREENING' RETURNING {COLUMNS}",
    SubmissionRow,
)
_SEND_BACK = db.Change(
    "UPDATE submission SET state = 'RETURNED', version = version + 1, note = $2, updated_at = $3"
    f" WHERE id = $1 AND state = 'PENDING_SCREENING' RETURNING {COLUMNS}",
    SubmissionRow,
)
# The decision's guard: the state, and the very revision that was read, in one conditional update.
_WHERE_REVIEWED_REVISION = (
    " WHERE community_id = $1 AND id = $2 AND state = 'IN_REVIEW' AND latest_revision ="
    " (SELECT number FROM submission_revision r WHERE r.community_id = $1 AND r.id = $3 AND r.submission_id = $2)"
)
_PUBLISH = db.Change(
    "UPDATE submission SET state = 'PUBLISHED', version = version + 1, published_revision = latest_revision,"
    " published_at = COALESCE(published_at, $4), recommended = $5, note = $6, updated_at = $4"
    f"{_WHERE_REVIEWED_REVISION} RETURNING {COLUMNS}",
    SubmissionRow,
)
_REFUSE = db.Change(
    "UPDATE submission SET state = $4, version = version + 1, note = $5, updated_at = $6"
    f"{_WHERE_REVIEWED_REVISION} RETURNING {COLUMNS}",
    SubmissionRow,
)
_NEW_LIKE = db.Change(
    "INSERT INTO submission_like (community_id, submission_id, membership_id, created_at) VALUES ($1, $2, $3, $4)"
    " ON CONFLICT (community_id, submission_id, membership_id) DO NOTHING RETURNING id",
    db.Id,
)
_DROP_LIKE = db.Change(
    "DELETE FROM submission_like WHERE community_id = $1 AND submission_id = $2 AND membership_id = $3 RETURNING id",
    db.Id,
)
_COUNT_LIKE = db.Change(
    "UPDATE submission SET like_count = like_count + $3 WHERE community_id = $1 AND id = $2"
    " AND published_revision IS NOT NULL RETURNING id",
    db.Id,
)


# --- the author's ------------------------------------------------------------------------------------------------


@db.transactional
async def create(
    actor: MemberRow, *, kind: SubmissionKind, content: rules.RevisionContent, draft: bool = False
) -> SubmissionRow:
    """A new submission with its first revision: a draft, or on its way to review.

    Raises LeadersOnly for a playbook, ConsentMissing and GuardianNeeded for a draft as for what is to be published,
    NotFound and MediaRefused for pictures as `media.use` does.
    """
    await consents.require_consent(actor.person_id, ConsentPurpose.SERVICE)
    if not draft:
        await consents.require_consent(actor.person_id, ConsentPurpose.PUBLICATION)
    if kind is SubmissionKind.LEADER_PLAYBOOK and not actor.is_leader:
        raise LeadersOnly("Only leaders write playbooks.", path=("kind",))
    now = clock.now()
    row = await _NEW.one(
        actor.community_id, actor.id, kind, SubmissionState.DRAFT if draft else SubmissionState.PENDING_SCREENING, now
    )
    await _write_revision(actor, row, content, now)
    await _record_and_notify(actor, row, "submission.create")
    return row


@db.transactional
async def edit(actor: MemberRow, submission_id: int, *, version: int, content: rules.RevisionContent) -> SubmissionRow:
    """A new revision. What was in review or published goes to review again; what is published stays up meanwhile.

    Raises NotFound, AuthorsOnly, StateForbids, ConsentMissing, GuardianNeeded, MediaRefused, and Conflict when
    `version` is not the submission's any more.
    """
    row = await _get_own(actor, submission_id, version=version)
    state = rules.get_next_state(rules.EDIT if row.published_revision is None else rules.EDIT_PUBLISHED, row.state)
    if state is SubmissionState.PENDING_SCREENING:
        await _require_consents(actor)
    now = clock.now()
    row = _require_current(await _EDIT.first(row.community_id, row.id, version, state, now))
    await _write_revision(actor, row, content, now)
    # What an older revision showed is let go of, unless it is what everybody sees.
    shown = await list_revision_media_ids(row.id, row.published_revision)
    await media.keep_only([*content.media_ids, *shown], by=_build_consumer(row))
    await _record_and_notify(actor, row, "submission.edit")
    return row


@db.transactional
async def submit(actor: MemberRow, submission_id: int, *, version: int) -> SubmissionRow:
    """Send a draft, or what was returned, to review.

    Raises NotFound, AuthorsOnly, StateForbids, ConsentMissing, GuardianNeeded, Conflict.
    """
    row = await _get_own(actor, submission_id, version=version)
    state = rules.get_next_state(rules.SUBMIT, row.state)
    await _require_consents(actor)
    row = _require_current(await _SET_STATE.first(row.community_id, row.id, version, state, None, clock.now()))
    await _record_and_notify(actor, row, "submission.submit")
    return row


@db.transactional
async def withdraw(actor: MemberRow, submission_id: int, *, version: int) -> SubmissionRow:
    """Take one's own submission back, for good: nobody else sees it any more.

    Its pictures are removed, and what it was thanked with is taken back.

    Raises NotFound, AuthorsOnly, StateForbids, Conflict.
    """
    row = await _get_own(actor, submission_id, version=version)
    state = rules.get_next_state(rules.WITHDRAW, row.state)
    return await _withdraw(actor, row, state)


async def _withdraw(author: MemberRow, row: SubmissionRow, state: SubmissionState) -> SubmissionRow:
    row = _require_current(await _HIDE.first(row.community_id, row.id, row.version, state, None, clock.now()))
    await claw_back(row.community_id, cause=f"submission:{row.id}")
    await media.release(by=_build_consumer(row))
    await _record_and_notify(author, row, "submission.withdraw")
    return row


@db.transactional
async def withdraw_batch(person_id: int) -> int:
    """Withdraw up to 100 submissions of a person that are public or on their way there, and their avatar; how many.

    Again goes on, and then changes nothing. It follows from a consent that was withdrawn, or a guardian's: while the
    person agrees to publication, nothing is taken back.
    """
    if await consents.has_consent(person_id, ConsentPurpose.PUBLICATION):
        return 0
    count = 0
    for member in await queries.list_all_memberships(person_id):
        for row in await _LOCK_PUBLIC_OR_PENDING.all(member.community_id, member.id, _BATCH_SIZE - count):
            await _withdraw(member, row, SubmissionState.WITHDRAWN)
            count += 1
    await media.release_avatar(person_id)
    return count


async def withdraw_all(person_id: int) -> int:
    """As `take_back_some`, until nothing is left; how many submissions."""
    count = 0
    while some := await withdraw_batch(person_id):
        count += some
    return count


async def _require_consents(actor: MemberRow) -> None:
    for purpose in (ConsentPurpose.SERVICE, ConsentPurpose.PUBLICATION):
        await consents.require_consent(actor.person_id, purpose)


async def _get_own(actor: MemberRow, submission_id: int, *, version: int) -> SubmissionRow:
    row = await get(actor.community_id, submission_id)
    if row.author_id != actor.id:
        # What is not public must not be told apart from what does not exist.
        raise AuthorsOnly if row.published_revision is not None else make_not_found()
    if row.version != version:
        raise Conflict(path=("version",))
    return row


def _require_current(row: SubmissionRow | None) -> SubmissionRow:
    if row is None:
        raise Conflict(path=("version",))
    return row


def _build_consumer(row: SubmissionRow) -> media.MediaConsumer:
    return media.MediaConsumer(MediaSubject.SUBMISSION, row.id, row.community_id)


async def _write_revision(actor: MemberRow, row: SubmissionRow, content: rules.RevisionContent, now: datetime) -> None:
    revision = await _NEW_REVISION.one(
        row.community_id, row.id, row.latest_revision, content.title, content.text, content.product_ref, now
    )
    for position, tag in enumerate(content.tags):
        await db.execute(
            "INSERT INTO revision_tag (community_id, revision_id, position, tag) VALUES ($1, $2, $3, $4)",
            row.community_id, revision.id, position, tag,
        )  # fmt: skip
    if content.media_ids:
        await media.use(actor.person_id, content.media_ids, by=_build_consumer(row), path=("content", "mediaIds"))
    for position, media_id in enumerate(content.media_ids):
        await db.execute(
            "INSERT INTO revision_media (community_id, revision_id, position, media_id) VALUES ($1, $2, $3, $4)",
            row.community_id, revision.id, position, media_id,
        )  # fmt: skip


async def _record_and_notify(actor: MemberRow, row: SubmissionRow, action: str) -> None:
    """The audit row, and word to the review, whose case may have to be opened or closed."""
    await audit.record(
        row.community_id, actor.id, action,
        subject="submission", subject_id=row.id, revision=row.latest_revision, state=row.state.value,
    )  # fmt: skip
    if row.state is not SubmissionState.DRAFT:
        await outbox.put("effects.receive_submission", submission_id=row.id)


# --- the community's ---------------------------------------------------------------------------------------------


@db.transactional
async def remove(actor: MemberRow, submission_id: int, *, version: int, reason: str) -> SubmissionRow:
    """Take a submission off the community for a reason that its author reads.

    Its pictures are removed, and what it was thanked with is taken back.

    Raises LeadersOnly, NotFound, StateForbids, InvalidInput, Conflict.
    """
    require_leader(actor)
    row = await get(actor.community_id, submission_id)
    if row.state in rules.AUTHOR_ONLY_STATES and row.author_id != actor.id:
        raise make_not_found()
    if row.version != version:
        raise Conflict(path=("version",))
    state = rules.get_next_state(rules.REMOVE, row.state)
    note = rules.normalise_note(reason, path="reason")
    row = _require_current(await _HIDE.first(row.community_id, row.id, version, state, note, clock.now()))
    await claw_back(row.community_id, cause=f"submission:{row.id}")
    await media.release(by=_build_consumer(row))
    await _record_and_notify(actor, row, "submission.remove")
    return row


@db.transactional
async def like(actor: MemberRow, submission_id: int) -> SubmissionRow:
    """Like what is published; liking it again changes nothing. Raises NotFound, ConsentMissing, GuardianNeeded."""
    await consents.require_consent(actor.person_id, ConsentPurpose.SERVICE)
    if await _NEW_LIKE.first(actor.community_id, await _get_public_id(actor, submission_id), actor.id, clock.now()):
        await _count_like(actor, submission_id, 1)
    return await get(actor.community_id, submission_id)


@db.transactional
async def unlike(actor: MemberRow, submission_id: int) -> SubmissionRow:
    """Take a like back; one that is not there changes nothing. Raises NotFound."""
    if await _DROP_LIKE.first(actor.community_id, await _get_public_id(actor, submission_id), actor.id):
        await _count_like(actor, submission_id, -1)
    return await get(actor.community_id, submission_id)


async def _get_public_id(actor: MemberRow, submission_id: int) -> int:
    row = await get(actor.community_id, submission_id)
    if row.published_revision is None:
        raise make_not_found()
    return row.id


async def _count_like(actor: MemberRow, submission_id: int, step: int) -> None:
    if await _COUNT_LIKE.first(actor.community_id, submission_id, step) is None:
        raise make_not_found()


# --- the review's ------------------------------------------------------------------------------------------------


@db.transactional
async def start_review(submission_id: int) -> SubmissionRow | None:
    """Move what is pending screening into review; None when it is not pending."""
    return await _RECEIVE.first(submission_id, clock.now())


@db.transactional
async def send_back(submission_id: int, *, note: str) -> SubmissionRow | None:
    """Return what is pending screening to its author with what to change; None when it is not pending."""
    row = await _SEND_BACK.first(submission_id, note, clock.now())
    if row is not None:
        await audit.record(
            row.community_id, None, "submission.send_back",
            subject="submission", subject_id=row.id, revision=row.latest_revision, state=row.state.value,
        )  # fmt: skip
    return row


@db.transactional
async def publish(
    community_id: int, submission_id: int, *, revision_id: int, recommended: bool, note: str | None
) -> SubmissionRow:
    """Make this very revision public. Raises Conflict when the submission has moved on."""
    row = _require_unchanged(
        await _PUBLISH.first(community_id, submission_id, revision_id, clock.now(), recommended, note)
    )
    shown = await list_revision_media_ids(row.id, row.published_revision)
    await media.keep_only(shown, by=_build_consumer(row))
    await media.publish(shown, by=_build_consumer(row))
    return row


@db.transactional
async def refuse(
    community_id: int, submission_id: int, *, revision_id: int, state: SubmissionState, note: str
) -> SubmissionRow:
    """Return or reject this very revision. What was published before stays up. Raises Conflict."""
    if state not in {SubmissionState.RETURNED, SubmissionState.REJECTED}:
        raise StateForbids
    return _require_unchanged(await _REFUSE.first(community_id, submission_id, revision_id, state, note, clock.now()))


def _require_unchanged(row: SubmissionRow | None) -> SubmissionRow:
    if row is None:
        raise Conflict("The author has changed or withdrawn this since you last saw it.", path=("version",))
    return row
