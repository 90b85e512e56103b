"""Mutations of comments."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Annotated

import strawberry

from community.api import ids
from community.api.context import Caller, Info
from community.api.conversation import types as _types  # noqa: F401 - it declares the type of a comment
from community.api.declare import argument, field, input_type, object_type
from community.api.mutations import KeyedThingInput, ThingVerb, mutation, run_verb_once, thing_mutation
from community.api.nodes import find_community_id, find_readable
from community.communities.errors import NotAMember
from community.conversation import editing, ending, likes, post, screening, threads
from community.conversation.post import Draft
from community.conversation.queries import CommentRow
from community.conversation.rules import CommentContent, normalise_content, normalise_reason
from community.kernel import db, idempotency, mistakes
from community.kernel.errors import NotFound
from community.safety.platform import checks as platform_checks
from community.submissions.queries import SubmissionRow


@input_type
class CommentCreateInput(KeyedThingInput):
    """Input for `commentCreate`, which sends a comment or a reply."""

    submission_id: strawberry.ID = field(description="Id of the published submission.")
    text: str = field(description="Text, 1 to 500 characters, with line breaks.")
    parent_id: strawberry.ID | None = field(
        default=None, description="Id of the comment that it answers. Null for the submission."
    )
    media_id: strawberry.ID | None = field(default=None, description="Id of the viewer's picture. Null for none.")
    mention_ids: list[strawberry.ID] = field(
        default_factory=list, description="Ids of members to mention, at most 5. Each gets a notice."
    )


def _decode_content(text: str, media_id: strawberry.ID | None, mention_ids: list[strawberry.ID]) -> CommentContent:
    with mistakes.collect() as check:
        picture = None if media_id is None else check(ids.decode, "Media", media_id, path="mediaId")
        mentioned = [
            check(ids.decode, "Member", given, path=f"mentionIds.{index}") for index, given in enumerate(mention_ids)
        ]
        return check(normalise_content, text, media_id=picture, mention_ids=mentioned)


@input_type
class CommentEditInput(KeyedThingInput):
    """Input for `commentEdit`, which replaces the content of a comment."""

    comment_id: strawberry.ID = field(description="Id of the viewer's comment.")
    text: str = field(description="Text, 1 to 500 characters, with line breaks.")
    media_id: strawberry.ID | None = field(default=None, description="Id of the viewer's picture. Null for none.")
    mention_ids: list[strawberry.ID] = field(default_factory=list, description="Ids of members to mention, at most 5.")


@input_type
class CommentLikeInput:
    """Input for `commentLike` and `commentUnlike`."""

    comment_id: strawberry.ID = field(description="Id of the comment.")


async def _run_like(
    info: Info, given: CommentLikeInput, verb: Callable[[Caller, int], Awaitable[CommentRow]]
) -> CommentRow:
    number = ids.decode("Comment", given.comment_id, path="commentId")
    try:
        return await verb(Caller(info.context.viewer_id, await find_community_id(CommentRow, number)), number)
    except NotAMember:
        raise NotFound("comment") from None


_on_thread = partial(thing_mutation, of=(SubmissionRow, "submission_id"), submission="Submission.")


@object_type
class CommentMutation:
    """Mutations of comments."""

    @mutation(comment="New comment. Null if the viewer can no longer read it.")
    async def comment_create(self, info: Info, input: CommentCreateInput) -> CommentRow:
        """Send a comment under a published submission, or a reply to a comment.

        It is public immediately unless it waits for a check. Listed words are refused with TEXT_BLOCKED. Also
        refuses with NOT_FOUND, INVALID_INPUT, MUTED, THREAD_CLOSED, COMMENT_REPEATED, COMMENT_TOO_SOON,
        TOO_MANY_TODAY, CONSENT_MISSING, GUARDIAN_NEEDED, MEDIA_REFUSED or STORAGE_FULL.
        """
        with mistakes.collect() as check:
            number = check(ids.decode, "Submission", input.submission_id, path="submissionId")
            parent = None if input.parent_id is None else check(ids.decode, "Comment", input.parent_id, path="parentId")
            content = check(_decode_content, input.text, input.media_id, input.mention_ids)
            check(idempotency.validate_key, input.idempotency_key)
        actor = Caller(info.context.viewer_id, await find_community_id(SubmissionRow, number))
        draft = Draft(number, content, parent)
        try:
            made = await post.send(
                info.context.settings, actor, draft, key=input.idempotency_key, session_id=info.context.session_id
            )
        except NotAMember:
            raise NotFound("submission") from None
        return await find_readable(CommentRow, db.Id(made), info)  # type: ignore[return-value]  # null after leaving

    @mutation(comment="Edited comment.")
    async def comment_edit(self, info: Info, input: CommentEditInput) -> CommentRow:
        """Replace the content of a comment within ten minutes after it was sent. Author only.

        The old text stays public until the new one has passed its checks. Refuses with NOT_FOUND, AUTHORS_ONLY,
        COMMENT_STATE_FORBIDS, EDIT_PERIOD_OVER, MUTED, THREAD_CLOSED, TEXT_BLOCKED, COMMENT_REPEATED,
        CONSENT_MISSING, GUARDIAN_NEEDED, MEDIA_REFUSED or STORAGE_FULL.
        """
        with mistakes.collect() as check:
            number = check(ids.decode, "Comment", input.comment_id, path="commentId")
            content = check(_decode_content, input.text, input.media_id, input.mention_ids)
            check(idempotency.validate_key, input.idempotency_key)
        actor = Caller(info.context.viewer_id, await find_community_id(CommentRow, number))
        found = await screening.check(actor, content)
        is_asked = await platform_checks.is_asked(info.context.settings, actor.person_id)
        is_awaited = content.media_id is not None or is_asked

        async def edit(caller: Caller) -> CommentRow:
            return await editing.edit(caller, number, content=content, found=found, is_awaited=is_awaited)

        try:
            done = await run_verb_once("commentEdit", input, actor, edit)
        except NotAMember:
            raise NotFound("comment") from None
        return await find_readable(CommentRow, done, info)  # type: ignore[return-value]  # null after leaving

    @thing_mutation(
        "which deletes a comment",
        of=(CommentRow, "comment_id", "Id of the viewer's comment."),
        comment="Deleted comment.",
    )
    def comment_delete(self) -> ThingVerb[CommentRow]:
        """Delete the viewer's comment with its text and picture, also after leaving. Its replies stay.

        Its points are clawed back. Refuses with NOT_FOUND, AUTHORS_ONLY or COMMENT_STATE_FORBIDS.
        """
        return ending.delete

    @mutation(comment="Liked comment.")
    async def comment_like(self, info: Info, input: CommentLikeInput) -> CommentRow:
        """Like a published comment.

        Refuses with NOT_FOUND, CONSENT_MISSING or GUARDIAN_NEEDED. Repeating: changes nothing.
        """
        return await _run_like(info, input, likes.like)

    @mutation(comment="Comment without the like.")
    async def comment_unlike(self, info: Info, input: CommentLikeInput) -> CommentRow:
        """Unlike a comment. Refuses with NOT_FOUND. Repeating: changes nothing."""
        return await _run_like(info, input, likes.unlike)

    @_on_thread(
        "which closes the comments of a submission",
        of=(SubmissionRow, "submission_id", "Id of the published submission."),
    )
    def comments_close(
        self, reason: Annotated[str, argument("Reason, 1 to 200 characters, which the readers see.")]
    ) -> ThingVerb[SubmissionRow]:
        """Close the comments of a published submission. Leaders only. Refuses with LEADERS_ONLY or NOT_FOUND."""
        return partial(threads.close, reason=normalise_reason(reason))

    @_on_thread(
        "which opens the comments of a submission again",
        of=(SubmissionRow, "submission_id", "Id of the published submission."),
    )
    def comments_open(self) -> ThingVerb[SubmissionRow]:
        """Open the comments of a submission again. Leaders only. Refuses with LEADERS_ONLY or NOT_FOUND."""
        return threads.open_again
