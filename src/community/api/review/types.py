"""Types of the review: cases for leaders, and decisions also for the author."""

from __future__ import annotations

from datetime import datetime

import strawberry

from community.api.communities.appealing import viewer_can_appeal
from community.api.communities.types import load_communities, load_optional_members
from community.api.communities.visible import load_own_memberships
from community.api.context import Info
from community.api.declare import batched, declare_enum, field, query, related, type_over
from community.api.nodes import Node, found_by
from community.api.pages import paged
from community.api.review import appeal_types  # noqa: F401 - it declares the types of appeals and reports
from community.api.review import history as history_types
from community.api.review import pictures as picture_types  # noqa: F401 - it declares the type of a finding
from community.api.review import queue as queue_types  # noqa: F401 - it declares the types of the queue
from community.api.review import screenings as screening_types  # noqa: F401 - it declares the type of a screening
from community.api.review.complaints import find_complaints_of_cases
from community.api.review.opinions import list_awaiting, list_seconded, load_opinions
from community.api.submissions.types import load_private_access
from community.communities.queries import MemberRow, find_active_members, get_member, get_members
from community.conversation.models import CommentState
from community.conversation.queries import CommentRow, find_comments_of
from community.experts.queries import find_endorsements_of
from community.kernel import db
from community.kernel.paging import Page, PageRequest
from community.review import checks, pictures, queries
from community.review.appeals.models import AppealedAction
from community.review.appeals.queries import find_appeals_of_cases, list_report_groups, list_reporters
from community.review.claims import ClaimRow, find_claims
from community.review.history import HistoryRow
from community.review.models import CaseKind, CaseReason, CaseState, Verdict
from community.review.pictures import PictureFinding
from community.review.queries import CaseRow, DecisionRow
from community.review.rules import Scores
from community.review.screening.queries import ScreeningRow, find_of_revisions
from community.submissions import queries as submissions_queries
from community.submissions.queries import RevisionRow, SubmissionRow
from community.submissions.rules import AUTHOR_ONLY_STATES

declare_enum(
    CaseState,
    name="ReviewCaseState",
    values={
        "OPEN": "Waiting for a leader's decision.",
        "DECIDED": "Decided.",
        "SUPERSEDED": "Closed by an edit, a withdrawal or a removal.",
    },
)
declare_enum(
    CaseKind,
    name="ReviewCaseKind",
    values={
        "REVISION": "A sent revision waits for a decision.",
        "REPORT": "Residents reported something public.",
        "APPEAL": "A member appealed against a decision.",
        "COMPLAINT": "A member complained about goods or service.",
        "COMMENT": "A comment, or an edit of one, waits for a decision.",
        "ENDORSEMENT": "The note of an endorsement waits for a decision.",
    },
)
declare_enum(
    Verdict,
    name="ReviewVerdict",
    values={
        "APPROVED": "Published. Its author gets points.",
        "RETURNED": "Returned with changes to make.",
        "REJECTED": "Rejected with a reason.",
    },
)


@type_over(Scores)
class ReviewScores:
    """审核标准: scores by the published criteria, 1 (hardly) to 5 (fully)."""

    authenticity = field(description="真实性: authenticity. It is first-hand and honest.")
    usefulness = field(description="实用性: usefulness. It helps a neighbour to decide or to do something.")
    resonance = field(description="情感共鸣: resonance. It touches the neighbourhood.")


@type_over(DecisionRow)
class ReviewDecision(Node):
    """审核结论: a leader's decision on one exact revision."""

    verdict = field(description="Verdict.")
    recommended = field(description="True if the revision got the recommended mark.")
    reason = field(description="Note to the author: a reason, or changes to make. Null for an approval without a note.")
    viewer_can_appeal = viewer_can_appeal(AppealedAction.DECISION, "decisionAppeal")

    @query
    def scores(row: strawberry.Parent[DecisionRow]) -> Scores | None:
        """Scores of an approval. Null for other verdicts."""
        if row.authenticity is None or row.usefulness is None or row.resonance is None:
            return None
        return Scores(row.authenticity, row.usefulness, row.resonance)

    @query
    def decided_at(row: strawberry.Parent[DecisionRow]) -> datetime:
        """Time of the decision."""
        return row.created_at


