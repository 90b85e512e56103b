"""Types of appeals and reports."""

from __future__ import annotations

import strawberry

from community.api.communities.visible import load_own_memberships
from community.api.context import Info
from community.api.declare import batched, declare_enum, field, query, type_over
from community.api.nodes import Node, found_by
from community.api.submissions.removals import is_concerned
from community.conversation.models import CommentState
from community.conversation.queries import CommentRow, find_comments_of
from community.experts.notes import build_thing
from community.experts.queries import EndorsementRow, find_endorsements_of
from community.review.appeals import queries
from community.review.appeals.models import AppealedAction, AppealState, ReportCategory, ReportState
from community.review.appeals.queries import AppealRow, ReportGroup, ReportRow
from community.submissions import queries as submissions
from community.submissions.queries import SubmissionRow

declare_enum(
    AppealedAction,
    values={
        "DECISION": "The rejection of a revision.",
        "REMOVAL": "The removal of a submission.",
        "SANCTION": "A sanction.",
        "BLOCK": "A block by the screening.",
        "HIDING": "The hiding of a comment.",
    },
)
declare_enum(
    AppealState,
    values={
        "OPEN": "Waiting for an answer.",
        "GRANTED": "Granted. Its subject is reversed.",
        "DENIED": "Denied.",
        "ENDED": "Its subject had ended before an answer.",
    },
)
declare_enum(
    ReportCategory,
    values={
        "ADVERTISEMENT": "广告: it advertises.",
        "FALSE": "不实: it is not true.",
        "OFFENSIVE": "冒犯: it insults or offends.",
        "PRIVATE_DATA": "隐私: it shows personal data of a person.",
        "COPYRIGHT": "侵权: it is copied without permission.",
        "ILLEGAL": "违法: it breaks a law.",
        "OTHER": "其他: another ground.",
    },
)
declare_enum(
    ReportState,
    values={
        "OPEN": "Waiting for a leader.",
        "UPHELD": "What was reported was removed or hidden.",
        "DISMISSED": "Leaders found no reason to remove it, now or before.",
        "ENDED": "What was reported was edited, withdrawn or deleted before a decision.",
    },
)


@type_over(AppealRow)
class Appeal(Node):
    """申诉: a member's appeal, which another leader than the first answers."""

    text = field(description="Text of the member, 1 to 500 characters.")
    state = field(description="State.")
    answer = field(description="Answer, 1 to 500 characters. Null while open, and for an ended one.")
    created_at = field(description="Time of creation.")
    answered_at = field(description="Time of the answer. Null while open.")

    @query
    def about(row: strawberry.Parent[AppealRow]) -> AppealedAction:
        """Kind of the action that it is about."""
        return row.subject


@type_over(ReportRow)
class Report(Node):
    """举报: a report of the viewer about something public."""

    category = field(description="Ground.")
    text = field(description="Text of the viewer, 1 to 200 characters. Null for none.")
    state = field(description="State.")
    created_at = field(description="Time of creation.")
    answered_at = field(description="Time of the answer. Null while open.")

    @batched
    async def comment(rows: list[ReportRow], info: Info) -> list[CommentRow | None]:
        """Comment. Null while it is not public, after leaving, and for a report about something else."""
        own = await load_own_memberships([row.community_id for row in rows], info)
        found = await find_comments_of(rows)
        return [
            one if member is not None and one is not None and one.state is CommentState.PUBLISHED else None
            for one, member in zip(found, own, strict=True)
        ]

    @batched
    async def endorsement(rows: list[ReportRow], info: Info) -> list[EndorsementRow | None]:
        """Endorsement. Null while its note is not public, after leaving, and for a report about something else."""
        own = await load_own_memberships([row.community_id for row in rows], info)
        found = await find_endorsements_of(rows)
        return [
            one if member is not None and one is not None and build_thing(one).public is not None else None
            for one, member in zip(found, own, strict=True)
        ]

    @batched
    async def submission(rows: list[ReportRow], info: Info) -> list[SubmissionRow | None]:
        """Submission. Null while it is not public, after leaving, and for a report about something else."""
        own = await load_own_memberships([row.community_id for row in rows], info)
        ids = sorted({row.submission_id for row in rows if row.submission_id is not None})
        found = {row.id: row for row in await submissions.get_by_ids(ids)}
        shown = [found.get(row.submission_id or 0) for row in rows]
        return [
            one if member is not None and one is not None and one.published_revision is not None else None
            for one, member in zip(shown, own, strict=True)
        ]


@type_over(ReportGroup)
class ReviewReportGroup:
    """Reports of a case with one category. Leaders do not see who reported."""

    category = field(description="Ground.")
    count = field(description="Number of reports.")
    texts = field(description="Texts of the newest reports, at most 5.")


@found_by(AppealRow)
async def find_appeal(number: int, info: Info) -> AppealRow | None:
    """Return the appeal for its author and the leaders, or None."""
    row = await queries.find_appeal(number)
    return row if row is not None and await is_concerned(row.community_id, row.author_id, info) else None


@found_by(ReportRow)
async def find_report(number: int, info: Info) -> ReportRow | None:
    """Return the report for its reporter, or None."""
    row = await queries.find_report(number)
    if row is None:
        return None
    (member,) = await info.context.find_own_memberships([row.community_id])
    return row if member is not None and member.id == row.reporter_id else None
