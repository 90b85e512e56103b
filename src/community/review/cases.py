"""Opening, locking and closing of cases of every kind.

A verb that decides a case calls `lock_case`, then does its work, and calls `close` in the same transaction.
"""

from __future__ import annotations

from collections.abc import Sequence

from community.communities import permissions
from community.communities.permissions import Actor
from community.communities.queries import MemberRow
from community.kernel import audit, clock, db
from community.kernel.audit_actions import AuditAction
from community.kernel.errors import Conflict, NotFound
from community.review import case_words, checks, deciders, rules
from community.review.appeals.queries import list_reporters
from community.review.claims import find_claims
from community.review.errors import CaseClaimed, LeaderCanDecide, OwnCase
from community.review.models import CaseKind, CaseReason, CaseState
from community.review.queries import COLUMNS, CaseRow, find_case
from community.review.things import THINGS, Thing, ThingRevision
from community.submissions import queries as submission_queries

_OPEN = db.Change(
    "INSERT INTO review_case (community_id, kind, submission_id, revision_id, author_id, excluded_id, also_excluded_id,"
    " queue_rank, state, opened_at, due_at, solve_due_at, thing, thing_id, thing_revision)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'OPEN', $9, $10, $11, $12, $13, $14)"
    f" ON CONFLICT DO NOTHING RETURNING {COLUMNS}",
    CaseRow,
)
_FIND_OPEN = db.Select(
    f"SELECT {COLUMNS} FROM review_case WHERE community_id = $1 AND submission_id = $2 AND kind = $3 AND state = 'OPEN'"
    " ORDER BY id LIMIT 1",
    CaseRow,
)
_FIND_OPEN_OF_THING = db.Select(
    f"SELECT {COLUMNS} FROM review_case WHERE community_id = $1 AND thing = $2 AND thing_id = $3 AND kind = $4"
    " AND state = 'OPEN'",
    CaseRow,
)
_LOCK = db.Select(f"SELECT {COLUMNS} FROM review_case WHERE community_id = $1 AND id = $2 FOR UPDATE", CaseRow)
# An appeal against a sanction is locked after the sanction, as when the sanction is lifted.
_LOCK_SANCTION = db.Select(
    "SELECT s.id FROM appeal a JOIN sanction s ON s.id = a.subject_id WHERE a.case_id = $1 AND a.subject = 'SANCTION'"
    " FOR UPDATE OF s",
    db.Id,
)
_ADD_REASON = db.Change(
    "INSERT INTO case_reason (community_id, case_id, reason, created_at) VALUES ($1, $2, $3, $4)"
    " ON CONFLICT (community_id, case_id, reason) DO NOTHING RETURNING id",
    db.Id,
)
_RAISE = db.Change(
    "UPDATE review_case SET version = version + 1,"
    " queue_rank = CASE WHEN queue_rank < $3 THEN queue_rank ELSE CAST($3 AS SMALLINT) END"
    " WHERE community_id = $1 AND id = $2 AND state = 'OPEN' RETURNING id",
    db.Id,
)
_MARK_AHEAD = db.Change(
    f"UPDATE review_case SET version = version + 1, queue_rank = {rules.MAX_URGENCY - rules.AHEAD_URGENCY}"
    " WHERE community_id = $1 AND id = $2 AND state = 'OPEN' RETURNING id",
    db.Id,
)
_CLOSE = db.Change(
    "UPDATE review_case SET state = 'DECIDED', version = version + 1, closed_at = $4,"
    " answered_at = COALESCE(answered_at, $4), claimed_by = NULL, claimed_at = NULL, claimed_until = NULL"
    f" WHERE community_id = $1 AND id = $2 AND version = $3 AND state = 'OPEN' RETURNING {COLUMNS}",
    CaseRow,
)
_SUPERSEDE = db.Change(
    "UPDATE review_case SET state = 'SUPERSEDED', version = version + 1, closed_at = $2, claimed_by = NULL,"
    " claimed_at = NULL, claimed_until = NULL WHERE id = $1 AND state = 'OPEN' RETURNING id",
    db.Id,
)
_ANSWER = db.Change(
    "UPDATE review_case SET answered_at = $3 WHERE community_id = $1 AND id = $2 AND answered_at IS NULL RETURNING id",
    db.Id,
)


