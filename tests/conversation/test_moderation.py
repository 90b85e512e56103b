"""Comments before leaders: decisions, hiding, restoration, reports and appeals."""

from __future__ import annotations

import pytest

from community.accounts import people
from community.conversation import checks, editing, ending, moderation, queries, visibility
from community.conversation.cases import build_thing
from community.conversation.errors import CommentStateForbids
from community.conversation.models import CommentState
from community.conversation.rules import normalise_content
from community.kernel.errors import Conflict, NotFound, Refusal
from community.kernel.paging import MAX_PAGE, PageRequest
from community.kernel.personal import ErasureContent
from community.review import handling, history
from community.review.appeals import appeals, reports
from community.review.appeals import queries as appeal_queries
from community.review.appeals.models import AppealedAction, AppealState, ReportCategory, ReportState
from community.review.appeals.reportable import list_reportable_things
from community.review.errors import AuthorSuspended, CaseExcluded, OwnThing
from community.review.models import CaseKind, CaseReason, CaseState, ThingKind
from community.review.queries import find_case, list_reasons
from community.safety.checks import Screening
from community.safety.facts import Level, Verdict
from tests.privacy.test_erasing import erase
from tests.support.bank import find_violations
from tests.support.comments import get_thread, list_word, reload_comment, send_comment, settle
from tests.support.story import assert_refused, create_community, create_published, list_rows, run_concurrently

pytestmark = pytest.mark.usefixtures("database")
CHECKS = checks.require_hideable, checks.require_restorable


@pytest.fixture
async def place():
    return await create_community(leaders=3, residents=3)


@pytest.fixture
async def row(place):
    """A published submission."""
    return await create_published(place)


async def send_waiting(place, row, text="今天团购"):
    """Send a comment that a leader must see. Return it and its case."""
    if not await list_rows("word_list"):
        await list_word(place, "团购", Level.REVIEW)
    comment = await send_comment(place.residents[1], row, text)
    return comment, await get_case(CaseKind.COMMENT)


async def get_case(kind):
    found = [each["id"] for each in await list_rows("review_case") if each["kind"] == kind and each["state"] == "OPEN"]
    return await find_case(found[-1])


async def get_hiding(comment):
    (found,) = await queries.find_hidings([comment.id])
    return found


async def appeal(place, comment, *, by=None):
    hiding = await get_hiding(comment)
    return await appeals.open_appeal(
        by or place.residents[1], hiding.id, subject=AppealedAction.HIDING, text="不是广告"
    )


async def report(by, comment):
    return await reports.report_thing(
        by, comment.id, kind=ThingKind.COMMENT, category=ReportCategory.OTHER, text="刷屏"
    )


async def list_notices(place):
    mine = place.residents[1].id
    return [each["kind"] for each in await list_rows("notice") if each["membership_id"] == mine]


async def test_comment_with_a_listed_word_waits_for_a_leader(place, row):
    comment, case = await send_waiting(place, row)
    assert (case.thing_id, case.thing_revision, case.author_id) == (comment.id, 1, comment.author_id)
    assert await list_reasons([case.id]) == [[CaseReason.NEW, CaseReason.WORDS]]
    assert await find_violations() == {}


async def test_leader_publishes_the_waiting_comment(place, row):
    comment, case = await send_waiting(place, row)
    closed = await moderation.approve(place.leader, case.id, version=case.version)
    assert (closed.state, (await reload_comment(comment)).state) == (CaseState.DECIDED, CommentState.PUBLISHED)
    assert (await get_thread(row)).comment_count == 1
    assert "COMMENT_PUBLISHED" in await list_notices(place)
    assert await find_violations() == {}


async def test_leader_refuses_the_waiting_comment(place, row):
    comment, case = await send_waiting(place, row)
    await moderation.refuse(place.leader, case.id, version=case.version, reason="广告")
    comment = await reload_comment(comment)
    assert (comment.state, comment.note) == (CommentState.REFUSED, "广告")
    assert "COMMENT_REFUSED" in await list_notices(place)
    assert await find_violations() == {}


async def test_concurrent_decisions_end_in_one(place, row):
    _, case = await send_waiting(place, row)
    made = await run_concurrently(
        moderation.approve(place.leaders[0], case.id, version=case.version),
        moderation.refuse(place.leaders[1], case.id, version=case.version, reason="广告"),
        moderation.approve(place.leaders[2], case.id, version=case.version),
    )
    assert sorted(type(one).__name__ for one in made) == ["CaseRow", "Conflict", "Conflict"]
    assert await find_violations() == {}


