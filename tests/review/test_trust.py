"""Trusted authors: who may be one, what is published ahead of the review, and how the trust ends."""

from __future__ import annotations

from datetime import timedelta

import pytest

from community.accounts import people
from community.communities import memberships, profile, roles
from community.communities.errors import LeadersOnly, TrustNotPossible, TrustOver
from community.communities.models import Role
from community.communities.sanctions.models import SanctionKind
from community.communities.sanctions.rules import SanctionContent
from community.communities.trust import service
from community.communities.trust.models import TrustEnd
from community.consent import documents
from community.consent.models import ConsentPurpose
from community.kernel import clock, db
from community.kernel.errors import InvalidInput, NotFound
from community.kernel.paging import MAX_PAGE, PageRequest
from community.review import handling, restoring, sanctions, trust
from community.review import service as review
from community.review.agreement import opinions
from community.review.appeals import reports
from community.review.appeals.models import ReportCategory
from community.review.history import HistoryKind, list_history
from community.review.models import CaseReason, CaseState
from community.review.queries import find_case, list_reasons
from community.review.rules import Approval
from community.safety import lists
from community.safety.entries import Word
from community.safety.facts import Level
from community.submissions import removal
from community.submissions.models import SubmissionKind, SubmissionState
from tests.points.earning.test_claw_back import get_figures
from tests.support.bank import find_violations
from tests.support.story import (
    FAIR_SCORES,
    HIGH_SCORES,
    add_member,
    assert_refused,
    create_community,
    create_in_review,
    create_published,
    create_submitted,
    edit_submission,
    get_open_case,
    list_rows,
    read_all_pages,
    receive,
    reload_submission,
    run_concurrently,
    run_effects,
)

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
async def place():
    """A community in which the first resident is a trusted author, with one approved submission."""
    with clock.at(clock.now() - timedelta(days=30)):  # The author is no newcomer.
        made = await create_community(leaders=2)
    words = [Word("代购", Level.BLOCK, "ads"), Word("团购", Level.REVIEW, "ads"), Word("傻瓜", Level.MASK, "rude")]
    await lists.publish_as_leader(made.leader, version=0, words=words, exceptions=[])
    await profile.edit_community(made.leader, version=1, edit={"trusted_authors_publish": True})
    await create_published(made)
    await trust.give(made.leader, made.resident.id, reason="写得好")
    return made


async def find_trust(place):
    (found,) = await service.find_in_force([place.resident.id])
    return found


async def test_leaders_list_the_trusted_members(place):
    await create_published(place, author=place.other)
    later = await trust.give(place.leaders[1], place.other.id, reason="写得好")
    first = await find_trust(place)
    elsewhere = await create_community()
    assert (await service.list_of_community(elsewhere.leader, PageRequest(MAX_PAGE))).rows == []
    rows = await read_all_pages(lambda request: service.list_of_community(place.leader, request), first=1)
    assert [(row.id, row.membership_id, row.given_by) for row in rows] == [
        (later.id, place.other.id, place.leaders[1].id), (first.id, place.resident.id, place.leader.id),
    ]  # fmt: skip
    await assert_refused(LeadersOnly, service.list_of_community(place.resident, PageRequest(MAX_PAGE)))


async def test_list_says_which_trust_is_in_force(place):
    leader, request = place.leaders[1], PageRequest(MAX_PAGE)
    await roles.take_role(leader, place.leader.id, role=Role.LEADER)
    (found,) = (await service.list_of_community(leader, request)).rows
    assert not found.is_in_force
    await trust.end(leader, found.id)
    assert (await service.list_of_community(leader, request)).rows == []


async def read_end():
    return [row["end_cause"] for row in await list_rows("trust")]


async def is_public(row):
    return (await reload_submission(row)).published_revision is not None


async def list_kinds(member):
    return [row["kind"] for row in await list_rows("notice") if row["membership_id"] == member.id]