@db.transactional
async def open_case(
    kind: CaseKind,
    *,
    community_id: int,
    author_id: int,
    submission_id: int | None = None,
    revision_id: int | None = None,
    thing: ThingRevision | None = None,
    excluded_id: int | None = None,
    also_excluded_id: int | None = None,
    reasons: Sequence[CaseReason] = (),
    urgency: int = 0,
) -> CaseRow | None:
    """Open a case, and return it.

    Return None if the submission or thing has an open case of this kind. That one then gets the reasons and the
    urgency. The caller has locked the submission or thing, if there is one.
    """
    now = clock.now()
    opened = await _OPEN.first(
        community_id, kind, submission_id, revision_id, author_id, excluded_id, also_excluded_id,
        rules.MAX_URGENCY - urgency, now, now + rules.FIRST_ANSWER_DEADLINE, now + rules.SOLUTION_DEADLINES[kind],
        *((None, None, None) if thing is None else (thing.kind, thing.id, thing.number)),
    )  # fmt: skip
    if opened is None:
        present = await get_present(kind, community_id, submission_id, thing)
        await add_reasons(present, reasons, urgency=urgency)
        return None
    for reason in reasons:
        await _ADD_REASON.first(community_id, opened.id, reason, now)
    await case_words.add([opened.id])
    return opened


async def get_present(
    kind: CaseKind, community_id: int, submission_id: int | None, thing: ThingRevision | None
) -> CaseRow:
    """Return the open case of this kind about a submission or a thing. Raises LookupError."""
    if thing is None:
        return await _FIND_OPEN.one(community_id, submission_id, kind)
    return await _FIND_OPEN_OF_THING.one(community_id, thing.kind, thing.id, kind)


async def find_open(community_id: int, submission_id: int, kind: CaseKind) -> CaseRow | None:
    """Return the oldest open case of this kind about a submission, or None."""
    return await _FIND_OPEN.first(community_id, submission_id, kind)


async def get_open(community_id: int, submission_id: int, kind: CaseKind) -> CaseRow:
    """Return the open case of this kind about a submission. Raises LookupError."""
    return await _FIND_OPEN.one(community_id, submission_id, kind)


async def find_open_of_thing(thing: Thing, kind: CaseKind) -> CaseRow | None:
    """Return the open case of this kind about a thing, or None."""
    return await _FIND_OPEN_OF_THING.first(thing.community_id, thing.kind, thing.id, kind)


@db.transactional
async def supersede(case_id: int) -> None:
    """Close an open case without a decision, and end its claim. Idempotent."""
    await _SUPERSEDE.first(case_id, clock.now())
    await case_words.remove([case_id])


@db.transactional
async def add_reasons(case: CaseRow, reasons: Sequence[CaseReason], *, urgency: int = 0) -> None:
    """Add reasons to an open case, and raise its urgency to this one. The urgency never falls.

    A change gives the case a new version, so that no leader decides without reading the new reason.
    """
    now = clock.now()
    added = [reason for reason in reasons if await _ADD_REASON.first(case.community_id, case.id, reason, now)]
    if added or urgency > max(case.urgency, 0):
        await _RAISE.first(case.community_id, case.id, rules.MAX_URGENCY - urgency)


@db.transactional
async def mark_ahead(case: CaseRow) -> None:
    """Give a locked case the reason AHEAD and the lowest urgency."""
    await _ADD_REASON.first(case.community_id, case.id, CaseReason.AHEAD, clock.now())
    await _MARK_AHEAD.one(case.community_id, case.id)


