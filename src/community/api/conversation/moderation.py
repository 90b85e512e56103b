"""Mutations by which leaders judge comments, and members report and appeal."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from community.api.declare import argument, object_type
from community.api.mutation_inputs import CaseVersion
from community.api.mutations import ThingVerb, thing_mutation
from community.api.review.appeals import open_appeal, report_thing
from community.api.review.mutations import decide_case
from community.conversation import moderation
from community.conversation.queries import CommentRow, HidingRow
from community.review.appeals import appeals, reports
from community.review.appeals.models import AppealedAction, ReportCategory
from community.review.appeals.queries import AppealRow, ReportRow
from community.review.models import ThingKind
from community.review.queries import CaseRow

_change = partial(thing_mutation, of=(CommentRow, "comment_id"), comment="Comment in its new state.")


@object_type
class CommentModerationMutation:
    """Mutations about comments by leaders, and reports and appeals."""

    @decide_case("which publishes a waiting comment")
    def comment_approve(self, version: CaseVersion) -> ThingVerb[CaseRow]:
        """Publish the waiting comment of a case. Leaders only, never its author.

        Refuses with OWN_THING, CASE_CLAIMED, AUTHOR_DISAGREES, AUTHOR_SUSPENDED, LEADERS_ONLY, STALE_VERSION or
        NOT_FOUND.
        """
        return partial(moderation.approve, version=version)

    @decide_case("which refuses a waiting comment")
    def comment_refuse(
        self,
        version: CaseVersion,
        reason: Annotated[str, argument("Reason, 1 to 500 characters, which the author reads.")],
    ) -> ThingVerb[CaseRow]:
        """Refuse the waiting comment of a case with a reason. Leaders only, never its author.

        Refuses with OWN_THING, CASE_CLAIMED, LEADERS_ONLY, STALE_VERSION or NOT_FOUND.
        """
        return partial(moderation.refuse, version=version, reason=reason)

    @_change("which hides a published comment")
    def comment_hide(
        self, reason: Annotated[str, argument("Reason, 1 to 500 characters, which the author reads.")]
    ) -> ThingVerb[CommentRow]:
        """Hide a published comment with a reason. Its replies stay. Leaders only, never its author.

        Refuses with OWN_THING, LEADERS_ONLY, COMMENT_STATE_FORBIDS or NOT_FOUND.
        """
        return partial(moderation.hide, reason=reason)

    @_change("which shows a hidden comment again")
    def comment_restore(self) -> ThingVerb[CommentRow]:
        """Show a hidden comment again as it was. Leaders only, never its author.

        Refuses with OWN_THING, AUTHOR_DISAGREES, AUTHOR_SUSPENDED, LEADERS_ONLY, COMMENT_STATE_FORBIDS or NOT_FOUND.
        """
        return moderation.restore

    @report_thing("which reports a published comment", of=(CommentRow, "comment_id"))
    def comment_report(self, category: ReportCategory, text: str | None) -> ThingVerb[ReportRow]:
        """Report a published comment to the leaders, once per text. No member learns who reported.

        Refuses with OWN_THING, ALREADY_REPORTED, TOO_MANY_TODAY, MUTED, CONSENT_MISSING, GUARDIAN_NEEDED or NOT_FOUND.
        """
        return partial(reports.report_thing, kind=ThingKind.COMMENT, category=category, text=text)

    @open_appeal("an appeal against the hiding of a comment", of=(HidingRow, "hiding_id"))
    def hiding_appeal(self, text: str) -> ThingVerb[AppealRow]:
        """Appeal once against the hiding of a comment, for 30 days. Author only.

        Refuses with APPEAL_NOT_POSSIBLE or NOT_FOUND.
        """
        return partial(appeals.open_appeal, subject=AppealedAction.HIDING, text=text)