async def test_suspended_author_is_not_published(place, row):
    _, case = await send_waiting(place, row)
    await people.ban(place.residents[1].person_id, reason="广告")
    await assert_refused(AuthorSuspended, moderation.approve(place.leader, case.id, version=case.version))


async def test_deletion_ends_the_case(place, row):
    comment, case = await send_waiting(place, row)
    await ending.delete(place.residents[1], comment.id)
    assert (await find_case(case.id)).state is CaseState.SUPERSEDED
    await assert_refused(Conflict, moderation.approve(place.leader, case.id, version=case.version))
    assert await find_violations() == {}


async def test_leader_hides_and_restores(place, row):
    comment = await send_comment(place.residents[1], row)
    hidden = await moderation.hide(place.leader, comment.id, reason="跑题")
    assert (hidden.state, (await get_thread(row)).comment_count) == (CommentState.HIDDEN, 0)
    shown = await moderation.restore(place.leaders[1], comment.id)
    assert (shown.state, (await get_thread(row)).comment_count) == (CommentState.PUBLISHED, 1)
    assert {"COMMENT_HIDDEN", "COMMENT_RESTORED"} <= set(await list_notices(place))
    assert await find_violations() == {}


async def test_second_hiding_is_refused(place, row):
    comment = await send_comment(place.residents[1], row)
    await moderation.hide(place.leader, comment.id, reason="跑题")
    await assert_refused(CommentStateForbids, moderation.hide(place.leader, comment.id, reason="跑题"))


async def test_leader_cannot_hide_an_own_comment(place, row):
    comment = await send_comment(place.leader, row)
    await assert_refused(OwnThing, moderation.hide(place.leader, comment.id, reason="跑题"))


async def test_granted_appeal_restores_the_comment(place, row):
    comment = await send_comment(place.residents[1], row)
    await moderation.hide(place.leader, comment.id, reason="跑题")
    made = await appeal(place, comment)
    await assert_refused(CaseExcluded, appeals.answer(place.leader, made.case_id, version=1, granted=True, reason="是"))
    await appeals.answer(place.leaders[1], made.case_id, version=1, granted=True, reason="看错了")
    assert (await reload_comment(comment)).state is CommentState.PUBLISHED
    assert (await get_hiding(comment)).restored_by == place.leaders[1].id
    assert await find_violations() == {}


async def test_denied_appeal_leaves_the_comment_hidden(place, row):
    comment = await send_comment(place.residents[1], row)
    await moderation.hide(place.leader, comment.id, reason="跑题")
    made = await appeal(place, comment)
    await appeals.answer(place.leaders[1], made.case_id, version=1, granted=False, reason="是广告")
    assert (await reload_comment(comment)).state is CommentState.HIDDEN
    assert await find_violations() == {}


async def test_restoration_ends_the_appeal(place, row):
    comment = await send_comment(place.residents[1], row)
    await moderation.hide(place.leader, comment.id, reason="跑题")
    made = await appeal(place, comment)
    await moderation.restore(place.leader, comment.id)
    assert (await appeal_queries.find_appeal(made.id)).state is AppealState.ENDED
    assert await find_violations() == {}


async def test_another_member_cannot_appeal(place, row):
    comment = await send_comment(place.residents[1], row)
    await moderation.hide(place.leader, comment.id, reason="跑题")
    await assert_refused(NotFound, appeal(place, comment, by=place.residents[2]))


async def test_upheld_report_hides_the_comment(place, row):
    comment = await send_comment(place.residents[1], row)
    made = await report(place.residents[2], comment)
    await reports.uphold(place.leader, made.case_id, version=1, reason="刷屏")
    assert (await reload_comment(comment)).state is CommentState.HIDDEN
    assert (await appeal_queries.find_report(made.id)).state is ReportState.UPHELD
    assert await find_violations() == {}


async def test_hiding_upholds_the_open_reports(place, row):
    comment = await send_comment(place.residents[1], row)
    made = await report(place.residents[2], comment)
    await moderation.hide(place.leader, comment.id, reason="刷屏")
    assert (await appeal_queries.find_report(made.id)).state is ReportState.UPHELD
    assert await find_violations() == {}


