"""Claw-back: the exact award of a removed thing, once, also if it was spent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from community.communities import memberships, service_tokens
from community.communities.models import ServiceScope
from community.communities.settings import JoiningPolicy
from community.kernel import clock
from community.kernel.paging import PageRequest
from community.notices import queries as notices
from community.notices.models import NoticeKind
from community.points import expiry, holds, policy, queries, spend
from community.points.earning import editing
from community.points.earning.claw_back import claw_back
from community.points.earning.interactions import InteractionReport, record_interaction
from community.points.earning.models import InteractionKind, Trigger
from community.points.earning.rules import Definition
from community.points.errors import InDebt, InsufficientPoints
from community.points.idempotent import Source
from community.points.kinds import ExpiryPolicy
from community.points.rules import compute_level
from community.scores.periods import PeriodKind
from community.submissions import removal
from community.submissions.models import SubmissionKind
from tests.support import boards
from tests.support.bank import award, find_violations, get_account, get_balance, list_lots, list_statement_lines
from tests.support.story import (
    HIGH_SCORES,
    create_community,
    create_person,
    create_published,
    list_rows,
    read_tables,
    read_tables_without_keys,
    reload_submission,
    run_concurrently,
    run_effects,
)

NOON = datetime(2031, 3, 5, 4, tzinfo=UTC)
DAY = timedelta(days=1)
_numbers = iter(range(10**6))


async def spend_points(member, amount: int):
    key = f"spend:{next(_numbers)}"
    return await spend.spend(member.community_id, member.id, amount=amount, source=Source(key))


async def refund_points(member, moved, amount: int | None = None):
    key = f"refund:{next(_numbers)}"
    return await spend.refund(member.community_id, moved.entry_id, amount=amount, source=Source(key))


async def freeze_points(member, amount: int):
    key = f"hold:{next(_numbers)}"
    return await holds.freeze(member.community_id, member.id, amount=amount, lasts_s=3600, source=Source(key))


async def get_figures(member) -> tuple[int, int, int]:
    """Return balance, debt and growth value."""
    found = await get_account(member)
    return found.balance, found.debt, found.growth


async def list_notices(member) -> list[tuple[NoticeKind, dict]]:
    """Return the member's notices, newest first."""
    return [(row.kind, row.detail) for row in (await notices.list_inbox(member, PageRequest())).rows]


async def assert_cannot_spend(member) -> None:
    before = await read_tables_without_keys()
    with pytest.raises(InDebt):
        await spend_points(member, 1)
    with pytest.raises(InDebt):
        await freeze_points(member, 1)
    assert await read_tables_without_keys() == before


async def test_what_is_removed_or_withdrawn_gives_back_exactly_what_it_was_thanked_with(database):
    place = await create_community()
    first, second = [
        await create_published(place, kind=kind) for kind in (SubmissionKind.RECIPE, SubmissionKind.PHOTOGRAPH)
    ]
    await removal.remove(place.leader, first.id, version=first.version, reason="广告")
    assert await list_statement_lines(place.resident) == [("AWARD", 20, 20), ("AWARD", 10, 30), ("CLAW_BACK", -20, 10)]
    await removal.withdraw(place.resident, second.id, version=second.version)
    assert await get_figures(place.resident) == (0, 0, 30)
    assert await find_violations() == {}


async def test_a_claw_back_says_what_it_takes_back(database):
    place = await create_community()
    row = await create_published(place)
    await removal.withdraw(place.resident, row.id, version=row.version)
    back, awarded = (await queries.list_statement_lines(place.id, place.resident.id, PageRequest())).rows
    assert (back.about_id, back.explanation) == (awarded.entry_id, {"inputs": {"awarded": 10}})


async def test_the_mark_goes_back_with_the_rest_and_the_reading_stays_paid(database):
    place = await create_community()
    await editing.publish_as_operator(Trigger.SUBMISSION_RECOMMENDED, definition=Definition(8))
    await editing.publish_as_operator(Trigger.REVIEW_DONE, definition=Definition(2))
    row = await create_published(place, scores=HIGH_SCORES)
    assert await get_balance(place.resident) == 21
    await removal.remove(place.leader, row.id, version=row.version, reason="广告")
    assert (await get_balance(place.resident), await get_balance(place.leader)) == (0, 2)
    assert await find_violations() == {}


