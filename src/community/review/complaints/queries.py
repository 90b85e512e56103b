"""Reads of complaints and their messages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from community.communities.queries import MemberRow
from community.communities.rules import can_lead
from community.kernel import db
from community.kernel.listing import Listing
from community.kernel.paging import Page, PageRequest
from community.kernel.tables import row_of
from community.media.models import MediaSubject
from community.review.complaints.models import Complaint, ComplaintMessage, MessageKind
from community.review.queries import CaseRow


@row_of(Complaint)
class ComplaintRow:
    """A complaint. `solved_at` is None while it waits for a solution."""

    id: int
    community_id: int
    membership_id: int
    redemption_id: int | None
    reward_id: int | None
    pick_up_point_id: int | None
    first_case_id: int
    case_id: int
    opened_at: datetime
    solved_at: datetime | None
    reopened_at: datetime | None


@row_of(ComplaintMessage)
class MessageRow:
    """A message of a complaint. `author_id` is None for the operator."""

    id: int
    community_id: int
    complaint_id: int
    author_id: int | None
    kind: MessageKind
    text: str
    created_at: datetime


@dataclass(slots=True)
class _PictureRow:
    complaint_id: int
    media_id: int


COLUMNS = db.columns(ComplaintRow)
MESSAGE_COLUMNS = db.columns(MessageRow)

_FIND = db.Select(f"SELECT {COLUMNS} FROM complaint WHERE id = $1", ComplaintRow)
_OF_CASES = db.Select(
    f"SELECT {COLUMNS} FROM complaint WHERE case_id = ANY($1)"
    f" UNION SELECT {COLUMNS} FROM complaint WHERE first_case_id = ANY($1)",
    ComplaintRow,
)
_OWN = Listing(
    f"SELECT {COLUMNS} FROM complaint WHERE community_id = $1 AND membership_id = $2", ComplaintRow, newest_first=True
)
_MESSAGES = db.Select(
    f"SELECT {MESSAGE_COLUMNS} FROM complaint_message WHERE complaint_id = ANY($1) ORDER BY id", MessageRow
)
_MESSAGES_OF = db.Select(
    f"SELECT {db.columns(MessageRow, 'm')} FROM complaint c JOIN complaint_message m ON m.complaint_id = c.id"
    f" WHERE c.membership_id = ANY($1) UNION SELECT {MESSAGE_COLUMNS} FROM complaint_message WHERE author_id = ANY($1)"
    " ORDER BY id",
    MessageRow,
)
_PICTURES = db.Select(
    "SELECT subject_id AS complaint_id, media_id FROM media_use"
    f" WHERE subject = '{MediaSubject.COMPLAINT}' AND subject_id = ANY($1) ORDER BY id",
    _PictureRow,
)


async def find_complaint(complaint_id: int) -> ComplaintRow | None:
    """Return the complaint, or None. The caller checks who may know of it."""
    return await _FIND.first(complaint_id)


async def find_of_cases(case_ids: Sequence[int]) -> list[ComplaintRow | None]:
    """Return the complaint of each case, in order. None for a case of another kind."""
    rows = await _OF_CASES.all(list(case_ids))
    found = {row.first_case_id: row for row in rows} | {row.case_id: row for row in rows}
    return [found.get(case_id) for case_id in case_ids]


async def list_own(member: MemberRow, request: PageRequest) -> Page[ComplaintRow]:
    """Return a page of the member's complaints, newest first."""
    return await _OWN.page(request, member.community_id, member.id)


async def list_messages(complaint_ids: Sequence[int]) -> list[list[MessageRow]]:
    """Return the messages of each complaint, in order, the oldest first."""
    return db.group(await _MESSAGES.all(list(complaint_ids)), complaint_ids, by="complaint_id")


async def list_messages_of(membership_ids: Sequence[int]) -> list[MessageRow]:
    """Return the messages in these members' complaints, and those that they wrote."""
    return await _MESSAGES_OF.all(list(membership_ids))


async def list_media_ids(complaint_ids: Sequence[int]) -> list[list[int]]:
    """Return the ids of the pictures of each complaint, in order."""
    return db.group_values(await _PICTURES.all(list(complaint_ids)), complaint_ids, by="complaint_id", of="media_id")


def can_read(complaint: ComplaintRow, case: CaseRow, viewer: MemberRow | None) -> bool:
    """Return True if the viewer may read the complaint.

    The member may, also after leaving, and the leaders, without those whom it concerns.
    """
    if viewer is None:
        return False
    return viewer.id == complaint.membership_id or (can_lead(viewer) and viewer.id not in case.excluded_ids)
