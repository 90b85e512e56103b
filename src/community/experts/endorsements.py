"""Verbs of endorsements, and requests for them."""

from __future__ import annotations

from dataclasses import dataclass

from community.communities import permissions
from community.communities.permissions import Actor
from community.communities.queries import MemberRow, get_members, require_members
from community.consent.models import ConsentPurpose
from community.experts import following, notes, queries, rules
from community.experts.errors import AlreadyEndorsed, CredentialNotCurrent, OutsideCredential, OwnContent
from community.experts.models import EndorsementState, NoteState
from community.experts.queries import NOTE, CredentialRow, EndorsementRow
from community.kernel import audit, clock, db
from community.kernel.errors import Conflict, NotFound
from community.notices.models import NoticeKind
from community.notices.service import notify_member
from community.points import journal
from community.points.earning import claw_back
from community.points.earning.earn import EarnRequest, earn
from community.points.earning.models import Trigger
from community.safety import call_checks
from community.safety.checks import Screening
from community.safety.facts import Verdict, write_findings
from community.scores import scores
from community.scores.models import BoardKind
from community.scores.scores import BoardSource
from community.submissions import checks
from community.submissions import queries as submissions
from community.submissions.queries import SubmissionRow

GIVEN_SOURCE = BoardSource(
    BoardKind.ENDORSEMENTS_GIVEN,
    "SELECT community_id, membership_id, 1 AS amount, given_at AS at FROM endorsement WHERE withdrawn_at IS NULL",
    since="experts",
)


@dataclass(frozen=True, slots=True)
class Word:
    """The words of an endorsement. `revision` is the number of the revision that the expert read."""

    credential_id: int
    revision: int
    note: str


_LOCK_CREDENTIAL = db.Select(
    f"SELECT {db.columns(CredentialRow)} FROM credential WHERE community_id = $1 AND id = $2 AND membership_id = $3"
    " FOR SHARE",
    CredentialRow,
)
_LOCK_OWN = db.Select(
    "SELECT id FROM endorsement WHERE community_id = $1 AND submission_id = $2 AND membership_id = $3 FOR UPDATE", db.Id
)
_GIVE = db.Change(
    "INSERT INTO endorsement (community_id, submission_id, membership_id, revision_id, credential_id, note, recorded,"
    " given_at, renewed_at, note_state, note_findings) VALUES ($1, $2, $3, $4, $5, $6, 'CURRENT', $7, $7, $8, $9)"
    " ON CONFLICT (community_id, submission_id, membership_id) DO UPDATE SET revision_id = excluded.revision_id,"
    " credential_id = excluded.credential_id, note = excluded.note, recorded = 'CURRENT',"
    " renewed_at = excluded.renewed_at, withdrawn_at = NULL, withdraw_reason = NULL,"
    " note_number = endorsement.note_number + 1, note_state = excluded.note_state,"
    " note_findings = excluded.note_findings, note_reason = NULL RETURNING id",
    db.Id,
)
_WITHDRAW = db.Change(
    "UPDATE endorsement SET withdrawn_at = $2, withdraw_reason = $3, recorded = 'WITHDRAWN'"
    " WHERE id = $1 AND withdrawn_at IS NULL RETURNING id",
    db.Id,
)
_REQUEST = db.Change(
    "INSERT INTO endorsement_request (community_id, submission_id, membership_id, requested_by, requested_at)"
    " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (community_id, submission_id, membership_id) DO NOTHING RETURNING id",
    db.Id,
)


@db.transactional
async def give(actor: Actor, submission_id: int, *, word: Word, found: Screening, is_awaited: bool) -> EndorsementRow:
    """Endorse the published revision of another member's submission, and return the endorsement.

    A second one of the same expert replaces the first, which must not be current, or whose note was refused. Both
    sides are paid once. `found` is what the checks found in the note. Others see the note once it passed them, and
    those of WeChat if they are awaited, or once a leader has approved it. Raises NotFound, OwnContent,
    CredentialNotCurrent, OutsideCredential, AlreadyEndorsed, Muted, InvalidInput, TextBlocked, and Conflict if another
    revision is published.
    """
    member = await permissions.lock_consenting_member(actor, ConsentPurpose.SERVICE, ConsentPurpose.PUBLICATION)
    permissions.require_not_muted(member)
    note = rules.normalise_note(word.note)
    blocked = call_checks.find_refusal({NOTE: note}, found)
    if blocked is not None:
        raise blocked
    # The lock orders it with a publication of the next revision.
    row = await submissions.lock((await submissions.get(member.community_id, submission_id)).id)
    checks.require_public(row, member)
    credential = await _get_credential(member, word.credential_id)
    await _require_scope(row, member, credential)
    if row.published_revision != word.revision:
        raise Conflict(path=("revision",))
    known = await _LOCK_OWN.first(row.community_id, row.id, member.id)
    before = None if known is None else await queries.find_endorsement(known.id)
    if before is not None and before.state is EndorsementState.CURRENT and before.note_state is not NoteState.REFUSED:
        raise AlreadyEndorsed
    (revision,) = await submissions.get_revisions([(row.id, word.revision)])
    is_shown = found.verdict is Verdict.PASS and not is_awaited
    given = await _GIVE.one(
        row.community_id, row.id, member.id, revision.id, credential.id, note, clock.now(),
        NoteState.SHOWN if is_shown else NoteState.WAITING, write_findings(found.findings) if found.findings else None,
    )  # fmt: skip
    await audit.record(
        row.community_id, member.id, "endorsement.give", subject="endorsement", subject_id=given.id,
        submission=row.id, revision=word.revision,
    )  # fmt: skip
    made = await queries.get_endorsement(given.id)
    if before is None or before.withdrawn_at is not None:
        await scores.count(BoardKind.ENDORSEMENTS_GIVEN, row.community_id, member.id, 1, at=made.given_at)
    await notes.follow_giving(made, is_awaited=is_awaited)
    await _pay(row, made)
    await notify_member(
        row.community_id, row.author_id, kind=NoticeKind.ENDORSEMENT_RECEIVED,
        key=f"endorsed:{made.id}:{revision.id}", detail={"submission": row.id},
    )  # fmt: skip
    return made


