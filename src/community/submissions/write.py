"""Verbs by which an author creates, edits and submits."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from community.accounts.attempts import COUNT_IN_DAY
from community.communities import permissions
from community.communities.errors import LeadersOnly
from community.communities.newcomers import Limited
from community.communities.permissions import Actor
from community.communities.queries import MemberRow
from community.consent import consents
from community.consent.models import ConsentPurpose
from community.kernel import clock, db, mistakes
from community.kernel.errors import InvalidInput
from community.media import uses
from community.media.models import MediaSubject
from community.submissions import changes, checks, daily, rules
from community.submissions.daily import DayCount
from community.submissions.models import SubmissionKind, SubmissionState
from community.submissions.queries import COLUMNS, SubmissionRow, get_revisions, list_revision_media_ids

_READERS_NOW = "(SELECT c.visibility FROM community c WHERE c.id = $1)"


def _join_all(sql: str) -> tuple[db.Joined, db.Joined]:
    """Return a change of a submission with its count, without pictures and with them."""
    parts: dict[str, db.Change[Any]] = {"counted": COUNT_IN_DAY, "changed": db.Change(sql, SubmissionRow)}
    return db.Joined(**parts), db.Joined(**parts, **uses.join_uses("changed"))


_INSERT = _join_all(
    "INSERT INTO submission"
    " (community_id, author_id, kind, state, created_at, updated_at, sent_revision, published_for)"
    f" VALUES ($1, $2, $3, $4, $5, $5, $6, CASE WHEN CAST($6 AS BIGINT) IS NOT NULL THEN {_READERS_NOW} END)"
    f" RETURNING {COLUMNS}"
)
_INSERT_REVISION = (
    "INSERT INTO submission_revision (community_id, submission_id, number, title, text, product_ref, created_at)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id"
)
# Written together with the revision.
_INSERT_TAGS = (
    "INSERT INTO revision_tag (community_id, revision_id, position, tag)"
    " SELECT $1, $ids, given.position - 1, given.tag FROM unnest($2::text[]) WITH ORDINALITY AS given (tag, position)"
)
_INSERT_MEDIA = (
    "INSERT INTO revision_media (community_id, revision_id, position, media_id)"
    " SELECT $1, $ids, given.position - 1, given.id FROM unnest($2::bigint[]) WITH ORDINALITY AS given (id, position)"
)
_EDIT = _join_all(
    "UPDATE submission SET state = $4, version = version + 1, latest_revision = latest_revision + 1,"
    # Others see the time, and must not learn of an edit that was not sent.
    " updated_at = CASE WHEN $4 = 'RETURNED' THEN updated_at ELSE $5 END,"
    " sent_revision = CASE WHEN $4 = 'PENDING_SCREENING' THEN latest_revision + 1 ELSE sent_revision END,"
    " published_for = CASE WHEN $4 = 'PENDING_SCREENING' AND published_at IS NULL"
    f" THEN {_READERS_NOW} ELSE published_for END"
    f" WHERE community_id = $1 AND id = $2 AND version = $3 RETURNING {COLUMNS}"
)
_SUBMIT = db.Change(
    "UPDATE submission SET state = $4, version = version + 1, note = NULL, updated_at = $5,"
    f" sent_revision = latest_revision, published_for = CASE WHEN published_at IS NULL THEN {_READERS_NOW}"
    " ELSE published_for END"
    f" WHERE community_id = $1 AND id = $2 AND version = $3 RETURNING {COLUMNS}",
    SubmissionRow,
)


@db.transactional
async def create_draft(actor: Actor, *, kind: SubmissionKind, content: rules.RevisionContent) -> SubmissionRow:
    """Create a draft with its first revision, and return it. It needs consent to the service only.

    Raises ConsentMissing, GuardianNeeded, TooManyToday, and LeadersOnly for a playbook of another member. Raises
    NotFound, MediaRefused and StorageFull for its pictures.
    """
    actor = await permissions.lock_consenting_member(actor, ConsentPurpose.SERVICE)
    return await _create(actor, kind, content, SubmissionState.DRAFT)


@db.transactional
async def create(actor: Actor, *, kind: SubmissionKind, content: rules.RevisionContent) -> SubmissionRow:
    """Create a submission, send it to review, and return it.

    It also needs consent to publication. Raises what `create_draft` raises, Muted, and InvalidInput without a title and
    text.
    """
    actor = await permissions.lock_consenting_member(actor, ConsentPurpose.SERVICE, ConsentPurpose.PUBLICATION)
    permissions.require_not_muted(actor)
    rules.require_complete(content.title, content.text)
    return await _create(actor, kind, content, SubmissionState.PENDING_SCREENING)


@db.transactional
async def edit(actor: Actor, submission_id: int, *, version: int, content: rules.RevisionContent) -> SubmissionRow:
    """Add a revision, and return the submission.

    A submission in review or published goes to review again. Its published revision stays visible meanwhile.
    A draft or a returned submission may lack a title and a text. Any other raises InvalidInput without them.
    Raises NotFound, AuthorsOnly, StateForbids, Muted, ConsentMissing, GuardianNeeded, TooManyToday, MediaRefused,
    StorageFull, and Conflict if the submission has another version.
    """
    actor = await permissions.lock_member(actor)
    row = await changes.get_own(actor, submission_id, version=version)
    state = checks.get_edited_state(row, actor)
    if state is SubmissionState.PENDING_SCREENING:
        rules.require_complete(content.title, content.text)
        await _require_consents(actor)
        counting = await daily.prepare(actor, Limited.EDITED, Limited.SENT)
    else:
        counting = await daily.prepare(actor, Limited.EDITED)
    now = clock.now()
    row = await _write(_EDIT, (row.community_id, row.id, version, state, now), counting, content)
    # Pictures of older revisions are no longer used. Those of the published revision are still visible.
    shown = await list_revision_media_ids(row.id, row.published_revision)
    await uses.keep_only([*content.media_ids, *shown], by=changes.build_media_consumer(row))
    changes.record_and_notify_review(actor, row, "submission.edit", *_build_revision(row, content, now))
    row.loaded = {"viewer": actor}
    return row


@db.transactional
async def complete_mistakes(
    actor: Actor, submission_id: int, *, version: int, given: tuple[str, str], mistakes_of: InvalidInput
) -> InvalidInput:
    """Return the mistakes of a refused edit, with those of missing parts.

    `given` are the title and the text. Raises NotFound, AuthorsOnly, StateForbids, Muted, Conflict.
    """
    actor = await permissions.lock_member(actor)
    state = checks.get_edited_state(await changes.get_own(actor, submission_id, version=version), actor)
    check = mistakes.collect()
    check.add(mistakes_of)
    if state is SubmissionState.PENDING_SCREENING:
        check(rules.require_complete, *given)
    return check.join()


@db.transactional
async def submit(actor: Actor, submission_id: int, *, version: int) -> SubmissionRow:
    """Send a draft or a returned submission to review, and return it.

    Raises InvalidInput without a title and a text, NotFound, AuthorsOnly, StateForbids, Muted, ConsentMissing,
    GuardianNeeded, TooManyToday, Conflict.
    """
    actor = await permissions.lock_member(actor)
    row = await changes.get_own(actor, submission_id, version=version)
    state = checks.get_submitted_state(row, actor)
    (revision,) = await get_revisions([(row.id, row.latest_revision)])
    rules.require_complete(revision.title, revision.text)
    await _require_consents(actor)
    await daily.count(actor, Limited.SENT)
    row = changes.require_changed(await _SUBMIT.first(row.community_id, row.id, version, state, clock.now()))
    changes.record_and_notify_review(actor, row, "submission.submit")
    row.loaded = {"viewer": actor}
    return row


async def _create(
    actor: MemberRow, kind: SubmissionKind, content: rules.RevisionContent, state: SubmissionState
) -> SubmissionRow:
    if kind in rules.LEADER_KINDS and not actor.is_leader:
        raise LeadersOnly("playbook", path=("kind",))
    now = clock.now()
    if state is SubmissionState.DRAFT:
        sent, counting = None, await daily.prepare(actor, Limited.CREATED)
    else:
        sent, counting = 1, await daily.prepare(actor, Limited.CREATED, Limited.SENT)
    row = await _write(_INSERT, (actor.community_id, actor.id, kind, state, now, sent), counting, content)
    changes.record_and_notify_review(actor, row, "submission.create", *_build_revision(row, content, now))
    row.loaded = {"viewer": actor, "liked_by_me": False}
    return row


async def _require_consents(actor: MemberRow) -> None:
    await consents.require_consent(actor.person_id, ConsentPurpose.SERVICE, ConsentPurpose.PUBLICATION)


async def _write(
    change: tuple[db.Joined, db.Joined], values: tuple[Any, ...], counting: DayCount, content: rules.RevisionContent
) -> SubmissionRow:
    """Change a submission, count it, and add the uses of its pictures. Raises what they refuse, and Conflict."""
    actor, media_ids = counting.actor, content.media_ids
    parts = [counting.build_values(), values]
    if media_ids:
        parts += uses.build_values(
            actor.person_id, media_ids, subject=MediaSubject.SUBMISSION, community_id=actor.community_id
        )
    counted, changed, *added = await change[bool(media_ids)].run(*parts)
    counting.require_within_limits(counted)
    row = changes.require_changed(changed[0] if changed else None)
    if media_ids:
        uses.require_added(media_ids, added, path=("content", "mediaIds"))
    return row


def _build_revision(row: SubmissionRow, content: rules.RevisionContent, now: datetime) -> list[db.Write]:
    """Return what writes the latest revision."""
    community_id = row.community_id
    revision = (community_id, row.id, row.latest_revision, content.title, content.text, content.product_ref, now)
    writes: list[db.Write] = [(_INSERT_REVISION, revision)]
    if content.tags:
        writes.append((_INSERT_TAGS, (community_id, list(content.tags))))
    if content.media_ids:
        writes.append((_INSERT_MEDIA, (community_id, list(content.media_ids))))
    return writes