async def test_the_inviters_thanks_go_back_with_the_guests_first_submission(database):
    place = await create_community(joining=JoiningPolicy.OPEN)
    guest = await memberships.join_open(await create_person(), community_id=place.id)
    await memberships.record_inviter(place.id, guest.id, inviter_id=place.other.id)
    row = await create_published(place, author=guest)
    await removal.withdraw(guest, row.id, version=row.version)
    assert (await get_figures(place.other), await get_figures(guest)) == ((0, 0, 20), (0, 0, 10))
    assert await find_violations() == {}


async def test_what_was_never_paid_takes_nothing_back(database):
    place = await create_community()
    row = await create_published(place, author=place.other)
    await create_published(place)
    before = await read_tables("account", "journal_entry", "posting", "lot", "award", "notice")
    assert await claw_back(place.id, "submission:999") == 0
    assert await claw_back((await create_community()).id, f"submission:{row.id}") == 0
    assert await read_tables("account", "journal_entry", "posting", "lot", "award", "notice") == before


async def test_a_cause_is_clawed_back_once(database):
    place = await create_community()
    await award(place.resident, "k", 10)
    assert await claw_back(place.id, "k") == 10
    before = await read_tables_without_keys()
    assert await claw_back(place.id, "k") == 0
    assert await read_tables_without_keys() == before


async def test_claw_backs_at_once_take_once(database):
    place = await create_community()
    await award(place.resident, "k", 10)
    await award(place.other, "l", 10, cause="k")
    taken = await run_concurrently(*(claw_back(place.id, "k") for _ in range(8)))
    assert sorted(taken) == [0] * 7 + [20]
    assert await find_violations() == {}


async def test_a_withdrawal_that_is_refused_takes_nothing_back(database):
    place = await create_community()
    row = await create_published(place)
    before = await read_tables_without_keys()
    with pytest.raises(Exception, match="changed"):
        await removal.withdraw(place.resident, row.id, version=row.version - 1)
    assert await read_tables_without_keys() == before


@pytest.mark.parametrize(("spends", "left", "debt"), [(0, 0, 0), (4, 0, 4), (10, 0, 10)])
async def test_what_has_been_spent_becomes_a_debt_that_blocks_spending(database, spends, left, debt):
    place = await create_community()
    row = await create_published(place)
    if spends:
        await spend_points(place.resident, spends)
    await removal.withdraw(place.resident, row.id, version=row.version)
    assert await get_figures(place.resident) == (left, debt, 10)
    if debt:
        await assert_cannot_spend(place.resident)
    assert await find_violations() == {}


async def test_other_points_are_taken_before_anything_is_owed(database):
    place = await create_community()
    await award(place.resident, "a", 10)
    await spend_points(place.resident, 10)
    await award(place.resident, "b", 7)
    assert await claw_back(place.id, "a") == 10
    assert await get_figures(place.resident) == (0, 3, 17)
    assert await find_violations() == {}


async def test_the_awards_own_points_go_first_and_the_earlier_ones_stay(database):
    place = await create_community()
    with clock.at(NOON):
        await award(place.resident, "early", 5)
    with clock.at(NOON + 366 * DAY):
        await award(place.resident, "late", 5)
        await claw_back(place.id, "late")
        assert await list_lots(place.resident) == [(datetime(2032, 12, 31, 16, tzinfo=UTC), 5)]
    assert await find_violations() == {}


async def test_a_debt_is_repaid_first_from_the_next_award(database):
    place = await create_community()
    await award(place.resident, "a", 10)
    await spend_points(place.resident, 10)
    await claw_back(place.id, "a")
    await award(place.resident, "b", 4)
    assert await get_figures(place.resident) == (0, 6, 14)
    await assert_cannot_spend(place.resident)
    await award(place.resident, "c", 9)
    assert await get_figures(place.resident) == (3, 0, 23)
    assert await list_statement_lines(place.resident) == [
        ("AWARD", 10, 10), ("SPEND", -10, 0), ("CLAW_BACK", 0, 0),
        ("AWARD", 4, 4), ("REPAYMENT", -4, 0), ("AWARD", 9, 9), ("REPAYMENT", -6, 3),
    ]  # fmt: skip
    await spend_points(place.resident, 3)
    assert await find_violations() == {}