async def _find_readable_submissions(rows: list[CaseRow], info: Info) -> list[SubmissionRow | None]:
    """Return the submission of each case. None where only its author may read it, and where there is none."""
    del info
    found = db.take_loaded(rows, "submission")
    if found is None:
        about = {row.submission_id for row in rows if row.submission_id is not None}
        by_id = {row.id: row for row in await submissions_queries.get_by_ids(sorted(about))}
        found = [None if row.submission_id is None else by_id[row.submission_id] for row in rows]
    return [None if row is None or row.state in AUTHOR_ONLY_STATES else row for row in found]


async def _load_readable_submissions(rows: list[CaseRow], info: Info) -> list[SubmissionRow | None]:
    return await info.context.load_once(_find_readable_submissions, rows, info)


@type_over(ClaimRow)
class ReviewClaim:
    """占用: a leader's claim of a case. Other leaders cannot decide it meanwhile."""

    claimed_until = field(description="Time of its end.")
    claimed_by = related(get_members, "claimed_by", "Leader who works on the case.")


async def _find_claims(rows: list[CaseRow], info: Info) -> list[ClaimRow | None]:
    del info
    return await find_claims(rows)


async def _load_claims(rows: list[CaseRow], info: Info) -> list[ClaimRow | None]:
    return await info.context.load_once(_find_claims, rows, info)


async def _list_decidable(rows: list[CaseRow], info: Info) -> list[bool]:
    """Return True for each case that the viewer may decide now."""
    members = await load_own_memberships([row.community_id for row in rows], info)
    claims = await _load_claims(rows, info)
    own_ids = [member.id for member in members if member is not None]
    reported = await list_reporters([row.id for row in rows if row.kind is CaseKind.REPORT], own_ids)
    return [
        member is not None
        and checks.can_decide(row, member)
        and (claim is None or claim.claimed_by == member.id)
        and (row.id, member.id) not in reported
        for row, member, claim in zip(rows, members, claims, strict=True)
    ]