async def test_deletion_ends_and_redacts_the_reports(place, row):
    comment = await send_comment(place.residents[1], row)
    made = await report(place.residents[2], comment)
    await ending.delete(place.residents[1], comment.id)
    found = await appeal_queries.find_report(made.id)
    assert (found.state, found.text) == (ReportState.ENDED, None)
    assert await find_violations() == {}


async def test_own_comment_cannot_be_reported(place, row):
    comment = await send_comment(place.residents[1], row)
    await assert_refused(OwnThing, report(place.residents[1], comment))


async def test_question_after_the_sending_opens_one_case(place, row):
    comment, case = await send_waiting(place, row)
    await visibility.ask_leader(place.id, comment.id, revision=1, findings=[])
    assert (await get_case(CaseKind.COMMENT)).id == case.id


async def test_offered_actions_are_those_of_the_verbs(place, row):
    comment = await send_comment(place.residents[1], row)
    shown, hidden = [], []
    for seen in (shown, hidden):
        found = await queries.get(place.id, comment.id)
        for member in (place.leader, place.residents[1], place.residents[2]):
            offered = [
                is_allowed(check, found, member) for check in (checks.require_hideable, checks.require_restorable)
            ]
            seen.append([*offered, *await list_reportable_things([build_thing(found)], [member])])
        if seen is shown:
            await report(place.residents[2], comment)
            found = [build_thing(found)]
            assert await list_reportable_things(found, [place.residents[2]]) == [False]
            await moderation.hide(place.leader, comment.id, reason="刷屏")
    assert shown == [[True, False, True], [False, False, False], [False, False, True]]
    assert hidden == [[False, True, False], [False, False, False], [False, False, False]]


def is_allowed(check, row, member):
    try:
        check(row, member)
    except Refusal:
        return False
    return True


async def list_history(case):
    found = await history.list_history(case, PageRequest(MAX_PAGE))
    assert (await found.count()).count == len(found.rows)
    return [(each.kind.value, each.member_id) for each in found.rows]


async def test_history_of_a_comment_has_everything(place, row):
    comment, case = await send_waiting(place, row)
    first, second, author = place.leader.id, place.leaders[1].id, place.residents[1].id
    await handling.claim(place.leader, case.id)
    await moderation.approve(place.leader, case.id, version=case.version)
    made = await report(place.residents[2], comment)
    await reports.uphold(place.leader, made.case_id, version=1, reason="广告")
    opened = await appeal(place, comment)
    await appeals.answer(place.leaders[1], opened.case_id, version=1, granted=True, reason="看错了")
    expected = [
        *(("OPENED", None), ("CLAIMED", first), ("CLOSED", first)),
        *(("OPENED", None), ("REPORTED", None), ("CLOSED", first), ("HIDDEN", first)),
        *(("OPENED", None), ("APPEALED", author), ("SHOWN", second), ("APPEAL_ANSWERED", second)),
    ]
    for number in (case.id, made.case_id, opened.case_id):
        assert sorted(await list_history(await find_case(number)), key=str) == sorted(expected, key=str)
    pages = await history.list_first_pages([case.id], PageRequest(MAX_PAGE), count=history.count_all)
    assert len(pages[case.id].rows) == len(expected)
    assert (await history.count_all([case.id]))[case.id].count == len(expected)


async def test_history_has_no_other_comment(place, row):
    _, case = await send_waiting(place, row)
    before = await list_history(case)
    await settle(place.residents[1])
    other, _ = await send_waiting(place, row, "又是团购")
    await moderation.approve(place.leader, (await get_case(CaseKind.COMMENT)).id, version=1)
    await report(place.residents[2], other)
    assert await list_history(case) == before


@pytest.mark.parametrize("content", ErasureContent)
async def test_erasure_ends_the_case_of_an_edit(place, row, content):
    author = place.residents[1]
    comment = await send_comment(author, row)
    edited = normalise_content("今天团购", media_id=None, mention_ids=())
    await editing.edit(author, comment.id, content=edited, found=Screening(Verdict.REVIEW, ()), is_awaited=False)
    case = await get_case(CaseKind.COMMENT)
    await erase(author.person_id, content)
    assert (await find_case(case.id)).state is CaseState.SUPERSEDED
    assert not await find_violations()
