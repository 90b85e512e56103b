"""Types of credentials and endorsements, and the fields that other types have of them."""

from __future__ import annotations

from collections.abc import Sequence

from community.api.communities.visible import (
    is_member,
    load_own_and_former_memberships,
    load_own_memberships,
    load_visible_members,
    viewer_can,
)
from community.api.context import Info
from community.api.declare import batched, declare_enum, field, object_type, type_over
from community.api.nodes import Node, found_by
from community.communities.queries import MemberRow
from community.communities.rules import can_lead
from community.communities.settings import Visibility
from community.experts import note_decisions, notes, queries
from community.experts.models import CredentialState, EndorsementState, NoteState
from community.experts.queries import CredentialRow, EndorsementRow
from community.kernel.errors import Refusal
from community.review.appeals.reportable import list_reportable_things
from community.submissions import queries as submissions
from community.submissions.queries import RevisionRow, SubmissionRow

declare_enum(
    CredentialState,
    values={
        "APPLIED": "It waits for the operator.",
        "VERIFIED": "The operator has seen the evidence.",
        "REFUSED": "The operator refused it. `reason` says why.",
        "SUSPENDED": "The operator suspended it. `reason` says why.",
        "EXPIRED": "It has expired.",
        "WITHDRAWN": "The holder or the operator withdrew it for good. `reason` says why if it was the operator.",
    },
)
declare_enum(
    EndorsementState,
    values={
        "CURRENT": "It is about the published revision, by a current credential.",
        "WITHDRAWN": "The expert withdrew it. `withdrawReason` says why.",
        "NOT_PUBLIC": "The submission is not public.",
        "TEXT_CHANGED": "Another revision is published.",
        "EXPERT_GONE": "The expert has left, or is suspended or erased.",
        "CREDENTIAL_SUSPENDED": "The credential is suspended.",
        "CREDENTIAL_EXPIRED": "The credential has expired.",
        "CREDENTIAL_WITHDRAWN": "The credential is withdrawn for good.",
    },
)

declare_enum(
    NoteState,
    name="EndorsementNoteState",
    values={
        "WAITING": "Visible only to its expert and the leaders until its checks have passed, or a leader approves it.",
        "SHOWN": "Visible to all who see the endorsement.",
        "REFUSED": "Visible only to its expert and the leaders: the checks or a leader refused it.",
    },
)


@type_over(CredentialRow)
class Credential(Node):
    """专家资质: a profession for which an operator has seen evidence.

    It is for submissions of its kinds that have one of its tags. Others than the holder see it while it is current.
    """

    profession = field(description="Profession.")
    kinds = field(description="Kinds of submissions in its scope.")
    tags = field(description="Tags of which a submission in its scope has one. Empty means any.")
    issuer = field(description="Issuer.")
    state = field(description="State.")
    is_current = field(description="True if it is verified and has not expired.")
    version = field(description="Version, which rises with each change.")
    reason = field(description="Reason of the operator for a refusal, suspension or withdrawal. Null without one.")
    applied_at = field(description="Time of the application.")
    decided_at = field(description="Time of the operator's last decision, or of the withdrawal. Null before.")
    expires_at = field(description="Time from which it is over.")

    @batched
    async def member(rows: list[CredentialRow], info: Info) -> list[MemberRow | None]:
        """Holder. Null for strangers, unless the holder has published and is no child."""
        return await load_visible_members([row.membership_id for row in rows], info)


@found_by(CredentialRow)
async def find_credential(number: int, info: Info) -> CredentialRow | None:
    """Return the credential, or None. Others than its holder find a current one."""
    row = await queries.find_credential(number)
    if row is None:
        return None
    (member,) = await load_own_and_former_memberships([row.community_id], info)
    if member is not None and member.id == row.membership_id:
        return row
    await info.context.find_readable_community(row.community_id)
    return row if row.is_current else None


def _can_withdraw(row: EndorsementRow, viewer: MemberRow | None) -> bool:
    return viewer is not None and viewer.id == row.membership_id and row.withdrawn_at is None


def _can_hide_note(row: EndorsementRow, viewer: MemberRow | None) -> bool:
    try:
        if viewer is not None:
            note_decisions.require_hideable(row, viewer)
    except Refusal:
        return False
    return viewer is not None


async def _list_insiders(rows: list[EndorsementRow], info: Info) -> list[bool]:
    """Return True for each endorsement of which the viewer is expert or leader."""
    own = await load_own_and_former_memberships([row.community_id for row in rows], info)
    return [
        member is not None and (member.id == row.membership_id or can_lead(member))
        for row, member in zip(rows, own, strict=True)
    ]


async def _is_readable(row: SubmissionRow, info: Info) -> bool:
    is_open = row.published_revision is not None and row.published_for is Visibility.PUBLIC
    if is_open or (row.published_revision is not None and await is_member(row.community_id, info)):
        return True
    (member,) = await load_own_and_former_memberships([row.community_id], info)
    return member is not None and member.id == row.author_id