async def lock_row(case: CaseRow) -> CaseRow:
    """Lock the row of a case, and return it as of now. What it is about is locked before it."""
    return await _LOCK.one(case.community_id, case.id)


async def renew(case: CaseRow) -> None:
    """Give an open case a new version.

    No leader then decides it without reading what was added.
    """
    await _RAISE.first(case.community_id, case.id, rules.MAX_URGENCY)


async def lock_case(
    actor: Actor,
    case_id: int,
    *,
    version: int | None = None,
    kind: CaseKind | None = None,
    with_id: int | None = None,
) -> tuple[MemberRow, CaseRow]:
    """Lock the leader, the author, what it is about and the case. Return the leader, and the open case.

    The membership `with_id` is locked too, and the caller reads it afterwards. A case of another kind than `kind` is
    not found. Raises LeadersOnly, NotFound, OwnSubmission, OwnCase also for a leader who reported it, CaseExcluded,
    CaseClaimed while another leader has a claim, and Conflict for another version or a closed case.
    """
    case = await find_case(case_id)
    # The author may be leaving, or being suspended, at the same time.
    others = [] if case is None else [case.author_id, *([] if with_id is None else [with_id])]
    leader = await permissions.lock_leader(actor, *others)
    if case is None or case.community_id != leader.community_id or kind not in {None, case.kind}:
        raise NotFound("review_case")
    checks.require_decider(case, leader)
    case = await _lock_with_subject(case)
    if case.kind is CaseKind.REPORT and await list_reporters([case.id], [leader.id]):
        raise OwnCase
    _require_open(case, version)
    (claim,) = await find_claims([case])
    if claim is not None and claim.claimed_by != leader.id:
        raise CaseClaimed(retry_at=claim.claimed_until)
    return leader, case


@db.transactional
async def lock_to_decide(
    actor: Actor | None, case_id: int, *, version: int | None = None, kind: CaseKind
) -> tuple[MemberRow | None, CaseRow]:
    """Lock a case for a decision, and return the leader and the open case.

    The operator is None. Raises what `lock_case` raises, and for the operator LeaderCanDecide.
    """
    if actor is not None:
        return await lock_case(actor, case_id, version=version, kind=kind)
    case = await find_case(case_id)
    if case is None or case.kind is not kind:
        raise NotFound("review_case")
    await permissions.lock_membership(case.community_id, case.author_id)
    case = await _lock_with_subject(case)
    _require_open(case, version)
    # It is read after the lock. A leader who is appointed later waits for it, and finds the case closed.
    if await deciders.has_decider(case):
        raise LeaderCanDecide
    await audit.record_about(case, AuditAction.CASE_OPERATOR_DECIDE, by=None, kind=case.kind.value)
    return None, case


async def _lock_with_subject(case: CaseRow) -> CaseRow:
    """Lock what a case is about and then the case. Return it as of now."""
    if case.submission_id is not None:
        await submission_queries.lock(case.submission_id)
    if case.thing is not None and case.thing_id is not None:
        await THINGS[case.thing].lock(case.community_id, case.thing_id)
    if case.kind is CaseKind.APPEAL:
        await _LOCK_SANCTION.first(case.id)
    return await lock_row(case)


def _require_open(case: CaseRow, version: int | None) -> None:
    if case.state is not CaseState.OPEN or version not in {None, case.version}:
        raise Conflict("case", path=("version",))


async def close(case: CaseRow) -> CaseRow:
    """Close a locked case with a decision, end its claim, and return it. Raises Conflict if it has changed."""
    closed = await _CLOSE.first(case.community_id, case.id, case.version, clock.now())
    if closed is None:
        raise Conflict("case", path=("version",))
    await case_words.keep_decided(case.id)
    return closed


async def record_answer(case: CaseRow) -> None:
    """Record the first answer to a case that stays open. Idempotent: a later answer has no effect."""
    await _ANSWER.first(case.community_id, case.id, clock.now())