async def test_trusted_author_publishes_after_the_checks(place):
    row = await create_submitted(place)
    assert not await is_public(row)
    await run_effects()
    shown = await reload_submission(row)
    assert (shown.state, shown.published_revision, shown.published_ahead) == (SubmissionState.IN_REVIEW, 1, True)
    assert not shown.recommended
    case = await get_open_case(row)
    assert case.urgency == -1
    assert CaseReason.AHEAD in (await list_reasons([case.id]))[0]
    page = await list_history(case, PageRequest(MAX_PAGE))
    assert [entry.kind for entry in page.rows] == [HistoryKind.SENT, HistoryKind.OPENED, HistoryKind.AHEAD]
    assert (await list_kinds(place.resident))[-1] == "SUBMISSION_AHEAD"
    assert await find_violations() == {}


async def test_publication_ahead_earns_nothing_before_its_approval(place):
    before = await get_figures(place.resident)
    row = await create_in_review(place)
    assert await get_figures(place.resident) == before
    case = await get_open_case(row)
    await review.approve(place.leader, case.id, version=case.version, approval=Approval(HIGH_SCORES))
    shown = await reload_submission(row)
    assert (shown.state, shown.published_ahead, shown.recommended) == (SubmissionState.PUBLISHED, False, True)
    assert (await get_figures(place.resident))[0] > before[0]
    assert await find_violations() == {}


async def test_publication_ahead_runs_once(place):
    row = await create_in_review(place)
    before = await list_rows("submission"), await list_rows("review_case"), await list_rows("notice")
    case = await get_open_case(row)
    assert await run_concurrently(*(trust.publish_ahead(case.id) for _ in range(3))) == [None] * 3
    assert (await list_rows("submission"), await list_rows("review_case"), await list_rows("notice")) == before


@pytest.mark.parametrize("text", ["团购", "代购", "傻瓜"])
async def test_found_word_keeps_it_for_a_leader(place, text):
    row = await create_in_review(place, text=text)
    assert not await is_public(row)


async def test_rejection_removes_what_was_ahead(place):
    row = await create_in_review(place)
    case = await get_open_case(row)
    await review.reject(place.leader, case.id, version=case.version, reason="抄来的")
    await run_effects()
    gone = await reload_submission(row)
    assert (gone.state, gone.published_revision, gone.note) == (SubmissionState.REMOVED, None, "抄来的")
    assert await read_end() == ["REJECTION"]
    assert (await list_kinds(place.resident))[-2:] == ["SUBMISSION_REMOVED", "TRUST_ENDED"]
    assert await find_violations() == {}


async def test_rejected_edit_ahead_claws_back(place):
    row = await create_published(place, scores=HIGH_SCORES)
    before = await get_figures(place.resident)
    row = await edit_submission(await reload_submission(row), place.resident, title="改过的")
    assert (await reload_submission(row)).published_revision == 2
    case = await get_open_case(row)
    await review.reject(place.leader, case.id, version=case.version, reason="广告")
    await run_effects()
    assert (await get_figures(place.resident))[0] < before[0]
    assert await find_violations() == {}


async def test_restored_rejection_waits_for_a_leader(place):
    row = await create_published(place, scores=HIGH_SCORES)
    before = await get_figures(place.resident)
    row = await edit_submission(await reload_submission(row), place.resident, title="改过的")
    case = await get_open_case(row)
    await review.reject(place.leader, case.id, version=case.version, reason="广告")
    gone = await reload_submission(row)
    await restoring.restore(place.leader, row.id, version=gone.version, reason="看错了")
    back = await reload_submission(row)
    assert (back.state, back.published_revision) == (SubmissionState.IN_REVIEW, None)
    assert (await get_figures(place.resident))[0] == before[0]
    case = await get_open_case(row)
    await review.approve(place.leaders[1], case.id, version=case.version, approval=Approval(FAIR_SCORES))
    assert await find_violations() == {}


