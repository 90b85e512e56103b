"""Reads of credentials and endorsements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from community.communities.queries import MemberRow
from community.communities.rules import can_lead
from community.experts import rules
from community.experts.errors import CredentialNotCurrent
from community.experts.models import Credential, CredentialState, Endorsement, EndorsementState, NoteState
from community.kernel import clock, db
from community.kernel.errors import NotFound
from community.kernel.listing import Listing
from community.kernel.paging import Page, PageRequest
from community.kernel.tables import row_of
from community.review.appeals.queries import ReportRow
from community.review.models import ThingKind
from community.review.queries import CaseRow
from community.safety.facts import Finding
from community.safety.masking import mask
from community.submissions.models import SubmissionKind
from community.submissions.queries import SubmissionRow

NOTE = "note"
"""The field of the input, and of the findings about it."""
MAX_SHOWN = 20
"""Number of endorsements of a submission, and of credentials of a member, that are read."""


@row_of(Credential)
class CredentialRow:
    """A credential. The evidence is read by operators only."""

    id: int
    community_id: int
    membership_id: int
    profession: str
    kinds: list[SubmissionKind]
    tags: list[str]
    issuer: str
    state: CredentialState
    version: int
    reason: str | None
    applied_at: datetime
    decided_at: datetime | None
    expires_at: datetime

    def __post_init__(self) -> None:
        """Read the kinds of the stored list."""
        self.kinds = [SubmissionKind(kind) for kind in self.kinds]

    @property
    def is_current(self) -> bool:
        """True if it is verified and has not expired."""
        return rules.is_current(self.state, self.expires_at, now=clock.now())


@dataclass(slots=True)
class AppliedRow:
    """A credential as operators see it."""

    id: int
    community_id: int
    state: CredentialState
    nickname: str
    profession: str
    issuer: str
    evidence: str
    kinds: list[str]
    tags: list[str]
    expires_at: datetime


@row_of(Endorsement, computed=("state", "capacity"))
class EndorsementRow(db.Row):
    """An endorsement, with its present state. `recorded` is the state in the audit trail.

    `capacity` is the profession of the credential.
    """

    id: int
    community_id: int
    submission_id: int
    membership_id: int
    revision_id: int
    credential_id: int
    note: str
    recorded: EndorsementState
    given_at: datetime
    renewed_at: datetime
    withdrawn_at: datetime | None
    withdraw_reason: str | None
    note_number: int
    note_state: NoteState
    note_findings: list[dict[str, Any]] | None
    note_reason: str | None
    state: EndorsementState
    capacity: str

    def list_findings(self) -> list[Finding]:
        """Return what the checks found in the note."""
        return [Finding.from_json(stored) for stored in self.note_findings or ()]

    def mask_note(self) -> str:
        """Return the note as others see it, with stars for personal data."""
        return mask(self.note, self.list_findings(), field=NOTE) if self.note_findings else self.note


STATE_SQL = (
    "CASE WHEN e.withdrawn_at IS NOT NULL THEN 'WITHDRAWN' WHEN s.published_revision IS NULL THEN 'NOT_PUBLIC'"
    " WHEN r.number <> s.published_revision THEN 'TEXT_CHANGED'"
    " WHEN m.left_at IS NOT NULL OR p.banned_at IS NOT NULL OR p.erased_at IS NOT NULL THEN 'EXPERT_GONE'"
    " WHEN c.state = 'VERIFIED' AND c.expires_at > {now} THEN 'CURRENT'"
    " WHEN c.state = 'SUSPENDED' THEN 'CREDENTIAL_SUSPENDED' WHEN c.state = 'WITHDRAWN' THEN 'CREDENTIAL_WITHDRAWN'"
    " ELSE 'CREDENTIAL_EXPIRED' END"
)
"""The present state of an endorsement `e`, from the tables of `JOINED`."""
JOINED = (
    "endorsement e JOIN submission s ON s.id = e.submission_id JOIN submission_revision r ON r.id = e.revision_id"
    " JOIN credential c ON c.id = e.credential_id JOIN membership m ON m.id = e.membership_id"
    " JOIN person p ON p.id = m.person_id"
)
SELECT = (
    f"SELECT {db.columns(EndorsementRow, 'e', state=STATE_SQL.format(now='$1'), capacity='c.profession')} FROM {JOINED}"
)
"""The beginning of a statement that reads endorsements. `$1` is the present time."""
_CREDENTIAL_COLUMNS = db.columns(CredentialRow)
_BY_ID = db.Select(f"{SELECT} WHERE e.id = $2", EndorsementRow)
_LOCK = db.Select(f"{SELECT} WHERE e.id = $2 FOR UPDATE OF e", EndorsementRow)
_BY_IDS = db.Select(f"{SELECT} WHERE e.id = ANY($2)", EndorsementRow)
_OF_SUBMISSIONS = db.Select(
    f"{SELECT} WHERE e.submission_id = ANY($2)"
    f" AND (SELECT count(*) FROM endorsement n WHERE n.submission_id = e.submission_id AND n.id > e.id) < {MAX_SHOWN}"
    " ORDER BY e.id DESC",
    EndorsementRow,
)
_OF_MEMBER = Listing(f"{SELECT} WHERE e.membership_id = $2", EndorsementRow, by={"e.id": int}, newest_first=True)
_CREDENTIALS = db.Select(f"SELECT {_CREDENTIAL_COLUMNS} FROM credential WHERE id = ANY($1)", CredentialRow)
_CREDENTIALS_OF = db.Select(
    f"SELECT {_CREDENTIAL_COLUMNS} FROM credential WHERE membership_id = ANY($1) ORDER BY id", CredentialRow
)
_TO_VERIFY = db.Select(
    f"SELECT {db.columns(AppliedRow, 'c', nickname='p.nickname')} FROM credential c"
    " JOIN membership m ON m.id = c.membership_id JOIN person p ON p.id = m.person_id"
    " WHERE c.state = $1 ORDER BY c.expires_at, c.id LIMIT 1000",
    AppliedRow,
)
ENDORSED_SQL = (
    f"EXISTS (SELECT 1 FROM {JOINED.replace('JOIN submission s ON s.id = e.submission_id ', '')}"
    " WHERE e.submission_id = submission.id"
    f" AND {STATE_SQL.format(now='{}').replace('s.published', 'submission.published')} = 'CURRENT')"
)
"""The filter of a feed for submissions with a current endorsement. Its value is the present time."""
WAITING_SQL = (
    "author_id <> {} AND NOT EXISTS (SELECT 1 FROM endorsement e JOIN submission_revision r ON r.id = e.revision_id"
    " WHERE e.submission_id = submission.id AND e.membership_id = {} AND r.number = submission.published_revision)"
)
"""The filter of a feed for submissions that the member may endorse. Its values are the membership, twice."""
REQUESTED_SQL = (
    "EXISTS (SELECT 1 FROM endorsement_request q WHERE q.community_id = submission.community_id"
    " AND q.submission_id = submission.id AND q.membership_id = {})"
)
FILTERS = (ENDORSED_SQL, WAITING_SQL, REQUESTED_SQL)


async def find_credential(credential_id: int) -> CredentialRow | None:
    """Return the credential of any community, or None. The caller checks who may know of it."""
    found = await _CREDENTIALS.all([credential_id])
    return found[0] if found else None


async def get_current_credential(member: MemberRow, credential_id: int) -> CredentialRow:
    """Return the member's own credential, which is current. Raises NotFound and CredentialNotCurrent."""
    row = await find_credential(credential_id)
    if row is None or row.membership_id != member.id:
        raise NotFound("credential")
    if not row.is_current:
        raise CredentialNotCurrent(path=("credentialId",))
    return row


