"""Mutations of submissions."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Annotated

import strawberry

from community.api import ids
from community.api.context import Caller, Info
from community.api.declare import argument, field, input_type, object_type
from community.api.mutation_inputs import Version
from community.api.mutations import (
    ThingVerb,
    Verb,
    community_mutation,
    mutation,
    thing_mutation,
)
from community.api.nodes import find_community_id
from community.api.review.templates import TemplateId, decode_template
from community.api.submissions.types import get_visible_submission
from community.communities.errors import NotAMember
from community.kernel import mistakes
from community.kernel.errors import InvalidInput
from community.review import removing
from community.review.personal import erase_submission
from community.submissions import readers, removal, write
from community.submissions.models import SubmissionKind
from community.submissions.queries import SubmissionRow
from community.submissions.reactions import likes
from community.submissions.rules import (
    MAX_MEDIA,
    MAX_TAG_LENGTH,
    MAX_TAGS,
    RevisionContent,
    normalise_content,
    require_complete,
)


@input_type
class SubmissionTextInput:
    """Content of a submission."""

    title: str = field(default="", description="Title, 1 to 60 characters. A draft may have none.")
    text: str = field(default="", description="Text, 1 to 5000 characters, with line breaks. A draft may have none.")
    tags: list[str] = field(
        default_factory=list,
        description=f"Tags, at most {MAX_TAGS}, each one word of 1 to {MAX_TAG_LENGTH} characters.",
    )
    product_ref: str | None = field(
        default=None, description="Product id of the ordering system, 1 to 64 characters. Null for none."
    )
    media_ids: list[strawberry.ID] = field(
        default_factory=list,
        description=f"Ids of the viewer's pictures in order, at most {MAX_MEDIA}. They may still be processing.",
    )

    def to_content(self, check: mistakes.collect) -> RevisionContent:
        """Return the content. Give `check` every part that exceeds its limit."""
        return check(
            normalise_content,
            title=self.title,
            text=self.text,
            tags=self.tags,
            product_ref=self.product_ref,
            media_ids=[
                check(ids.decode, "Media", given, path=f"content.mediaIds.{index}")
                for index, given in enumerate(self.media_ids)
            ],
        )


@input_type
class SubmissionLikeInput:
    """Input for `submissionLike` and `submissionUnlike`."""

    submission_id: strawberry.ID = field(description="Id of the submission.")


_CHANGED = "Submission in its new state."
_change = partial(thing_mutation, of=(SubmissionRow, "submission_id"), submission=_CHANGED)


async def run_reaction(
    info: Info, submission_id: strawberry.ID, verb: Callable[[Caller, int], Awaitable[SubmissionRow]]
) -> SubmissionRow:
    """Run a verb of likes or favourites. Raises NotAMember only for a submission that the caller can read."""
    number = ids.decode("Submission", submission_id, path="submissionId")
    try:
        return await verb(Caller(info.context.viewer_id, await find_community_id(SubmissionRow, number)), number)
    except NotAMember:
        await get_visible_submission(number, info, path="submissionId")
        raise


@object_type
class SubmissionMutation:
    """Mutations of submissions."""

    @community_mutation("which creates a submission", submission=_CHANGED)
    def submission_create(
        self,
        kind: Annotated[SubmissionKind, argument("Kind.")],
        content: Annotated[SubmissionTextInput | None, argument("Content. Null for an empty draft.")] = None,
        draft: Annotated[bool, argument("True saves a draft. False sends it to review.")] = False,
    ) -> Verb[SubmissionRow]:
        """Create a submission, and send it to review unless it is a draft.

        Refuses with TOO_MANY_TODAY, CONSENT_MISSING, GUARDIAN_NEEDED, MEDIA_REFUSED, STORAGE_FULL, NOT_FOUND, or
        LEADERS_ONLY for a playbook.
        """

        def create(actor: Caller) -> Awaitable[SubmissionRow]:
            verb = write.create_draft if draft else write.create
            given = content or SubmissionTextInput()
            with mistakes.collect() as check:
                checked = given.to_content(check)
                if not draft:
                    check(require_complete, given.title, given.text)
            return verb(actor, kind=kind, content=checked)

        return create

    @_change("which writes a new revision")
    def submission_edit(
        self,
        version: Version,
        content: Annotated[
            SubmissionTextInput, argument("Whole content of the new revision. What is left out is empty.")
        ],
    ) -> ThingVerb[SubmissionRow]:
        """Write a new revision. Author only. Drafts and returned submissions may be incomplete.

        The published revision stays visible until the new one is approved. Refuses with AUTHORS_ONLY, STATE_FORBIDS,
        STALE_VERSION, TOO_MANY_TODAY, CONSENT_MISSING, GUARDIAN_NEEDED, MEDIA_REFUSED or STORAGE_FULL.
        """

        async def edit(actor: Caller, number: int) -> SubmissionRow:
            try:
                with mistakes.collect() as check:
                    checked = content.to_content(check)
            except InvalidInput as refusal:
                raise await write.complete_mistakes(
                    actor, number, version=version, given=(content.title, content.text), mistakes_of=refusal
                ) from None
            return await write.edit(actor, number, version=version, content=checked)

        return edit

    @_change("which sends a submission to review")
    def submission_submit(self, version: Version) -> ThingVerb[SubmissionRow]:
        """Send a draft or a returned submission to review. Author only.

        Refuses with INVALID_INPUT without a title and a text. Refuses with AUTHORS_ONLY, STATE_FORBIDS, STALE_VERSION,
        TOO_MANY_TODAY, CONSENT_MISSING or GUARDIAN_NEEDED.
        """
        return partial(write.submit, version=version)

    @_change("which withdraws the viewer's submission")
    def submission_withdraw(self, version: Version) -> ThingVerb[SubmissionRow]:
        """Withdraw the viewer's own submission permanently.

        Its pictures are deleted and its points are clawed back. Refuses with AUTHORS_ONLY, STATE_FORBIDS or
        STALE_VERSION.
        """
        return partial(removal.withdraw, version=version)

    @_change("which erases the viewer's submission")
    def submission_erase(self, version: Version) -> ThingVerb[SubmissionRow]:
        """Erase the words and pictures of the viewer's own submission permanently, also after leaving.

        The reasons that leaders gave for it are erased too. It is withdrawn, as by `submissionWithdraw`. A withdrawn or
        removed one keeps its state. Refuses with AUTHORS_ONLY or STALE_VERSION.
        """
        return partial(erase_submission, version=version)

    @_change("which shows the viewer's submission to everyone")
    def submission_make_public(self, version: Version) -> ThingVerb[SubmissionRow]:
        """Show the viewer's submission to everyone while the community is public. Author only.

        It was published for members, before the community was public. Refuses with AUTHORS_ONLY, STATE_FORBIDS,
        STALE_VERSION, CONSENT_MISSING or GUARDIAN_NEEDED.
        """
        return partial(readers.make_public, version=version)

    @_change("which removes a submission as a leader")
    def submission_remove(
        self,
        version: Version,
        reason: Annotated[str, argument("Reason, 1 to 500 characters, which the author reads.")],
        template_id: TemplateId = None,
    ) -> ThingVerb[SubmissionRow]:
        """Remove a submission from the community. Leaders only.

        Its author reads the reason. It can be restored for 30 days. Refuses with LEADERS_ONLY, STATE_FORBIDS or
        STALE_VERSION.
        """
        template = decode_template(template_id)
        return partial(removing.remove, version=version, reason=reason, template_id=template)

    @mutation(submission=_CHANGED)
    async def submission_like(self, info: Info, input: SubmissionLikeInput) -> SubmissionRow:
        """Like a published submission.

        Refuses with NOT_FOUND, NOT_A_MEMBER, CONSENT_MISSING or GUARDIAN_NEEDED. Repeating: changes nothing.
        """
        return await run_reaction(info, input.submission_id, likes.like)

    @mutation(submission=_CHANGED)
    async def submission_unlike(self, info: Info, input: SubmissionLikeInput) -> SubmissionRow:
        """Unlike a submission. Refuses with NOT_FOUND or NOT_A_MEMBER. Repeating: changes nothing."""
        return await run_reaction(info, input.submission_id, likes.unlike)