async def test_returned_publication_ahead_is_hidden(place):
    row = await create_in_review(place)
    case = await get_open_case(row)
    await review.send_back(place.leader, case.id, version=case.version, what_to_change="写清楚")
    hidden = await reload_submission(row)
    assert (hidden.state, hidden.published_revision, hidden.published_ahead) == (SubmissionState.RETURNED, None, False)
    assert await find_trust(place) is not None
    assert await find_violations() == {}


async def test_blocked_edit_hides_what_was_ahead(place):
    row = await create_in_review(place)
    row = await edit_submission(await reload_submission(row), place.resident, text="找我代购")
    assert (row.state, row.published_revision) == (SubmissionState.RETURNED, None)
    assert await find_violations() == {}


async def test_suspicious_edit_keeps_ahead_until_decided(place):
    row = await create_in_review(place)
    row = await edit_submission(await reload_submission(row), place.resident, text="团购")
    assert (row.state, row.published_revision, row.published_ahead) == (SubmissionState.IN_REVIEW, 1, True)
    case = await get_open_case(row)
    await review.approve(place.leader, case.id, version=case.version, approval=Approval(FAIR_SCORES))
    shown = await reload_submission(row)
    assert (shown.published_revision, shown.published_ahead) == (2, False)
    assert await find_violations() == {}


async def _mute(place):
    await db.execute(
        "INSERT INTO sanction (community_id, membership_id, kind, reason, given_by, starts_at, ends_at)"
        " VALUES ($1, $2, 'MUTE', '广告', $3, $4, $5)",
        place.id, place.resident.id, place.leader.id, clock.now(), clock.now() + timedelta(days=1),
    )  # fmt: skip


async def _make_newcomer(place):
    await db.execute("UPDATE membership SET joined_at = $2 WHERE id = $1", place.resident.id, clock.now())


async def _end_giver(place):
    await roles.take_role(place.leaders[1], place.leader.id, role=Role.LEADER)


async def _forbid(place):
    await profile.edit_community(place.leader, version=2, edit={"trusted_authors_publish": False})


async def _need_two(place):
    await opinions.edit_kinds(place.leader, kinds=[SubmissionKind.USAGE_TIP])


async def _suspend(place):
    await people.ban(place.resident.person_id, reason="广告")


async def _disagree(place):
    await documents.publish(ConsentPurpose.PUBLICATION, title="发布", text="我们会发布。")


async def _end_trust(place):
    await trust.end(place.leader, (await find_trust(place)).id)


async def _leave(place):
    await memberships.leave(place.resident)


HINDRANCES = {
    "mute": _mute, "newcomer": _make_newcomer, "giver": _end_giver, "setting": _forbid, "two leaders": _need_two,
    "suspension": _suspend, "consent": _disagree, "end": _end_trust, "leaving": _leave,
}  # fmt: skip


@pytest.mark.parametrize("name", HINDRANCES)
async def test_changed_condition_leaves_it_to_a_leader(place, name):
    row = await create_submitted(place)
    await receive(row.id)
    case = await get_open_case(row)
    await HINDRANCES[name](place)
    await trust.publish_ahead(case.id)
    assert not await is_public(row)


async def test_claimed_case_is_left_to_its_leader(place):
    row = await create_submitted(place)
    await receive(row.id)
    case = await handling.claim(place.leader, (await get_open_case(row)).id)
    await trust.publish_ahead(case.id)
    assert not await is_public(row)


async def test_decided_case_is_not_published(place):
    row = await create_submitted(place)
    await receive(row.id)
    case = await get_open_case(row)
    await review.reject(place.leader, case.id, version=case.version, reason="抄来的")
    await trust.publish_ahead(case.id)
    assert (await reload_submission(row)).state is SubmissionState.REJECTED
    assert not await is_public(row)


