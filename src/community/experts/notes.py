"""The notes of endorsements: their checks, and the cases about them.

The endorsement counts meanwhile. Its expert and the leaders alone read a note that is not shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from community.communities.queries import get_members
from community.experts import queries
from community.experts.models import EndorsementState, NoteState
from community.experts.queries import NOTE, EndorsementRow
from community.kernel import audit, clock, db, outbox
from community.kernel.errors import NotFound, require_row
from community.kernel.row_failures import run_each
from community.notices.models import NoticeKind
from community.notices.service import notify_member
from community.review import judging
from community.review.models import ThingKind
from community.review.screening import late_answers
from community.review.screening.conclusion import describe_results, list_overdue_findings
from community.review.screening.reasons import list_reasons
from community.review.things import Thing
from community.safety.checks import find_worst
from community.safety.facts import Finding, Verdict, write_findings
from community.safety.platform import checks as platform_checks
from community.settings import Settings
from community.submissions import queries as submissions

SUBJECT_KIND = "endorsement"
MAX_DURATION = timedelta(minutes=45)
"""Time after which a leader looks at a note whose checks have not ended."""
_BATCH_SIZE = 200

_ADD_FINDINGS = "UPDATE endorsement SET note_findings = $2 WHERE id = $1"
_SET_STATE = "UPDATE endorsement SET note_state = $2, note_reason = $3 WHERE id = $1"
_OVERDUE = db.Select(
    "SELECT e.id FROM endorsement e WHERE e.note_state = 'WAITING' AND e.renewed_at <= $1 AND e.withdrawn_at IS NULL"
    " AND NOT EXISTS (SELECT 1 FROM review_case c WHERE c.thing = 'ENDORSEMENT' AND c.thing_id = e.id"
    f" AND c.thing_revision = e.note_number AND c.state = 'OPEN') ORDER BY e.renewed_at, e.id LIMIT {_BATCH_SIZE}",
    db.Id,
)


def build_thing(row: EndorsementRow) -> Thing:
    """Return the note of an endorsement as a thing that leaders judge."""
    is_shown = row.note_state is NoteState.SHOWN and row.state is EndorsementState.CURRENT
    is_waiting = row.note_state is NoteState.WAITING and row.withdrawn_at is None
    return Thing(
        ThingKind.ENDORSEMENT, row.id, row.community_id, row.membership_id,
        row.note_number if is_shown else None, row.note_number if is_waiting else None,
    )  # fmt: skip


async def lock(endorsement_id: int) -> EndorsementRow:
    """Lock an endorsement after its submission, and return it as of now. Raises NotFound."""
    found = require_row(await queries.find_endorsement(endorsement_id), NotFound("endorsement"))
    await submissions.lock(found.submission_id)
    return await queries.lock_endorsement(endorsement_id)


async def follow_giving(row: EndorsementRow, *, is_awaited: bool) -> None:
    """Let WeChat or a leader look at a new note that waits. The case of an earlier one ends."""
    await sync(row)
    if row.note_state is NoteState.WAITING:
        if is_awaited:
            await outbox.put("effects.check_note", endorsement_id=row.id)
        if find_worst(row.list_findings()) is Verdict.REVIEW:
            await judging.open_case(build_thing(row), list_reasons(row.list_findings()))


async def sync(row: EndorsementRow) -> None:
    """End the case and the reports that a locked endorsement has outlived. Idempotent."""
    await judging.end_over(build_thing(row), hidden=row.note_state is NoteState.REFUSED)


async def check_note(settings: Settings, endorsement_id: int) -> None:
    """Ask WeChat about a note that waits. Idempotent. Raises PlatformBusy if a repetition may succeed."""
    row = await queries.find_endorsement(endorsement_id)
    if row is None or build_thing(row).pending is None:
        return
    (expert,) = await get_members([row.membership_id])
    subject = _build_subject(row)
    await platform_checks.start(
        settings, subject, community_id=row.community_id, author_person_id=expert.person_id,
        texts={NOTE: row.note}, media=[],
    )  # fmt: skip
    await conclude(subject)


@db.transactional
async def conclude(subject: str) -> None:
    """End the checks of a note `endorsement:7:1` if no answer is awaited. Idempotent."""
    row = await lock(int(subject.split(":")[1]))
    if build_thing(row).pending is None or _build_subject(row) != subject:
        return
    results = await platform_checks.list_results(subject)
    waiting = await judging.find_waiting(build_thing(row))
    if waiting is not None:
        await late_answers.add_to_case(waiting, subject)
    elif all(result.verdict is not None for result in results):
        await _end_checks(row, describe_results(results))


async def _end_checks(row: EndorsementRow, found: Sequence[Finding]) -> None:
    match find_worst(found):
        case Verdict.PASS:
            await set_state(row, NoteState.SHOWN)
        case Verdict.REVIEW:
            await _ask_leader(row, found)
        case Verdict.BLOCK:
            await refuse(row, by_id=None, reason=None)


async def _ask_leader(row: EndorsementRow, found: Sequence[Finding]) -> None:
    findings = [*row.list_findings(), *found]
    await db.execute(_ADD_FINDINGS, row.id, write_findings(findings))
    await judging.open_case(build_thing(row), list_reasons(findings))


async def recover() -> None:
    """Give up to 200 notes whose checks are overdue to the leaders.

    One that fails is logged, and the others follow. Raises RowsFailed at the end.
    """
    overdue = await _OVERDUE.all(clock.now() - MAX_DURATION)
    await run_each("endorsement", overdue, lambda row: _give_up(row.id))


@db.transactional
async def _give_up(endorsement_id: int) -> None:
    row = await lock(endorsement_id)
    if build_thing(row).pending is not None:
        await _ask_leader(row, await list_overdue_findings(_build_subject(row)))


async def set_state(row: EndorsementRow, state: NoteState, *, reason: str | None = None) -> None:
    """Show or refuse the note of a locked endorsement, and end its case."""
    await db.execute(_SET_STATE, row.id, state, reason)
    await sync(await queries.get_endorsement(row.id))


async def refuse(row: EndorsementRow, *, by_id: int | None, reason: str | None, **detail: int) -> None:
    """Refuse the note of a locked endorsement, and notify the expert.

    `by_id` is None for the checks and the operator. `detail` is added to the audit row.
    """
    await set_state(row, NoteState.REFUSED, reason=reason)
    event_id = await audit.record_about(
        row, "endorsement.refuse_note", by=by_id, submission=row.submission_id, **detail
    )
    await notify_member(
        row.community_id, row.membership_id, kind=NoticeKind.ENDORSEMENT_NOTE_REFUSED,
        key=f"endorsement-note:{event_id}", detail={"submission": row.submission_id},
    )  # fmt: skip


def _build_subject(row: EndorsementRow) -> str:
    """Return the name of the note in the checks of the platform."""
    return f"{SUBJECT_KIND}:{row.id}:{row.note_number}"
