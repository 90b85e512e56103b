"""Mutations of comments."""

from __future__ import annotations

import strawberry

from community.api import ids
from community.api.context import Caller, Info
from community.api.conversation import types as _types  # noqa: F401 - it declares the type of a comment
from community.api.declare import field, input_type, object_type
from community.api.mutations import KeyedThingInput, mutation
from community.api.nodes import find_community_id, find_readable
from community.communities.errors import NotAMember
from community.conversation import post
from community.conversation.post import Draft
from community.conversation.queries import CommentRow
from community.conversation.rules import CommentContent, normalise_content
from community.kernel import idempotency, mistakes
from community.submissions import queries as submissions
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


@object_type
class CommentMutation:
    """Mutations of comments."""

    @mutation(comment="New comment. Null if the viewer can no longer read it.")
    async def comment_create(self, info: Info, input: CommentCreateInput) -> CommentRow:
        """Send a comment under a published submission, or a reply to a comment.

        It is public immediately unless it waits for a check. Listed words are refused with COMMENT_BLOCKED. Also
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
            raise submissions.make_not_found() from None
        return await find_readable(CommentRow, made, info)  # type: ignore[return-value]  # null after leaving
