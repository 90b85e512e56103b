"""Making, editing, submitting, withdrawing, removing, liking."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import strawberry

from community.api import ids
from community.api.context import Info
from community.api.declare import field, input_type, object_type
from community.api.payloads import KeyedInput, MutationPayload, mutation, run_mutation_once
from community.api.submissions.types import Submission
from community.communities.queries import MemberRow
from community.submissions import likes, queries, removal, write
from community.submissions.models import SubmissionKind
from community.submissions.queries import SubmissionRow
from community.submissions.rules import RevisionContent, normalise_content


@input_type
class SubmissionTextInput:
    """What a submission says."""

    title: str = field(description="1 to 60 characters.")
    text: str = field(description="1 to 5000 characters, with line breaks.")
    tags: list[str] = field(default_factory=list, description="Up to nine words of up to 20 characters.")
    product_ref: str | None = field(
        default=None, description="The product it is about, in the ordering system's words."
    )
    media_ids: list[strawberry.ID] = field(
        default_factory=list, description="Up to nine of my pictures, which may still be processing, in their order."
    )

    def to_content(self) -> RevisionContent:
        """The content, when every part is within its limits. Raises InvalidInput."""
        return normalise_content(
            title=self.title,
            text=self.text,
            tags=self.tags,
            product_ref=self.product_ref,
            media_ids=[ids.decode("Media", given, path="content.mediaIds") for given in self.media_ids],
        )


@input_type
class SubmissionCreateInput(KeyedInput):
    """A new submission."""

    kind: SubmissionKind = field(description="What it is.")
    content: SubmissionTextInput = field(description="What it says.")
    draft: bool = field(default=False, description="Keep it as a draft instead of sending it to review.")


@input_type
class SubmissionChangeInput(KeyedInput):
    """Something done to one submission as the caller last saw it."""

    submission_id: strawberry.ID = field(description="The submission.")
    version: int = field(description="The version that you saw: when it has changed since, nothing is done.")


@input_type
class SubmissionEditInput(SubmissionChangeInput):
    """A new revision of a submission."""

    content: SubmissionTextInput = field(description="What it says from now on.")


@input_type
class SubmissionSubmitInput(SubmissionChangeInput):
    """A draft, or what was returned, to be reviewed."""


@input_type
class SubmissionWithdrawInput(SubmissionChangeInput):
    """A submission to be taken back by its author."""


@input_type
class SubmissionRemoveInput(SubmissionChangeInput):
    """A submission to be taken off the community by a leader."""

    reason: str = field(description="Why, 1 to 500 characters; its author reads it.")


@input_type
class SubmissionLikeInput:
    """A submission to like, or to like no longer."""

    community_id: strawberry.ID = field(description="The community it is in.")
    submission_id: strawberry.ID = field(description="The submission.")


@object_type
class SubmissionPayload(MutationPayload):
    """What a mutation of one submission answers."""

    submission: Submission | None = field(default=None, description="The submission as it is now.")


@object_type
class SubmissionCreatePayload(SubmissionPayload):
    """What `submissionCreate` answers."""


@object_type
class SubmissionEditPayload(SubmissionPayload):
    """What `submissionEdit` answers."""


@object_type
class SubmissionSubmitPayload(SubmissionPayload):
    """What `submissionSubmit` answers."""


@object_type
class SubmissionWithdrawPayload(SubmissionPayload):
    """What `submissionWithdraw` answers."""


@object_type
class SubmissionRemovePayload(SubmissionPayload):
    """What `submissionRemove` answers."""


@object_type
class SubmissionLikePayload(SubmissionPayload):
    """What `submissionLike` answers."""


@object_type
class SubmissionUnlikePayload(SubmissionPayload):
    """What `submissionUnlike` answers."""


async def _run_submission_mutation(
    info: Info, operation: str, input: KeyedInput, verb: Callable[[MemberRow], Awaitable[SubmissionRow]]
) -> Submission:
    """The submission as it is after the verb was done once for the input's key."""

    async def number(actor: MemberRow) -> int:
        return (await verb(actor)).id

    member, submission_id = await run_mutation_once(info.context, operation, input, number)
    return Submission.of(await queries.get(member.community_id, submission_id))


def _decode_submission_id(given: strawberry.ID) -> int:
    return ids.decode("Submission", given, path="submissionId")


@object_type
class SubmissionMutation:
    """Making, editing, submitting, withdrawing, removing, liking."""

    @mutation
    async def submission_create(self, info: Info, input: SubmissionCreateInput) -> SubmissionCreatePayload:
        """Make a submission, and send it to review unless it is a draft."""

        async def create(actor: MemberRow) -> SubmissionRow:
            verb = write.create_draft if input.draft else write.create
            return await verb(actor, kind=input.kind, content=input.content.to_content())

        return SubmissionCreatePayload(
            submission=await _run_submission_mutation(info, "submissionCreate", input, create)
        )

    @mutation
    async def submission_edit(self, info: Info, input: SubmissionEditInput) -> SubmissionEditPayload:
        """Write a new revision. What was published stays up until the new revision is approved. Its author only."""

        async def edit(actor: MemberRow) -> SubmissionRow:
            submission_id = _decode_submission_id(input.submission_id)
            return await write.edit(actor, submission_id, version=input.version, content=input.content.to_content())

        return SubmissionEditPayload(submission=await _run_submission_mutation(info, "submissionEdit", input, edit))

    @mutation
    async def submission_submit(self, info: Info, input: SubmissionSubmitInput) -> SubmissionSubmitPayload:
        """Send a draft, or what was returned, to review. Its author only."""

        async def submit(actor: MemberRow) -> SubmissionRow:
            return await write.submit(actor, _decode_submission_id(input.submission_id), version=input.version)

        return SubmissionSubmitPayload(
            submission=await _run_submission_mutation(info, "submissionSubmit", input, submit)
        )

    @mutation
    async def submission_withdraw(self, info: Info, input: SubmissionWithdrawInput) -> SubmissionWithdrawPayload:
        """Take my own submission back, for good."""

        async def withdraw(actor: MemberRow) -> SubmissionRow:
            return await removal.withdraw(actor, _decode_submission_id(input.submission_id), version=input.version)

        return SubmissionWithdrawPayload(
            submission=await _run_submission_mutation(info, "submissionWithdraw", input, withdraw)
        )

    @mutation
    async def submission_remove(self, info: Info, input: SubmissionRemoveInput) -> SubmissionRemovePayload:
        """Take a submission off the community, for a reason that its author reads. Leaders only."""

        async def remove(actor: MemberRow) -> SubmissionRow:
            submission_id = _decode_submission_id(input.submission_id)
            return await removal.remove(actor, submission_id, version=input.version, reason=input.reason)

        return SubmissionRemovePayload(
            submission=await _run_submission_mutation(info, "submissionRemove", input, remove)
        )

    @mutation
    async def submission_like(self, info: Info, input: SubmissionLikeInput) -> SubmissionLikePayload:
        """Like what is published. Harmless to repeat."""
        member = await info.context.get_member(input.community_id)
        row = await likes.like(member, _decode_submission_id(input.submission_id))
        return SubmissionLikePayload(submission=Submission.of(row))

    @mutation
    async def submission_unlike(self, info: Info, input: SubmissionLikeInput) -> SubmissionUnlikePayload:
        """Take a like back. Harmless to repeat."""
        member = await info.context.get_member(input.community_id)
        row = await likes.unlike(member, _decode_submission_id(input.submission_id))
        return SubmissionUnlikePayload(submission=Submission.of(row))
