"""Verbs of reports about what is public. No member learns who reported."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from community.communities import permissions
from community.communities.newcomers import Limited
from community.communities.permissions import Actor, get_member_id
from community.communities.queries import MemberRow
from community.communities.trust.models import TrustEnd
from community.consent.models import ConsentPurpose
from community.kernel import clock, db
from community.kernel.errors import Conflict, NotFound
from community.kernel.texts import normalise_multiline_text
from community.review import cases, templates
from community.review.appeals import report_outcomes
from community.review.appeals.models import ReportCategory, ReportState
from community.review.appeals.queries import REPORT_COLUMNS, ReportRow
from community.review.appeals.reportable import require_reporter
from community.review.errors import AlreadyReported, OwnThing
from community.review.models import CaseKind, CaseReason, TemplateKind, ThingKind
from community.review.queries import CaseRow
from community.review.things import THINGS, Thing
from community.submissions import checks, daily, removal
from community.submissions import queries as submissions
from community.submissions.models import SubmissionState
from community.submissions.queries import SubmissionRow
from community.submissions.rules import normalise_note

MAX_TEXT_LENGTH = 200


_OWN = db.Select("SELECT id FROM report WHERE community_id = $1 AND reporter_id = $2 AND revision_id = $3", db.Id)
_OWN_OF_THING = db.Select(
    "SELECT id FROM report WHERE community_id = $1 AND reporter_id = $2 AND thing = $3 AND thing_id = $4"
    " AND thing_revision = $5",
    db.Id,
)
# An upheld report about what is public again was overturned.
_DECIDED = db.Select(
    "SELECT id FROM report WHERE revision_id = $1 AND category = $2 AND state IN ('UPHELD', 'DISMISSED') LIMIT 1",
    db.Id,
)
_DECIDED_OF_THING = db.Select(
    "SELECT id FROM report WHERE thing = $1 AND thing_id = $2 AND thing_revision = $3 AND category = $4"
    " AND state IN ('UPHELD', 'DISMISSED') LIMIT 1",
    db.Id,
)
_INSERT = db.Change(
    "INSERT INTO report (community_id, case_id, reporter_id, submission_id, revision_id, thing, thing_id,"
    " thing_revision, category, text, state, created_at, answered_at)"
    f" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) RETURNING {REPORT_COLUMNS}",
    ReportRow,
)
_OF_CATEGORY = db.Select("SELECT id FROM report WHERE case_id = $1 AND category = $2 LIMIT 1", db.Id)


@dataclass(frozen=True, slots=True)
class _Given:
    """The content of a report."""

    category: ReportCategory
    words: str | None


@db.transactional
async def report(actor: Actor, submission_id: int, *, category: ReportCategory, text: str | None) -> ReportRow:
    """Report the published revision of a submission to the leaders, and return the report.

    What leaders have decided about the revision on the same ground is dismissed immediately, without a case.
    Raises NotFound, OwnSubmission, AlreadyReported, TooManyToday, Muted, ConsentMissing, GuardianNeeded, InvalidInput.
    """
    member, given = await _begin(actor, category, text)
    checks.require_public(await submissions.get(member.community_id, submission_id), member)
    await daily.count(member, Limited.REPORTED)
    row = await submissions.lock(submission_id)
    require_reporter(row, member)
    await end_over(row)
    (revision,) = await submissions.get_revisions([(row.id, row.published_revision or 0)])
    if await _OWN.first(row.community_id, member.id, revision.id) is not None:
        raise AlreadyReported
    about = (row.id, revision.id, None, None, None)
    if await _DECIDED.first(revision.id, category) is not None:
        return await _insert(member, None, about, given)
    opened = await cases.open_case(
        CaseKind.REPORT, community_id=row.community_id, author_id=row.author_id, submission_id=row.id,
        revision_id=revision.id, reasons=[CaseReason.REPORTED], urgency=1,
    )  # fmt: skip
    present = await cases.get_open(row.community_id, row.id, CaseKind.REPORT) if opened is None else None
    return await _join(member, opened, present, about, given)


@db.transactional
async def report_thing(
    actor: Actor, thing_id: int, *, kind: ThingKind, category: ReportCategory, text: str | None
) -> ReportRow:
    """Report what is public of a thing as `report` does, and return the report.

    Raises NotFound, OwnThing, AlreadyReported, TooManyToday, Muted, ConsentMissing, GuardianNeeded, InvalidInput.
    """
    member, given = await _begin(actor, category, text)
    _require_public_thing(await THINGS[kind].find(member.community_id, thing_id))
    await daily.count(member, Limited.REPORTED)
    thing = await THINGS[kind].lock(member.community_id, thing_id)
    _require_public_thing(thing)
    if thing.author_id == member.id:
        raise OwnThing
    await end_over_thing(thing)
    shown = thing.get_public_revision()
    key = (shown.kind, shown.id, shown.number)
    if await _OWN_OF_THING.first(thing.community_id, member.id, *key) is not None:
        raise AlreadyReported
    about = (None, None, *key)
    if await _DECIDED_OF_THING.first(*key, category) is not None:
        return await _insert(member, None, about, given)
    opened = await cases.open_case(
        CaseKind.REPORT, community_id=thing.community_id, author_id=thing.author_id, thing=shown,
        reasons=[CaseReason.REPORTED], urgency=1,
    )  # fmt: skip
    present = await cases.find_open_of_thing(thing, CaseKind.REPORT) if opened is None else None
    return await _join(member, opened, present, about, given)


async def _begin(actor: Actor, category: ReportCategory, text: str | None) -> tuple[MemberRow, _Given]:
    member = await permissions.lock_consenting_member(actor, ConsentPurpose.SERVICE)
    permissions.require_not_muted(member)
    words = None if text is None else normalise_multiline_text(text, max_length=MAX_TEXT_LENGTH, path=("text",))
    return member, _Given(category, words or None)


async def _join(
    member: MemberRow, opened: CaseRow | None, present: CaseRow | None, about: tuple[Any, ...], given: _Given
) -> ReportRow:
    """Add a report to the case that it opened, or that was there."""
    case = opened or present
    assert case is not None
    if opened is None and await _OF_CATEGORY.first(case.id, given.category) is None:
        await cases.renew(case)
    made = await _insert(member, case, about, given)
    # The trail must not say who reported.
    await report_outcomes.record(None, case, "report.open", category=given.category.value)
    return made


async def _insert(member: MemberRow, case: CaseRow | None, about: tuple[Any, ...], given: _Given) -> ReportRow:
    """Insert a report. Without a case it is dismissed immediately."""
    now = clock.now()
    outcome = (ReportState.DISMISSED, now, now) if case is None else (ReportState.OPEN, now, None)
    return await _INSERT.one(
        member.community_id, None if case is None else case.id, member.id, *about, given.category, given.words, *outcome
    )


def _require_public_thing(thing: Thing) -> None:
    if thing.public is None:
        raise NotFound


@db.transactional
async def uphold(
    actor: Actor | None, case_id: int, *, version: int, reason: str, template_id: int | None = None
) -> CaseRow:
    """Remove or hide what was reported with a reason, and return the closed case. The reporters are notified.

    The trust in the author ends. The leader may name a template of a removal. The operator is None.

    Raises what `cases.lock_to_decide` and `removal.remove_locked` raise.
    """
    leader, case = await cases.lock_to_decide(actor, case_id, version=version, kind=CaseKind.REPORT)
    await templates.count_use(case.community_id, template_id, kind=TemplateKind.REMOVAL)
    note = normalise_note(reason, path="reason")
    if case.thing is not None:
        thing = await _lock_shown(case)
        # It is closed first, because the end of what is public ends the reports that are open.
        closed = await _close(leader, case, ReportState.UPHELD)
        await THINGS[thing.kind].hide(thing, leader, note)
        await removal.end_trust(thing.community_id, thing.author_id, cause=TrustEnd.REPORT, by_id=get_member_id(leader))
        return closed
    row = await submissions.lock(case.revision_ids[0])
    if not await _is_shown(row, case):
        raise Conflict("case", path=("version",))
    await removal.remove_locked(leader, row, note=note, cause=TrustEnd.REPORT)
    return await _close(leader, case, ReportState.UPHELD)


@db.transactional
async def dismiss(actor: Actor | None, case_id: int, *, version: int) -> CaseRow:
    """Reject the reports of a case, and return the closed case. The reporters are notified.

    The operator is None. Raises what `cases.lock_to_decide` raises.
    """
    leader, case = await cases.lock_to_decide(actor, case_id, version=version, kind=CaseKind.REPORT)
    if case.thing is not None:
        await _lock_shown(case)
    elif not await _is_shown(await submissions.lock(case.revision_ids[0]), case):
        raise Conflict("case", path=("version",))
    return await _close(leader, case, ReportState.DISMISSED)


async def _lock_shown(case: CaseRow) -> Thing:
    """Return the thing of a case as of now. Raises Conflict if others no longer read the reported revision."""
    assert case.thing is not None
    assert case.thing_id is not None
    thing = await THINGS[case.thing].lock(case.community_id, case.thing_id)
    if thing.public != case.thing_revision:
        raise Conflict("case", path=("version",))
    return thing


async def _is_shown(row: SubmissionRow, case: CaseRow) -> bool:
    """Return True if the reported revision is the published one."""
    if row.published_revision is None:
        return False
    (shown,) = await submissions.get_revisions([(row.id, row.published_revision)])
    return shown.id == case.revision_id


async def _close(leader: MemberRow | None, case: CaseRow, state: ReportState) -> CaseRow:
    closed = await cases.close(case)
    await report_outcomes.answer(leader, case, state)
    return closed


@db.transactional
async def end_over(row: SubmissionRow) -> None:
    """End the reports about what a locked submission no longer shows. Idempotent."""
    case = await cases.find_open(row.community_id, row.id, CaseKind.REPORT)
    if case is None or await _is_shown(row, case):
        return
    await cases.supersede(case.id)
    await report_outcomes.answer(
        None, case, ReportState.UPHELD if row.state is SubmissionState.REMOVED else ReportState.ENDED
    )


@db.transactional
async def end_over_thing(thing: Thing, *, hidden: bool = False) -> None:
    """End the reports about what a locked thing no longer shows. Idempotent. Hidden things uphold them."""
    case = await cases.find_open_of_thing(thing, CaseKind.REPORT)
    if case is None or case.thing_revision == thing.public:
        return
    await cases.supersede(case.id)
    await report_outcomes.answer(None, case, ReportState.UPHELD if hidden else ReportState.ENDED)