@type_over(CaseRow)
class ReviewCase(Node):
    """审核单: a sent revision, reports, an appeal or a complaint, for leaders only."""

    kind = field(description="Kind.")
    state = field(description="State.")
    version = field(description="Version. A decision must name it, and changes nothing if it is older.")
    opened_at = field(description="Time of opening.")
    urgency = field(
        description="Place in the queue: 2 for an escalated case, 1 for one to look at first, 0 for a usual one."
        " A revision that is public already has -1. Cases with the same urgency are in the order of `openedAt`."
    )
    due_at = field(description="Time at which the first answer is due, 24 hours after opening.")
    solve_due_at = field(description="Time at which the solution is due: 48 hours after opening, a complaint's 72.")
    answered_at = field(description="Time of the first answer. Null without one.")
    closed_at = field(description="Time of the decision, or of the change that closed it. Null while open.")
    escalated_at = field(description="Time of the escalation. Null without one.")
    escalation_note = field(description="Note of the leader who escalated it. Null without one.")
    community = batched(load_communities, description="Community that it belongs to.")

    opinions = batched(load_opinions, description="Approvals where two leaders are needed, oldest first, at most two.")
    awaits_second_leader = batched(list_awaiting, description="True if one leader approved, and another must agree.")
    complaint = batched(
        find_complaints_of_cases, description="Complaint. Null for other kinds, and for a leader whom it concerns."
    )

    @batched
    async def claim(rows: list[CaseRow], info: Info) -> list[ClaimRow | None]:
        """Claim of a leader. Null without one, and after its end."""
        return await _load_claims(rows, info)

    @batched
    async def escalated_by(rows: list[CaseRow]) -> list[MemberRow | None]:
        """Leader who escalated it. Null without an escalation."""
        return await load_optional_members([row.escalated_by for row in rows])

    @batched
    async def viewer_can_decide(rows: list[CaseRow], info: Info) -> list[bool]:
        """True if the viewer can decide, claim, hand over and escalate it.

        False while another leader has claimed it, and where the viewer reported it.
        """
        return await _list_decidable(rows, info)

    @batched
    async def viewer_can_approve(rows: list[CaseRow], info: Info) -> list[bool]:
        """True if the viewer can also approve it. A suspended author's submission can only be returned or rejected.

        False where the viewer approved, and another leader must agree.
        """
        members = await load_own_memberships([row.community_id for row in rows], info)
        active = await find_active_members(await get_members([row.author_id for row in rows]))
        free = await _list_decidable(rows, info)
        seconded = await list_seconded(rows, members)
        return [
            is_free and is_second and checks.can_approve(row, member, active)
            for row, member, is_free, is_second in zip(rows, members, free, seconded, strict=True)
        ]

    @batched
    async def reasons(rows: list[CaseRow]) -> list[list[CaseReason]]:
        """Reasons why it waits for a leader, in the order in which they came. Empty for a case of an older version."""
        return await queries.list_reasons([row.id for row in rows])

    @batched
    async def submission(rows: list[CaseRow], info: Info) -> list[SubmissionRow | None]:
        """Submission. Null once its author has withdrawn it, and for a case about something else."""
        return await _load_readable_submissions(rows, info)

    @batched
    async def revision(rows: list[CaseRow], info: Info) -> list[RevisionRow | None]:
        """Revision to decide on. Null once its author has withdrawn the submission, and where the case has none."""
        readable = await _load_readable_submissions(rows, info)
        loaded = db.take_loaded(rows, "revision")
        if loaded is not None:
            return [None if found is None else one for found, one in zip(readable, loaded, strict=True)]
        shown = [
            row.revision_id
            for row, found in zip(rows, readable, strict=True)
            if found is not None and row.revision_id is not None
        ]
        by_id = {row.id: row for row in await submissions_queries.get_revisions_by_ids(shown)}
        return [
            None if found is None or row.revision_id is None else by_id[row.revision_id]
            for row, found in zip(rows, readable, strict=True)
        ]

    @batched
    async def picture_findings(rows: list[CaseRow], info: Info) -> list[list[PictureFinding]]:
        """Pictures of the revision that are like pictures of other submissions, at most 50.

        Blocked and earlier ones come first. They are found within seconds after the case is opened.
        """
        readable = await _load_readable_submissions(rows, info)
        findings = await pictures.list_findings(rows)
        return [[] if found is None else some for found, some in zip(readable, findings, strict=True)]

    @batched
    async def screening(rows: list[CaseRow], info: Info) -> list[ScreeningRow | None]:
        """Screening of the revision. Null once its author has withdrawn the submission, and for old revisions."""
        readable = await _load_readable_submissions(rows, info)
        found = await find_of_revisions([row.community_id for row in rows], [row.revision_id for row in rows])
        return [None if row is None else one for row, one in zip(readable, found, strict=True)]

    @batched
    async def comment(rows: list[CaseRow]) -> list[CommentRow | None]:
        """Comment. Null for a case about something else, and once its author has deleted it."""
        found = await find_comments_of(rows)
        return [None if row is None or row.state is CommentState.DELETED else row for row in found]

    endorsement = batched(find_endorsements_of, description="Endorsement. Null for a case about something else.")
    author = related(get_members, "author_id", "Author.", loaded="author")
    appeal = related(find_appeals_of_cases, "id", "Appeal. Null for another kind of case.")
    reports = related(list_report_groups, "id", "Reports by category, the most frequent first, at most seven groups.")
    decision = related(queries.find_decisions, "id", "Decision. Null while open, and for a superseded case.")

    @paged
    async def history(row: strawberry.Parent[CaseRow], info: Info, request: PageRequest) -> Page[HistoryRow]:
        """History of the submission, oldest first. A case about something else has its own."""
        return await history_types.list_entries(row, request, info)

    @batched
    async def decided_by(rows: list[CaseRow]) -> list[MemberRow | None]:
        """Leader who decided. Null without a decision, and for the operator."""
        decisions = await queries.find_decisions([row.id for row in rows])
        return await load_optional_members([None if found is None else found.decided_by for found in decisions])


@found_by(CaseRow)
async def find_case(number: int, info: Info) -> CaseRow | None:
    """Return the case for a leader of its community, or None. Raises NotAMember, LeadersOnly."""
    row = await queries.find_case(number)
    if row is None:
        return None
    return await queries.get_case(await get_member(info.context.viewer_id, row.community_id), number)


@found_by(DecisionRow)
async def find_decision(number: int, info: Info) -> DecisionRow | None:
    """Return the decision for the author and the leaders, or None. Raises KeyError."""
    row = await queries.find_decision(number)
    if row is None:
        return None
    submissions = await submissions_queries.get_by_ids([row.submission_id])
    return row if (await load_private_access(submissions, info))[0] else None