async def _get_credential(member: MemberRow, credential_id: int) -> CredentialRow:
    credential = await _LOCK_CREDENTIAL.first(member.community_id, credential_id, member.id)
    if credential is None:
        raise NotFound("credential")
    if not credential.is_current:
        raise CredentialNotCurrent(path=("credentialId",))
    return credential


async def _require_scope(row: SubmissionRow, member: MemberRow, credential: CredentialRow) -> None:
    if row.author_id == member.id:
        raise OwnContent
    (revision,) = await submissions.get_revisions([(row.id, row.published_revision or 0)])
    (tags,) = await submissions.list_tags([revision.id])
    if not rules.is_in_scope(credential.kinds, credential.tags, kind=row.kind, with_tags=tags):
        raise OutsideCredential(path=("credentialId",))


async def _pay(row: SubmissionRow, made: EndorsementRow) -> None:
    await journal.lock_accounts(row.community_id, [row.author_id, made.membership_id])
    cause = following.build_cause(made.id)
    for trigger, payee in (
        (Trigger.ENDORSEMENT_RECEIVED, row.author_id),
        (Trigger.ENDORSEMENT_GIVEN, made.membership_id),
    ):
        await earn(row.community_id, payee, EarnRequest(trigger, cause, f"{cause}:{trigger.value.lower()}"))
    await claw_back.restore(row.community_id, cause)


@db.transactional
async def withdraw(actor: Actor, endorsement_id: int, *, reason: str) -> EndorsementRow:
    """Withdraw the actor's own endorsement, and return it. A former member may too. Its points are clawed back.

    Idempotent. Raises NotFound and InvalidInput.
    """
    member = await permissions.lock_current_or_former_member(actor)
    note = rules.normalise_reason(reason)
    row = await queries.find_endorsement(endorsement_id)
    if row is None or row.membership_id != member.id:
        raise NotFound("endorsement")
    await submissions.lock(row.submission_id)
    if await _WITHDRAW.first(row.id, clock.now(), note) is not None:
        await audit.record_about(row, "endorsement.withdraw", by=member, submission=row.submission_id)
        await scores.count(BoardKind.ENDORSEMENTS_GIVEN, row.community_id, member.id, -1, at=row.given_at)
        await notes.sync(await queries.lock_endorsement(row.id))
        await claw_back.claw_back(row.community_id, following.build_cause(row.id))
    return await queries.get_endorsement(row.id)


@db.transactional
async def request(actor: Actor, submission_id: int, *, expert_id: int) -> SubmissionRow:
    """Ask an expert for an endorsement of a published submission, and return it. Idempotent.

    The expert gets a notice for each published revision. Raises LeadersOnly, NotFound, OwnContent, and
    OutsideCredential without a current credential for it.
    """
    leader = await permissions.lock_leader(actor, expert_id)
    row = await submissions.get(leader.community_id, submission_id)
    checks.require_public(row, leader)
    await require_members(leader.community_id, expert_id)
    (expert,) = await get_members([expert_id])
    await _require_expert(row, expert)
    new = await _REQUEST.first(row.community_id, row.id, expert.id, leader.id, clock.now())
    if new is not None:
        await audit.record_about(row, "endorsement.request", by=leader, expert=expert.id)
    await notify_member(
        row.community_id, expert.id, kind=NoticeKind.ENDORSEMENT_REQUESTED,
        key=f"asked:{row.id}:{row.published_revision}", detail={"submission": row.id},
    )  # fmt: skip
    return row


async def _require_expert(row: SubmissionRow, expert: MemberRow) -> None:
    held = (await queries.list_credentials([expert.id]))[expert.id]
    refusal: OutsideCredential | None = OutsideCredential(path=("memberId",))
    for credential in held:
        if credential.is_current:
            try:
                await _require_scope(row, expert, credential)
            except OutsideCredential:
                continue
            refusal = None
    if refusal is not None:
        raise refusal