async def test_a_debt_is_repaid_first_from_a_refund(database):
    place = await create_community()
    await award(place.resident, "a", 10)
    moved = await spend_points(place.resident, 10)
    await claw_back(place.id, "a")
    await refund_points(place.resident, moved, 4)
    assert await get_figures(place.resident) == (0, 6, 10)
    await refund_points(place.resident, moved)
    assert await get_figures(place.resident) == (0, 0, 10)
    assert await find_violations() == {}


async def test_a_refund_into_a_debt_that_is_repeated_answers_the_same(database):
    place = await create_community()
    await award(place.resident, "a", 10)
    moved = await spend_points(place.resident, 10)
    await claw_back(place.id, "a")
    given = {"source": Source("refund")}
    first = await spend.refund(place.id, moved.entry_id, **given)
    before = await read_tables_without_keys()
    assert await spend.refund(place.id, moved.entry_id, **given) == first
    assert await read_tables_without_keys() == before


async def test_frozen_points_are_not_taken_and_repay_the_debt_when_they_are_released(database):
    place = await create_community()
    await award(place.resident, "a", 10)
    hold = await freeze_points(place.resident, 6)
    assert await claw_back(place.id, "a") == 10
    assert await get_figures(place.resident) == (0, 6, 10)
    await holds.release(place.id, hold.id)
    assert await get_figures(place.resident) == (0, 0, 10)
    assert await find_violations() == {}


async def test_frozen_points_can_be_captured_by_whom_they_were_promised_though_there_is_a_debt(database):
    place = await create_community()
    await award(place.resident, "a", 10)
    hold = await freeze_points(place.resident, 10)
    await claw_back(place.id, "a")
    await holds.capture(place.id, hold.id, amount=7)
    assert await get_figures(place.resident) == (0, 7, 10)
    assert await find_violations() == {}


async def test_two_debts_add_up(database):
    place = await create_community()
    for key in "ab":
        await award(place.resident, key, 10)
    await spend_points(place.resident, 20)
    for key in "ab":
        await claw_back(place.id, key)
    assert await get_figures(place.resident) == (0, 20, 20)
    assert await find_violations() == {}


async def test_an_award_that_repaid_a_debt_is_clawed_back_into_one(database):
    place = await create_community()
    await award(place.resident, "a", 10)
    await spend_points(place.resident, 10)
    await claw_back(place.id, "a")
    await award(place.resident, "b", 10)
    await claw_back(place.id, "b")
    assert await get_figures(place.resident) == (0, 10, 20)
    assert await find_violations() == {}


async def test_spending_and_clawing_back_at_once_never_lose_a_point(database):
    place = await create_community()
    for number in range(6):
        await award(place.resident, f"a{number}", 10)
        granted, taken = await run_concurrently(spend_points(place.resident, 10), claw_back(place.id, f"a{number}"))
        assert taken == 10
        found = await get_account(place.resident)
        assert (found.balance, found.debt) == (0, 0 if isinstance(granted, InsufficientPoints) else 10)
        if found.debt:
            await award(place.resident, f"pay{number}", found.debt)
    assert await find_violations() == {}


async def test_a_returned_purchase_whose_points_were_spent_leaves_a_debt(database):
    place = await create_community()
    shop = (await service_tokens.create(place.leader, name="订货", scopes=[ServiceScope.REPORT_INTERACTIONS])).row
    await record_interaction(shop, InteractionReport(InteractionKind.PURCHASE, "A1", place.resident.id, clock.now()))
    await spend_points(place.resident, 2)
    done = await record_interaction(
        shop, InteractionReport(InteractionKind.RETURN, "R1", place.resident.id, clock.now(), purchase="A1")
    )
    assert (done.taken_back, await get_figures(place.resident)) == (2, (0, 2, 2))
    assert await find_violations() == {}


async def create_short_lived_community(**given):
    place = await create_community(**given)
    await policy.set_policy(place.id, expiry=ExpiryPolicy.ROLLING_DAYS, rolling_days=10)
    return place


@pytest.mark.parametrize("ended_by_the_job", [False, True])
async def test_points_that_ended_unspent_are_not_taken_twice(database, ended_by_the_job):
    place = await create_short_lived_community()
    with clock.at(NOON):
        await award(place.resident, "a", 10)
        await spend_points(place.resident, 4)
    with clock.at(NOON + 12 * DAY):
        if ended_by_the_job:
            assert await expiry.expire_due_lots() == 6
        await award(place.resident, "b", 3)
        assert await claw_back(place.id, "a") == 4
        assert await get_figures(place.resident) == (0, 1, 13)
        back = (await queries.list_statement_lines(place.id, place.resident.id, PageRequest(1))).rows[0]
        assert back.explanation["inputs"] == {"awarded": 10, "ended_before": 6, "becomes_debt": 1}
    assert await find_violations() == {}