@type_over(EndorsementRow)
class Endorsement(Node):
    """背书: the endorsement of one revision of a submission by an expert.

    Everyone sees it while it is current. Its expert, the author and the leaders also see it later.
    """

    capacity = field(description="Profession in which the expert endorsed it.")
    note_state = field(description="State of the note.")
    state = field(description="Whether it is current, or the first reason why not.")
    given_at = field(description="Time of the first endorsement of the submission by the expert.")
    renewed_at = field(description="Time of the endorsement of this revision.")
    withdrawn_at = field(description="Time of the withdrawal. Null without one.")
    viewer_can_withdraw = viewer_can(
        _can_withdraw,
        "True if the viewer may call `endorsementWithdraw`.",
        load=load_own_and_former_memberships,
    )

    viewer_can_hide_note = viewer_can(_can_hide_note, "True if the viewer may call `endorsementNoteHide`.")

    @batched
    async def viewer_can_report_note(rows: list[EndorsementRow], info: Info) -> list[bool]:
        """True if the viewer may call `endorsementNoteReport`."""
        own = await load_own_memberships([row.community_id for row in rows], info)
        return await list_reportable_things([notes.build_thing(row) for row in rows], own)

    @batched
    async def note(rows: list[EndorsementRow], info: Info) -> list[str | None]:
        """Note, 1 to 200 characters. Others than its expert and the leaders see stars for personal data.

        They see null unless it is shown.
        """
        return [
            row.note if is_insider else row.mask_note() if row.note_state is NoteState.SHOWN else None
            for row, is_insider in zip(rows, await _list_insiders(rows, info), strict=True)
        ]

    @batched
    async def note_reason(rows: list[EndorsementRow], info: Info) -> list[str | None]:
        """Leader's reason for the refusal of the note. Null without one, and for others than expert and leaders."""
        insiders = await _list_insiders(rows, info)
        return [row.note_reason if is_insider else None for row, is_insider in zip(rows, insiders, strict=True)]

    @batched
    async def withdraw_reason(rows: list[EndorsementRow], info: Info) -> list[str | None]:
        """Reason of the withdrawal. Null without one, and for others than its expert and the leaders."""
        insiders = await _list_insiders(rows, info)
        return [row.withdraw_reason if is_insider else None for row, is_insider in zip(rows, insiders, strict=True)]

    @batched
    async def expert(rows: list[EndorsementRow], info: Info) -> list[MemberRow | None]:
        """Expert. Null for strangers, unless the expert has published and is no child."""
        return await load_visible_members([row.membership_id for row in rows], info)

    @batched
    async def revision(rows: list[EndorsementRow]) -> list[int]:
        """Number of the revision that it is about."""
        found: list[RevisionRow] = await submissions.get_revisions_by_ids([row.revision_id for row in rows])
        return [row.number for row in found]

    @batched
    async def submission(rows: list[EndorsementRow], info: Info) -> list[SubmissionRow | None]:
        """Submission. Null while it is not public, except for its author."""
        found = await submissions.get_by_ids([row.submission_id for row in rows])
        return [row if await _is_readable(row, info) else None for row in found]


async def _list_shown(rows: Sequence[EndorsementRow], info: Info) -> list[bool]:
    """Return True for each endorsement that a reader of its submission may see."""
    own = await load_own_and_former_memberships([row.community_id for row in rows], info)
    about = await submissions.get_by_ids([row.submission_id for row in rows])
    return [
        row.state is EndorsementState.CURRENT or queries.can_know(row, submission, member)
        for row, submission, member in zip(rows, about, own, strict=True)
    ]


@found_by(EndorsementRow)
async def find_endorsement(number: int, info: Info) -> EndorsementRow | None:
    """Return the endorsement if the viewer may see it, or None. Raises NotFound."""
    row = await queries.find_endorsement(number)
    if row is None:
        return None
    (about,) = await submissions.get_by_ids([row.submission_id])
    (member,) = await load_own_and_former_memberships([row.community_id], info)
    if queries.can_know(row, about, member):
        return row
    await info.context.find_readable_community(row.community_id)
    is_shown = row.state is EndorsementState.CURRENT and await _is_readable(about, info)
    return row if is_shown else None


@object_type
class SubmissionEndorsements:
    """The endorsements of a submission."""

    @batched
    async def endorsements(rows: list[SubmissionRow], info: Info) -> list[list[EndorsementRow]]:
        """Newest 20 endorsements, newest first. Others than its expert, author and leaders see current ones."""
        found = await queries.list_of_submissions([row.id for row in rows])
        every = [one for row in rows for one in found[row.id]]
        shown = {one.id for one, is_shown in zip(every, await _list_shown(every, info), strict=True) if is_shown}
        return [[one for one in found[row.id] if one.id in shown] for row in rows]


async def load_credentials(rows: list[MemberRow], info: Info) -> list[list[CredentialRow]]:
    """Return the credentials of each member that the viewer may see, in order."""
    found = await queries.list_credentials([row.id for row in rows])
    return [[one for one in found[row.id] if one.is_current or row.person_id == info.context.person_id] for row in rows]
