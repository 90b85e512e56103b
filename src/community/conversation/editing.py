"""Editing of comments by their authors."""

from __future__ import annotations

from community.communities import permissions
from community.communities.permissions import Actor
from community.consent.models import ConsentPurpose
from community.conversation import checks, contents, effects, limits, queries, rules, visibility, writing
from community.conversation.queries import CommentRow
from community.conversation.rules import CommentContent
from community.kernel import db
from community.kernel.errors import InvalidInput, NotFound
from community.media import uses
from community.safety.checks import Screening
from community.safety.facts import Verdict
from community.submissions import queries as submissions


@db.transactional
async def edit(
    actor: Actor, comment_id: int, *, content: CommentContent, found: Screening, is_awaited: bool
) -> CommentRow:
    """Replace the content of the actor's comment within ten minutes, and return the comment.

    The new revision is checked as a new comment is. The old one stays public until then. Raises NotFound,
    AuthorsOnly, CommentStateForbids, EditPeriodOver, Muted, ThreadClosed, ConsentMissing, GuardianNeeded,
    InvalidInput, TextBlocked, CommentRepeated, MediaRefused and StorageFull.
    """
    member = await permissions.lock_consenting_member(actor, ConsentPurpose.SERVICE, ConsentPurpose.PUBLICATION)
    thread, row = await visibility.lock_comment(member.community_id, comment_id)
    checks.require_editable(row, member)
    checks.require_open(thread)
    if (await submissions.get(row.community_id, row.submission_id)).published_revision is None:
        raise NotFound("comment")
    if row.latest_revision > rules.MAX_EDITS:
        raise InvalidInput("too_many_edits", max=rules.MAX_EDITS, path=("text",))
    known = await contents.load_known(row.community_id, [member.id], [content])
    (repeated,) = await limits.find_repeated(row.submission_id, [(member.id, content.text)], except_id=row.id)
    refusal = (
        contents.find_content_refusal(content, member, known, found)
        or await contents.find_picture_refusal(content, member)
        or repeated
    )
    if refusal is not None:
        raise refusal
    edited = await writing.add_revision(member, row, content, found)
    await _drop_other_pictures(edited, content)
    if found.verdict is Verdict.PASS and not is_awaited:
        (edited,) = await visibility.publish_all(thread, [edited])
    else:
        await effects.follow_sending(edited)
    return edited


async def _drop_other_pictures(row: CommentRow, content: CommentContent) -> None:
    """End the use of a picture that no shown revision has."""
    kept = [] if content.media_id is None else [content.media_id]
    if row.published_revision is not None:
        (shown,) = await queries.get_revisions([(row.id, row.published_revision)])
        kept += [] if shown.media_id is None else [shown.media_id]
    await uses.keep_only(kept, by=visibility.build_media_consumer(row))