async def list_credentials(membership_ids: Sequence[int]) -> dict[int, list[CredentialRow]]:
    """Return the credentials of each member, the oldest first."""
    rows = await _CREDENTIALS_OF.all(list(membership_ids))
    return dict(zip(membership_ids, db.group(rows, membership_ids, by="membership_id"), strict=True))


async def list_in_state(state: CredentialState) -> list[AppliedRow]:
    """Return up to 1000 credentials in a state, with their evidence, for operators."""
    return await _TO_VERIFY.all(state)


async def find_endorsement(endorsement_id: int) -> EndorsementRow | None:
    """Return the endorsement of any community, or None. The caller checks who may know of it."""
    return await _BY_ID.first(clock.now(), endorsement_id)


async def get_endorsement(endorsement_id: int) -> EndorsementRow:
    """Return the endorsement of any community. The caller checks who may know of it."""
    return await _BY_ID.one(clock.now(), endorsement_id)


async def lock_endorsement(endorsement_id: int) -> EndorsementRow:
    """Lock the row of an endorsement, and return it as of now. Its submission is locked before it."""
    return await _LOCK.one(clock.now(), endorsement_id)


async def find_endorsements_of(rows: Sequence[CaseRow] | Sequence[ReportRow]) -> list[EndorsementRow | None]:
    """Return the endorsement that each case or report is about, in order. None stands for something else."""
    numbers = [row.thing_id if row.thing is ThingKind.ENDORSEMENT else None for row in rows]
    wanted = sorted({number for number in numbers if number is not None})
    found = {row.id: row for row in await _BY_IDS.all(clock.now(), wanted)} if wanted else {}
    return [None if number is None else found[number] for number in numbers]


async def list_of_submissions(submission_ids: Sequence[int]) -> dict[int, list[EndorsementRow]]:
    """Return the newest 20 endorsements of each submission, in any state, newest first."""
    rows = await _OF_SUBMISSIONS.all(clock.now(), list(submission_ids))
    return dict(zip(submission_ids, db.group(rows, submission_ids, by="submission_id"), strict=True))


async def list_of_member(member: MemberRow, request: PageRequest) -> Page[EndorsementRow]:
    """Return a page of the member's endorsements in any state, newest first."""
    return await _OF_MEMBER.page(request, clock.now(), member.id)


def list_feed_filters(*, endorsed_only: bool) -> list[tuple[str, Any]]:
    """Return the filters of a feed."""
    return [(ENDORSED_SQL, clock.now())] if endorsed_only else []


def list_waiting_filters(member: MemberRow, *, requested_only: bool) -> list[tuple[str, Any]]:
    """Return the filters of the list of what waits for the member's endorsement."""
    return [(WAITING_SQL, (member.id, member.id)), (REQUESTED_SQL, member.id if requested_only else None)]


def can_know(row: EndorsementRow, submission: SubmissionRow, member: MemberRow | None) -> bool:
    """Return True for expert, author and leaders, who see past endorsements."""
    return member is not None and (can_lead(member) or member.id in {row.membership_id, submission.author_id})
