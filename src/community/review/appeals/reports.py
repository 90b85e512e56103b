"""Verbs of reports about what is public. No member learns who reported."""

from __future__ import annotations

from dataclasses import dataclass

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
from community.review.things import THINGS, Thing, ThingRevision
from community.submissions import checks, daily, removal
from community.submissions import queries as submissions
from community.submissions.models import SubmissionState
from community.submissions.queries import SubmissionRow
from community.submissions.rules import normalise_note

MAX_TEXT_LENGTH = 200


# Either the revision of a submission is given, or that of another thing.
_OF_REVISION = "(revision_id = ${} OR (thing = ${} AND thing_id = ${} AND thing_revision = ${}))"
_OWN = db.Select(
    f"SELECT id FROM report WHERE community_id = $1 AND reporter_id = $2 AND {_OF_REVISION.format(3, 4, 5, 6)}", db.Id
)
# An upheld report about what is public again was overturned.
_DECIDED = db.Select(
    f"SELECT id FROM report WHERE category = $1 AND {_OF_REVISION.format(2, 3, 4, 5)}"
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
    return await _report(member, given, row.author_id, submission_id=row.id, revision_id=revision.id)


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
    return await _report(member, given, thing.author_id, thing=thing.get_public_revision())


async def _begin(actor: Actor, category: ReportCategory, text: str | None) -> tuple[MemberRow, _Given]:
    member = await permissions.lock_consenting_member(actor, ConsentPurpose.SERVICE)
    permissions.require_not_muted(member)
    words = None if text is None else normalise_multiline_text(text, max_length=MAX_TEXT_LENGTH, path=("text",))
    return member, _Given(category, words or None)


async def _report(
    member: MemberRow,
    given: _Given,
    author_id: int,
    *,
    submission_id: int | None = None,
    revision_id: int | None = None,
    thing: ThingRevision | None = None,
) -> ReportRow:
    """Report what others read of a locked submission or thing.

    The report opens a case, or joins the open one.
    """
    revision = (revision_id, *((None, None, None) if thing is None else (thing.kind, thing.id, thing.number)))
    if await _OWN.first(member.community_id, member.id, *revision) is not None:
        raise AlreadyReported
    case = None
    if await _DECIDED.first(given.category, *revision) is None:
        case = await cases.open_case(
            CaseKind.REPORT, community_id=member.community_id, author_id=author_id, submission_id=submission_id,
            revision_id=revision_id, thing=thing, reasons=[CaseReason.REPORTED], urgency=1,
        )  # fmt: skip
        if case is None:
            case = await cases.get_present(CaseKind.REPORT, member.community_id, submission_id, thing)
            if await _OF_CATEGORY.first(case.id, given.category) is None:
                await cases.renew(case)
    now = clock.now()
    outcome = (ReportState.DISMISSED, now, now) if case is None else (ReportState.OPEN, now, None)
    made = await _INSERT.one(
        member.community_id, None if case is None else case.id, member.id, submission_id, *revision, given.category,
        given.words, *outcome,
    )  # fmt: skip
    if case is not None:
        # The trail must not say who reported.
        await report_outcomes.record(None, case, "report.open", category=given.category.value)
    return made


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
    shown = await _lock_shown(case)
    if isinstance(shown, Thing):
        # It is closed first, because the end of what is public ends the reports that are open.
        closed = await _close(leader, case, ReportState.UPHELD)
        await THINGS[shown.kind].hide(shown, leader, note)
        await removal.end_trust(shown.community_id, shown.author_id, cause=TrustEnd.REPORT, by_id=get_member_id(leader))
        return closed
    await removal.remove_locked(leader, shown, note=note, cause=TrustEnd.REPORT)
    return await _close(leader, case, ReportState.UPHELD)


@db.transactional
async def dismiss(actor: Actor | None, case_id: int, *, version: int) -> CaseRow:
    """Reject the reports of a case, and return the closed case. The reporters are notified.

    The operator is None. Raises what `cases.lock_to_decide` raises.
    """
    leader, case = await cases.lock_to_decide(actor, case_id, version=version, kind=CaseKind.REPORT)
    await _lock_shown(case)
    return await _close(leader, case, ReportState.DISMISSED)


async def _lock_shown(case: CaseRow) -> SubmissionRow | Thing:
    """Return what a case is about as of now. Raises Conflict if others no longer read the reported revision."""
    shown: SubmissionRow | Thing
    if case.thing is None:
        shown = await submissions.lock(case.revision_ids[0])
        is_shown = await _is_shown(shown, case)
    else:
        shown = await THINGS[case.thing].lock(case.community_id, case.thing_id or 0)
        is_shown = shown.public == case.thing_revision
    if not is_shown:
        raise Conflict("case", path=("version",))
    return shown


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
