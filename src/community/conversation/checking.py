"""The checks of a comment behind the call.

The comment is its author's alone until they passed. What fails, or gets no answer in time, waits for a leader.
"""

from __future__ import annotations

from datetime import timedelta

from community.communities.queries import get_members
from community.conversation import queries, visibility
from community.conversation.cases import build_thing
from community.conversation.queries import SUBJECT_KIND, CommentRevisionRow, CommentRow
from community.kernel import clock, db
from community.kernel.row_failures import run_each
from community.media import comment_pictures
from community.media import queries as media
from community.media.models import MediaState
from community.review import judging
from community.review.cases import add_reasons
from community.review.models import ThingKind
from community.review.screening import late_answers
from community.review.screening.conclusion import describe_results, list_overdue_findings
from community.review.screening.reasons import list_reasons
from community.review.things import ThingRevision
from community.safety.checks import find_worst
from community.safety.facts import Finding, Level, Reason, Verdict
from community.safety.platform import checks as platform_checks
from community.settings import Settings

MAX_DURATION = timedelta(minutes=45)
"""Time after which a leader looks at a comment whose checks have not ended."""
_BATCH_SIZE = 200

_OVERDUE = db.Select(
    "SELECT id FROM comment WHERE pending_revision IS NOT NULL AND verdict IS NULL AND sent_at <= $1"
    f" ORDER BY sent_at, id LIMIT {_BATCH_SIZE}",
    db.Id,
)


async def check_comment(settings: Settings, comment_id: int) -> None:
    """Check a pending revision with its picture, once that is ready. Idempotent.

    It also happens while a leader looks, who then gets the reasons. A comment with a refused picture is refused, and
    so is one with a picture that a leader removed before. Raises PlatformBusy if a repetition may succeed.
    """
    found = await _find_pending(comment_id)
    if found is None:
        return
    row, revision = found
    media_ids = [] if revision.media_id is None else [revision.media_id]
    texts = {"text": revision.text}
    for picture in await media.get_by_ids(media_ids):
        if picture.state in {MediaState.RECEIVING, MediaState.PROCESSING}:
            return  # The end of the processing puts the effect again.
        if picture.state is not MediaState.READY:
            await _refuse(row, revision)
            return
        texts |= {} if picture.alt_text is None else {"altText": picture.alt_text}
    new_picture = await _find_new_picture(row, revision)
    if new_picture is not None and await _has_removed_picture(row, revision, new_picture):
        await _refuse(row, revision)
        return
    (author,) = await get_members([row.author_id])
    await platform_checks.start(
        settings, revision.subject, community_id=row.community_id, author_person_id=author.person_id,
        texts=texts, media=media_ids,
    )  # fmt: skip
    await conclude(revision.subject)


@db.transactional
async def conclude(subject: str) -> None:
    """End the checks of a revision `comment:7` if no answer is awaited. Idempotent.

    What the platform finds while or after a leader looks is for the leaders.
    """
    kind, _, number = subject.partition(":")
    revision = await queries.find_revision(int(number)) if kind == SUBJECT_KIND else None
    if revision is None:
        return
    _, row = await visibility.lock_comment(revision.community_id, revision.comment_id)
    if row.pending_revision != revision.number:
        about = ThingRevision(ThingKind.COMMENT, row.id, revision.number)
        await late_answers.follow_thing(build_thing(row), about, subject)
        return
    results = await platform_checks.list_results(subject)
    findings = [*describe_results(results), *await _list_picture_findings(row, revision)]
    if row.verdict is not None:
        waiting = await judging.find_waiting(build_thing(row))
        if waiting is not None:
            await add_reasons(waiting, list_reasons(findings), urgency=1 if findings else 0)
            await late_answers.add_to_case(waiting, subject)
        return
    if any(result.verdict is None for result in results):
        return
    match find_worst(findings):
        case Verdict.PASS:
            await visibility.publish(row.community_id, row.id, revision=revision.number)
        case Verdict.REVIEW:
            await visibility.ask_leader(row.community_id, row.id, revision=revision.number, findings=findings)
        case Verdict.BLOCK:
            await visibility.refuse(row.community_id, row.id, revision=revision.number)


async def _find_new_picture(row: CommentRow, revision: CommentRevisionRow) -> int | None:
    """Return the picture of a revision, or None without one that is new."""
    if revision.media_id is None or row.published_revision is None:
        return revision.media_id
    (shown,) = await queries.get_revisions([(row.id, row.published_revision)])
    return None if shown.media_id == revision.media_id else revision.media_id


async def _has_removed_picture(row: CommentRow, revision: CommentRevisionRow, media_id: int) -> bool:
    await _add_picture(row, revision, media_id)
    return await comment_pictures.compare(row.community_id, row.id, media_id)


@db.transactional
async def _add_picture(row: CommentRow, revision: CommentRevisionRow, media_id: int) -> None:
    _, now = await visibility.lock_comment(row.community_id, row.id)
    if now.pending_revision == revision.number:
        await comment_pictures.add(row.community_id, row.id, media_id)


async def _list_picture_findings(row: CommentRow, revision: CommentRevisionRow) -> list[Finding]:
    media_id = await _find_new_picture(row, revision)
    if media_id is None or not await comment_pictures.is_known(row.community_id, row.id, media_id):
        return []
    return [Finding(Level.REVIEW, Reason.KNOWN_PICTURE, figures={"number": 1})]


async def recover() -> None:
    """Give up to 200 comments whose checks are overdue to the leaders.

    One that fails is logged, and the others follow. Raises RowsFailed at the end.
    """
    overdue = await _OVERDUE.all(clock.now() - MAX_DURATION)
    await run_each("comment", overdue, lambda row: _give_up(row.id))


@db.transactional
async def _give_up(comment_id: int) -> None:
    found = await _find_pending(comment_id)
    if found is not None and found[0].verdict is None:
        row, revision = found
        findings = await list_overdue_findings(revision.subject)
        await visibility.ask_leader(row.community_id, row.id, revision=revision.number, findings=findings)


@db.transactional
async def _refuse(row: CommentRow, revision: CommentRevisionRow) -> None:
    _, now = await visibility.lock_comment(row.community_id, row.id)
    if now.pending_revision == revision.number:
        await visibility.refuse(row.community_id, row.id, revision=revision.number)


async def _find_pending(comment_id: int) -> tuple[CommentRow, CommentRevisionRow] | None:
    """Return a comment with its pending revision, or None."""
    row = (await queries.find_by_ids([comment_id])).get(comment_id)
    if row is None or row.pending_revision is None:
        return None
    (revision,) = await queries.get_revisions([(row.id, row.pending_revision)])
    return row, revision
