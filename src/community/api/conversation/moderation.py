"""Mutations by which leaders judge comments, and members report and appeal."""

from __future__ import annotations

from functools import partial

import strawberry

from community.api.declare import field, input_type, object_type
from community.api.mutations import KeyedThingInput, ThingVerb, thing_mutation
from community.api.review.appeals import AppealInput
from community.api.review.mutations import ReviewDecisionInput
from community.conversation import moderation, queries
from community.conversation.queries import CommentRow, HidingRow
from community.review.appeals import appeals, reports
from community.review.appeals.models import AppealedAction, ReportCategory
from community.review.appeals.queries import AppealRow, ReportRow
from community.review.models import ThingKind
from community.review.queries import CaseRow
from community.review.queries import make_not_found as make_unknown_case


@input_type
class CommentApproveInput(ReviewDecisionInput):
    """Input for `commentApprove`, which publishes a waiting comment."""


@input_type
class CommentRefuseInput(ReviewDecisionInput):
    """Input for `commentRefuse`, which refuses a waiting comment."""

    reason: str = field(description="Reason, 1 to 500 characters, which the author reads.")


@input_type
class CommentHideInput(KeyedThingInput):
    """Input for `commentHide`, which hides a published comment."""

    comment_id: strawberry.ID = field(description="Id of the comment.")
    reason: str = field(description="Reason, 1 to 500 characters, which the author reads.")


@input_type
class CommentRestoreInput(KeyedThingInput):
    """Input for `commentRestore`, which shows a hidden comment again."""

    comment_id: strawberry.ID = field(description="Id of the comment.")


@input_type
class CommentReportInput(KeyedThingInput):
    """Input for `commentReport`, which reports a published comment."""

    comment_id: strawberry.ID = field(description="Id of the comment.")
    category: ReportCategory = field(description="Ground.")
    text: str | None = field(default=None, description="Explanation, 1 to 200 characters. Null for none.")


@input_type
class HidingAppealInput(AppealInput):
    """Input for `hidingAppeal`, an appeal against the hiding of a comment."""

    hiding_id: strawberry.ID = field(description="Id of the hiding.")


_decide = thing_mutation(
    of=(CaseRow, "review_case_id"), unknown=make_unknown_case, review_case="Review case in its new state."
)
_change = thing_mutation(
    of=(CommentRow, "comment_id"), unknown=queries.make_not_found, comment="Comment in its new state."
)


@object_type
class CommentModerationMutation:
    """Mutations about comments by leaders, and reports and appeals."""

    @_decide
    def comment_approve(self, input: CommentApproveInput) -> ThingVerb[CaseRow]:
        """Publish the waiting comment of a case. Leaders only, never its author.

        Refuses with OWN_THING, CASE_CLAIMED, AUTHOR_DISAGREES, AUTHOR_SUSPENDED, LEADERS_ONLY, STALE_VERSION or
        NOT_FOUND.
        """
        return partial(moderation.approve, version=input.version)

    @_decide
    def comment_refuse(self, input: CommentRefuseInput) -> ThingVerb[CaseRow]:
        """Refuse the waiting comment of a case with a reason. Leaders only, never its author.

        Refuses with OWN_THING, CASE_CLAIMED, LEADERS_ONLY, STALE_VERSION or NOT_FOUND.
        """
        return partial(moderation.refuse, version=input.version, reason=input.reason)

    @_change
    def comment_hide(self, input: CommentHideInput) -> ThingVerb[CommentRow]:
        """Hide a published comment with a reason. Its replies stay. Leaders only, never its author.

        Refuses with OWN_THING, LEADERS_ONLY, COMMENT_STATE_FORBIDS or NOT_FOUND.
        """
        return partial(moderation.hide, reason=input.reason)

    @_change
    def comment_restore(self, input: CommentRestoreInput) -> ThingVerb[CommentRow]:
        """Show a hidden comment again as it was. Leaders only, never its author.

        Refuses with OWN_THING, AUTHOR_DISAGREES, AUTHOR_SUSPENDED, LEADERS_ONLY, COMMENT_STATE_FORBIDS or NOT_FOUND.
        """
        del input
        return moderation.restore

    @thing_mutation(of=(CommentRow, "comment_id"), unknown=queries.make_not_found, report="New report.")
    def comment_report(self, input: CommentReportInput) -> ThingVerb[ReportRow]:
        """Report a published comment to the leaders, once per text. No member learns who reported.

        Refuses with OWN_THING, ALREADY_REPORTED, TOO_MANY_TODAY, MUTED, CONSENT_MISSING, GUARDIAN_NEEDED or NOT_FOUND.
        """
        return partial(reports.report_thing, kind=ThingKind.COMMENT, category=input.category, text=input.text)

    @thing_mutation(of=(HidingRow, "hiding_id"), appeal="New appeal.")
    def hiding_appeal(self, input: HidingAppealInput) -> ThingVerb[AppealRow]:
        """Appeal once against the hiding of a comment, for 30 days. Author only.

        Refuses with APPEAL_NOT_POSSIBLE or NOT_FOUND.
        """
        return partial(appeals.open_appeal, subject=AppealedAction.HIDING, text=input.text)