async def test_what_ended_whole_is_clawed_back_without_a_point_moving(database):
    place = await create_short_lived_community()
    with clock.at(NOON):
        await award(place.resident, "a", 10)
    with clock.at(NOON + 12 * DAY):
        await award(place.resident, "b", 3)
        assert await claw_back(place.id, "a") == 0
        assert await get_figures(place.resident) == (3, 0, 13)
        assert [row["score"] for row in await list_rows("leaderboard_score") if row["kind"] == "EVER"] == [-3]
    assert await find_violations() == {}


async def test_points_that_came_back_after_their_end_and_ended_are_not_taken_twice(database):
    place = await create_short_lived_community()
    with clock.at(NOON):
        await award(place.resident, "a", 10)
        moved = await spend_points(place.resident, 10)
    with clock.at(NOON + 12 * DAY):
        await refund_points(place.resident, moved)
        assert await claw_back(place.id, "a") == 0
        assert await get_figures(place.resident) == (0, 0, 10)
    assert await find_violations() == {}


async def test_growth_and_level_stay(database):
    place = await create_community()
    await award(place.resident, "a", 60)
    await claw_back(place.id, "a")
    found = await get_account(place.resident)
    assert (found.balance, found.growth, compute_level(found.growth).number) == (0, 60, 2)


async def test_a_board_goes_down_in_the_period_in_which_it_was_earned(database):
    place = await create_community()
    with clock.at(NOON):
        await award(place.resident, "a", 10)
        await award(place.other, "b", 3)
        await run_effects()
    with clock.at(NOON + 7 * DAY):
        await award(place.resident, "c", 4)
        await claw_back(place.id, "a")
        await run_effects()
        this_week = await boards.list_top(place.community, PeriodKind.WEEK, first=10)
        ever = await boards.list_top(place.community, PeriodKind.EVER, first=10)
    assert [(row.membership_id, row.score) for row in this_week] == [(place.resident.id, 4)]
    assert [(row.membership_id, row.score) for row in ever] == [(place.resident.id, 4), (place.other.id, 3)]
    assert await find_violations() == {}


async def test_a_member_all_of_whose_points_are_gone_leaves_the_board(database):
    place = await create_community()
    row = await create_published(place)
    assert [one.score for one in await boards.list_top(place.community, PeriodKind.WEEK, first=10)] == [10]
    await removal.withdraw(place.resident, row.id, version=row.version)
    await run_effects()
    for kind in PeriodKind:
        assert await boards.list_top(place.community, kind, first=10) == []


async def test_the_member_is_told_how_much_and_what_is_owed_once(database):
    place = await create_community()
    row = await create_published(place)
    await spend_points(place.resident, 4)
    await removal.remove(place.leader, row.id, version=row.version, reason="广告")
    await claw_back(place.id, f"submission:{row.id}")
    told = [notice for notice in await list_notices(place.resident) if notice[0] is NoticeKind.POINTS_CLAWED_BACK]
    assert told == [(NoticeKind.POINTS_CLAWED_BACK, {"points": 10, "debt": 4})]
    assert (await list_notices(place.leader), await list_notices(place.other)) == ([], [])
    assert (await reload_submission(row)).state.value == "REMOVED"


async def test_a_debt_can_be_read_in_the_statement_though_no_point_was_left_to_take(database):
    place = await create_community()
    await award(place.resident, "a", 10)
    await spend_points(place.resident, 10)
    await claw_back(place.id, "a")
    newest = (await queries.list_statement_lines(place.id, place.resident.id, PageRequest(1))).rows[0]
    assert newest.kind.value == "CLAW_BACK"
    assert newest.explanation["inputs"]["becomes_debt"] == 10


async def test_a_debt_is_one_communitys_alone(database):
    place, elsewhere = await create_community(), await create_community()
    await award(place.resident, "a", 10)
    await spend_points(place.resident, 10)
    await claw_back(place.id, "a")
    await award(elsewhere.resident, "a", 10)
    await spend_points(elsewhere.resident, 5)
    assert (await get_figures(elsewhere.resident), await get_figures(place.resident)) == ((5, 0, 10), (0, 10, 10))
    assert await find_violations() == {}
