"""Interactions of the ordering system: once per reference, in any order."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from community.communities import memberships, service_tokens
from community.communities.errors import OwnToken
from community.communities.models import ServiceScope
from community.communities.settings import JoiningPolicy
from community.kernel import audit, clock
from community.kernel.errors import InvalidInput, NotFound
from community.points.earning import editing
from community.points.earning.earn import NotEarnedBecause, Outcome
from community.points.earning.interactions import InteractionReport, record_interaction
from community.points.earning.models import InteractionKind, Trigger
from community.points.earning.rules import Caps, Definition
from community.points.earning.season_rules import SeasonPlan
from community.points.errors import SourceReused
from tests.support.bank import find_violations, get_account, get_balance, list_statement_lines
from tests.support.story import (
    add_member,
    assert_refused,
    create_community,
    create_person,
    create_published,
    list_rows,
    read_tables,
    run_concurrently,
)

PURCHASE, RETURN, PICK_UP, INVITATION, OTHER = InteractionKind


async def create_service(place):
    """Return a service token of a community."""
    return (await service_tokens.create(place.leader, name="订货系统", scopes=[ServiceScope.REPORT_INTERACTIONS])).row


@pytest.fixture
async def place(database):
    return await create_community(joining=JoiningPolicy.OPEN)


@pytest.fixture
async def shop(place):
    return await create_service(place)


def build_report(kind: InteractionKind, member, reference: str = "A1", **given) -> InteractionReport:
    return InteractionReport(kind, reference, member.id, clock.now(), **given)


def build_purchase(member, reference: str = "A1") -> InteractionReport:
    return build_report(PURCHASE, member, reference)


def build_return(member, reference: str = "R1", *, purchase: str = "A1") -> InteractionReport:
    return build_report(RETURN, member, reference, purchase=purchase)


async def test_token_reports_nothing_for_its_maker(place, shop):
    await assert_refused(OwnToken, record_interaction(shop, build_purchase(place.leader)))
    assert await list_rows("interaction") == []


@pytest.mark.parametrize(
    ("kind", "name", "points"), [(PURCHASE, None, 2), (PICK_UP, None, 1), (OTHER, "ORDER_REVIEW", 1)]
)
async def test_what_is_reported_earns_by_its_rule(place, shop, kind, name, points):
    done = await record_interaction(shop, build_report(kind, place.resident, name=name))
    assert (done.is_new, done.outcome, done.taken_back) == (True, Outcome(points), 0)
    assert await list_statement_lines(place.resident) == [("AWARD", points, points)]
    (row,) = await list_rows("interaction")
    assert (row["id"], row["kind"], row["reference"], row["name"], row["service_token_id"]) == (
        done.id, kind.value, "A1", name, shop.id,
    )  # fmt: skip
    assert await find_violations() == {}


async def test_the_same_reference_of_another_kind_is_another_thing(place, shop):
    for given in (
        build_purchase(place.resident),
        build_report(PICK_UP, place.resident),
        build_report(OTHER, place.resident, name="REVIEW"),
    ):
        assert (await record_interaction(shop, given)).is_new
    assert await get_balance(place.resident) == 4
    assert await find_violations() == {}


async def test_something_else_earns_by_its_name(place, shop):
    await editing.publish_as_operator(Trigger.INTERACTION, definition=Definition(1, by_kind={"ORDER_REVIEW": 4}))
    await record_interaction(shop, build_report(OTHER, place.resident, "1", name="ORDER_REVIEW"))
    await record_interaction(shop, build_report(OTHER, place.resident, "2", name="LIVE"))
    assert await list_statement_lines(place.resident) == [("AWARD", 4, 4), ("AWARD", 1, 5)]


async def test_report_with_invisible_character_is_the_same(place, shop):
    first = await record_interaction(shop, build_purchase(place.resident, "A1"))
    again = await record_interaction(shop, build_purchase(place.resident, "Ａ1\u200b"))
    assert (again.id, again.is_new) == (first.id, False)


async def test_return_with_invisible_character_finds_its_purchase(place, shop):
    bought = await record_interaction(shop, build_purchase(place.resident, "A1"))
    returned = await record_interaction(shop, build_return(place.resident, purchase="A1\ufeff"))
    assert returned.taken_back == bought.outcome.points > 0


async def test_report_repeated_after_leaving_answers_the_same(place, shop):
    first = await record_interaction(shop, build_purchase(place.resident))
    await memberships.leave(place.resident)
    again = await record_interaction(shop, build_purchase(place.resident))
    assert (again.id, again.outcome) == (first.id, first.outcome)


async def test_a_report_is_in_the_audit_trail_without_a_person(place, shop):
    done = await record_interaction(shop, build_purchase(place.resident))
    (row,) = await audit.list_events(place.id, subject="interaction", subject_id=done.id)
    assert (row.action, row.actor_id, row.detail) == (
        "interaction.purchase", None, {"service_token_id": shop.id, "points": 2, "taken_back": 0},
    )  # fmt: skip


async def test_what_a_cap_left_unpaid_says_until_when(place, shop):
    for number in range(5):
        await record_interaction(shop, build_purchase(place.resident, f"A{number}"))
    full = (await record_interaction(shop, build_purchase(place.resident, "A5"))).outcome
    assert (full.points, full.because) == (0, NotEarnedBecause.CAP_REACHED)
    assert full.until > clock.now()
    again = await record_interaction(shop, build_purchase(place.resident, "A5"))
    assert (again.is_new, again.outcome) == (False, full)
    assert await find_violations() == {}


async def test_the_same_reference_again_answers_the_same_and_changes_nothing(place, shop):
    first = await record_interaction(shop, build_purchase(place.resident))
    before = await read_tables()
    assert await record_interaction(shop, build_purchase(place.resident)) == replace(first, is_new=False)
    assert await read_tables() == before


async def test_a_service_with_a_new_token_repeats_its_reports_safely(place, shop):
    first = await record_interaction(shop, build_purchase(place.resident))
    another = await create_service(place)
    before = await read_tables()
    assert await record_interaction(another, build_purchase(place.resident)) == replace(first, is_new=False)
    assert await read_tables() == before


async def test_a_return_again_answers_what_it_took_back(place, shop):
    await record_interaction(shop, build_purchase(place.resident))
    first = await record_interaction(shop, build_return(place.resident))
    before = await read_tables()
    assert await record_interaction(shop, build_return(place.resident)) == replace(first, is_new=False)
    assert (first.taken_back, await read_tables()) == (2, before)


async def test_the_same_reference_with_other_contents_is_refused(place, shop):
    await record_interaction(shop, build_purchase(place.resident))
    await record_interaction(shop, build_report(OTHER, place.resident, name="REVIEW"))
    await record_interaction(shop, build_return(place.resident, purchase="A1"))
    await record_interaction(shop, build_report(INVITATION, place.resident, invitee_id=place.other.id))
    for given in (
        build_purchase(place.other),
        build_report(OTHER, place.resident, name="LIVE"),
        build_return(place.resident, purchase="A2"),
        build_report(INVITATION, place.resident, invitee_id=place.leader.id),
    ):
        assert (await assert_refused(SourceReused, record_interaction(shop, given))).path == ("reference",)
    assert await find_violations() == {}


async def test_space_around_a_reference_makes_no_other_thing_of_it(place, shop):
    await record_interaction(shop, build_purchase(place.resident, "A1"))
    await record_interaction(shop, build_purchase(place.resident, " A1 "))
    assert await get_balance(place.resident) == 2


async def test_twenty_reports_at_once_of_one_thing_are_one(place, shop):
    answers = await run_concurrently(*(record_interaction(shop, build_purchase(place.resident)) for _ in range(20)))
    assert sorted(answer.is_new for answer in answers) == [False] * 19 + [True]
    assert {(answer.id, answer.outcome) for answer in answers} == {(answers[0].id, Outcome(2))}
    assert await get_balance(place.resident) == 2
    assert await find_violations() == {}


async def test_one_reference_for_two_members_at_once_is_one_of_them(place, shop):
    answers = await run_concurrently(
        *(record_interaction(shop, build_purchase(member)) for member in [place.resident, place.other] * 4)
    )
    assert sum(isinstance(answer, SourceReused) for answer in answers) == 4
    assert await get_balance(place.resident) + await get_balance(place.other) == 2
    assert await find_violations() == {}


async def test_a_return_takes_back_what_the_purchase_earned(place, shop):
    await record_interaction(shop, build_purchase(place.resident))
    done = await record_interaction(shop, build_return(place.resident))
    assert (done.is_new, done.taken_back) == (True, 2)
    assert await list_statement_lines(place.resident) == [("AWARD", 2, 2), ("CLAW_BACK", -2, 0)]
    assert await find_violations() == {}


async def test_a_purchase_whose_return_came_first_earns_nothing_and_says_why(place, shop):
    assert (await record_interaction(shop, build_return(place.resident))).taken_back == 0
    done = await record_interaction(shop, build_purchase(place.resident))
    assert (done.is_new, done.outcome.points, await list_statement_lines(place.resident)) == (True, 0, [])
    assert done.outcome.because is not None
    assert await find_violations() == {}


async def test_a_purchase_is_returned_once_by_whatever_references(place, shop):
    await record_interaction(shop, build_purchase(place.resident))
    taken = [
        (await record_interaction(shop, build_return(place.resident, f"R{number}"))).taken_back for number in range(3)
    ]
    assert (taken, await get_balance(place.resident)) == ([2, 0, 0], 0)
    assert await find_violations() == {}


async def test_a_return_of_another_members_purchase_is_refused(place, shop):
    await record_interaction(shop, build_purchase(place.resident))
    assert (await assert_refused(InvalidInput, record_interaction(shop, build_return(place.other)))).path == (
        "memberId",
    )
    assert await get_balance(place.resident) == 2


async def test_another_members_return_that_came_first_does_not_spoil_a_purchase(place, shop):
    await record_interaction(shop, build_return(place.other))
    assert (await record_interaction(shop, build_purchase(place.resident))).outcome == Outcome(2)


async def test_a_return_in_another_community_takes_nothing_here(place, shop):
    elsewhere = await create_community()
    await record_interaction(shop, build_purchase(place.resident))
    assert (await record_interaction(await create_service(elsewhere), build_return(elsewhere.resident))).taken_back == 0
    assert await get_balance(place.resident) == 2


async def test_a_return_takes_back_what_a_cap_had_left_of_it(place, shop):
    await editing.publish_as_leader(
        place.leader, Trigger.PURCHASE, definition=Definition(4, caps=Caps(day=6, month=60))
    )
    await record_interaction(shop, build_purchase(place.resident, "A1"))
    await record_interaction(shop, build_purchase(place.resident, "A2"))
    assert (await record_interaction(shop, build_return(place.resident, purchase="A2"))).taken_back == 2
    assert await get_balance(place.resident) == 4
    assert await find_violations() == {}


async def test_a_purchase_and_its_return_at_once_leave_nothing_and_no_debt(place, shop):
    for number in range(8):
        pair = [
            record_interaction(shop, build_purchase(place.resident, f"A{number}")),
            record_interaction(shop, build_return(place.resident, f"R{number}", purchase=f"A{number}")),
        ]
        answers = await run_concurrently(*(pair if number % 2 else pair[::-1]))
        assert not [answer for answer in answers if isinstance(answer, Exception)]
        found = await get_account(place.resident)
        assert (found.balance, found.debt) == (0, 0)
    assert await find_violations() == {}


async def test_returns_at_once_take_back_once(place, shop):
    await record_interaction(shop, build_purchase(place.resident))
    answers = await run_concurrently(
        *(record_interaction(shop, build_return(place.resident, f"R{number}")) for number in range(8))
    )
    assert sorted(answer.taken_back for answer in answers) == [0] * 7 + [2]
    assert await find_violations() == {}


async def add_newcomer(place):
    """Add a member who joined without an invitation."""
    return await memberships.join_open(await create_person(), community_id=place.id)


async def test_an_invitation_pays_when_the_guests_first_submission_is_approved(place, shop):
    guest = await add_newcomer(place)
    done = await record_interaction(shop, build_report(INVITATION, place.resident, invitee_id=guest.id))
    assert (done.is_new, done.outcome.points, await list_rows("award")) == (True, 0, [])
    await create_published(place, author=guest)
    assert await get_balance(place.resident) == 20
    await create_published(place, author=guest, title="第二篇")
    assert await get_balance(place.resident) == 20
    assert await find_violations() == {}


async def test_a_resident_who_handed_on_a_leaders_code_is_paid_for_the_guest(place, shop):
    guest = await add_member(place)
    await record_interaction(shop, build_report(INVITATION, place.resident, invitee_id=guest.id))
    await create_published(place, author=guest)
    assert await get_balance(place.resident) == 20


async def test_of_two_who_say_that_they_invited_the_first_is_paid(place, shop):
    guest = await add_newcomer(place)
    await record_interaction(shop, build_report(INVITATION, place.resident, "1", invitee_id=guest.id))
    await record_interaction(shop, build_report(INVITATION, place.other, "2", invitee_id=guest.id))
    await create_published(place, author=guest)
    assert (await get_balance(place.resident), await get_balance(place.other)) == (20, 0)


async def test_who_had_published_before_was_not_won_by_the_invitation(place, shop):
    guest = await add_newcomer(place)
    await create_published(place, author=guest)
    await record_interaction(shop, build_report(INVITATION, place.resident, invitee_id=guest.id))
    await create_published(place, author=guest, title="第二篇")
    assert await get_balance(place.resident) == 0


async def test_nobody_invites_themselves(place, shop):
    given = build_report(INVITATION, place.resident, invitee_id=place.resident.id)
    assert (await assert_refused(InvalidInput, record_interaction(shop, given))).path == ("inviteeId",)


async def test_a_member_of_another_community_is_not_found(place, shop):
    elsewhere = await create_community()
    assert (await assert_refused(NotFound, record_interaction(shop, build_purchase(elsewhere.resident)))).path == (
        "memberId",
    )
    given = build_report(INVITATION, place.resident, invitee_id=elsewhere.resident.id)
    assert (await assert_refused(NotFound, record_interaction(shop, given))).path == ("inviteeId",)
    nobody = replace(build_purchase(place.resident), membership_id=10**9)
    assert (await assert_refused(NotFound, record_interaction(shop, nobody))).path == ("memberId",)


@pytest.mark.parametrize(
    ("kind", "given", "path"),
    [
        (PURCHASE, {"reference": ""}, "reference"),
        (PURCHASE, {"reference": " "}, "reference"),
        (PURCHASE, {"reference": "x" * 65}, "reference"),
        (PURCHASE, {"reference": "两\n行"}, "reference"),
        (PURCHASE, {"reference": "\ud800"}, "reference"),
        (PURCHASE, {"reference": "\x00"}, "reference"),
        (PURCHASE, {"name": "APPLE"}, "name"),
        (PURCHASE, {"purchase": "A2"}, "purchase"),
        (PICK_UP, {"purchase": "A2"}, "purchase"),
        (RETURN, {}, "purchase"),
        (RETURN, {"purchase": ""}, "purchase"),
        (RETURN, {"purchase": "x" * 65}, "purchase"),
        (OTHER, {}, "name"),
        (OTHER, {"name": ""}, "name"),
        (OTHER, {"name": "REVIEW "}, "name"),
        (OTHER, {"name": "评价"}, "name"),
        (OTHER, {"name": "字" * 41}, "name"),
        (INVITATION, {}, "inviteeId"),
    ],
)
async def test_what_does_not_belong_to_a_report_is_named(place, shop, kind, given, path):
    wanted = replace(build_report(kind, place.resident), **given)
    assert (await assert_refused(InvalidInput, record_interaction(shop, wanted))).path == (path,)


async def test_an_invitee_belongs_to_an_invitation_only(place, shop):
    given = build_report(PURCHASE, place.resident, invitee_id=place.other.id)
    assert (await assert_refused(InvalidInput, record_interaction(shop, given))).path == ("inviteeId",)


@pytest.mark.parametrize("reference", ["x" * 64, "订单-１", "A 1", "%_'\";--"])
async def test_a_reference_is_any_text_of_up_to_64_characters(place, shop, reference):
    assert (await record_interaction(shop, build_purchase(place.resident, reference))).outcome == Outcome(2)
    assert (await record_interaction(shop, build_return(place.resident, purchase=reference))).taken_back == 2
    assert await find_violations() == {}


async def test_many_reports_in_any_order_at_once_come_to_the_same(place, shop):
    given = [build_purchase(member, f"{member.id}-{n}") for member in (place.resident, place.other) for n in range(4)]
    given += [
        build_return(member, f"r{member.id}-{n}", purchase=f"{member.id}-{n}")
        for member in (place.resident, place.other)
        for n in range(2)
    ]
    answers = await run_concurrently(*(record_interaction(shop, one) for one in [*given, *given[::-1]]))
    assert not [answer for answer in answers if isinstance(answer, Exception)]
    assert sum(answer.is_new for answer in answers) == len(given) == len(await list_rows("interaction"))
    assert (await get_balance(place.resident), await get_balance(place.other)) == (4, 4)
    assert await find_violations() == {}


async def test_what_is_reported_late_earns_what_it_would_have_earned(place, shop):
    """Report ten pick-ups of five days together. Each day has its own cap, rule and board."""
    await editing.publish_as_operator(Trigger.PICK_UP, definition=Definition(2, caps=Caps(day=3)))
    now = clock.now()
    with clock.at(now + timedelta(days=6)):
        got = [
            (
                await record_interaction(
                    shop, InteractionReport(PICK_UP, f"P{number}", place.resident.id, now + timedelta(days=number % 5))
                )
            )
            for number in range(10)
        ]
        assert [one.outcome.points for one in got] == [2] * 5 + [1] * 5
    earned = {row["earned_at"] for row in await list_rows("award")}
    assert len(earned) == 5
    assert await find_violations() == {}


async def test_a_season_pays_for_what_happened_in_it(place, shop):
    await editing.publish_as_operator(Trigger.PICK_UP, definition=Definition(2))
    now = clock.now()
    span = {"starts_at": now + timedelta(days=2), "ends_at": now + timedelta(days=4)}
    await editing.open_season(place.leader, SeasonPlan(name="节", percent=200, **span))
    with clock.at(now + timedelta(days=3)):
        before = await record_interaction(
            shop, InteractionReport(PICK_UP, "before", place.resident.id, now + timedelta(days=1))
        )
        within = await record_interaction(
            shop, InteractionReport(PICK_UP, "within", place.resident.id, now + timedelta(days=3))
        )
    assert (before.outcome.points, within.outcome.points) == (2, 4)


@pytest.mark.parametrize("away", [timedelta(minutes=6), timedelta(days=-32)])
async def test_what_has_not_happened_or_long_ago_is_refused(place, shop, away):
    given = InteractionReport(PICK_UP, "P", place.resident.id, clock.now() + away)
    assert (await assert_refused(InvalidInput, record_interaction(shop, given))).path == ("occurredAt",)


async def test_what_is_bought_may_be_returned_long_after_and_when_the_buyer_has_left(place, shop):
    await editing.publish_as_operator(Trigger.PURCHASE, definition=Definition(5))
    await record_interaction(shop, build_purchase(place.resident))
    await memberships.leave(place.resident)
    assert (await assert_refused(NotFound, record_interaction(shop, build_purchase(place.resident, "A2")))).path == (
        "memberId",
    )
    with clock.at(clock.now() + timedelta(days=60)):
        assert (await record_interaction(shop, build_return(place.resident))).taken_back == 5
    assert await find_violations() == {}


async def test_an_invitation_that_never_pays_says_so(place, shop):
    third = await add_member(place)
    first = await record_interaction(shop, build_report(INVITATION, place.resident, "I1", invitee_id=third.id))
    again = await record_interaction(shop, build_report(INVITATION, place.resident, "I2", invitee_id=third.id))
    other = await record_interaction(shop, build_report(INVITATION, place.other, "I3", invitee_id=third.id))
    back = await record_interaction(shop, build_report(INVITATION, third, "I4", invitee_id=place.resident.id))
    assert [one.outcome.because for one in (first, again, other, back)] == [
        NotEarnedBecause.PAID_LATER, NotEarnedBecause.PAID_LATER, NotEarnedBecause.NOT_INVITED,
        NotEarnedBecause.NOT_INVITED,
    ]  # fmt: skip
    await create_published(place, author=place.other)
    late = await record_interaction(shop, build_report(INVITATION, place.resident, "I5", invitee_id=place.other.id))
    assert late.outcome.because is NotEarnedBecause.NOT_INVITED
