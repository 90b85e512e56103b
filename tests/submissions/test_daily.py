"""Limits of a member's submissions in a day of the community."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from community.communities.errors import LeadersOnly
from community.communities.newcomers import LIMITS, NEWCOMER_PERIOD, Limit, Limited
from community.kernel import clock
from community.submissions import write
from community.submissions.errors import TooManyToday
from community.submissions.models import SubmissionKind
from community.submissions.rules import normalise_content
from tests.support.story import assert_refused, create_community, create_draft, list_rows, run_concurrently

pytestmark = pytest.mark.usefixtures("database")

NOON = datetime(2031, 3, 5, 4, tzinfo=UTC)  # 12:00 in Shanghai
MIDNIGHT = datetime(2031, 3, 5, 16, tzinfo=UTC)
CONTENT = normalise_content(title="题", text="文")


@pytest.fixture(autouse=True)
def few(monkeypatch):
    """Limits of 2 for members and of 1 for newcomers, at noon."""
    for counted in (Limited.CREATED, Limited.EDITED, Limited.SENT):
        monkeypatch.setitem(LIMITS, counted, Limit(2, 1))
    with clock.at(NOON):
        yield


async def create_old_community():
    with clock.at(NOON - 2 * NEWCOMER_PERIOD):
        return await create_community()


async def test_member_beyond_limit_is_refused_until_next_local_day():
    place = await create_old_community()
    for _ in range(2):
        await create_draft(place)
    refusal = await assert_refused(TooManyToday, create_draft(place))
    assert (refusal.reason, refusal.figures, refusal.retry_at) == ("created", {"max": 2, "actual": 2}, MIDNIGHT)
    await create_draft(place, author=place.other)
    with clock.at(MIDNIGHT - timedelta(minutes=1)):
        await assert_refused(TooManyToday, create_draft(place))
    with clock.at(MIDNIGHT):
        await create_draft(place)


async def test_newcomer_has_the_lower_limit_and_leader_has_not():
    place = await create_community()
    await create_draft(place)
    refusal = await assert_refused(TooManyToday, create_draft(place))
    assert refusal.figures == {"max": 1, "actual": 1}
    for _ in range(2):
        await create_draft(place, author=place.leader)
    await assert_refused(TooManyToday, create_draft(place, author=place.leader))


async def test_edits_and_sent_submissions_have_own_counts():
    with clock.at(NOON - timedelta(days=9)):
        place = await create_community()
    with clock.at(NOON - timedelta(days=1)):
        others = [await create_draft(place) for _ in range(2)]
    row = await create_draft(place)
    for _ in range(2):
        row = await write.edit(place.resident, row.id, version=row.version, content=CONTENT)
    edit = write.edit(place.resident, row.id, version=row.version, content=CONTENT)
    assert (await assert_refused(TooManyToday, edit)).reason == "edited"
    await write.submit(place.resident, row.id, version=row.version)
    await write.submit(place.resident, others[0].id, version=others[0].version)
    submit = write.submit(place.resident, others[1].id, version=others[1].version)
    assert (await assert_refused(TooManyToday, submit)).reason == "sent"


async def test_refused_submission_is_not_counted():
    place = await create_old_community()
    for _ in range(3):
        await assert_refused(LeadersOnly, create_draft(place, kind=SubmissionKind.LEADER_PLAYBOOK))
    for _ in range(2):
        await create_draft(place)


async def test_concurrent_drafts_do_not_pass_the_limit():
    place = await create_old_community()
    outcomes = await run_concurrently(*(create_draft(place) for _ in range(5)))
    assert sum(isinstance(outcome, TooManyToday) for outcome in outcomes) == 3
    assert len(await list_rows("submission")) == 2
