"""The trail of a submission for its author."""

from __future__ import annotations

import pytest

from community.kernel.audit_actions import AuditAction
from community.review import cases, handling, restoring
from community.review import service as review
from community.review.appeals import reports
from community.review.appeals.models import ReportCategory
from community.review.models import CaseKind
from community.submissions import removal
from community.submissions.trail import MAX_EVENTS, TrailSide, list_events
from tests.support.story import (
    add_revision,
    create_community,
    create_draft,
    create_in_review,
    create_published,
    edit_submission,
    reload_submission,
)

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
async def place():
    return await create_community(leaders=2, residents=3)


async def read(*rows):
    return [[(event.action, event.by) for event in reversed(events)] for events in await list_events(rows)]


async def test_author_reads_what_leaders_did(place):
    row = await create_published(place)
    await reports.report(place.residents[1], row.id, category=ReportCategory.OTHER, text=None)
    row = await edit_submission(await reload_submission(row), place.resident, title="改")
    case = await cases.get_open(place.id, row.id, CaseKind.REVISION)
    case = await handling.claim(place.leader, case.id)
    await review.send_back(place.leader, case.id, version=case.version, what_to_change="写清楚")
    row = await reload_submission(row)
    await removal.remove(place.leader, row.id, version=row.version, reason="广告")
    row = await reload_submission(row)
    await restoring.restore(place.leaders[1], row.id, version=row.version, reason="看错了")
    assert await read(row) == [
        [
            (AuditAction.SUBMISSION_CREATE, TrailSide.AUTHOR),
            (AuditAction.REVIEW_APPROVED, TrailSide.LEADER),
            (AuditAction.SUBMISSION_EDIT, TrailSide.AUTHOR),
            (AuditAction.REVIEW_RETURNED, TrailSide.LEADER),
            (AuditAction.SUBMISSION_REMOVE, TrailSide.LEADER),
            (AuditAction.SUBMISSION_RESTORE, TrailSide.LEADER),
        ]
    ]


async def test_each_submission_has_its_own_events(place):
    blank, sent = await create_draft(place), await create_in_review(place)
    created = [(AuditAction.SUBMISSION_CREATE, TrailSide.AUTHOR)]
    assert await read(blank, sent) == [created, created]
    assert await read() == []


async def test_trail_keeps_the_newest_events(place):
    row = await create_draft(place)
    for number in range(MAX_EVENTS):
        row = await add_revision(row, place.resident, title=f"稿{number}")
    ((first, *rest),) = await list_events([row])
    assert (first.action, len(rest)) == (AuditAction.SUBMISSION_EDIT, MAX_EVENTS - 1)
    assert AuditAction.SUBMISSION_CREATE not in {event.action for event in rest}