async def test_leaving_author_withdraws_what_was_ahead(place):
    row = await create_in_review(place)
    await removal.leave_community(place.resident)
    await run_effects()
    assert (await reload_submission(row)).state is SubmissionState.WITHDRAWN
    assert await read_end() == ["MEMBERSHIP"]
    assert await find_violations() == {}


async def test_removal_ends_the_trust(place):
    row = await create_published(place)
    row = await reload_submission(row)
    await removal.remove(place.leader, row.id, version=row.version, reason="广告")
    assert await read_end() == ["REMOVAL"]


async def test_upheld_report_ends_the_trust(place):
    row = await create_in_review(place)
    await reports.report(place.residents[1], row.id, category=ReportCategory.ADVERTISEMENT, text=None)
    found = [case for case in await list_rows("review_case") if case["kind"] == "REPORT"]
    case = await find_case(found[0]["id"])
    await reports.uphold(place.leader, case.id, version=case.version, reason="广告")
    await run_effects()
    assert await read_end() == ["REPORT"]
    assert not await is_public(row)
    assert [case["state"] for case in await list_rows("review_case")][-2:] == [CaseState.SUPERSEDED, CaseState.DECIDED]
    assert await find_violations() == {}


@pytest.mark.parametrize("kind", SanctionKind)
async def test_sanction_ends_the_trust(place, kind):
    await sanctions.give(place.leader, place.resident.id, content=SanctionContent(kind, "广告", 7))
    assert await read_end() == ["MEMBERSHIP" if kind is SanctionKind.REMOVAL else "SANCTION"]
    assert await find_violations() == {}


async def test_leader_takes_the_trust_back(place):
    ended = await trust.end(place.leaders[1], (await find_trust(place)).id)
    assert (ended.end_cause, ended.ended_by, ended.is_in_force) == (TrustEnd.LEADER, place.leaders[1].id, False)
    assert (await list_kinds(place.resident))[-1] == "TRUST_ENDED"
    await assert_refused(TrustOver, trust.end(place.leader, ended.id))


async def test_trust_of_a_former_leader_can_be_given_again(place):
    await _end_giver(place)
    assert await find_trust(place) is None
    await trust.give(place.leaders[1], place.resident.id, reason="还是好")
    assert await read_end() == ["GIVER", None]
    assert await find_violations() == {}


async def test_concurrent_gifts_make_one_trust(place):
    await _end_trust(place)
    results = await run_concurrently(*(trust.give(one, place.resident.id, reason="好") for one in place.leaders))
    assert sorted(type(result).__name__ for result in results) == ["TrustNotPossible", "TrustRow"]


async def test_unfit_member_is_not_trusted(place):
    given = {"unproven": place.residents[1].id, "self": place.leader.id, "already": place.resident.id}
    for reason, member_id in given.items():
        refusal = await assert_refused(TrustNotPossible, trust.give(place.leader, member_id, reason="好"))
        assert refusal.reason == reason
    await _forbid(place)
    refusal = await assert_refused(TrustNotPossible, trust.give(place.leader, place.residents[1].id, reason="好"))
    assert refusal.reason == "setting"


async def test_sanctioned_member_is_not_trusted(place):
    member = await add_member(place)
    await create_published(place, author=member)
    await sanctions.give(place.leader, member.id, content=SanctionContent(SanctionKind.WARNING, "广告", 7))
    refusal = await assert_refused(TrustNotPossible, trust.give(place.leader, member.id, reason="好"))
    assert refusal.reason == "sanctioned"


async def test_only_a_leader_of_the_community_trusts(place):
    other = await create_community()
    number = (await find_trust(place)).id
    await assert_refused(LeadersOnly, trust.give(place.residents[1], place.resident.id, reason="好"))
    await assert_refused(LeadersOnly, trust.end(place.resident, number))
    await assert_refused(NotFound, trust.give(other.leader, place.resident.id, reason="好"))
    await assert_refused(NotFound, trust.end(other.leader, number))
    await assert_refused(InvalidInput, trust.give(place.leader, place.residents[1].id, reason=" "))
